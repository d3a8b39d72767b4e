import type { Steps } from '../history/journal';
import type { Attempt } from '../machine/access';
import type { Vcpu } from '../machine/vcpu';
import { D, frameHigh, frameLow, frameOf } from '../paging/format';
import { hex, type GuestFrame } from '../units';
import { splitHuge } from './huge';
import { invalidate } from './invalidate';
import { leafFlags, type Kernel } from './kernel';
import { mirrorEntry } from './mirror';
import type { Area, Process } from './process';
import { swapEntry, forEachLeaf, type EntryPlace } from './tables';

type Skip = ReadonlySet<string> | null;

/**
 * Gives up the frames of a range, as the kernel does when memory is short (Linux: madvise(MADV_PAGEOUT)). A dirty page is
 * written to swap. A clean one is not: swap has it already, or it was never written and is all zero. What several processes
 * map stays, and huge pages are split first.
 * @returns false if the guest has no frame to split a huge page with; then nothing was given up.
 */
export function* pageOut(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  start: number,
  end: number,
  skip: Skip,
): Steps<boolean> {
  const { journal } = kernel.machine;
  if (!(yield* splitAll(kernel, cpu, process, start, end))) return false;
  const join = yield* journal.step('join', skip);
  const clear = yield* journal.step('clear', skip);
  const mirror = yield* journal.step('mirror', skip);
  const given: { gfn: GuestFrame; dirty: boolean; slot: number }[] = [];
  kernel.ops.begin();
  yield* forEachLeaf(kernel, cpu, process, start, end, join, function* (place, _first, lo, hi) {
    const gfn = frameOf(lo, hi);
    if (kernel.frames.count(gfn) > 1) return;
    const dirty = (lo & D) !== 0;
    const slot = clear ? slotFor(kernel, gfn, dirty) : 0;
    const entry = slot > 0 ? swapEntry(slot) : { lo: 0, hi: 0 };
    if (clear) yield* kernel.ops.store(cpu, place, entry.lo, entry.hi);
    if (mirror && kernel.mirrors) yield* mirrorEntry(kernel, cpu, process, place, 0, 0, null);
    given.push({ gfn, dirty, slot });
  });
  yield* kernel.ops.end(cpu);
  if (yield* journal.step('invlpg', skip)) yield* invalidate(kernel, process, start, end);
  if (yield* journal.step('write-back', skip)) {
    for (const { gfn, dirty, slot } of given)
      if (dirty) kernel.swap.write(slot, yield* kernel.memory.contents(cpu, gfn));
  }
  if (yield* journal.step('free', skip)) for (const { gfn } of given) kernel.frames.drop(gfn);
  const written = given.filter((g) => g.dirty).length;
  journal.note(`${given.length} pages given up: ${written} dirty, ${given.length - written} clean`);
  return true;
}

/** A page that is in swap is touched: a frame, filled from the slot. It is clean until the next store. @returns how, or null. */
export function* swapIn(
  kernel: Kernel,
  attempt: Attempt,
  process: Process,
  place: EntryPlace,
  area: Area,
  slot: number,
): Steps<string | null> {
  const { cpu } = attempt;
  const { journal } = kernel.machine;
  yield* journal.step('allocate');
  const gfn = kernel.frames.take();
  if (gfn < 0) {
    journal.note('the guest has no free frame');
    return null;
  }
  yield* journal.step('swap-in');
  const contents = kernel.swap.read(slot);
  if (contents) yield* kernel.memory.fill(cpu, gfn, contents);
  else yield* kernel.memory.zero(cpu, gfn);
  kernel.swap.filled(gfn, slot);
  const flags = leafFlags(area);
  yield* journal.step('set-entry');
  yield* kernel.setEntry(cpu, process, place, frameLow(gfn) | flags.lo, frameHigh(gfn) | flags.hi, null);
  return `back from swap, slot ${slot}: gfn ${hex(gfn)} given`;
}

/** A slot for a page's contents, with a reference for its entry; 0 if it needs none. */
function slotFor(kernel: Kernel, gfn: GuestFrame, dirty: boolean): number {
  if (dirty) return kernel.swap.take();
  const copy = kernel.swap.copyOf(gfn);
  if (copy > 0) kernel.swap.share(copy);
  return copy;
}

function* splitAll(kernel: Kernel, cpu: Vcpu, process: Process, start: number, end: number): Steps<boolean> {
  const huge: number[] = [];
  yield* forEachLeaf(kernel, cpu, process, start, end, false, function* (place, first) {
    if (place.level > 1) huge.push(first);
    yield* [];
  });
  for (const page of huge) if (!(yield* splitHuge(kernel, cpu, process, page))) return false;
  return true;
}
