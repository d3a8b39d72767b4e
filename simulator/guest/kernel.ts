import type { Journal, Steps } from '../history/journal';
import { HYPERCALL_ENTER, HYPERCALL_LEAVE } from '../host/hypercalls';
import { peekNested } from '../host/nested';
import { setRoot, TPT_PCID } from '../host/roots';
import type { Vm } from '../host/vm';
import { Count } from '../machine/counters';
import type { Machine } from '../machine/machine';
import type { Vcpu } from '../machine/vcpu';
import { NX, P, PKEY_SHIFT, RW, US, frameHigh, frameLow } from '../paging/format';
import type { GuestFrame } from '../units';
import { boot } from './boot';
import { DirectOps } from './direct-ops';
import { GuestFrames } from './frames';
import { KernelMemory } from './memory';
import { mirrorEntry } from './mirror';
import { type PagingOps, PlainOps } from './paging-ops';
import type { Area, Process } from './process';
import { Swap } from './swap';
import type { EntryPlace } from './tables';
import { Vmalloc } from './vmalloc';

type Skip = ReadonlySet<string> | null;

/** What an exception interrupted. */
type Interrupted = Readonly<Pick<Vcpu, 'user' | 'regime' | 'root' | 'pcid'>>;

/** Where user mappings go when the kernel chooses: pages from 0x7f00_0000_0000 (4-level). */
const MMAP_BASE_PAGE = 0x7f00_0000_0000 / 4096;

/** One enlightened guest kernel: processes, frames, native tables and their TPT mirrors. */
export class Kernel {
  readonly memory: KernelMemory;
  readonly frames: GuestFrames;
  readonly swap = new Swap();
  readonly vmalloc: Vmalloc;
  readonly ops: PagingOps;
  /** The same, under direct paging. */
  readonly direct: DirectOps | null;
  readonly processes = new Map<number, Process>();
  /** gfn of the kernel's own root, whose upper half every process shares. */
  initRoot: GuestFrame = -1;
  private nextPid = 1;

  constructor(
    readonly machine: Machine,
    readonly vm: Vm,
  ) {
    this.memory = new KernelMemory(machine, vm);
    this.frames = new GuestFrames(vm.firstGfn, vm.frames, (gfn) => {
      this.swap.forget(gfn);
    });
    this.direct = vm.direct ? new DirectOps(this, vm.direct) : null;
    this.ops = this.direct ?? new PlainOps(this);
    this.vmalloc = new Vmalloc(this);
    boot(this);
  }

  get levels(): 4 | 5 {
    return this.machine.config.levels;
  }
  /** True if this guest keeps TPT tables. */
  get mirrors(): boolean {
    return this.vm.config.scheme === 'tpt';
  }
  /** False if tables can hold 4 KiB entries only: what asks for huge pages gets small ones. */
  get hugePages(): boolean {
    return this.direct === null;
  }
  get rootPages(): number {
    return this.mirrors ? 4 : 1;
  }
  /** INVLPG and flushes are the guest's own instructions, without an exit. */
  private get flushesItself(): boolean {
    return !this.vm.intercepts && !this.vm.direct;
  }
  private get journal(): Journal {
    return this.machine.journal;
  }

  /** Makes a process with an empty user half. @returns null if the guest has no memory for its root. */
  *newProcess(cpu: Vcpu, name: string): Steps<Process | null> {
    const rootGfn = this.frames.take(this.rootPages);
    if (rootGfn < 0) return null;
    for (let i = 0; i < this.rootPages; i++) yield* this.memory.zero(cpu, rootGfn + i);
    for (let i = 256; i < 512; i++) {
      yield* this.ops.load(cpu, this.initRoot, i);
      const { lo, hi } = this.memory;
      if ((lo & P) !== 0) yield* this.ops.store(cpu, { table: rootGfn, index: i, level: this.levels }, lo, hi);
    }
    const later = this.vmalloc.root;
    if (this.mirrors && later) {
      yield* this.memory.loadEntry(cpu, later.tpt, later.index);
      yield* this.memory.storeEntry(cpu, rootGfn + 3, later.index, this.memory.lo, this.memory.hi);
    }
    yield* this.ops.adopt(cpu, rootGfn, this.levels);
    const pid = this.nextPid++;
    const process: Process = {
      pid,
      name,
      rootGfn,
      tptRootGfn: this.mirrors ? rootGfn + 3 : -1,
      pcid: pid & 0x7ff,
      areas: [],
      nextPage: MMAP_BASE_PAGE,
      pkru: 0,
      state: 'running',
      vcpu: cpu.id,
      splits: new Map(),
    };
    this.processes.set(pid, process);
    return process;
  }

  /** The process whose address space the vCPU is in. */
  readonly current = new Map<Vcpu, Process>();

  /** Gives the vCPU to a process, or to the kernel itself (null). @param user go on in user mode. */
  *switchTo(cpu: Vcpu, process: Process | null, user: boolean): Steps<void> {
    yield* this.journal.enter('switch_to', `switch to ${process?.name ?? 'the kernel'}`);
    yield* this.enterKernel(cpu);
    yield* this.journal.step('load-cr3');
    if (process) {
      this.current.set(cpu, process);
      process.vcpu = cpu.id;
      cpu.mode.pkru = process.pkru;
      yield* this.ops.loadRoot(cpu, process);
      if (user) yield* this.leaveKernel(cpu);
    }
    this.journal.leave();
  }

  /**
   * `kernel { }` ends: back to user mode of the process. A TPT root that the kernel has loaded by hand stays loaded; from
   * any other root it goes to the process's own.
   */
  *resumeUser(cpu: Vcpu, process: Process | null): Steps<void> {
    if (cpu.regime === 'tpt' && process && this.current.get(cpu) === process) cpu.user = true;
    else yield* this.switchTo(cpu, process, true);
  }

  /** User to kernel: out of the TPT root. */
  *enterKernel(cpu: Vcpu): Steps<void> {
    cpu.user = false;
    if (cpu.regime !== 'tpt') return;
    const process = this.current.get(cpu);
    if (this.vm.config.profile === 'prototype')
      yield* this.machine.hypercalls.call(this.vm, cpu, HYPERCALL_LEAVE, 0, 0);
    // Also after the hypercall: the root may have been loaded by hand, and the host then remembers another.
    if (process) yield* this.ops.loadRoot(cpu, process);
    else setRoot(cpu, 'nested', this.initRoot, this.vm.nestedRoot, 0, true);
  }

  /** An exception enters the kernel: out of a TPT root, also where it was the kernel itself that ran on one. */
  *beginException(cpu: Vcpu): Steps<Interrupted> {
    const { user, regime, root, pcid } = cpu;
    if (user || regime === 'tpt') yield* this.enterKernel(cpu);
    return { user, regime, root, pcid };
  }

  /**
   * Back from an exception. User mode gets the root that the map names now; the kernel gets the one that it had, as in Linux,
   * where the exception entry saves CR3 and restores it.
   */
  *endException(cpu: Vcpu, { user, regime, root, pcid }: Interrupted): Steps<void> {
    if (user) yield* this.leaveKernel(cpu);
    else if (regime === 'tpt') setRoot(cpu, 'tpt', root, -1, pcid, true);
  }

  /** Kernel to user: back to the TPT root, found through the map. */
  *leaveKernel(cpu: Vcpu): Steps<void> {
    const process = this.current.get(cpu);
    if (process && this.mirrors) {
      const rootHfn = yield* this.rootSlot(cpu, process);
      if (this.vm.config.profile === 'prototype') {
        const user = process.rootGfn + 1;
        yield* this.machine.hypercalls.call(
          this.vm,
          cpu,
          HYPERCALL_ENTER,
          frameHigh(user),
          frameLow(user) | process.pcid,
        );
      } else {
        // An ordinary CR3 load with the mode bit set: no exit.
        setRoot(cpu, 'tpt', rootHfn, -1, process.pcid | TPT_PCID, true);
      }
    }
    cpu.user = true;
  }

  /** A system call from user mode: into the kernel, under direct paging by way of the host. @param name of the call, for words. */
  *beginSystemCall(cpu: Vcpu, name: string): Steps<void> {
    this.vm.events.did('system-call');
    if (this.vm.direct) yield* this.vm.direct.reflect(`system call ${name}`);
    yield* this.enterKernel(cpu);
  }

  /** Back to user mode. */
  *endSystemCall(cpu: Vcpu): Steps<void> {
    yield* this.leaveKernel(cpu);
    if (this.vm.direct) yield* this.vm.direct.iret();
  }

  /** Loads CR3 as the instruction would: bit 63 keeps translations, bit 59 selects a TPT root (our decision). */
  *loadCr3(cpu: Vcpu, hi: number, lo: number): Steps<void> {
    const root = (hi & 0xfffff) * 0x100000 + (lo >>> 12);
    if (this.vm.direct) {
      const owner = [...this.processes.values()].find(
        (p) => peekNested(this.machine.memory, this.vm, p.rootGfn) === root,
      );
      const request = { op: 'new_baseptr', frame: root, pcid: owner?.pcid ?? 0 } as const;
      if ((yield* this.vm.direct.mmuextOp(cpu, request)) < 0) return;
      cpu.cr3Hi = hi;
      cpu.cr3Lo = lo;
      return;
    }
    const tpt = this.mirrors && (hi & TPT_MODE_HIGH) !== 0;
    const nested = this.vm.config.scheme === 'native' ? -1 : this.vm.nestedRoot;
    cpu.cr3Hi = hi;
    cpu.cr3Lo = lo;
    const keep = hi >>> 31 !== 0;
    this.vm.counters.add(Count.TlbFlushes, keep ? 0 : 1);
    const keeps = keep || this.vm.losesFlush();
    if (this.vm.intercepts) {
      yield* this.vm.intercepts.loadRoot(cpu, root, lo & 0xfff, keeps);
      return;
    }
    setRoot(
      cpu,
      tpt ? 'tpt' : this.vm.config.scheme === 'native' ? 'native' : 'nested',
      root,
      tpt ? -1 : nested,
      lo & 0xfff,
      keeps,
    );
  }

  /** Writes a native entry and, by the hook, its mirror. `skip` may leave out `mirror` or steps of the hook. */
  *setEntry(cpu: Vcpu, process: Process, place: EntryPlace, lo: number, hi: number, skip: Skip): Steps<void> {
    yield* this.ops.store(cpu, place, lo, hi);
    if (this.mirrors && !skip?.has('mirror')) yield* mirrorEntry(this, cpu, process, place, lo, hi, skip);
  }

  /** INVLPG for a user page: this PCID's entries, native and TPT. */
  *invlpg(cpu: Vcpu, process: Process, page: number): Steps<void> {
    if (this.flushesItself) this.vm.events.did('tlb-flush');
    yield* this.ops.invlpg(cpu, process, page);
  }

  /** Drops all translations of a process on every vCPU that may have run it. */
  *flushProcess(process: Process): Steps<void> {
    for (const cpu of this.vm.vcpus) {
      if (this.flushesItself) this.vm.events.did('tlb-flush');
      yield* this.ops.flush(cpu, process);
    }
    this.vm.counters.add(Count.TlbFlushes);
  }

  private *rootSlot(cpu: Vcpu, process: Process): Steps<number> {
    let hfn = yield* this.memory.slot(cpu, process.tptRootGfn);
    if (hfn === 0) {
      yield* this.memory.populate(cpu, process.tptRootGfn);
      hfn = yield* this.memory.slot(cpu, process.tptRootGfn);
    }
    return hfn;
  }
}

/** Mode bit 59 of CR3, in its high half. */
export const TPT_MODE_HIGH = 1 << 27;

/** Flags (halves) of a user leaf for an area's permissions. */
export function leafFlags(area: Pick<Area, 'perm' | 'pkey'>): { lo: number; hi: number } {
  return {
    lo: P | US | (area.perm & 2 ? RW : 0),
    hi: (area.perm & 4 ? 0 : NX) | (area.pkey << PKEY_SHIFT),
  };
}
