/** What the three operand words of each instruction are: for the linker and the disassembler. */

import { Op } from './program';

/**
 * - `register`: number of a register; `register?`: the same, or -1 for none
 * - `jump`: index of an instruction
 * - `statement` … `message`: index into that list of the program
 * - `variable`: index of a variable of the function of the task before it
 * - `number`: itself; `none`: unused
 */
export type OperandKind =
  | 'register'
  | 'register?'
  | 'jump'
  | 'number'
  | 'none'
  | 'statement'
  | 'function'
  | 'task'
  | 'call'
  | 'skip'
  | 'event'
  | 'expectation'
  | 'message'
  | 'variable';

export interface InstructionInfo {
  readonly name: string;
  readonly operands: readonly [OperandKind, OperandKind, OperandKind];
}

const info = (
  name: string,
  a: OperandKind = 'none',
  b: OperandKind = 'none',
  c: OperandKind = 'none',
): InstructionInfo => ({ name, operands: [a, b, c] });
const three = (name: string): InstructionInfo => info(name, 'register', 'register', 'register');

export const INSTRUCTIONS: Readonly<Record<Op, InstructionInfo>> = {
  [Op.Statement]: info('statement', 'statement'),
  [Op.Const]: info('const', 'register', 'number', 'number'),
  [Op.Move]: info('move', 'register', 'register'),
  [Op.Add]: three('add'),
  [Op.Sub]: three('sub'),
  [Op.Mul]: three('mul'),
  [Op.Div]: three('div'),
  [Op.Mod]: three('mod'),
  [Op.And]: three('and'),
  [Op.Or]: three('or'),
  [Op.Xor]: three('xor'),
  [Op.Shl]: three('shl'),
  [Op.Shr]: three('shr'),
  [Op.Eq]: three('eq'),
  [Op.Ne]: three('ne'),
  [Op.Lt]: three('lt'),
  [Op.Le]: three('le'),
  [Op.Gt]: three('gt'),
  [Op.Ge]: three('ge'),
  [Op.Not]: info('not', 'register', 'register'),
  [Op.BitNot]: info('bitnot', 'register', 'register'),
  [Op.Neg]: info('neg', 'register', 'register'),
  [Op.Jump]: info('jump', 'jump'),
  [Op.JumpIfZero]: info('jump-if-zero', 'jump', 'register'),
  [Op.Call]: info('call', 'function', 'register', 'register?'),
  [Op.Return]: info('return', 'register?'),
  [Op.LoadTask]: info('load-task', 'register', 'task', 'variable'),
  [Op.Read]: info('read', 'register', 'register', 'number'),
  [Op.Write]: info('write', 'register', 'register', 'number'),
  [Op.Fetch]: info('fetch', 'register'),
  [Op.Operation]: info('operation', 'call', 'register', 'register?'),
  [Op.Fork]: info('fork', 'task', 'skip'),
  [Op.KernelMode]: info('kernel-mode', 'number'),
  [Op.Signal]: info('signal', 'event'),
  [Op.Wait]: info('wait', 'event'),
  [Op.ExpectValue]: info('expect-value', 'expectation', 'register', 'register?'),
  [Op.ExpectBegin]: info('expect-begin', 'expectation', 'register?', 'jump'),
  [Op.ExpectEnd]: info('expect-end', 'expectation'),
  [Op.Print]: info('print', 'message', 'register'),
  [Op.End]: info('end'),
};

/** What an instruction word means. */
export function instructionInfo(word: number): InstructionInfo {
  return (INSTRUCTIONS as Readonly<Record<number, InstructionInfo>>)[word];
}
