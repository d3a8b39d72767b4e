import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { A, D, P, PS, RW, US, frameHigh, frameLow, frameOf } from '../paging/format';
import { FRAMES_2M } from '../units';
import type { Kernel } from './kernel';
import { joinedLow } from './accessed';
import type { Process } from './process';
import { findEntry, isLargeLeaf, newTable } from './tables';

/**
 * Replaces the 2 MiB native entry that maps a page by a table of 512 entries for the same frames, and mirrors it.
 * @returns false if the guest has no frame for the table.
 */
export function* splitHuge(kernel: Kernel, cpu: Vcpu, process: Process, page: number): Steps<boolean> {
  const place = yield* findEntry(kernel, cpu, process, page, 2, false);
  const { lo, hi } = kernel.memory;
  if (place?.level !== 2 || !isLargeLeaf(lo)) return true;
  const table = yield* newTable(kernel, cpu, 1);
  if (table < 0) return false;
  const base = frameOf(lo, hi);
  const joined = yield* joinedLow(kernel, cpu, process, place, lo);
  const flags = (lo & 0xfff & ~PS) | A | (joined & D);
  // The new table is filled and mirrored before it is linked, so that no walk meets it half done.
  kernel.ops.begin();
  for (let i = 0; i < FRAMES_2M; i++) {
    yield* kernel.setEntry(
      cpu,
      process,
      { table, index: i, level: 1 },
      frameLow(base + i) | flags,
      frameHigh(base + i) | (hi & 0xfff00000),
      null,
    );
  }
  yield* kernel.ops.end(cpu);
  yield* kernel.setEntry(cpu, process, place, frameLow(table) | P | RW | US | A, frameHigh(table), null);
  for (let i = 0; i < FRAMES_2M; i++) yield* kernel.invlpg(cpu, process, page - (page % FRAMES_2M) + i);
  return true;
}

/** Splits the 2 MiB mappings that a range cuts through. @returns false if the guest has no frame for the tables. */
export function* splitAtEdges(kernel: Kernel, cpu: Vcpu, process: Process, start: number, end: number): Steps<boolean> {
  if (start % FRAMES_2M !== 0 && !(yield* splitHuge(kernel, cpu, process, start))) return false;
  return end % FRAMES_2M === 0 || (yield* splitHuge(kernel, cpu, process, end));
}
