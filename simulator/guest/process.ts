import type { GuestFrame } from '../units';

/** A range of a process's address space with one set of permissions. Pages are virtual page numbers. */
export interface Area {
  start: number;
  /** Exclusive. */
  end: number;
  /** 1 read, 2 write, 4 execute. */
  perm: number;
  huge: boolean;
  pkey: number;
}

/** A process as its kernel knows it. */
export interface Process {
  readonly pid: number;
  readonly name: string;
  /** First of four consecutive guest frames: +0 native root, +3 TPT root [artifact]. */
  readonly rootGfn: GuestFrame;
  /** Root of the TPT tree; -1 if there is none. */
  readonly tptRootGfn: GuestFrame;
  readonly pcid: number;
  areas: Area[];
  nextPage: number;
  pkru: number;
  state: 'running' | 'exited' | 'killed';
  /** vCPU it last ran on. */
  vcpu: number;
  /** Extra table pages of the TPT tree where it needs 4 KiB entries under a 2 MiB native one: by mirror table gfn and index. */
  readonly splits: Map<string, GuestFrame>;
}

/** Guest frame of the mirror of a native table page: the root's is three pages on, others' the next page. */
export const mirrorOf = (process: Process, table: GuestFrame): GuestFrame =>
  table === process.rootGfn ? process.tptRootGfn : table + 1;

export const findArea = (process: Process, page: number): Area | undefined =>
  process.areas.find((a) => page >= a.start && page < a.end);

/** Splits areas so that [start, end) is covered by whole areas, and gives those. */
export function areasIn(process: Process, start: number, end: number): Area[] {
  const next: Area[] = [];
  const inside: Area[] = [];
  for (const area of process.areas) {
    if (area.end <= start || area.start >= end) {
      next.push(area);
      continue;
    }
    if (area.start < start) next.push({ ...area, end: start });
    const middle = { ...area, start: Math.max(area.start, start), end: Math.min(area.end, end) };
    next.push(middle);
    inside.push(middle);
    if (area.end > end) next.push({ ...area, start: end });
  }
  process.areas = next.sort((a, b) => a.start - b.start);
  return inside;
}

/** Lower pages stay unmapped, as Linux keeps them (vm.mmap_min_addr = 64 KiB). */
const FIRST_PAGE = 16;
const PAGES_1G = 0x4_0000;

/**
 * Makes an anonymous rwx area over a page that no area covers, as if the program had mapped it: 1 GiB, aligned, as far
 * as it is free. For programs whose mappings are not known, only their accesses.
 * @param userEnd first page behind the user half
 */
export function coverOnTouch(process: Process, page: number, userEnd: number, huge: boolean): void {
  if (page < FIRST_PAGE || page >= userEnd || findArea(process, page)) return;
  let start = Math.max(page - (page % PAGES_1G), FIRST_PAGE);
  let end = page - (page % PAGES_1G) + PAGES_1G;
  for (const area of process.areas) {
    if (area.end <= page) start = Math.max(start, area.end);
    else end = Math.min(end, area.start);
  }
  process.areas.push({ start, end, perm: 7, huge, pkey: 0 });
  process.areas.sort((a, b) => a.start - b.start);
}
