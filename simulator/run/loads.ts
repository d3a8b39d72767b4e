import { Cause } from '../costs/causes';
import type { Steps } from '../history/journal';
import { Access } from '../paging/walk';
import type { Frame } from '../units';
import type { Wide } from './builtin-calls';
import type { Executor } from './executor';
import type { Task } from './task';

/** Loads, stores and fetches of tasks: one or two accesses each, faults resolved on the way. */
export class Loads {
  constructor(private readonly x: Executor) {}

  /** Translates one address for a task, resolving faults. @returns the frame, or -1. */
  *translate(task: Task, at: Wide, access: Access): Steps<Frame> {
    const cpu = task.cpu!;
    const user = !task.kernelMode;
    noteAccess(task, at.hi, at.lo, access);
    const { journal } = this.x;
    if (!journal.stepping && !journal.alarm.due) {
      const frame = this.x.parts.accesses.attempt(
        cpu,
        this.x.vms[task.info.vm],
        at.hi,
        at.lo,
        access,
        user,
        Cause.Data,
      );
      if (frame >= 0) return frame;
    }
    return yield* this.x.parts.accesses.access({ cpu, hi: at.hi, lo: at.lo, access, user }, true);
  }

  /** Loads 1, 2, 4 or 8 bytes; an access over a page's end is two. @returns null if it failed. */
  *load(task: Task, at: Wide, bytes: number): Steps<Wide | null> {
    if (!this.widthIsGood(bytes)) return null;
    const offset = at.lo & 4095;
    const first = yield* this.translate(task, at, Access.Read);
    if (first < 0) return null;
    const inFirst = Math.min(bytes, 4096 - offset);
    let value = this.loadBytes(first, offset, inFirst);
    if (inFirst < bytes) {
      const second = yield* this.translate(task, nextPage(at), Access.Read);
      if (second < 0) return null;
      value |= this.loadBytes(second, 0, bytes - inFirst) << BigInt(inFirst * 8);
    }
    return { hi: Number(value >> 32n) | 0, lo: Number(value & 0xffff_ffffn) | 0 };
  }

  /** Stores 1, 2, 4 or 8 bytes. @returns false if it failed. */
  *store(task: Task, at: Wide, value: Wide, bytes: number): Steps<boolean> {
    if (!this.widthIsGood(bytes)) return false;
    const offset = at.lo & 4095;
    const first = yield* this.translate(task, at, Access.Write);
    if (first < 0) return false;
    const inFirst = Math.min(bytes, 4096 - offset);
    if (inFirst === bytes) {
      this.x.memory.store(first, offset, bytes, value.lo, value.hi);
      this.x.parts.accesses.stored();
      return true;
    }
    // Both pages are checked before anything is written.
    const second = yield* this.translate(task, nextPage(at), Access.Write);
    if (second < 0) {
      this.x.parts.accesses.stored();
      return false;
    }
    const all = (BigInt(value.hi >>> 0) << 32n) | BigInt(value.lo >>> 0);
    for (let i = 0; i < bytes; i++) {
      const byte = Number((all >> BigInt(i * 8)) & 0xffn);
      if (i < inFirst) this.x.memory.store(first, offset + i, 1, byte, 0);
      else this.x.memory.store(second, i - inFirst, 1, byte, 0);
    }
    this.x.parts.accesses.stored();
    return true;
  }

  private loadBytes(frame: Frame, offset: number, bytes: number): bigint {
    let value = 0n;
    for (let i = 0; i < bytes; i++) {
      this.x.memory.load(frame, offset + i, 1);
      value |= BigInt(this.x.memory.lo >>> 0) << BigInt(i * 8);
    }
    return value;
  }

  private widthIsGood(bytes: number): boolean {
    if (bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8) return true;
    this.x.complain(`an access is 1, 2, 4 or 8 bytes wide, not ${bytes}`);
    return false;
  }
}

/** What views follow: the access that a task is at, or has just made. */
export function noteAccess(task: Task, hi: number, lo: number, access: Access): void {
  task.accessHi = hi;
  task.accessLo = lo;
  task.access = access;
}

const nextPage = (at: Wide): Wide => {
  const page = (at.hi >>> 0) * 0x100000 + (at.lo >>> 12) + 1;
  return { hi: Math.floor(page / 0x100000) | 0, lo: ((page % 0x100000) << 12) | 0 };
};
