/** Values of expressions that are known before the run. Arithmetic is unsigned, 64 bits, wrapping. */

import type { BinaryExpression, Expression } from './generated/ast';
import { MAX_U64, parseNumber } from './numbers';
import type { BoundScenario, ConstantSymbol } from './symbols';

export type Operator = BinaryExpression['operator'];

/** Folds the expressions of one bound scenario; every answer is kept. */
export class Folder {
  private readonly known = new Map<Expression, bigint | null>();
  private readonly running = new Set<ConstantSymbol>();
  /** Constants that are defined by themselves. */
  readonly circular = new Set<ConstantSymbol>();

  constructor(private readonly bound: BoundScenario) {}

  /** The value, or null if only the run can tell (or the expression is wrong). */
  value(expression: Expression): bigint | null {
    const known = this.known.get(expression);
    if (known !== undefined) return known;
    const value = this.compute(expression);
    this.known.set(expression, value);
    return value;
  }

  private compute(expression: Expression): bigint | null {
    switch (expression.$type) {
      case 'NumberLiteral': {
        const parsed = parseNumber(expression.text);
        return parsed.ok ? parsed.value : null;
      }
      case 'Group':
        return this.value(expression.inner);
      case 'NameUse': {
        const target = this.bound.names.get(expression);
        if (target === undefined || target.kind === 'variable') return null;
        if (target.kind === 'predefined') return BigInt(target.value);
        return target.kind === 'vm' ? BigInt(target.index + 1) : this.constant(target);
      }
      case 'Unary': {
        const operand = this.value(expression.operand);
        if (operand === null || expression.operator === '*') return null;
        if (expression.operator === '!') return operand === 0n ? 1n : 0n;
        return BigInt.asUintN(64, expression.operator === '-' ? -operand : ~operand);
      }
      case 'BinaryExpression':
        return this.binary(expression);
      default:
        return null;
    }
  }

  private binary({ left, operator, right }: BinaryExpression): bigint | null {
    const a = this.value(left);
    if (a === null) return null;
    if (operator === '&&' && a === 0n) return 0n;
    if (operator === '||' && a !== 0n) return 1n;
    const b = this.value(right);
    return b === null ? null : calculate(operator, a, b);
  }

  private constant(symbol: ConstantSymbol): bigint | null {
    if (this.running.has(symbol)) {
      this.circular.add(symbol);
      return null;
    }
    this.running.add(symbol);
    const value = this.value(symbol.node.value);
    this.running.delete(symbol);
    return value;
  }
}

/** One operator on two values; null for a division by zero. */
export function calculate(operator: Operator, a: bigint, b: bigint): bigint | null {
  switch (operator) {
    case '+':
      return (a + b) & MAX_U64;
    case '-':
      return (a - b) & MAX_U64;
    case '*':
      return (a * b) & MAX_U64;
    case '/':
      return b === 0n ? null : a / b;
    case '%':
      return b === 0n ? null : a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return b > 63n ? 0n : (a << b) & MAX_U64;
    case '>>':
      return b > 63n ? 0n : a >> b;
    case '==':
      return flag(a === b);
    case '!=':
      return flag(a !== b);
    case '<':
      return flag(a < b);
    case '<=':
      return flag(a <= b);
    case '>':
      return flag(a > b);
    case '>=':
      return flag(a >= b);
    case '&&':
      return flag(a !== 0n && b !== 0n);
    case '||':
      return flag(a !== 0n || b !== 0n);
  }
}

function flag(value: boolean): bigint {
  return value ? 1n : 0n;
}
