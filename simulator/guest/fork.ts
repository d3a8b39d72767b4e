import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { exitProcess } from './calls';
import { A, PS, RW, frameHigh, frameLow, frameOf, leafFrames } from '../paging/format';
import type { Kernel } from './kernel';
import { mirrorEntry } from './mirror';
import { findArea, type Process } from './process';
import { slotOf, findEntry, forEachLeaf, type EntryPlace } from './tables';

/**
 * fork: the child gets the parent's areas, and entries for the same frames, write-protected in both (copy-on-write).
 * @returns the child, or null if the guest is out of memory.
 */
export function* fork(
  kernel: Kernel,
  cpu: Vcpu,
  parent: Process,
  name: string,
  skip: ReadonlySet<string> | null,
): Steps<Process | null> {
  const { journal } = kernel.machine;
  yield* journal.enter('fork', `fork ${name} from ${parent.name}`);
  // A child without tables has a root and nothing in it: its pages look as if they had never been touched.
  const tables = yield* journal.step('tables', skip);
  const child = yield* kernel.newProcess(cpu, name);
  if (!child) {
    journal.leave();
    return null;
  }
  if (yield* journal.step('areas', skip)) child.areas = parent.areas.map((a) => ({ ...a }));
  child.nextPage = parent.nextPage;
  child.pkru = parent.pkru;
  const copy = yield* journal.step('copy', skip);
  const join = yield* journal.step('join', skip);
  const mirror = yield* journal.step('mirror', skip);
  if (copy && tables && !(yield* copyEntries(kernel, cpu, parent, child, join, mirror))) {
    journal.note("no memory for the child's tables: what there is of it goes");
    yield* exitProcess(kernel, cpu, child, null);
    yield* kernel.flushProcess(parent);
    journal.leave();
    return null;
  }
  if (yield* journal.step('flush', skip)) yield* kernel.flushProcess(parent);
  journal.leave();
  return child;
}

/** @returns false if the guest has no memory for the child's tables; the child is then incomplete. */
function* copyEntries(
  kernel: Kernel,
  cpu: Vcpu,
  parent: Process,
  child: Process,
  join: boolean,
  mirror: boolean,
): Steps<boolean> {
  let complete = true;
  kernel.ops.begin();
  // Areas may part inside a huge page: it is copied once.
  let next = 0;
  for (const area of parent.areas) {
    const from = Math.max(area.start, next);
    const present = function* (place: EntryPlace, first: number, lo: number, hi: number): Steps<void> {
      const frames = leafFrames(place.level);
      next = first + frames;
      const target = complete ? yield* findEntry(kernel, cpu, child, first, place.level, true) : null;
      if (!target) {
        complete = false;
        return;
      }
      const writable = ((findArea(parent, first)?.perm ?? 0) & 2) !== 0;
      const protectedLo = writable ? lo & ~RW : lo;
      const gfn = frameOf(lo, hi);
      for (let i = 0; i < frames; i++) kernel.frames.share(gfn + i);
      if (protectedLo !== lo) yield* kernel.ops.store(cpu, place, protectedLo, hi);
      if (mirror && kernel.mirrors) yield* mirrorEntry(kernel, cpu, parent, place, protectedLo, hi, null);
      // D stays: whoever keeps the frame last must know that it was written to.
      const childLo = frameLow(gfn) | (protectedLo & 0xfff & ~A) | (place.level === 2 ? PS : 0);
      yield* kernel.setEntry(
        cpu,
        child,
        target,
        childLo,
        frameHigh(gfn) | (hi & 0xfff00000),
        mirror ? null : new Set(['mirror']),
      );
    };
    const swapped = function* (_place: EntryPlace, first: number, lo: number, hi: number): Steps<void> {
      const target = complete ? yield* findEntry(kernel, cpu, child, first, 1, true) : null;
      if (!target) {
        complete = false;
        return;
      }
      kernel.swap.share(slotOf(lo, hi));
      yield* kernel.setEntry(cpu, child, target, lo, hi, null);
    };
    yield* forEachLeaf(kernel, cpu, parent, from, area.end, join, present, swapped);
  }
  yield* kernel.ops.end(cpu);
  return complete;
}
