import type { Process } from '../guest/process';
import type { Vm } from '../host/vm';
import type { MemoryReader } from '../machine/memory';
import { A, D, G, NX, P, PS, RW, US, frameOf, pkeyOf } from '../paging/format';
import type { Frame } from '../units';
import { frameHome, rootOf } from './peek';
import type { RootKind } from './types';

/** One present leaf entry. */
export interface Leaf {
  /** Virtual page number: 36 or 45 bits, not sign-extended. */
  readonly page: number;
  readonly level: 1 | 2 | 3;
  /** First frame of the page, in the table's own space. */
  readonly frame: number;
  readonly write: boolean;
  readonly user: boolean;
  readonly execute: boolean;
  readonly accessed: boolean;
  readonly dirty: boolean;
  readonly global: boolean;
  readonly pkey: number;
}

/** Pages of the user half. */
export const userPages = (levels: number): number => 256 * 512 ** (levels - 1);
const allPages = (levels: number): number => 512 ** levels;

/** All present leaves of a process's table, in order of address; looks without touching. */
export function collectLeaves(
  memory: MemoryReader,
  vm: Vm,
  process: Process,
  kind: RootKind,
  levels: number,
  kernelHalf: boolean,
): Leaf[] {
  const leaves: Leaf[] = [];
  const range = { from: 0, to: kernelHalf ? allPages(levels) : userPages(levels) };
  forEachLeaf(memory, vm, process, kind, levels, range, (leaf) => leaves.push(leaf));
  return leaves;
}

/**
 * Calls back for each present leaf that maps a page of a range, in order of address; looks without touching.
 * @param meetTable is told of the tables on the way: the host frame, its level, and the first page that it maps
 */
export function forEachLeaf(
  memory: MemoryReader,
  vm: Vm,
  process: Process,
  kind: RootKind,
  levels: number,
  { from, to }: { readonly from: number; readonly to: number },
  meetLeaf: (leaf: Leaf) => void,
  meetTable?: (home: Frame, level: number, page: number) => void,
): void {
  const visit = (table: number, level: number, base: number, write: boolean, user: boolean, execute: boolean): void => {
    const home = frameHome(memory, vm, kind, table);
    if (home < 0) return;
    meetTable?.(home, level, base);
    const words = memory.page(home);
    const span = 512 ** (level - 1);
    const end = Math.min(512, Math.ceil((to - base) / span));
    for (let i = Math.max(0, Math.floor((from - base) / span)); i < end; i++) {
      const lo = words[i * 2];
      if ((lo & P) === 0) continue;
      const hi = words[i * 2 + 1];
      const w = write && (lo & RW) !== 0;
      const u = user && (lo & US) !== 0;
      const x = execute && (hi & NX) === 0;
      const page = base + i * span;
      if (level > 1 && ((lo & PS) === 0 || level > 3)) {
        visit(frameOf(lo, hi), level - 1, page, w, u, x);
        continue;
      }
      const raw = frameOf(lo, hi);
      meetLeaf({
        page,
        level: level as 1 | 2 | 3,
        frame: raw - (raw % span),
        write: w,
        user: u,
        execute: x,
        accessed: (lo & A) !== 0,
        dirty: (lo & D) !== 0,
        global: (lo & G) !== 0,
        pkey: pkeyOf(hi),
      });
    }
  };
  const root = rootOf(memory, vm, process, kind);
  if (root >= 0) visit(root, levels, 0, true, true, true);
}
