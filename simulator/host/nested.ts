import type { MemoryReader, PhysicalMemory } from '../machine/memory';
import { A, D, P, PS, RW, US, frameHigh, frameLow, frameOf, pageIndex } from '../paging/format';
import type { Frame, GuestFrame } from '../units';
import { Use, type HostFrames } from './frames';
import { readSlot } from './map';
import type { Vm } from './vm';

/** Editing and peeking at a VM's nested table (gPA→hPA): four or five levels of ordinary 8-byte entries in host memory. */

/**
 * Where a guest frame lives, by the nested table, or by the gfn→hfn map where there is none; looks without touching.
 * @returns the hfn, or -1.
 */
export function peekNested(memory: MemoryReader, vm: Vm, gfn: GuestFrame): Frame {
  if (vm.nestedRoot < 0) return readSlot(memory, vm, gfn) || -1;
  let table = vm.nestedRoot;
  for (let level: number = vm.config.nestedLevels; ; level--) {
    const i = pageIndex(gfn, level) * 2;
    const lo = memory.word(table, i);
    if ((lo & P) === 0) return -1;
    const frame = frameOf(lo, memory.word(table, i + 1));
    if (level === 1) return frame;
    if (level === 2 && (lo & PS) !== 0) return frame - (frame % 512) + (gfn % 512);
    table = frame;
  }
}

/** True if the nested table lets the VM write a guest frame; looks without touching. */
export function isWritable(memory: MemoryReader, vm: Vm, gfn: GuestFrame): boolean {
  let table = vm.nestedRoot;
  for (let level: number = vm.config.nestedLevels; table >= 0; level--) {
    const i = pageIndex(gfn, level) * 2;
    const lo = memory.word(table, i);
    if ((lo & P) === 0 || (lo & RW) === 0) return false;
    if (level === 1 || (lo & PS) !== 0) return true;
    table = frameOf(lo, memory.word(table, i + 1));
  }
  return false;
}

/**
 * Maps a guest frame (or 512 of them) in the nested table, making tables as needed.
 * @returns false if the host has no frame for a table.
 */
export function mapNested(
  memory: PhysicalMemory,
  frames: HostFrames,
  vm: Vm,
  gfn: GuestFrame,
  hfn: Frame,
  options: { huge?: boolean; readOnly?: boolean } = {},
): boolean {
  const leafLevel = options.huge ? 2 : 1;
  const flags = P | US | A | D | (options.readOnly ? 0 : RW) | (options.huge ? PS : 0);
  let table = vm.nestedRoot;
  for (let level: number = vm.config.nestedLevels; level > leafLevel; level--) {
    const index = pageIndex(gfn, level);
    const lo = memory.word(table, index * 2);
    const hi = memory.word(table, index * 2 + 1);
    if ((lo & P) !== 0 && (lo & PS) === 0) {
      table = frameOf(lo, hi);
      continue;
    }
    const next = frames.take(Use.Nested);
    if (next < 0) return false;
    memory.clear(next);
    if ((lo & PS) !== 0) splitInto(memory, next, lo, hi);
    memory.writeEntry(table, index, frameLow(next) | P | RW | US | A, frameHigh(next));
    table = next;
  }
  memory.writeEntry(table, pageIndex(gfn, leafLevel), frameLow(hfn) | flags, frameHigh(hfn));
  return true;
}

/** Clears the nested entry of one guest frame; a 2 MiB entry is split first. */
export function unmapNested(memory: PhysicalMemory, frames: HostFrames, vm: Vm, gfn: GuestFrame): void {
  const hfn = peekNested(memory, vm, gfn);
  if (hfn < 0 || vm.nestedRoot < 0) return;
  // Mapping it at 4 KiB first splits a 2 MiB entry that covers it.
  if (!mapNested(memory, frames, vm, gfn, hfn)) return;
  let table = vm.nestedRoot;
  for (let level: number = vm.config.nestedLevels; level > 1; level--) {
    const i = pageIndex(gfn, level) * 2;
    table = frameOf(memory.word(table, i), memory.word(table, i + 1));
  }
  memory.writeEntry(table, pageIndex(gfn, 1), 0, 0);
}

/** All frames of the nested table, root last. */
export function nestedTables(memory: MemoryReader, vm: Vm): Frame[] {
  const found: Frame[] = [];
  const visit = (table: Frame, level: number): void => {
    if (level > 1) {
      const page = memory.page(table);
      for (let i = 0; i < 1024; i += 2) {
        const lo = page[i];
        if ((lo & P) !== 0 && (lo & PS) === 0) visit(frameOf(lo, page[i + 1]), level - 1);
      }
    }
    found.push(table);
  };
  if (vm.nestedRoot >= 0) visit(vm.nestedRoot, vm.config.nestedLevels);
  return found;
}

/** Calls back for every mapped guest frame, in order; `count` is 1 or 512. */
export function forEachNested(
  memory: MemoryReader,
  vm: Vm,
  visit: (gfn: GuestFrame, hfn: Frame, count: 1 | 512) => void,
): void {
  const scan = (table: Frame, level: number, base: GuestFrame): void => {
    const page = memory.page(table);
    for (let i = 0; i < 512; i++) {
      const lo = page[i * 2];
      if ((lo & P) === 0) continue;
      const gfn = base + i * 512 ** (level - 1);
      const frame = frameOf(lo, page[i * 2 + 1]);
      if (level === 1) visit(gfn, frame, 1);
      else if (level === 2 && (lo & PS) !== 0) visit(gfn, frame, 512);
      else scan(frame, level - 1, gfn);
    }
  };
  if (vm.nestedRoot >= 0) scan(vm.nestedRoot, vm.config.nestedLevels, 0);
}

function splitInto(memory: PhysicalMemory, table: Frame, lo: number, hi: number): void {
  const base = frameOf(lo, hi);
  for (let i = 0; i < 512; i++)
    memory.writeEntry(table, i, frameLow(base + i) | (lo & 0xfff & ~PS), frameHigh(base + i));
}
