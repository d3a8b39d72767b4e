import type { Steps } from '../history/journal';
import { LOST_FLUSH } from '../host/vm';
import { setRoot, TPT_PCID } from '../host/roots';
import type { Vcpu } from '../machine/vcpu';
import { frameHigh, frameLow } from '../paging/format';
import type { GuestFrame } from '../units';
import type { Kernel } from './kernel';
import type { Process } from './process';
import type { EntryPlace } from './tables';

/**
 * What a guest kernel does differently under each translation scheme, as Linux's pv_mmu_ops: everything else in the
 * kernel is the same for all. Frame numbers in entries are guest frames on this side, whatever the table holds.
 */
export interface PagingOps {
  /** Loads an entry of a table into `kernel.memory.lo` and `hi`. */
  load(cpu: Vcpu, table: GuestFrame, index: number): Steps<void>;
  /** Stores an entry of a native table. Between `begin` and `end` it may be delayed, until `end` or a `load` of it. */
  store(cpu: Vcpu, place: EntryPlace, lo: number, hi: number): Steps<void>;
  /** A cleared frame becomes a table of a level; it is linked, or loaded as a root, later. */
  adopt(cpu: Vcpu, table: GuestFrame, level: number): Steps<void>;
  /** A table that nothing links any more becomes an ordinary frame. */
  abandon(cpu: Vcpu, table: GuestFrame, level: number): Steps<void>;
  /** Loads CR3 with a process's native root, keeping what is cached for its PCID. */
  loadRoot(cpu: Vcpu, process: Process): Steps<void>;
  /** INVLPG for a user page of a process on one vCPU. */
  invlpg(cpu: Vcpu, process: Process, page: number): Steps<void>;
  /** Drops all translations of a process on one vCPU. */
  flush(cpu: Vcpu, process: Process): Steps<void>;
  /** Many stores follow. */
  begin(): void;
  end(cpu: Vcpu): Steps<void>;
}

/** Instructions and plain stores: native and nested paging, TPT, and (intercepted by the host) shadow paging. */
export class PlainOps implements PagingOps {
  constructor(private readonly kernel: Kernel) {}

  load(cpu: Vcpu, table: GuestFrame, index: number): Steps<void> {
    return this.kernel.memory.loadEntry(cpu, table, index);
  }

  store(cpu: Vcpu, place: EntryPlace, lo: number, hi: number): Steps<void> {
    return this.kernel.memory.storeEntry(cpu, place.table, place.index, lo, hi);
  }

  *adopt(): Steps<void> {
    // A table is a frame like any other.
  }

  *abandon(): Steps<void> {
    // As above.
  }

  *loadRoot(cpu: Vcpu, process: Process): Steps<void> {
    const { vm } = this.kernel;
    cpu.cr3Hi = frameHigh(process.rootGfn);
    cpu.cr3Lo = frameLow(process.rootGfn) | process.pcid;
    if (vm.intercepts) yield* vm.intercepts.loadRoot(cpu, process.rootGfn, process.pcid, true);
    else if (vm.config.scheme === 'native') setRoot(cpu, 'native', process.rootGfn, -1, process.pcid, true);
    else setRoot(cpu, 'nested', process.rootGfn, vm.nestedRoot, process.pcid, true);
  }

  *invlpg(cpu: Vcpu, process: Process, page: number): Steps<void> {
    const hi = Math.floor(page / 0x100000);
    const lo = ((page % 0x100000) << 12) >>> 0;
    const { intercepts } = this.kernel.vm;
    if (this.loses()) return;
    if (intercepts) yield* intercepts.invlpg(cpu, process.pcid, hi, lo);
    cpu.tlb.invalidate(hi, lo, cpu.asid, process.pcid);
    if (this.kernel.mirrors) cpu.tlb.invalidate(hi, lo, cpu.asid, process.pcid | TPT_PCID);
  }

  *flush(cpu: Vcpu, process: Process): Steps<void> {
    const { intercepts } = this.kernel.vm;
    if (this.loses()) return;
    if (intercepts) yield* intercepts.flush(cpu, process.pcid);
    cpu.tlb.flush(cpu.asid, process.pcid, false);
    if (this.kernel.mirrors) cpu.tlb.flush(cpu.asid, process.pcid | TPT_PCID, false);
  }

  /** True if this flush is dropped by hand: the instruction does nothing, and is not intercepted. */
  private loses(): boolean {
    const lost = this.kernel.vm.losesFlush();
    if (lost) this.kernel.machine.journal.note(LOST_FLUSH);
    return lost;
  }

  begin(): void {
    // Stores are made at once.
  }

  *end(): Steps<void> {
    // As above.
  }
}
