/** Expressions to instructions. */

import type { Builtin } from '../builtins';
import type { Folder, Operator } from '../fold';
import type { BinaryExpression, Call, Expression } from '../generated/ast';
import { Op, type SourceRange } from '../program';
import { rangeOf, textOf, textValue } from '../ranges';
import type { BoundScenario } from '../symbols';
import type { CodeBuffer } from './code-buffer';
import type { Registers } from './registers';
import type { StatementDraft, Tables } from './tables';

const OPCODES: Readonly<Record<Exclude<Operator, '&&' | '||'>, Op>> = {
  '+': Op.Add,
  '-': Op.Sub,
  '*': Op.Mul,
  '/': Op.Div,
  '%': Op.Mod,
  '&': Op.And,
  '|': Op.Or,
  '^': Op.Xor,
  '<<': Op.Shl,
  '>>': Op.Shr,
  '==': Op.Eq,
  '!=': Op.Ne,
  '<': Op.Lt,
  '<=': Op.Le,
  '>': Op.Gt,
  '>=': Op.Ge,
};

const OPPOSITE: ReadonlyMap<Operator, Op> = new Map<Operator, Op>([
  ['==', Op.Ne],
  ['!=', Op.Eq],
  ['<', Op.Ge],
  ['<=', Op.Gt],
  ['>', Op.Le],
  ['>=', Op.Lt],
]);

export function isComparison(operator: Operator): boolean {
  return OPPOSITE.has(operator);
}

/** An expression without its parentheses. */
export function ungroup(expression: Expression): Expression {
  let inner = expression;
  while (inner.$type === 'Group') inner = inner.inner;
  return inner;
}

export class ExpressionCompiler {
  /** The statement that the addresses belong to. */
  statement: StatementDraft | null = null;
  /** The variable that the statement sets. Addresses keep a register of their own, not this one. */
  assigned = -1;

  constructor(
    private readonly bound: BoundScenario,
    private readonly folder: Folder,
    private readonly tables: Tables,
    private readonly code: CodeBuffer,
    private readonly registers: Registers,
  ) {}

  /** A register with the value: a variable's own, a shared constant, or a temporary. Only to be read. */
  operand(written: Expression): number {
    const expression = ungroup(written);
    const value = this.folder.value(expression);
    if (value !== null) return this.constant(value);
    if (expression.$type === 'NameUse') {
      const target = this.bound.names.get(expression);
      if (target?.kind === 'variable') return target.register;
    }
    const register = this.registers.take();
    this.into(expression, register);
    return register;
  }

  /** Puts the value into `target`, which no part of the expression is computed in before its last instruction. */
  into(written: Expression, target: number): void {
    const expression = ungroup(written);
    const value = this.folder.value(expression);
    if (value !== null) {
      this.code.emitConst(target, value);
      return;
    }
    switch (expression.$type) {
      case 'NameUse': {
        const source = this.operand(expression);
        if (source !== target) this.code.emit(Op.Move, target, source);
        return;
      }
      case 'Qualified': {
        const task = this.bound.qualifiers.get(expression)!;
        this.code.emit(Op.LoadTask, target, task.task, this.bound.variables.get(expression)!.register);
        return;
      }
      case 'Unary':
        if (expression.operator === '*') {
          this.code.emit(Op.Read, target, this.address(expression.operand), 8);
          return;
        }
        this.code.emit(
          { '-': Op.Neg, '!': Op.Not, '~': Op.BitNot }[expression.operator],
          target,
          this.operand(expression.operand),
        );
        return;
      case 'BinaryExpression':
        this.binary(expression, target);
        return;
      case 'Call':
        this.call(expression, target);
        return;
      case 'NumberLiteral':
      case 'TextLiteral':
      case 'AsWord':
      case 'Group':
        return;
    }
  }

  /** Goes to `label` if the condition is false, else on. */
  jumpIfFalse(written: Expression, label: number): void {
    this.jump(written, label, false);
  }

  /** A call whose value goes to `target`, or nowhere (-1). */
  call(call: Call, target: number): void {
    const callee = this.bound.calls.get(call)!;
    if (callee.kind === 'fn') {
      const first = this.registers.take(call.arguments.length);
      call.arguments.forEach((argument, i) => this.into(argument, first + i));
      this.code.emit(Op.Call, callee.body.index, first, target);
    } else if (!this.fastCall(call, callee.builtin, target)) this.operation(call, callee.builtin, target);
  }

  /** `read`, `write` and `fetch` have instructions of their own, unless the width is known only at run time. */
  private fastCall(call: Call, builtin: Builtin, target: number): boolean {
    const [first, second, third] = call.arguments;
    switch (builtin.name) {
      case 'read': {
        const width = this.width(second);
        if (width === null) return false;
        const address = this.address(first);
        this.code.emit(Op.Read, target < 0 ? this.registers.take() : target, address, width);
        return true;
      }
      case 'write': {
        const width = this.width(third);
        if (width === null) return false;
        const address = this.address(first);
        this.code.emit(Op.Write, address, this.operand(second), width);
        return true;
      }
      case 'fetch':
        this.code.emit(Op.Fetch, this.address(first));
        return true;
      default:
        return false;
    }
  }

  private width(argument: Expression | undefined): number | null {
    if (argument === undefined) return 8;
    const value = this.folder.value(argument);
    return value === null ? null : Number(value);
  }

  private operation(call: Call, builtin: Builtin, target: number): void {
    const first = this.registers.take(builtin.parameters.length);
    const places = builtin.parameters.map((parameter, i) => {
      const argument = call.arguments[i];
      const register = first + i;
      if (argument === undefined && parameter.kind !== 'value') return parameter.default ?? 0;
      if (argument === undefined) {
        this.code.emitConst(register, BigInt(parameter.default ?? 0));
        return register;
      }
      if (argument.$type === 'TextLiteral') return this.tables.addString(textValue(argument));
      if (parameter.kind !== 'value') return this.bound.operands.get(argument)!;
      this.into(argument, register);
      // Where the call names a process, the address is in that one's space.
      if (parameter.name === 'address' && builtin.parameters[0]?.kind !== 'process')
        this.noteAddress(argument, register);
      return register;
    });
    const site = this.tables.addCall({
      builtin: builtin.name as never,
      arguments: places,
      skip: [...call.skip],
      range: rangeOf(call),
    });
    this.code.emit(Op.Operation, site, first, target);
  }

  /** A register with a guest-virtual address that the statement uses. */
  private address(expression: Expression): number {
    let register = this.operand(expression);
    if (register === this.assigned) {
      const copy = this.registers.take();
      this.code.emit(Op.Move, copy, register);
      register = copy;
    }
    this.noteAddress(expression, register);
    return register;
  }

  private noteAddress(expression: Expression, register: number): void {
    const range: SourceRange = rangeOf(expression);
    this.statement?.addresses.push({ range, register, name: textOf(ungroup(expression)) });
  }

  private constant(value: bigint): number {
    if (this.code.inLoop) return this.code.sharedConst(value);
    const register = this.registers.take();
    this.code.emitConst(register, value);
    return register;
  }

  private binary(expression: BinaryExpression, target: number): void {
    const { operator } = expression;
    if (operator === '&&' || operator === '||') {
      this.logical(expression, target);
      return;
    }
    if (this.byPowerOfTwo(expression, target)) return;
    const left = this.operand(expression.left);
    this.code.emit(OPCODES[operator], target, left, this.operand(expression.right));
  }

  /** Multiplying and dividing 64-bit halves is slow; shifts and masks are not. */
  private byPowerOfTwo({ left, operator, right }: BinaryExpression, target: number): boolean {
    const [variable, constant] = operator === '*' && this.folder.value(left) !== null ? [right, left] : [left, right];
    const value = this.folder.value(constant);
    if (value === null || value === 0n || (value & (value - 1n)) !== 0n) return false;
    const shift = BigInt(value.toString(2).length - 1);
    if (operator === '%') this.code.emit(Op.And, target, this.operand(variable), this.constant(value - 1n));
    else if (operator === '*' || operator === '/') {
      if (shift === 0n) this.into(variable, target);
      else this.code.emit(operator === '*' ? Op.Shl : Op.Shr, target, this.operand(variable), this.constant(shift));
    } else return false;
    return true;
  }

  /** `a && b` and `a || b` as 0 or 1; b is evaluated only if it decides. */
  private logical(expression: Expression, target: number): void {
    const no = this.code.newLabel();
    const end = this.code.newLabel();
    // Through a temporary, since the expression may use the target.
    const result = this.registers.take();
    this.jump(expression, no, false);
    this.code.emitConst(result, 1n);
    this.code.emit(Op.Jump, end);
    this.code.place(no);
    this.code.emitConst(result, 0n);
    this.code.place(end);
    this.code.emit(Op.Move, target, result);
  }

  /** Goes to `label` if the truth of the condition is `when`. */
  private jump(written: Expression, label: number, when: boolean): void {
    const condition = ungroup(written);
    const value = this.folder.value(condition);
    if (value !== null) {
      if ((value !== 0n) === when) this.code.emit(Op.Jump, label);
      return;
    }
    if (condition.$type === 'Unary' && condition.operator === '!') {
      this.jump(condition.operand, label, !when);
      return;
    }
    if (condition.$type === 'BinaryExpression') {
      const { left, operator, right } = condition;
      if (operator === '&&' || operator === '||') {
        // The left side alone decides when it is false for &&, true for ||.
        const decides = operator === '||';
        if (decides === when) this.jump(left, label, when);
        else {
          const on = this.code.newLabel();
          this.jump(left, on, decides);
          this.jump(right, label, when);
          this.code.place(on);
          return;
        }
        this.jump(right, label, when);
        return;
      }
      if (isComparison(operator)) {
        const result = this.registers.take();
        const a = this.operand(left);
        const op = when ? OPPOSITE.get(operator)! : OPCODES[operator];
        this.code.emit(op, result, a, this.operand(right));
        this.code.emit(Op.JumpIfZero, label, result);
        return;
      }
    }
    let register = this.operand(condition);
    if (when) {
      const result = this.registers.take();
      this.code.emit(Op.Not, result, register);
      register = result;
    }
    this.code.emit(Op.JumpIfZero, label, register);
  }
}
