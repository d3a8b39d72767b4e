import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { exitProcess } from './calls';
import { A, D, PS, RW, frameHigh, frameLow, frameOf, leafFrames } from '../paging/format';
import type { Kernel } from './kernel';
import { mirrorEntry } from './mirror';
import { findArea, type Process } from './process';
import { findEntry, forEachLeaf } from './tables';

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
  const mirror = yield* journal.step('mirror', skip);
  if (copy && tables && !(yield* copyEntries(kernel, cpu, parent, child, mirror))) {
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
function* copyEntries(kernel: Kernel, cpu: Vcpu, parent: Process, child: Process, mirror: boolean): Steps<boolean> {
  let complete = true;
  kernel.ops.begin();
  // Areas may part inside a huge page: it is copied once.
  let next = 0;
  for (const area of parent.areas) {
    yield* forEachLeaf(kernel, cpu, parent, Math.max(area.start, next), area.end, function* (place, first, lo, hi) {
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
      const childLo = frameLow(gfn) | (protectedLo & 0xfff & ~(A | D)) | (place.level === 2 ? PS : 0);
      yield* kernel.setEntry(
        cpu,
        child,
        target,
        childLo,
        frameHigh(gfn) | (hi & 0xfff00000),
        mirror ? null : new Set(['mirror']),
      );
    });
  }
  yield* kernel.ops.end(cpu);
  return complete;
}
