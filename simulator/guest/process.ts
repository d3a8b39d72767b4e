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
