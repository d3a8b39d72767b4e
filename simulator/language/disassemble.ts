/** Programs in words, for people and for tests. */

import { instructionInfo, type OperandKind } from './instruction-table';
import { Op, type Program } from './program';

/** One line for each instruction, with a heading for each function. */
export function disassemble(program: Program): string {
  const headings = new Map(program.functions.map((info) => [info.entry, info]));
  const lines: string[] = [];
  for (let at = 0; at < program.code.length / 4; at++) {
    const heading = headings.get(at);
    if (heading !== undefined) {
      const variables = heading.variables.map((variable) => `${variable.name}=r${variable.register}`).join(' ');
      lines.push(`${heading.name}: ${heading.registers} registers${variables === '' ? '' : `, ${variables}`}`);
    }
    lines.push(`  ${String(at).padStart(4)}  ${disassembleInstruction(program, at)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The instruction at an index, such as `write [r0] r1 8`. */
export function disassembleInstruction(program: Program, at: number): string {
  const [op, ...operands] = program.code.slice(at * 4, at * 4 + 4);
  const info = instructionInfo(op);
  if (op === (Op.Const as number)) {
    const value = (BigInt(operands[2] >>> 0) << 32n) | BigInt(operands[1] >>> 0);
    return `const r${operands[0]} 0x${value.toString(16)}`;
  }
  const words: string[] = [info.name];
  info.operands.forEach((kind, i) => {
    const value = operands[i];
    if (kind === 'none') return;
    words.push(describe(program, kind, value, operands[i - 1] ?? 0));
  });
  return words.join(' ');
}

function describe(program: Program, kind: OperandKind, value: number, before: number): string {
  switch (kind) {
    case 'register':
      return `r${value}`;
    case 'register?':
      return value < 0 ? '-' : `r${value}`;
    case 'jump':
      return `@${value}`;
    case 'statement': {
      const { range, addresses } = program.statements[value];
      const used = addresses.map((address) => ` ${address.name}:r${address.register}`).join('');
      return `${range.startLine + 1}:${range.startColumn + 1}${used}`;
    }
    case 'function':
      return program.functions[value].name;
    case 'task':
      return program.tasks[value].name;
    case 'call': {
      const call = program.calls[value];
      const skip = call.skip.length === 0 ? '' : ` without ${call.skip.join(', ')}`;
      return `${call.builtin}(${call.arguments.join(', ')})${skip}`;
    }
    case 'skip':
      return program.skips[value].length === 0 ? '-' : `without ${program.skips[value].join(', ')}`;
    case 'event':
      return program.events[value];
    case 'expectation':
      return `"${program.expectations[value].text}"`;
    case 'message':
      return JSON.stringify(program.messages[value]);
    case 'variable':
      return program.functions[program.tasks[before].function].variables[value].name;
    case 'number':
    case 'none':
      return String(value);
  }
}
