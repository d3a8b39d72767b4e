import type { PhysicalMemory } from '../../machine/memory';
import { A, D, G, NX, P, RW, frameHigh, frameLow } from '../../paging/format';
import type { Frame, GuestFrame } from '../../units';
import { Use } from '../frames';
import type { Host } from '../host';
import { readSlot, writeSlot } from '../map';
import type { Vm } from '../vm';
import { writeReverse, type ReverseMap } from './reverse-map';

/**
 * Gives a VM all of its memory at once: under direct paging a guest's tables name frames, so there is nothing to back
 * later. A `huge` backing is contiguous.
 * @returns false if the host has too few frames.
 */
export function populate(host: Host, vm: Vm, reverseMap: ReverseMap): boolean {
  const { frames, memory, tags, past } = host;
  const scattered = vm.config.backing === 'scattered';
  for (let gfn = 0; gfn < vm.frames; gfn++) {
    const wanted = vm.contiguousBase + gfn;
    const next = (): Frame => (frames.takeAt(wanted, Use.Guest) ? wanted : frames.take(Use.Guest));
    const hfn = scattered ? frames.takeScattered(Use.Guest, vm.random) : next();
    if (hfn < 0) return false;
    tags.assign(hfn, vm.asid, gfn);
    past.begin(hfn, vm.index, gfn, 0, 'boot', null);
    writeSlot(memory, vm, gfn, hfn);
    writeReverse(memory, reverseMap, hfn, gfn);
  }
  return true;
}

/** A range of kernel addresses and the frames that it maps, by number of the page in the range. */
export interface Region {
  /** First virtual page, not sign-extended. */
  readonly page: number;
  readonly pages: number;
  readonly frameAt: (i: number) => Frame;
  readonly writable: boolean;
}

/**
 * Builds the kernel half that a guest starts with, as Xen's domain builder does: 4 KiB entries, and no writable one for
 * a frame that holds a table. Nothing is validated here: that is done by the same rules as everything later.
 * @param take takes a guest frame for a table.
 * @returns guest frames of the tables, the root first.
 */
export function buildKernelHalf(
  memory: PhysicalMemory,
  vm: Vm,
  levels: 4 | 5,
  regions: readonly Region[],
  take: () => GuestFrame,
): GuestFrame[] {
  const tables: GuestFrame[] = [];
  const homes = new Set<Frame>();
  const newTable = (): Frame => {
    const gfn = take();
    tables.push(gfn);
    const home = readSlot(memory, vm, gfn);
    homes.add(home);
    return home;
  };
  const root = newTable();
  const below = new Map<number, Frame>();
  /** L1 table for a page; made, with those above it, if it is missing. */
  const leafTable = (page: number): Frame => {
    let table = root;
    for (let level: number = levels; level > 1; level--) {
      const index = Math.floor(page / 512 ** (level - 1)) % 512;
      const key = table * 512 + index;
      let next = below.get(key);
      if (next === undefined) {
        next = newTable();
        below.set(key, next);
        memory.writeEntry(table, index, frameLow(next) | P | RW | A, frameHigh(next));
      }
      table = next;
    }
    return table;
  };
  // First all tables, so that it is known which frames are none, then the entries.
  const leaves = regions.map((region) =>
    Array.from({ length: Math.ceil(region.pages / 512) }, (_, block) => leafTable(region.page + block * 512)),
  );
  regions.forEach((region, r) => {
    leaves[r].forEach((table, block) => {
      const words = memory.writable(table);
      const count = Math.min(512, region.pages - block * 512);
      for (let i = 0; i < count; i++) {
        const frame = region.frameAt(block * 512 + i);
        const writable = region.writable && !homes.has(frame);
        words[i * 2] = frameLow(frame) | P | A | G | (writable ? RW | D : 0);
        words[i * 2 + 1] = frameHigh(frame) | NX;
      }
    });
  });
  return tables;
}
