import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { A, D, NX, P, RW, frameHigh, frameLow, pageIndex } from '../paging/format';
import { hex, type GuestFrame } from '../units';
import type { Kernel } from './kernel';
import { mirrorEntry, remirrorPage } from './mirror';
import type { Process } from './process';
import { findEntry } from './tables';

type Skip = ReadonlySet<string> | null;

/**
 * First pages of the kernel's mappings that are made while it runs: in Linux's vmalloc area (Documentation/arch/x86/x86_64/mm.rst),
 * under a top-level entry that nothing else uses.
 */
const FIRST_PAGE = { 4: 0xffffca00 * 0x100000, 5: 0xffb00000 * 0x100000 } as const;
/** All the pages under that top-level entry of 4-level tables. */
const PAGES = 2 ** 27;

/**
 * Kernel mappings that are made while the kernel runs (Linux: vmalloc), with their part of the kernel half of TPT roots. Their
 * tables are shared by all processes; each root, native or TPT, has a copy of the top-level entry.
 */
export class Vmalloc {
  /** The kernel's own tables, as those of a process; null until there is a mapping. */
  private space: Process | null = null;

  constructor(private readonly kernel: Kernel) {}

  /** Top-level index of the mappings, and the guest frame of the page with the TPT entry for it; null if there are none. */
  get root(): { readonly index: number; readonly tpt: GuestFrame } | null {
    return this.space && { index: this.topIndex, tpt: this.space.tptRootGfn };
  }

  /** True for an address (virtual page number) among the mappings. */
  holds(page: number): boolean {
    const first = FIRST_PAGE[this.kernel.levels];
    return this.space !== null && page >= first && page < this.space.nextPage;
  }

  /** Maps so many cleared pages. @returns the first page, or -1 if the guest has no memory; what was mapped until then stays. */
  *map(cpu: Vcpu, pages: number, skip: Skip): Steps<number> {
    const { kernel } = this;
    const { journal } = kernel.machine;
    yield* journal.enter('vmalloc', `map ${pages} pages for the kernel of ${kernel.vm.name}`);
    const space = yield* this.open(cpu);
    yield* journal.step('find-area', skip);
    const start = space?.nextPage ?? -1;
    // As Linux, a page is left out after each.
    const fits = space !== null && start + pages < FIRST_PAGE[kernel.levels] + PAGES;
    if (fits) space.nextPage += pages + 1;
    const done = fits && (yield* this.fill(cpu, space, start, pages, skip));
    journal.note(done ? `mapped at ${hex(start * 4096)}` : 'there is no room');
    journal.leave();
    return done ? start : -1;
  }

  /** Brings the TPT entries for an address back in step, in the shared tables and in every root. */
  *deriveAgain(cpu: Vcpu, page: number): Steps<void> {
    if (!this.space) return;
    yield* remirrorPage(this.kernel, cpu, this.space, page);
    yield* this.copyTop(cpu, true);
  }

  private *fill(cpu: Vcpu, space: Process, start: number, pages: number, skip: Skip): Steps<boolean> {
    const { kernel } = this;
    const { journal } = kernel.machine;
    yield* journal.step('allocate');
    const frames: GuestFrame[] = [];
    for (let i = 0; i < pages; i++) {
      const gfn = kernel.frames.take();
      if (gfn < 0) {
        for (const taken of frames) kernel.frames.drop(taken);
        return false;
      }
      yield* kernel.memory.zero(cpu, gfn);
      frames.push(gfn);
    }
    const native = yield* journal.step('native', skip);
    const mirror = yield* journal.step('mirror', skip);
    for (let i = 0; i < pages; i++) {
      const place = native ? yield* findEntry(kernel, cpu, space, start + i, 1, true) : null;
      if (!place) {
        for (const left of frames.slice(i)) kernel.frames.drop(left);
        return !native;
      }
      // Not global: each root must have the mapping for itself.
      const lo = frameLow(frames[i]) | P | RW | A | D;
      const hi = frameHigh(frames[i]) | NX;
      yield* kernel.ops.store(cpu, place, lo, hi);
      if (mirror && kernel.mirrors) yield* mirrorEntry(kernel, cpu, space, place, lo, hi, null);
    }
    if (native) yield* this.copyTop(cpu, false);
    if (mirror && kernel.mirrors) yield* this.copyTop(cpu, true);
    return true;
  }

  /** Copies the top-level entry to the roots of all processes: of their native tables, or of their TPT tables. */
  private *copyTop(cpu: Vcpu, tpt: boolean): Steps<void> {
    const { kernel, space, topIndex } = this;
    if (!space) return;
    const { ops, memory, levels } = kernel;
    for (const process of kernel.processes.values()) {
      if (process.state === 'exited') continue;
      if (tpt) {
        yield* memory.loadEntry(cpu, space.tptRootGfn, topIndex);
        yield* memory.storeEntry(cpu, process.tptRootGfn, topIndex, memory.lo, memory.hi);
      } else {
        yield* ops.load(cpu, space.rootGfn, topIndex);
        const { lo, hi } = memory;
        yield* ops.store(cpu, { table: process.rootGfn, index: topIndex, level: levels }, lo, hi);
      }
    }
  }

  /** The kernel's own address space; its TPT half is a page of its own. Null if the guest has no frame for it. */
  private *open(cpu: Vcpu): Steps<Process | null> {
    const { kernel } = this;
    if (this.space) return this.space;
    const tptRootGfn = kernel.mirrors ? kernel.frames.take() : -1;
    if (kernel.mirrors && tptRootGfn < 0) return null;
    if (kernel.mirrors) yield* kernel.memory.zero(cpu, tptRootGfn);
    this.space = {
      pid: 0,
      name: 'kernel',
      rootGfn: kernel.initRoot,
      tptRootGfn,
      pcid: 0,
      areas: [],
      nextPage: FIRST_PAGE[kernel.levels],
      pkru: 0,
      state: 'running',
      vcpu: cpu.id,
      splits: new Map(),
    };
    return this.space;
  }

  private get topIndex(): number {
    return pageIndex(FIRST_PAGE[this.kernel.levels], this.kernel.levels);
  }
}
