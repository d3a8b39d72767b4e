import type { Steps } from '../history/journal';
import type { DirectPaging, EntryUpdate, ExtendedOp, MappingUpdate } from '../host/direct/direct-paging';
import type { Vcpu } from '../machine/vcpu';
import { A, D, G, NX, P, RW, frameHigh, frameLow, frameOf } from '../paging/format';
import type { Frame, GuestFrame } from '../units';
import type { Kernel } from './kernel';
import type { PagingOps } from './paging-ops';
import type { Process } from './process';
import type { EntryPlace } from './tables';

/** Updates in one batch: what Linux's multicall buffer holds (MC_ARGS is 512 bytes, an update 16). */
const BATCH = 32;

type Queued =
  | (EntryUpdate & { readonly kind: 'entry'; /** Guest frame of the table. */ readonly gfn: GuestFrame })
  | (MappingUpdate & { readonly kind: 'mapping' });

/**
 * Direct paging, as Linux does it as a PV guest of Xen: tables hold machine frames, are read through the hfn→gfn map,
 * and change by hypercalls, many at a time where the kernel says that many follow. A table is read-only in the direct
 * map while it is one. Kernel and user run on the same root, so entering and leaving the kernel costs no CR3 load here:
 * Xen's 64-bit PV guests have a root for each, and an exit between them.
 */
export class DirectOps implements PagingOps {
  private readonly tables = new Set<GuestFrame>();
  private queue: Queued[] = [];
  private lazy = false;
  // Halves of the last entry turned into machine terms.
  private lo = 0;
  private hi = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly host: DirectPaging,
  ) {}

  /** The tables that the host built for the kernel at start-up. */
  began(tables: readonly GuestFrame[]): void {
    for (const table of tables) this.tables.add(table);
  }

  *load(cpu: Vcpu, table: GuestFrame, index: number): Steps<void> {
    const { memory } = this.kernel;
    if (this.queue.some((q) => q.kind === 'entry' && q.gfn === table && q.index === index)) yield* this.flushQueue(cpu);
    yield* memory.loadEntry(cpu, table, index);
    const { lo, hi } = memory;
    if ((lo & P) === 0) return;
    const gfn = yield* memory.guestFrame(cpu, frameOf(lo, hi));
    memory.lo = frameLow(gfn) | (lo & 0xfff);
    memory.hi = frameHigh(gfn) | (hi & 0xfff00000);
  }

  *store(cpu: Vcpu, place: EntryPlace, lo: number, hi: number): Steps<void> {
    yield* this.toMachine(cpu, lo, hi);
    const machine = { lo: this.lo, hi: this.hi };
    if (!this.tables.has(place.table)) {
      yield* this.kernel.memory.storeEntry(cpu, place.table, place.index, machine.lo, machine.hi);
      return;
    }
    const table = yield* this.kernel.memory.slot(cpu, place.table);
    yield* this.add(cpu, { kind: 'entry', gfn: place.table, table, index: place.index, ...machine });
  }

  /**
   * Stores an entry that a scenario asks for, at once; the host may refuse it.
   * @param machine the entry holds a host frame, not a guest frame.
   * @returns 0, or a negative errno.
   */
  *request(cpu: Vcpu, place: EntryPlace, lo: number, hi: number, machine: boolean): Steps<number> {
    yield* this.flushQueue(cpu);
    this.lo = lo;
    this.hi = hi;
    if (!machine) yield* this.toMachine(cpu, lo, hi);
    const entry = { lo: this.lo, hi: this.hi };
    const table = yield* this.kernel.memory.slot(cpu, place.table);
    return yield* this.host.mmuUpdate([{ table, index: place.index, ...entry }]);
  }

  *adopt(cpu: Vcpu, table: GuestFrame, level: number): Steps<void> {
    this.tables.add(table);
    yield* this.protect(cpu, table, false);
    if (level < this.kernel.levels) return;
    yield* this.flushQueue(cpu);
    const frame = yield* this.kernel.memory.slot(cpu, table);
    yield* this.ask(cpu, { op: 'pin', level, frame });
  }

  *abandon(cpu: Vcpu, table: GuestFrame, level: number): Steps<void> {
    if (level === this.kernel.levels) {
      yield* this.flushQueue(cpu);
      const frame = yield* this.kernel.memory.slot(cpu, table);
      const init = yield* this.kernel.memory.slot(cpu, this.kernel.initRoot);
      // As long as a vCPU is on it, it stays a table.
      for (const other of this.kernel.vm.vcpus)
        if (other.root === frame) yield* this.ask(other, { op: 'new_baseptr', frame: init, pcid: 0 });
      yield* this.ask(cpu, { op: 'unpin', frame });
    }
    this.tables.delete(table);
    yield* this.protect(cpu, table, true);
  }

  *loadRoot(cpu: Vcpu, process: Process): Steps<void> {
    // Whatever was being done when a task was stopped short is over.
    yield* this.end(cpu);
    const frame = yield* this.kernel.memory.slot(cpu, process.rootGfn);
    // As Linux: no load between two tasks of one address space.
    if (cpu.root === frame) return;
    yield* this.ask(cpu, { op: 'new_baseptr', frame, pcid: process.pcid });
    cpu.cr3Hi = frameHigh(frame);
    cpu.cr3Lo = frameLow(frame) | process.pcid;
  }

  *invlpg(cpu: Vcpu, process: Process, page: number): Steps<void> {
    yield* this.flushQueue(cpu);
    // A root is loaded with a flush: what a vCPU does not run, its TLB does not hold.
    if (cpu.pcid !== process.pcid) return;
    const gvaHi = Math.floor(page / 0x100000);
    yield* this.ask(cpu, { op: 'invlpg_local', gvaHi, gvaLo: ((page % 0x100000) << 12) >>> 0 });
  }

  *flush(cpu: Vcpu, process: Process): Steps<void> {
    yield* this.flushQueue(cpu);
    if (cpu.pcid === process.pcid) yield* this.ask(cpu, { op: 'tlb_flush_local' });
  }

  begin(): void {
    this.lazy = true;
  }

  *end(cpu: Vcpu): Steps<void> {
    this.lazy = false;
    yield* this.flushQueue(cpu);
  }

  /** Makes a frame read-only or writable in the kernel's direct map. */
  private *protect(cpu: Vcpu, gfn: GuestFrame, writable: boolean): Steps<void> {
    const { memory } = this.kernel;
    const frame: Frame = yield* memory.slot(cpu, gfn);
    yield* this.add(cpu, {
      kind: 'mapping',
      gvaHi: (memory.directHigh + Math.floor(gfn / 0x100000)) | 0,
      gvaLo: ((gfn % 0x100000) << 12) | 0,
      lo: frameLow(frame) | P | A | G | (writable ? RW | D : 0),
      hi: frameHigh(frame) | NX,
      // A stale translation is the host's business: it flushes before a frame changes its type.
      flush: 'none',
    });
  }

  /** Turns the guest frame of a present entry into the frame it lives in. */
  private *toMachine(cpu: Vcpu, lo: number, hi: number): Steps<void> {
    this.lo = lo;
    this.hi = hi;
    if ((lo & P) === 0) return;
    const gfn = frameOf(lo, hi);
    // What is no memory of the VM has no slot; frame 0 is refused by the host.
    const frame = this.kernel.vm.hasGuestFrame(gfn) ? yield* this.kernel.memory.slot(cpu, gfn) : 0;
    this.lo = frameLow(frame) | (lo & 0xfff);
    this.hi = frameHigh(frame) | (hi & 0xfff00000);
  }

  private *add(cpu: Vcpu, update: Queued): Steps<void> {
    this.queue.push(update);
    if (!this.lazy || this.queue.length >= BATCH) yield* this.flushQueue(cpu);
  }

  /** Hands what is queued to the host, in order: one hypercall for each run of the same kind. */
  private *flushQueue(cpu: Vcpu): Steps<void> {
    while (this.queue.length > 0) {
      const { kind } = this.queue[0];
      const other = this.queue.findIndex((q) => q.kind !== kind);
      const run = this.queue.splice(0, other < 0 ? this.queue.length : other);
      const entries = run.filter((q) => q.kind === 'entry');
      const mappings = run.filter((q) => q.kind === 'mapping');
      const status =
        kind === 'entry' ? yield* this.host.mmuUpdate(entries) : yield* this.host.updateVaMapping(cpu, mappings);
      if (status < 0) yield* this.stop();
    }
  }

  private *ask(cpu: Vcpu, request: ExtendedOp): Steps<void> {
    if ((yield* this.host.mmuextOp(cpu, request)) < 0) yield* this.stop();
  }

  /** The host refused what the kernel itself wanted: nothing that follows makes sense (Linux: BUG). */
  private *stop(): Steps<void> {
    this.queue = [];
    this.lazy = false;
    const { records } = this.kernel.machine.journal.faults;
    const text = `the kernel of ${this.kernel.vm.name} was refused a page-table update: ${records[records.length - 1].why}`;
    for (;;) yield { kind: 'abort', text };
  }
}
