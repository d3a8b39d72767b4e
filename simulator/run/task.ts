import type { Process } from '../guest/process';
import type { Steps, TrailFrame } from '../history/journal';
import type { FunctionInfo, TaskInfo } from '../language/program';
import type { Vcpu } from '../machine/vcpu';
import type { Access } from '../paging/walk';

/** Where a call came from. */
export interface CallFrame {
  readonly returnTo: number;
  readonly base: number;
  /** Register of the caller's window for the result, or -1. */
  readonly result: number;
  readonly function: number;
  readonly statement: number;
}

/** A fault expectation whose block is running. */
export interface OpenExpectation {
  readonly index: number;
  /** Instruction of its end. */
  readonly end: number;
  /** Id of the last fault before it began. */
  readonly after: number;
  readonly expectedHi: number;
  readonly expectedLo: number;
  readonly depth: number;
  readonly base: number;
  readonly kernelMode: boolean;
  readonly statement: number;
}

export type TaskStatus = 'ready' | 'waiting' | 'ended' | 'killed';

/** A task: registers, call stack, and the operation it is in the middle of. All of it is data but `pending`. */
export class Task {
  status: TaskStatus = 'ready';
  note = '';
  /** Next instruction. */
  pc: number;
  /** First register of the running window. */
  base = 0;
  lo = new Int32Array(64);
  hi = new Int32Array(64);
  readonly calls: CallFrame[] = [];
  function: number;
  /** Index of the running statement, or -1 before the first. */
  statement = -1;
  /** The statement at `pc` was stopped at: do not stop there again. */
  passed = false;
  /** Operation under way. */
  pending: Steps<void> | null = null;
  /** Operations of `pending`, outermost first. */
  trail: TrailFrame[] = [];
  readonly expectations: OpenExpectation[] = [];
  kernelMode: boolean;
  waitsFor = -1;
  /** The last access that the task began, for following; `access` is null before the first. Plain fields: each access sets them. */
  accessHi = 0;
  accessLo = 0;
  access: Access | null = null;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly info: TaskInfo,
    /** Index into Program.tasks. */
    readonly index: number,
    entry: FunctionInfo,
    readonly process: Process | null,
    readonly cpu: Vcpu | null,
  ) {
    this.pc = entry.entry;
    this.function = info.function;
    this.kernelMode = info.kind !== 'process';
    this.reserve(entry.registers);
  }

  get done(): boolean {
    return this.status === 'ended' || this.status === 'killed';
  }

  /** Makes room for a window of so many registers above `base`. */
  reserve(registers: number): void {
    const needed = this.base + registers;
    if (needed <= this.lo.length) return;
    const size = Math.max(needed, this.lo.length * 2);
    const lo = new Int32Array(size);
    const hi = new Int32Array(size);
    lo.set(this.lo);
    hi.set(this.hi);
    this.lo = lo;
    this.hi = hi;
  }

  end(status: 'ended' | 'killed', note: string): void {
    this.status = status;
    this.note = note;
    this.pending = null;
    this.trail = [];
  }
}
