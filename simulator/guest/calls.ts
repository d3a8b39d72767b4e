import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { frameOf, leafFrames } from '../paging/format';
import { hex } from '../units';
import { splitAtEdges } from './huge';
import { invalidate } from './invalidate';
import { leafFlags, type Kernel } from './kernel';
import { mirrorEntry } from './mirror';
import { pageOut } from './pageout';
import { areasIn, findArea, type Process } from './process';
import { slotOf, PROT_NONE, forEachLeaf, freeTables, type EntryPlace } from './tables';

type Skip = ReadonlySet<string> | null;

const address = (page: number): string => hex(page * 4096, 16);

/** mmap. @param at first page wanted, or 0. @returns the first page, or -1 if there is no room or the range is taken. */
export function* mmap(
  kernel: Kernel,
  process: Process,
  pages: number,
  perm: number,
  at: number,
  skip: Skip,
): Steps<number> {
  const { journal } = kernel.machine;
  yield* journal.enter('mmap', `map ${pages} pages for ${process.name}`);
  let start = at;
  if ((yield* journal.step('find-area', skip)) && at === 0) {
    // Whole 2 MiB are aligned, so that huge pages are possible; areas keep a page's distance.
    start = pages >= 512 ? Math.ceil(process.nextPage / 512) * 512 : process.nextPage;
    while (process.areas.some((a) => a.start < start + pages && a.end > start)) start += pages + 1;
  }
  const limit = kernel.levels === 5 ? 2 ** 44 : 2 ** 35;
  const taken = process.areas.some((a) => a.start < start + pages && a.end > start);
  if (pages <= 0 || start + pages > limit || taken) {
    journal.note(taken ? 'the range is taken' : 'the range does not fit the user half');
    journal.leave();
    return -1;
  }
  if (yield* journal.step('add-area', skip)) {
    process.areas.push({ start, end: start + pages, perm, huge: kernel.machine.hugePages, pkey: 0 });
    process.areas.sort((a, b) => a.start - b.start);
  }
  if (at === 0) process.nextPage = start + pages + 1;
  journal.leave();
  return start;
}

/** munmap. @returns false if the guest has no frame to split a huge page with; then nothing was done. */
export function* munmap(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  start: number,
  end: number,
  skip: Skip,
): Steps<boolean> {
  const { journal } = kernel.machine;
  yield* journal.enter('munmap', `unmap ${address(start)} to ${address(end)}`);
  const done = yield* clearRange(kernel, cpu, process, start, end, skip);
  if (done && (yield* journal.step('remove-area', skip))) {
    const gone = new Set(areasIn(process, start, end));
    process.areas = process.areas.filter((a) => !gone.has(a));
  }
  journal.leave();
  return done;
}

/** mprotect and pkey_mprotect. @param pkey null keeps the key. @returns false as `munmap`. */
export function* mprotect(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  name: 'mprotect' | 'pkey_mprotect',
  start: number,
  end: number,
  perm: number,
  pkey: number | null,
  skip: Skip,
): Steps<boolean> {
  const { journal } = kernel.machine;
  yield* journal.enter(name, `protect ${address(start)} to ${address(end)}`);
  if (!(yield* splitAtEdges(kernel, cpu, process, start, end))) {
    journal.leave();
    return false;
  }
  if (yield* journal.step('area', skip)) {
    for (const area of areasIn(process, start, end)) {
      area.perm = perm;
      if (pkey !== null) area.pkey = pkey;
    }
  }
  const join = yield* journal.step('join', skip);
  const native = yield* journal.step('native', skip);
  const mirror = yield* journal.step('mirror', skip);
  kernel.ops.begin();
  yield* forEachLeaf(kernel, cpu, process, start, end, join, function* (place, first, lo, hi) {
    const area = findArea(process, first);
    const flags = leafFlags({ perm, pkey: pkey ?? area?.pkey ?? 0 });
    // A frame that is shared stays read-only until it is copied; of a huge page, any of them.
    const shared = kernel.frames.anyShared(frameOf(lo, hi), leafFrames(place.level));
    const present = perm === 0 ? PROT_NONE : flags.lo & ~(shared ? 2 : 0);
    const nextLo = (lo & ~(0x7 | PROT_NONE)) | present;
    const nextHi = (hi & 0xfffff) | flags.hi;
    if (native) yield* kernel.ops.store(cpu, place, nextLo, nextHi);
    if (mirror && kernel.mirrors) yield* mirrorEntry(kernel, cpu, process, place, nextLo, nextHi, skip);
  });
  yield* kernel.ops.end(cpu);
  if (yield* journal.step('invlpg', skip)) yield* invalidate(kernel, process, start, end);
  journal.leave();
  return true;
}

/** madvise. @param advice 14 hugepage, 15 nohugepage, 4 dontneed, 21 pageout (Linux's numbers). @returns false as `munmap`. */
export function* madvise(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  start: number,
  end: number,
  advice: number,
  skip: Skip,
): Steps<boolean> {
  const { journal } = kernel.machine;
  yield* journal.enter('madvise', `advise on ${address(start)} to ${address(end)}`);
  if (advice === 14 || advice === 15) {
    if (yield* journal.step('area', skip)) for (const area of areasIn(process, start, end)) area.huge = advice === 14;
  }
  let done = true;
  if (advice === 4) done = yield* clearRange(kernel, cpu, process, start, end, skip);
  else if (advice === 21) done = yield* pageOut(kernel, cpu, process, start, end, skip);
  journal.leave();
  return done;
}

/** exit: gives everything back. */
export function* exitProcess(kernel: Kernel, cpu: Vcpu, process: Process, skip: Skip): Steps<void> {
  const { journal } = kernel.machine;
  yield* journal.enter('exit', `exit ${process.name}`);
  if (yield* journal.step('unmap', skip)) {
    for (const area of [...process.areas])
      yield* clearRange(kernel, cpu, process, area.start, area.end, new Set(['invlpg']), true);
    process.areas = [];
  }
  process.state = 'exited';
  if (yield* journal.step('free-tables', skip)) yield* freeTables(kernel, cpu, process);
  if (yield* journal.step('flush', skip)) yield* kernel.flushProcess(process);
  journal.leave();
}

/** Steps clear, mirror, invlpg, free of munmap and madvise(dontneed). */
function* clearRange(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  start: number,
  end: number,
  skip: Skip,
  quiet = false,
): Steps<boolean> {
  const { journal } = kernel.machine;
  const does = function* (name: string): Steps<boolean> {
    return quiet ? !skip?.has(name) : yield* journal.step(name, skip);
  };
  if (!(yield* splitAtEdges(kernel, cpu, process, start, end))) return false;
  const freed: number[] = [];
  const slots: number[] = [];
  const clear = yield* does('clear');
  const mirror = yield* does('mirror');
  kernel.ops.begin();
  const present = function* (place: EntryPlace, _first: number, lo: number, hi: number): Steps<void> {
    const frame = frameOf(lo, hi);
    const count = leafFrames(place.level);
    for (let i = 0; i < count; i++) freed.push(frame + i);
    if (clear) yield* kernel.ops.store(cpu, place, 0, 0);
    if (mirror && kernel.mirrors) yield* mirrorEntry(kernel, cpu, process, place, 0, 0, null);
  };
  const swapped = function* (place: EntryPlace, _first: number, lo: number, hi: number): Steps<void> {
    slots.push(slotOf(lo, hi));
    if (clear) yield* kernel.ops.store(cpu, place, 0, 0);
  };
  yield* forEachLeaf(kernel, cpu, process, start, end, false, present, swapped);
  yield* kernel.ops.end(cpu);
  if (yield* does('invlpg')) yield* invalidate(kernel, process, start, end);
  if (yield* does('free')) {
    for (const gfn of freed) kernel.frames.drop(gfn);
    for (const slot of slots) kernel.swap.drop(slot);
  }
  return true;
}
