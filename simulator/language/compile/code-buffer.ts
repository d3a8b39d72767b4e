/** The instructions of one body while it is being compiled: labels, and constants that loops share. */

import { instructionInfo } from '../instruction-table';
import { Op } from '../program';

/** Registers that hold constants for loops are numbered from here until the number of real ones is known. */
const SHARED = 1 << 24;

const LABEL = -1;

type Instruction = [op: number, a: number, b: number, c: number];

export class CodeBuffer {
  private readonly code: Instruction[] = [];
  private labels = 0;
  /** Constants loaded before a loop, for as long as the function runs. */
  private readonly shared = new Map<bigint, number>();
  /** The outermost loop being compiled: where its constants go, and which it has. */
  private loop: { readonly at: number; readonly constants: Set<bigint> } | null = null;

  emit(op: Op, a = 0, b = 0, c = 0): void {
    this.code.push([op, a, b, c]);
  }

  emitConst(register: number, value: bigint): void {
    this.code.push(constant(register, value));
  }

  newLabel(): number {
    return this.labels++;
  }

  /** The label means the next instruction. Jumps name labels until `link`. */
  place(label: number): void {
    this.code.push([LABEL, label, 0, 0]);
  }

  get inLoop(): boolean {
    return this.loop !== null;
  }

  /** Compiles a loop with `body`; constants used in it are loaded before the outermost one, once. */
  withLoop(body: () => void): void {
    if (this.loop !== null) {
      body();
      return;
    }
    const loop = { at: this.code.length, constants: new Set<bigint>() };
    this.loop = loop;
    body();
    this.loop = null;
    const loads = [...loop.constants].map((value) => constant(this.shared.get(value)!, value));
    this.code.splice(loop.at, 0, ...loads);
  }

  /** A register that holds the constant throughout the loop. */
  sharedConst(value: bigint): number {
    let register = this.shared.get(value);
    if (register === undefined) {
      register = SHARED + this.shared.size;
      this.shared.set(value, register);
    }
    this.loop!.constants.add(value);
    return register;
  }

  /**
   * Resolves labels and shared registers.
   * @param base index of the first instruction in the program
   * @param registers registers in use besides the shared ones, which follow them
   */
  link(
    base: number,
    registers: number,
  ): { words: number[]; registers: number; realRegister: (register: number) => number } {
    const targets = new Map<number, number>();
    let index = base;
    for (const [op, a] of this.code) {
      if (op === LABEL) targets.set(a, index);
      else index++;
    }
    const realRegister = (register: number): number => (register >= SHARED ? register - SHARED + registers : register);
    const words: number[] = [];
    for (const [op, ...values] of this.code) {
      if (op === LABEL) continue;
      words.push(op);
      instructionInfo(op).operands.forEach((kind, i) => {
        const value = values[i];
        if (kind === 'jump') words.push(targets.get(value)!);
        else words.push(kind === 'register' || kind === 'register?' ? realRegister(value) : value);
      });
    }
    return { words, registers: registers + this.shared.size, realRegister };
  }
}

function constant(register: number, value: bigint): Instruction {
  return [Op.Const, register, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}
