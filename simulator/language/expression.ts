/** Expressions that the debugger evaluates: watches, hovers, conditions, the console. The language is that of scenarios. */

import type { Expression } from './generated/ast';
import { parseNumber } from './numbers';
import { parseExpression } from './parse';
import type { Diagnostic, SourceRange } from './program';
import { EMPTY_RANGE, rangeOf } from './ranges';
import type { Operator } from './fold';

/** Plain data: values are resolved by whoever evaluates. */
export type WatchExpression =
  | { readonly kind: 'number'; readonly value: bigint; readonly range: SourceRange }
  /** A variable, constant, VM or register. */
  | { readonly kind: 'name'; readonly name: string; readonly range: SourceRange }
  /** `redis.heap` */
  | { readonly kind: 'qualified'; readonly task: string; readonly name: string; readonly range: SourceRange }
  | {
      readonly kind: 'unary';
      readonly operator: '-' | '!' | '~';
      readonly operand: WatchExpression;
      readonly range: SourceRange;
    }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly left: WatchExpression;
      readonly right: WatchExpression;
      readonly range: SourceRange;
    }
  /** `walk(heap)`; which calls there are is for the evaluator to say. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly arguments: readonly WatchExpression[];
      readonly range: SourceRange;
    }
  /** `*address` */
  | { readonly kind: 'deref'; readonly address: WatchExpression; readonly range: SourceRange };

/** Parses one expression; a diagnostic (it has `severity`) says what is wrong. Never throws. */
export function parseWatch(text: string): WatchExpression | Diagnostic {
  const { expression, diagnostics } = parseExpression(text);
  if (diagnostics.length > 0) return diagnostics[0];
  if (expression === null) return problem('An expression is missing.', EMPTY_RANGE);
  try {
    return convert(expression);
  } catch (error) {
    if (error instanceof WatchProblem) return error.diagnostic;
    throw error;
  }
}

export function isDiagnostic(result: WatchExpression | Diagnostic): result is Diagnostic {
  return 'severity' in result;
}

/** Leaves the recursion of `convert`; never leaves this file. */
class WatchProblem extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.message);
  }
}

function convert(expression: Expression): WatchExpression {
  const range = rangeOf(expression);
  switch (expression.$type) {
    case 'Group':
      return convert(expression.inner);
    case 'NumberLiteral': {
      const parsed = parseNumber(expression.text);
      if (!parsed.ok) throw new WatchProblem(problem(parsed.message, range, parsed.code));
      return { kind: 'number', value: parsed.value, range };
    }
    case 'NameUse':
      return { kind: 'name', name: expression.name, range };
    case 'Qualified':
      return { kind: 'qualified', task: expression.task, name: expression.name, range };
    case 'Unary': {
      const operand = convert(expression.operand);
      if (expression.operator === '*') return { kind: 'deref', address: operand, range };
      return { kind: 'unary', operator: expression.operator, operand, range };
    }
    case 'BinaryExpression':
      return {
        kind: 'binary',
        operator: expression.operator,
        left: convert(expression.left),
        right: convert(expression.right),
        range,
      };
    case 'TextLiteral':
    case 'AsWord':
      throw new WatchProblem(problem('This is no value: expressions are of numbers.', range));
    case 'Call':
      if (expression.skip.length > 0)
        throw new WatchProblem(problem('`without` has no place here: nothing is carried out.', range));
      return { kind: 'call', name: expression.callee, arguments: expression.arguments.map(convert), range };
  }
}

function problem(message: string, range: SourceRange, code = 'syntax'): Diagnostic {
  return { severity: 'error', code, message, range };
}
