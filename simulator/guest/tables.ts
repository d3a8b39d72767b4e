import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { A, P, PS, RW, US, frameHigh, frameLow, frameOf, pageIndex } from '../paging/format';
import type { GuestFrame } from '../units';
import type { Kernel } from './kernel';
import { joinedLow } from './accessed';
import type { Process } from './process';

/** Bits of an upper entry. */
const TABLE_FLAGS = P | RW | US | A;

/** Where an entry is: its table's guest frame, its index and level. */
export interface EntryPlace {
  readonly table: GuestFrame;
  readonly index: number;
  readonly level: number;
}

/**
 * Finds the entry of a page in the native table, down to `level` or to the leaf above it.
 * @param create make missing tables (each with its mirror page beside it).
 * @returns null if a table is missing and not to be made, with the level of the empty entry in `kernel.memory.missing`;
 * entry value in `kernel.memory.lo` / `hi`.
 */
export function* findEntry(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  page: number,
  level: number,
  create: boolean,
): Steps<EntryPlace | null> {
  const { memory } = kernel;
  let table = process.rootGfn;
  for (let at: number = kernel.levels; ; at--) {
    const index = pageIndex(page, at);
    yield* kernel.ops.load(cpu, table, index);
    const present = (memory.lo & P) !== 0;
    if (at === level || (at <= 3 && isLargeLeaf(memory.lo))) return { table, index, level: at };
    if (!present) {
      memory.missing = at;
      if (!create) return null;
      const made = yield* newTable(kernel, cpu, at - 1);
      if (made < 0) return null;
      const place = { table, index, level: at };
      yield* kernel.setEntry(cpu, process, place, frameLow(made) | TABLE_FLAGS, frameHigh(made), null);
      table = made;
      continue;
    }
    table = frameOf(memory.lo, memory.hi);
  }
}

/** Takes a cleared page for a table of a level; for a TPT guest a pair, whose second page is the mirror. @returns its gfn, or -1. */
export function* newTable(kernel: Kernel, cpu: Vcpu, level: number): Steps<GuestFrame> {
  const pages = kernel.mirrors ? 2 : 1;
  const gfn = kernel.frames.take(pages);
  if (gfn < 0) return -1;
  for (let i = 0; i < pages; i++) yield* kernel.memory.zero(cpu, gfn + i);
  yield* kernel.ops.adopt(cpu, gfn, level);
  return gfn;
}

/** Frees the native tables (and mirrors) of a process's user half. */
export function* freeTables(kernel: Kernel, cpu: Vcpu, process: Process): Steps<void> {
  const freed: { gfn: GuestFrame; level: number }[] = [];
  const visit = function* (table: GuestFrame, level: number): Steps<void> {
    for (let i = 0; i < (level === kernel.levels ? 256 : 512); i++) {
      yield* kernel.ops.load(cpu, table, i);
      const { lo, hi } = kernel.memory;
      if ((lo & P) === 0 || (lo & PS) !== 0) continue;
      const child = frameOf(lo, hi);
      if (level > 2) yield* visit(child, level - 1);
      freed.push({ gfn: child, level: level - 1 });
    }
  };
  yield* visit(process.rootGfn, kernel.levels);
  // From the root down: a table is given back when nothing links it any more.
  kernel.ops.begin();
  yield* kernel.ops.abandon(cpu, process.rootGfn, kernel.levels);
  for (const { gfn, level } of freed.reverse()) {
    yield* kernel.ops.abandon(cpu, gfn, level);
    kernel.frames.drop(gfn);
    if (kernel.mirrors) kernel.frames.drop(gfn + 1);
  }
  yield* kernel.ops.end(cpu);
  for (const gfn of process.splits.values()) kernel.frames.drop(gfn);
  process.splits.clear();
  for (let i = 0; i < kernel.rootPages; i++) kernel.frames.drop(process.rootGfn + i);
}

type LeafVisitor = (place: EntryPlace, first: number, lo: number, hi: number) => Steps<void>;

/**
 * Calls back for each present native leaf in a range of pages, in order.
 * `place.level` is 1 (4 KiB), 2 (2 MiB) or 3; `first` is the leaf's first page.
 * @param join the leaf is given with the A and D bits of its TPT entry too.
 * @param swapped the same for entries of pages that are in swap.
 */
export function* forEachLeaf(
  kernel: Kernel,
  cpu: Vcpu,
  process: Process,
  start: number,
  end: number,
  join: boolean,
  visit: LeafVisitor,
  swapped?: LeafVisitor,
): Steps<void> {
  let page = start;
  while (page < end) {
    const place = yield* findEntry(kernel, cpu, process, page, 1, false);
    if (!place) {
      page = afterMissing(kernel, page);
      continue;
    }
    const { lo, hi } = kernel.memory;
    const span = 512 ** (place.level - 1);
    const first = page - (page % span);
    if ((lo & P) !== 0 || isProtNone(lo)) {
      yield* visit(place, first, join ? yield* joinedLow(kernel, cpu, process, place, lo) : lo, hi);
    } else if (swapped && isSwapped(lo)) yield* swapped(place, first, lo, hi);
    page = first + span;
  }
}

/** The first page after the range of the empty entry that `findEntry` met: a vast range with little in it is short work. */
export function afterMissing(kernel: Kernel, page: number): number {
  const span = 512 ** (kernel.memory.missing - 1);
  return (Math.floor(page / span) + 1) * span;
}

/** Software bit 9: the page is there, but all access is forbidden (Linux's _PAGE_PROTNONE in spirit). */
export const PROT_NONE = 1 << 9;
/** True for a large leaf, also one that PROT_NONE hides. Not for entries of a PT, where the same bit is PAT. */
export const isLargeLeaf = (lo: number): boolean => (lo & PS) !== 0 && (lo & (P | PROT_NONE)) !== 0;
export const isProtNone = (lo: number): boolean => (lo & (P | PROT_NONE)) === PROT_NONE;
/** Software bit 10 of an entry that is not present: it holds the number of a swap slot instead of a frame. */
const SWAPPED = 1 << 10;

/** True for an entry whose page is in swap. */
export const isSwapped = (lo: number): boolean => (lo & (P | PROT_NONE | SWAPPED)) === SWAPPED;
/** Slot that such an entry names. */
export const slotOf = frameOf;
/** The entry of a page in swap. */
export const swapEntry = (slot: number): { lo: number; hi: number } => ({
  lo: frameLow(slot) | SWAPPED,
  hi: frameHigh(slot),
});
