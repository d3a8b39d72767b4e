import type { Steps } from '../../history/journal';
import { Count } from '../../machine/counters';
import type { Vcpu } from '../../machine/vcpu';
import { P, PS, frameOf, tableIndex } from '../../paging/format';
import { hex, hex64, type Frame } from '../../units';
import { vmExit } from '../exits';
import type { Host } from '../host';
import { refuse } from '../refusal';
import { setRoot } from '../roots';
import { LOST_FLUSH, type Vm } from '../vm';
import { PageType, type PageTypes } from './page-types';
import type { ReverseMap } from './reverse-map';
import { EINVAL, Validation, type Refusal } from './validation';

/** One update of mmu_update: an entry, by the machine address at which it is, and its new value. */
export interface EntryUpdate {
  readonly table: Frame;
  /** 0 to 511. */
  readonly index: number;
  readonly lo: number;
  readonly hi: number;
}

/** One update of update_va_mapping: the entry that maps a gVA in the running address space, and its new value. */
export interface MappingUpdate {
  readonly gvaHi: number;
  readonly gvaLo: number;
  readonly lo: number;
  readonly hi: number;
  /** TLBs from which the address goes: of nobody, of this vCPU, of all the VM's. */
  readonly flush: 'none' | 'local' | 'all';
}

/** One operation of mmuext_op. */
export type ExtendedOp =
  | { readonly op: 'pin'; readonly level: number; readonly frame: Frame }
  | { readonly op: 'unpin'; readonly frame: Frame }
  /** `pcid` says under which PCID translations are cached from now on. */
  | { readonly op: 'new_baseptr'; readonly frame: Frame; readonly pcid: number }
  | { readonly op: 'invlpg_local' | 'invlpg_all'; readonly gvaHi: number; readonly gvaLo: number }
  | { readonly op: 'tlb_flush_local' | 'tlb_flush_all' };

/** Steps that a scenario leaves out: `validate` (and with it the books), `flush`. */
type Skip = ReadonlySet<string> | null;

/** What the host keeps for all VMs under direct paging. */
export interface DirectBooks {
  readonly types: PageTypes;
  readonly reverseMap: ReverseMap;
}

/**
 * The host's side of direct paging for one VM, after Xen's for PV guests: the guest has tables of machine frames that
 * it can read and not write, and asks for each change by a hypercall. The hypercalls give 0 or a negative errno; what is
 * refused leaves everything as it was and is in the fault history.
 */
export class DirectPaging {
  readonly types: PageTypes;
  readonly reverseMap: ReverseMap;
  readonly rules: Validation;

  constructor(
    private readonly host: Host,
    private readonly vm: Vm,
    books: DirectBooks,
  ) {
    this.types = books.types;
    this.reverseMap = books.reverseMap;
    this.rules = new Validation(vm, host.memory, host.tags, host.frames, books.types, (asid) => host.ownerName(asid));
  }

  /** mmu_update: several entries in one exit, in order, up to the first that is refused. */
  *mmuUpdate(updates: readonly EntryUpdate[], skip: Skip = null): Steps<number> {
    const { journal } = this.host;
    const first = updates.length === 1 ? hex(updates[0].table * 4096 + updates[0].index * 8) : '';
    yield* journal.enter(
      'mmu_update',
      first === '' ? `update ${updates.length} entries` : `update the entry at ${first}`,
    );
    yield* this.exit('mmu-update');
    let status = 0;
    for (const update of updates) {
      status = yield* this.change('mmu_update', update.table, update.index, update.lo, update.hi, skip);
      if (status < 0) break;
    }
    yield* this.resume(skip);
    return status;
  }

  /** update_va_mapping: several in one multicall are one exit; in order, up to the first that is refused. */
  *updateVaMapping(cpu: Vcpu, updates: readonly MappingUpdate[], skip: Skip = null): Steps<number> {
    const { journal } = this.host;
    const first = hex64(updates[0].gvaHi, updates[0].gvaLo);
    yield* journal.enter(
      'update_va_mapping',
      `update the entry for ${first}${updates.length > 1 ? ' and others' : ''}`,
    );
    yield* this.exit('update-va-mapping');
    let status = 0;
    for (const update of updates) {
      const table = this.leafTable(cpu, update.gvaHi, update.gvaLo);
      const index = tableIndex(update.gvaHi, update.gvaLo, 1);
      status =
        table < 0
          ? yield* this.refused('update_va_mapping', {
              errno: EINVAL,
              why: `no L1 table maps ${hex64(update.gvaHi, update.gvaLo)}`,
            })
          : yield* this.change('update_va_mapping', table, index, update.lo, update.hi, skip);
      if (status < 0) break;
      if (update.flush === 'local') this.invalidate([cpu], update.gvaHi, update.gvaLo);
      if (update.flush === 'all') this.invalidate(this.vm.vcpus, update.gvaHi, update.gvaLo);
    }
    yield* this.resume(skip);
    return status;
  }

  /** mmuext_op: pins, roots and TLBs; one operation for each call. */
  *mmuextOp(cpu: Vcpu, request: ExtendedOp): Steps<number> {
    const { journal } = this.host;
    yield* journal.enter('mmuext_op', inWords(request));
    yield* this.exit('mmuext-op');
    yield* journal.step('validate');
    const refusal = this.check(cpu, request);
    const status = refusal ? yield* this.refused(`mmuext_op ${request.op}`, refusal) : 0;
    if (!refusal) {
      yield* journal.step('apply');
      this.apply(cpu, request);
    }
    yield* this.resume(null);
    return status;
  }

  /**
   * A fault or system call of the guest: the CPU enters the host, which goes on in the guest kernel
   * (Xen: create_bounce_frame).
   * @param what in words.
   */
  *reflect(what: string): Steps<void> {
    yield* this.trap(`reflect ${what} into the kernel`);
  }

  /** The way back from either: the iret hypercall, as in 64-bit Linux, where every return to user mode takes it (xen-asm.S: xen_iret). */
  *iret(): Steps<void> {
    this.vm.counters.add(Count.Hypercalls);
    yield* this.host.journal.event('hypercall', `hypercall iret from ${this.vm.name}`);
    yield* this.trap('iret: back to what was interrupted');
  }

  private *trap(title: string): Steps<void> {
    const { journal } = this.host;
    yield* journal.enter('pv_trap', title);
    yield* vmExit(journal, this.vm, 'pv-trap');
    yield* journal.step('resume');
    journal.leave();
  }

  /** The host's own use of mmuext_op, while it builds the VM: no exit. */
  carryOut(cpu: Vcpu, request: ExtendedOp): Refusal | null {
    const refusal = this.check(cpu, request);
    if (!refusal) this.apply(cpu, request);
    return refusal;
  }

  /** Whether an operation is allowed; then the reference to a table that it needs is taken. */
  private check(cpu: Vcpu, request: ExtendedOp): Refusal | null {
    switch (request.op) {
      case 'pin':
        return this.pinned(request.frame, false) ?? this.rules.takeTable(request.frame, request.level);
      case 'unpin':
        return this.pinned(request.frame, true);
      case 'new_baseptr':
        return this.rules.takeTable(request.frame, cpu.mode.levels);
      default:
        return null;
    }
  }

  /** A frame of the VM is pinned, or it is not. */
  private pinned(frame: Frame, wanted: boolean): Refusal | null {
    const foreign = this.rules.foreign(frame);
    if (foreign || this.types.isPinned(frame) === wanted) return foreign;
    return { errno: EINVAL, why: `frame ${hex(frame)} is ${wanted ? 'not pinned' : 'pinned already'}` };
  }

  private apply(cpu: Vcpu, request: ExtendedOp): void {
    switch (request.op) {
      case 'pin':
        this.types.setPinned(request.frame, true);
        break;
      case 'unpin':
        this.types.setPinned(request.frame, false);
        this.rules.dropTable(request.frame, this.types.typeOf(request.frame));
        break;
      case 'new_baseptr':
        // A root needs no pin while it is loaded: the vCPU holds a reference of its own.
        if (cpu.regime === 'direct') this.rules.dropTable(cpu.root as Frame, cpu.mode.levels);
        setRoot(cpu, 'direct', request.frame, -1, request.pcid, true);
        this.flush([cpu]);
        break;
      case 'invlpg_local':
        this.invalidate([cpu], request.gvaHi, request.gvaLo);
        break;
      case 'invlpg_all':
        this.invalidate(this.vm.vcpus, request.gvaHi, request.gvaLo);
        break;
      case 'tlb_flush_local':
        this.flush([cpu]);
        break;
      case 'tlb_flush_all':
        this.flush(this.vm.vcpus);
        break;
    }
  }

  /** Checks and makes one change. What is not a table is written like other memory of the guest. */
  private *change(call: string, table: Frame, index: number, lo: number, hi: number, skip: Skip): Steps<number> {
    const { journal, memory } = this.host;
    if (journal.stepping) this.show(table, index, lo, hi);
    const checked = yield* journal.step('validate', skip);
    const type = this.types.typeOf(table);
    const level = type === PageType.Writable || !checked ? 0 : type;
    const refusal = this.rules.foreign(table) ?? (level > 0 ? this.rules.takeEntry(level, lo, hi) : null);
    if (refusal) return yield* this.refused(call, refusal);
    yield* journal.step('apply');
    const page = memory.page(table);
    const oldLo = page[index * 2];
    const oldHi = page[index * 2 + 1];
    memory.writeEntry(table, index, lo, hi);
    if (level > 0) this.rules.dropEntry(level, oldLo, oldHi);
    return 0;
  }

  /** What a debugger shows of an update under way. */
  private show(table: Frame, index: number, lo: number, hi: number): void {
    const at = hex(table * 4096 + index * 8);
    const page = this.host.memory.page(table);
    this.host.journal.show([
      { name: 'entryAddress', value: at, type: 'hPA', memory: `hpa:${at}` },
      { name: 'entry', value: hex64(page[index * 2 + 1], page[index * 2]), type: 'entry' },
      { name: 'newEntry', value: hex64(hi, lo), type: 'entry' },
      { name: 'tableFrame', value: `${hex(table)}: ${this.types.describe(table)}`, type: 'hfn' },
    ]);
  }

  private *exit(reason: 'mmu-update' | 'update-va-mapping' | 'mmuext-op'): Steps<void> {
    this.vm.counters.add(Count.Hypercalls);
    yield* this.host.journal.event('hypercall', `hypercall ${reason.replaceAll('-', '_')} from ${this.vm.name}`);
    yield* vmExit(this.host.journal, this.vm, reason);
  }

  private *refused(call: string, refusal: Refusal): Steps<number> {
    return yield* refuse(this.host.journal, this.vm, call, refusal.errno, refusal.why, refusal.foreign);
  }

  private *resume(skip: Skip): Steps<void> {
    const { journal } = this.host;
    this.vm.events.did('direct-validate', this.rules.takeLooked());
    if (this.rules.flushDue) {
      if (yield* journal.step('flush', skip)) this.host.flushAsid(this.vm);
      this.rules.flushed();
    }
    yield* journal.step('resume');
    journal.leave();
  }

  /** L1 table that maps an address in a vCPU's address space; -1 if there is none. */
  private leafTable(cpu: Vcpu, hi: number, lo: number): Frame {
    let table = cpu.root as Frame;
    for (let level: number = cpu.mode.levels; level > 1; level--) {
      const page = this.host.memory.page(table);
      const at = tableIndex(hi, lo, level) * 2;
      if ((page[at] & P) === 0 || (page[at] & PS) !== 0) return -1;
      table = frameOf(page[at], page[at + 1]);
    }
    return table;
  }

  private invalidate(cpus: readonly Vcpu[], hi: number, lo: number): void {
    if (this.loses()) return;
    for (const cpu of cpus) cpu.tlb.invalidate(hi, lo, cpu.asid, cpu.pcid);
  }

  private flush(cpus: readonly Vcpu[]): void {
    this.vm.counters.add(Count.TlbFlushes, cpus.length);
    if (this.loses()) return;
    for (const cpu of cpus) cpu.tlb.flush(cpu.asid, null, false);
  }

  /** True if this flush is dropped by hand. */
  private loses(): boolean {
    const lost = this.vm.losesFlush();
    if (lost) this.host.journal.note(LOST_FLUSH);
    return lost;
  }
}

function inWords(request: ExtendedOp): string {
  switch (request.op) {
    case 'pin':
      return `pin frame ${hex(request.frame)} as an L${request.level} table`;
    case 'unpin':
      return `unpin frame ${hex(request.frame)}`;
    case 'new_baseptr':
      return `load frame ${hex(request.frame)} as the root`;
    case 'invlpg_local':
    case 'invlpg_all':
      return `${request.op} ${hex64(request.gvaHi, request.gvaLo)}`;
    default:
      return request.op;
  }
}
