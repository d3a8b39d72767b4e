import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { A, P, PS, RW, US, frameHigh, frameLow, frameOf, pageIndex } from '../paging/format';
import { FRAMES_2M, hex, type Frame, type GuestFrame } from '../units';
import type { Kernel } from './kernel';
import { joinedLow } from './accessed';
import { mirrorOf, type Process } from './process';
import { afterMissing, findEntry, isLargeLeaf, type EntryPlace } from './tables';

type Skip = ReadonlySet<string> | null;

/**
 * The hook behind a native table write: writes the mirror entry, flags copied, frame number taken from the gfn→hfn
 * map; not-present entries are mirrored as 0 [artifact].
 */
export function* mirrorEntry(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  place: EntryPlace,
  lo: number,
  hi: number,
  skip: Skip,
): Steps<void> {
  const { journal } = kernel.machine;
  const mirror = mirrorOf(process, place.table);
  const splitKey = `${mirror}:${place.index}`;
  yield* journal.enter('mirror_entry', `mirror entry ${place.index} of table gfn ${hex(place.table)}`);
  if ((lo & P) === 0) {
    yield* journal.step('write', skip);
    yield* kernel.memory.storeEntry(cpu, mirror, place.index, 0, 0);
    freeSplit(kernel, process, splitKey);
    journal.leave();
    return;
  }
  const isTable = place.level > 1 && (lo & PS) === 0;
  const gfn = frameOf(lo, hi);
  const hfn = yield* liveSlot(kernel, cpu, isTable ? gfn + 1 : gfn, skip);
  if (
    place.level === 2 &&
    !isTable &&
    (yield* journal.step('check-contiguous', skip)) &&
    !(yield* contiguous(kernel, cpu, gfn, hfn))
  ) {
    journal.note('not contiguous in host memory: 512 entries of 4 KiB instead');
    yield* split(kernel, cpu, process, mirror, place.index, gfn, lo, hi, skip);
  } else {
    yield* journal.step('write', skip);
    yield* kernel.memory.storeEntry(
      cpu,
      mirror,
      place.index,
      frameLow(hfn) | (lo & 0xfff),
      frameHigh(hfn) | (hi & 0xfff00000),
    );
    freeSplit(kernel, process, splitKey);
  }
  journal.leave();
}

/** Derives all TPT entries on the way to a page again from the native ones and the map. */
export function* remirrorPage(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  page: number,
  skip: Skip = null,
): Steps<void> {
  for (let level: number = kernel.levels; level >= 1; level--) {
    const place = yield* findEntry(kernel, cpu, process, page, level, false);
    if (!place || place.level !== level) return;
    const { lo, hi } = kernel.memory;
    const leaf = level === 1 || isLargeLeaf(lo);
    const joined = leaf ? yield* joinedLow(kernel, cpu, process, place, lo) : lo;
    yield* mirrorEntry(kernel, cpu, process, place, joined, hi, skip);
  }
}

/** Derives the TPT entries of a range of pages again. */
export function* remirrorRange(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  start: number,
  end: number,
  skip: Skip,
): Steps<void> {
  let page = start;
  while (page < end) {
    const place = yield* findEntry(kernel, cpu, process, page, 1, false);
    if (place) {
      yield* remirrorPage(kernel, cpu, process, page, skip);
      page += 512 ** (place.level - 1) - (page % 512 ** (place.level - 1));
    } else page = afterMissing(kernel, page);
  }
}

/** Reads the map slot of a guest frame; 0 means that the page has to be touched first, so that the host backs it. */
function* liveSlot(kernel: Kernel, cpu: Vcpu, gfn: GuestFrame, skip: Skip): Steps<Frame> {
  const { journal } = kernel.machine;
  yield* journal.step('read-map');
  let hfn = yield* kernel.memory.slot(cpu, gfn);
  if (hfn !== 0) return hfn;
  journal.note(`map slot of gfn ${hex(gfn)} is 0`);
  if (!(yield* journal.step('populate', skip))) return 0;
  yield* kernel.memory.populate(cpu, gfn);
  hfn = yield* kernel.memory.slot(cpu, gfn);
  return hfn;
}

function* contiguous(kernel: Kernel, cpu: Vcpu, gfn: GuestFrame, hfn: Frame): Steps<boolean> {
  if (hfn % FRAMES_2M !== 0) return false;
  for (let i = 0; i < FRAMES_2M; i++) if ((yield* liveSlot(kernel, cpu, gfn + i, null)) !== hfn + i) return false;
  return true;
}

/** 512 entries of 4 KiB in an extra TPT page, under a 2 MiB native entry. */
function* split(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  mirror: GuestFrame,
  index: number,
  gfn: GuestFrame,
  lo: number,
  hi: number,
  skip: Skip,
): Steps<void> {
  const key = `${mirror}:${index}`;
  let table = process.splits.get(key) ?? -1;
  if (table < 0) {
    table = kernel.frames.take();
    if (table < 0) return;
    process.splits.set(key, table);
    yield* kernel.memory.zero(cpu, table);
  }
  const flags = lo & 0xfff & ~PS;
  for (let i = 0; i < FRAMES_2M; i++) {
    const frame = yield* liveSlot(kernel, cpu, gfn + i, null);
    yield* kernel.memory.storeEntry(cpu, table, i, frameLow(frame) | flags, frameHigh(frame) | (hi & 0xfff00000));
  }
  const tableFrame = yield* liveSlot(kernel, cpu, table, null);
  yield* kernel.machine.journal.step('write', skip);
  yield* kernel.memory.storeEntry(cpu, mirror, index, frameLow(tableFrame) | P | RW | US | A, frameHigh(tableFrame));
}

function freeSplit(kernel: Kernel, process: Process, key: string): void {
  const table = process.splits.get(key);
  if (table === undefined) return;
  process.splits.delete(key);
  kernel.frames.drop(table);
}

/** Guest frame of the TPT table of a level that maps a page, by the kernel's own layout; -1 if there is none. */
export function* tptTable(kernel: Kernel, cpu: Vcpu, process: Process, page: number, level: number): Steps<GuestFrame> {
  const place = yield* findEntry(kernel, cpu, process, page, level, false);
  if (!place) return -1;
  if (place.level === level) return mirrorOf(process, place.table);
  // Under a 2 MiB native entry, the TPT tree may have a table of its own.
  return process.splits.get(`${mirrorOf(process, place.table)}:${pageIndex(page, place.level)}`) ?? -1;
}
