/** The statements of one body to instructions. */

import type { Folder } from '../fold';
import type {
  Block,
  Expression,
  ExpectFault,
  ExpectNoFault,
  ExpectValue,
  For,
  Fork,
  If,
  Print,
  Return,
  Statement,
  While,
} from '../generated/ast';
import { type FunctionInfo, Op, type SourceRange } from '../program';
import { joinRanges, rangeOf, rangeOfKeyword, rangeOfProperty, textOf } from '../ranges';
import type { Body, BoundScenario } from '../symbols';
import { CodeBuffer } from './code-buffer';
import { ExpressionCompiler, isComparison, ungroup } from './expressions';
import { Registers } from './registers';
import type { Tables } from './tables';

/** Compiles a function, or the statements of a task, to go at instruction `base`. */
export function compileBody(
  body: Body,
  bound: BoundScenario,
  folder: Folder,
  tables: Tables,
  base: number,
): { words: number[]; info: FunctionInfo } {
  const compiler = new BodyCompiler(body, bound, folder, tables);
  const firstStatement = tables.statements.length;
  const { words, registers, realRegister } = compiler.compile(base);
  for (const statement of tables.statements.slice(firstStatement)) {
    for (const address of statement.addresses) address.register = realRegister(address.register);
  }
  const info: FunctionInfo = {
    name: body.name,
    entry: base,
    registers,
    parameters: body.node.$type === 'Fn' ? body.node.parameters.length : 0,
    variables: body.variables.map((variable) => ({
      name: variable.name,
      register: variable.register,
      range: variable.definitions[0],
    })),
    range: rangeOf(body.node),
  };
  return { words, info };
}

/** What `break`, `continue` and `return` leave on their way out. */
type Enclosing =
  | { readonly kind: 'loop'; readonly breakTo: number; readonly continueTo: number }
  | { readonly kind: 'kernel' }
  | { readonly kind: 'expect'; readonly expectation: number };

class BodyCompiler {
  private readonly code = new CodeBuffer();
  private readonly registers: Registers;
  private readonly expressions: ExpressionCompiler;
  private readonly enclosing: Enclosing[] = [];

  constructor(
    private readonly self: Body,
    private readonly bound: BoundScenario,
    private readonly folder: Folder,
    private readonly tables: Tables,
  ) {
    this.registers = new Registers(self.variables.length);
    this.expressions = new ExpressionCompiler(bound, folder, tables, this.code, this.registers);
  }

  compile(base: number): ReturnType<CodeBuffer['link']> {
    this.block(this.self.block!);
    if (this.self.task < 0) this.code.emit(Op.Return, -1);
    else this.code.emit(Op.End);
    return this.code.link(base, this.registers.count);
  }

  private block(block: Block): void {
    for (const statement of block.statements) this.registers.scope(() => this.statement(statement));
  }

  /** Begins a statement; its addresses are noted until the next one begins. */
  private begin(range: SourceRange): void {
    this.code.emit(Op.Statement, this.tables.statements.length);
    this.expressions.statement = this.tables.addStatement(range, this.self.index);
    this.expressions.assigned = -1;
  }

  private statement(statement: Statement): void {
    // Loops place their own, where an iteration begins.
    if (statement.$type !== 'While' && statement.$type !== 'If') this.begin(headRange(statement));
    switch (statement.$type) {
      case 'Let':
      case 'Assign': {
        const { register } = this.bound.variables.get(statement)!;
        this.expressions.assigned = register;
        this.expressions.into(statement.value, register);
        return;
      }
      case 'CallStatement':
        this.expressions.call(statement.call, -1);
        return;
      case 'If':
        this.if(statement);
        return;
      case 'For':
        this.for(statement);
        return;
      case 'While':
        this.while(statement);
        return;
      case 'Break':
      case 'Continue':
        this.leaveLoop(statement.$type === 'Break');
        return;
      case 'Return':
        this.return(statement);
        return;
      case 'Fork':
        this.fork(statement);
        return;
      case 'KernelBlock':
        this.code.emit(Op.KernelMode, 1);
        this.within({ kind: 'kernel' }, statement.body);
        this.code.emit(Op.KernelMode, 0);
        return;
      case 'ExpectValue':
        this.expectValue(statement);
        return;
      case 'ExpectFault':
      case 'ExpectNoFault':
        this.expectFault(statement);
        return;
      case 'Wait':
        this.code.emit(Op.Wait, this.bound.waits.get(statement)!.index);
        return;
      case 'Signal':
        this.code.emit(Op.Signal, this.bound.signals.get(statement)!.index);
        return;
      case 'Print':
        this.print(statement);
        return;
    }
  }

  private within(enclosing: Enclosing, block: Block): void {
    this.enclosing.push(enclosing);
    this.block(block);
    this.enclosing.pop();
  }

  private if(statement: If): void {
    const end = this.code.newLabel();
    statement.conditions.forEach((condition, i) => {
      const next = this.code.newLabel();
      const last = i === statement.conditions.length - 1 && statement.otherwise === undefined;
      this.begin(i === 0 ? joinRanges(rangeOf(statement), rangeOf(condition)) : rangeOf(condition));
      this.registers.scope(() => this.expressions.jumpIfFalse(condition, next));
      this.block(statement.blocks[i]);
      if (!last) this.code.emit(Op.Jump, end);
      this.code.place(next);
    });
    if (statement.otherwise !== undefined) this.block(statement.otherwise);
    this.code.place(end);
  }

  /** The test stands at the end, so that an iteration costs one jump. */
  private for(statement: For): void {
    const { register } = this.bound.variables.get(statement)!;
    const header = this.tables.statements.length - 1;
    const top = this.code.newLabel();
    const next = this.code.newLabel();
    const end = this.code.newLabel();
    this.code.withLoop(() => {
      this.expressions.into(statement.from, register);
      const limit = this.stable(statement.to);
      const step = statement.by === undefined ? this.code.sharedConst(1n) : this.stable(statement.by);
      const test = this.registers.take();
      const from = this.folder.value(statement.from);
      const to = this.folder.value(statement.to);
      if (from === null || to === null || from >= to) {
        this.code.emit(Op.Lt, test, register, limit);
        this.code.emit(Op.JumpIfZero, end, test);
      }
      this.code.place(top);
      // An iteration must pass a statement, or nothing could stop the loop.
      if (statement.body.statements.length === 0) this.code.emit(Op.Statement, header);
      this.within({ kind: 'loop', breakTo: end, continueTo: next }, statement.body);
      this.code.place(next);
      this.code.emit(Op.Add, register, register, step);
      this.code.emit(Op.Ge, test, register, limit);
      this.code.emit(Op.JumpIfZero, top, test);
    });
    this.code.place(end);
  }

  /** A register whose value the body cannot change. */
  private stable(expression: Expression): number {
    const value = this.folder.value(expression);
    if (value !== null) return this.code.sharedConst(value);
    const register = this.registers.take();
    this.expressions.into(expression, register);
    return register;
  }

  private while(statement: While): void {
    const top = this.code.newLabel();
    const end = this.code.newLabel();
    this.code.withLoop(() => {
      this.code.place(top);
      this.begin(joinRanges(rangeOf(statement), rangeOf(statement.condition)));
      this.registers.scope(() => this.expressions.jumpIfFalse(statement.condition, end));
      this.within({ kind: 'loop', breakTo: end, continueTo: top }, statement.body);
      this.code.emit(Op.Jump, top);
    });
    this.code.place(end);
  }

  private leaveLoop(isBreak: boolean): void {
    for (let i = this.enclosing.length - 1; i >= 0; i--) {
      const enclosing = this.enclosing[i];
      if (enclosing.kind === 'loop') {
        this.code.emit(Op.Jump, isBreak ? enclosing.breakTo : enclosing.continueTo);
        return;
      }
      this.close(enclosing);
    }
  }

  private return(statement: Return): void {
    const value = statement.value === undefined ? -1 : this.expressions.operand(statement.value);
    for (let i = this.enclosing.length - 1; i >= 0; i--) this.close(this.enclosing[i]);
    if (this.self.task < 0) this.code.emit(Op.Return, value);
    else this.code.emit(Op.End);
  }

  private close(enclosing: Enclosing): void {
    if (enclosing.kind === 'kernel') this.code.emit(Op.KernelMode, 0);
    else if (enclosing.kind === 'expect') this.code.emit(Op.ExpectEnd, enclosing.expectation);
  }

  private fork(statement: Fork): void {
    this.code.emit(Op.Fork, this.bound.forks.get(statement)!.task, this.tables.addSkip(statement.skip));
  }

  private expectValue(statement: ExpectValue): void {
    const value = ungroup(statement.value);
    const range = rangeOf(statement);
    const text = textOf(statement.value);
    if (value.$type === 'BinaryExpression' && isComparison(value.operator)) {
      const sides = this.registers.take(2);
      const result = this.registers.take();
      this.expressions.into(value.left, sides);
      this.expressions.into(value.right, sides + 1);
      const comparisons = { '==': Op.Eq, '!=': Op.Ne, '<': Op.Lt, '<=': Op.Le, '>': Op.Gt, '>=': Op.Ge };
      this.code.emit(comparisons[value.operator as keyof typeof comparisons], result, sides, sides + 1);
      const index = this.tables.addExpectation({ kind: 'value', text, comparison: value.operator, range });
      this.code.emit(Op.ExpectValue, index, result, sides);
      return;
    }
    const register = this.expressions.operand(value);
    const index = this.tables.addExpectation({ kind: 'value', text, comparison: null, range });
    this.code.emit(Op.ExpectValue, index, register, -1);
  }

  private expectFault(statement: ExpectFault | ExpectNoFault): void {
    const range = headRange(statement);
    let expectation: number;
    let address = -1;
    if (statement.$type === 'ExpectNoFault')
      expectation = this.tables.addExpectation({ kind: 'no-fault', text: 'no fault', range });
    else {
      const hasAddress = statement.address !== undefined;
      if (statement.address !== undefined) address = this.stableOutsideLoop(statement.address);
      const text =
        statement.address === undefined
          ? `fault ${statement.kind}`
          : `fault ${statement.kind} at ${textOf(statement.address)}`;
      expectation = this.tables.addExpectation({ kind: 'fault', text, fault: statement.kind, hasAddress, range });
    }
    const end = this.code.newLabel();
    this.code.emit(Op.ExpectBegin, expectation, address, end);
    this.within({ kind: 'expect', expectation }, statement.body);
    this.code.place(end);
    this.code.emit(Op.ExpectEnd, expectation);
  }

  private stableOutsideLoop(expression: Expression): number {
    const register = this.registers.take();
    this.expressions.into(expression, register);
    return register;
  }

  private print(statement: Print): void {
    const parts = this.bound.texts.get(statement) ?? [];
    const values = parts.filter((part) => typeof part !== 'string');
    const first = this.registers.take(values.length);
    values.forEach((value, i) => this.expressions.into(value, first + i));
    const message = parts.map((part) => (typeof part === 'string' ? part : '{}')).join('');
    this.code.emit(Op.Print, this.tables.addMessage(message), first);
  }
}

/** A statement without its blocks: what an editor shows as the present line. */
function headRange(statement: Statement): SourceRange {
  const whole = rangeOf(statement);
  switch (statement.$type) {
    case 'For':
      return joinRanges(whole, rangeOf(statement.by ?? statement.to));
    case 'Fork': {
      const last = statement.skip.length - 1;
      return joinRanges(
        whole,
        last < 0 ? rangeOfProperty(statement, 'name') : rangeOfProperty(statement, 'skip', last),
      );
    }
    case 'KernelBlock':
      return joinRanges(whole, rangeOfKeyword(statement, 'kernel'));
    case 'ExpectFault':
      return joinRanges(
        whole,
        statement.address === undefined ? rangeOfProperty(statement, 'kind') : rangeOf(statement.address),
      );
    case 'ExpectNoFault':
      return joinRanges(whole, rangeOfKeyword(statement, 'fault'));
    default:
      return whole;
  }
}
