import { Cause } from '../costs/causes';
import { Ready, type Steps } from '../history/journal';
import type { Vm } from '../host/vm';
import { Count } from '../machine/counters';
import type { Machine } from '../machine/machine';
import type { Page } from '../machine/memory';
import type { Attempt } from '../machine/access';
import type { Vcpu } from '../machine/vcpu';
import { Access } from '../paging/walk';
import { hex64, type Frame, type GuestFrame } from '../units';

/** High halves of the kernel's fixed regions (Linux Documentation/arch/x86/x86_64/mm.rst). */
const DIRECT_MAP = { 4: 0xffff8880, 5: 0xff110000 } as const;
const MAP_WINDOW = { 4: 0xffffc900, 5: 0xffa00000 } as const;
/** In the hole that is kept for a hypervisor. */
const REVERSE_MAP_WINDOW = { 4: 0xffff8000, 5: 0xff000000 } as const;

/**
 * The guest kernel's own loads and stores: through its direct map of guest-physical memory and its window on the
 * gfn→hfn map, by the vCPU's ordinary access path, so that they use the TLB, walk tables and fault like all others.
 */
export class KernelMemory {
  /** Halves of the last load. */
  lo = 0;
  hi = 0;
  /** Level of the empty entry at which the last look for an entry ended. */
  missing = 0;
  /** Where an access got to at once. */
  private readonly reached = new Ready<Frame>(0);

  constructor(
    private readonly machine: Machine,
    private readonly vm: Vm,
  ) {}

  /** High half of the direct map's first address. */
  get directHigh(): number {
    return DIRECT_MAP[this.machine.config.levels] | 0;
  }
  get mapHigh(): number {
    return MAP_WINDOW[this.machine.config.levels] | 0;
  }
  get reverseMapHigh(): number {
    return REVERSE_MAP_WINDOW[this.machine.config.levels] | 0;
  }

  /** Loads entry `index` (0 to 511) of a guest frame into `lo` and `hi`. */
  *loadEntry(cpu: Vcpu, gfn: GuestFrame, index: number): Steps<void> {
    const frame = yield* this.translate(cpu, gfn, index * 8, Access.Read);
    this.machine.memory.load(frame, index * 8, 8);
    this.lo = this.machine.memory.lo;
    this.hi = this.machine.memory.hi;
  }

  /** Stores entry `index` of a guest frame. */
  *storeEntry(cpu: Vcpu, gfn: GuestFrame, index: number, lo: number, hi: number): Steps<void> {
    const frame = yield* this.translate(cpu, gfn, index * 8, Access.Write);
    this.machine.memory.writeEntry(frame, index, lo, hi);
    this.machine.accesses.stored();
  }

  /** Clears a guest frame. */
  *zero(cpu: Vcpu, gfn: GuestFrame): Steps<void> {
    this.vm.events.did('page-clear');
    this.machine.memory.clear(yield* this.translate(cpu, gfn, 0, Access.Write, 4096));
    this.machine.accesses.stored();
  }

  /** Copies a guest frame. */
  *copy(cpu: Vcpu, from: GuestFrame, to: GuestFrame): Steps<void> {
    this.vm.events.did('page-copy');
    const source = yield* this.translate(cpu, from, 0, Access.Read);
    const target = yield* this.translate(cpu, to, 0, Access.Write, 4096);
    this.machine.memory.copy(source, target);
    this.machine.accesses.stored();
  }

  /** Fills a guest frame with what a device has read. */
  *fill(cpu: Vcpu, gfn: GuestFrame, contents: Page): Steps<void> {
    this.machine.memory.writable(yield* this.translate(cpu, gfn, 0, Access.Write, 4096)).set(contents);
    this.machine.accesses.stored();
  }

  /** Contents of a guest frame, for a device to write; to be used at once. */
  *contents(cpu: Vcpu, gfn: GuestFrame): Steps<Page> {
    return this.machine.memory.page(yield* this.translate(cpu, gfn, 0, Access.Read));
  }

  /** Loads one byte of a guest frame, so that the host backs it. */
  *populate(cpu: Vcpu, gfn: GuestFrame): Steps<void> {
    // A stale translation of the direct map would hide that the frame is gone.
    cpu.tlb.invalidate(
      this.directHigh + Math.floor(gfn / 0x100000),
      ((gfn % 0x100000) << 12) >>> 0,
      cpu.asid,
      cpu.pcid,
    );
    yield* this.translate(cpu, gfn, 0, Access.Read);
  }

  /** Reads the map slot of a guest frame. @returns the hfn, or 0. */
  slot(cpu: Vcpu, gfn: GuestFrame): Steps<Frame> {
    return this.mapEntry(cpu, this.mapHigh, gfn - this.vm.firstGfn);
  }

  /** Reads the hfn→gfn map, which guests under direct paging have. @returns the gfn, or 0. */
  guestFrame(cpu: Vcpu, hfn: Frame): Steps<GuestFrame> {
    return this.mapEntry(cpu, this.reverseMapHigh, hfn);
  }

  private *mapEntry(cpu: Vcpu, windowHigh: number, index: number): Steps<number> {
    this.vm.counters.add(Count.MapReads);
    const at = index * 8;
    const frame = yield* this.at(cpu, windowHigh + Math.floor(at / 0x1_0000_0000), at >>> 0, Access.Read);
    this.machine.memory.load(frame, at % 4096, 8);
    return (this.machine.memory.hi >>> 0) * 0x1_0000_0000 + (this.machine.memory.lo >>> 0);
  }

  private translate(cpu: Vcpu, gfn: GuestFrame, offset: number, access: Access, bytes = 8): Steps<Frame> {
    return this.at(
      cpu,
      this.directHigh + Math.floor(gfn / 0x100000),
      (((gfn % 0x100000) << 12) | offset) >>> 0,
      access,
      bytes,
    );
  }

  private at(cpu: Vcpu, hi: number, lo: number, access: Access, bytes = 8): Steps<Frame> {
    const fast = this.machine.accesses.attempt(cpu, this.vm, hi | 0, lo, access, false, Cause.Kernel);
    return fast >= 0 ? this.reached.give(fast) : this.resolve({ cpu, hi: hi | 0, lo, access, user: false, bytes });
  }

  private *resolve(attempt: Attempt): Steps<Frame> {
    const frame = yield* this.machine.accesses.access(attempt, false);
    // Nothing that follows in the kernel's work makes sense: it is dropped here.
    const text = frame < 0 ? `the kernel of ${this.vm.name} could not reach ${hex64(attempt.hi, attempt.lo)}` : '';
    while (frame < 0) yield { kind: 'abort', text };
    return frame;
  }
}
