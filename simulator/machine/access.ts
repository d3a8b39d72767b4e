import { Cause } from '../costs/causes';
import type { FaultKind } from '../language/builtins';
import type { Vm } from '../host/vm';
import type { FaultRecord, WalkCopy } from '../history/faults';
import type { Journal, Steps } from '../history/journal';
import { Access, StepKind, WalkFault, type Walk } from '../paging/walk';
import { LEVEL_NAMES, PF_I, PF_P, PF_U, PF_W } from '../paging/format';
import type { Quick } from '../engine/quick';
import { hex, hex64, type Frame } from '../units';
import { Count } from './counters';
import { Path, type Vcpu } from './vcpu';

/** An access that did not succeed at once. */
export interface Attempt {
  readonly cpu: Vcpu;
  readonly hi: number;
  readonly lo: number;
  readonly access: Access;
  readonly user: boolean;
  /** Bytes that a store of more than 8 makes at once, as string instructions do. */
  readonly bytes?: number;
}

/** What a fault handler decided: try the access again, give it up, or the host carries it out itself. */
export type Verdict = 'retry' | 'give-up' | Emulation;

/** A store that the host carries out: past the TLB, which must not learn of it. */
export interface Emulation {
  readonly frame: Frame;
  /** The store has been made. */
  stored(): void;
}

/** Who handles which fault: the guest kernel and the host, plugged in. */
export interface FaultHandlers {
  vmOf(cpu: Vcpu): Vm;
  pidOn(cpu: Vcpu): number;
  /** Name of an owner for words. */
  ownerName(asid: number): string;
  pageFault(attempt: Attempt, record: FaultRecord): Steps<Verdict>;
  nestedFault(attempt: Attempt, gpa: number, record: FaultRecord): Steps<Verdict>;
  tagViolation(attempt: Attempt, walk: WalkCopy, record: FaultRecord): Steps<Verdict>;
}

/** Hears of every access that gets to a frame, on every path. */
export interface AccessListener {
  reached(cpu: Vcpu, vm: Vm, access: Access, hi: number, lo: number, frame: Frame): void;
}

/** Counters of what a #PF of the CPU's walk can turn out to be. */
const PAGE_FAULT_COUNTS = {
  page_fault: Count.PageFaults,
  shadow_miss: Count.ShadowMisses,
  shadow_write: Count.ShadowWrites,
} as const;

const ACCESS_NAMES = ['read', 'write', 'fetch'] as const;
export const accessName = (access: Access): 'read' | 'write' | 'fetch' => ACCESS_NAMES[access];

/** Equal tag violations in a row after which an access is said to be in a livelock. */
const LIVELOCK_AFTER = 8;
/** Faults of any kind during one access: more than any honest chain needs. */
const MOST_FAULTS = 256;

/** Why of a #PF that was injected. */
const SPURIOUS = 'spurious: delivered by hand, though the tables allow the access';

/** Performs accesses: the fast path without pauses, and the path that stops between micro-steps and resolves faults. */
export class AccessUnit {
  /** The fault that made the last access fail, if one did. */
  lastFault: FaultRecord | null = null;
  /** Hears of accesses; null: nobody does. */
  listener: AccessListener | null = null;
  /** Stores that the host carries out and that are still to be made. */
  private emulations: Emulation[] = [];

  constructor(
    private readonly journal: Journal,
    private readonly handlers: FaultHandlers,
  ) {}

  /**
   * Translates an access without pausing.
   * @param cause who pays for it: a task (`Data`) or the guest kernel.
   * @returns the frame (hfn), or -1: `access` must be called to resolve the fault or report the breach.
   */
  attempt(cpu: Vcpu, vm: Vm, hi: number, lo: number, access: Access, user: boolean, cause: Cause): Frame {
    if (vm.spuriousFault && cause === Cause.Data) return -1;
    const quick = this.quickOf(cpu);
    if (quick !== null) {
      const frame = quick.attempt(hi, lo, access, user, cause);
      if (frame >= 0) return frame;
    }
    let frame = cpu.lookup(hi, lo, access, user);
    if (frame < 0) {
      cpu.startWalk(hi, lo, access, user);
      if (cpu.walk.fault !== WalkFault.None || this.reachesForeign(cpu)) return -1;
      cpu.finishWalk(hi, lo, access);
      frame = cpu.walk.resultFrame;
    } else if (cpu.foreign) return -1;
    this.account(cpu, vm, access, hi, lo, frame, cause);
    return frame;
  }

  /** Who makes accesses of a vCPU quickly; null: nobody, since somebody listens, or keys are to be looked at. */
  quickOf(cpu: Vcpu): Quick | null {
    return this.listener !== null || cpu.usesKeys ? null : cpu.quick;
  }

  /**
   * Translates an access and resolves its faults.
   * @param visible pause inside it when stepping (accesses of the scenario; not the kernel's own).
   * @returns the frame (hfn), or -1 if the access failed: `lastFault` says why. After a store to it, call `stored`.
   */
  *access(attempt: Attempt, visible: boolean): Steps<Frame> {
    this.lastFault = null;
    if (visible) yield* this.journal.enter('access', `${accessName(attempt.access)} ${hex64(attempt.hi, attempt.lo)}`);
    let violations = 0;
    for (let faults = 0; ; faults++) {
      const frame = yield* this.once(attempt, visible);
      if (frame >= 0) {
        if (visible) {
          yield* this.journal.stand('data');
          this.journal.leave();
        }
        return frame;
      }
      const tag = attempt.cpu.walk.fault === WalkFault.Tag;
      const verdict = yield* this.resolve(attempt);
      if (typeof verdict === 'object') {
        this.emulations.push(verdict);
        this.listener?.reached(
          attempt.cpu,
          this.handlers.vmOf(attempt.cpu),
          attempt.access,
          attempt.hi,
          attempt.lo,
          verdict.frame,
        );
        if (visible) yield* this.journal.stand('data');
        if (visible) this.journal.leave();
        return verdict.frame;
      }
      violations = tag ? violations + 1 : violations;
      if (verdict === 'retry' && violations < LIVELOCK_AFTER && faults < MOST_FAULTS) continue;
      if (verdict === 'retry') yield* this.giveUp(attempt);
      if (visible) this.journal.leave();
      return -1;
    }
  }

  /** What `access` was asked for has been stored, or will not be. */
  stored(): void {
    for (const emulation of this.emulations.splice(0)) emulation.stored();
  }

  /** One try: TLB, walk, fill. @returns the frame, or -1 with the fault in the vCPU's walk. */
  private *once(a: Attempt, visible: boolean): Steps<Frame> {
    const { cpu } = a;
    const vm = this.handlers.vmOf(cpu);
    const cause = visible ? Cause.Data : Cause.Kernel;
    if (visible) yield* this.journal.stand('tlb');
    if (visible && vm.spuriousFault && this.faultsSpuriously(a, vm)) {
      this.account(cpu, vm, a.access, a.hi, a.lo, -1, cause);
      return -1;
    }
    let frame = cpu.lookup(a.hi, a.lo, a.access, a.user);
    if (frame >= 0) {
      if (cpu.foreign) yield* this.breach(a, frame);
      this.account(cpu, vm, a.access, a.hi, a.lo, frame, cause);
      return frame;
    }
    if (visible) yield* this.journal.stand('walk');
    cpu.startWalk(a.hi, a.lo, a.access, a.user);
    if (visible && this.journal.stepping) yield* this.showWalk(a);
    if (cpu.walk.fault !== WalkFault.None) {
      cpu.abandonWalk(a.hi, a.lo);
      this.account(cpu, vm, a.access, a.hi, a.lo, -1, cause);
      return -1;
    }
    if (visible) yield* this.journal.stand('fill');
    cpu.finishWalk(a.hi, a.lo, a.access);
    frame = cpu.walk.resultFrame;
    this.account(cpu, vm, a.access, a.hi, a.lo, frame, cause);
    if (this.reachesForeign(cpu)) yield* this.breach(a, frame);
    return frame;
  }

  /**
   * The fault that was injected by hand, if this is an access that it can befall: of a process, in the user half, and
   * allowed by the tables. The walk's record is then that of a #PF with P set, as for a right that was missing.
   */
  private faultsSpuriously(a: Attempt, vm: Vm): boolean {
    const { cpu } = a;
    if (a.hi < 0 || this.handlers.pidOn(cpu) === 0) return false;
    cpu.startWalk(a.hi, a.lo, a.access, a.user);
    const w = cpu.walk;
    if (w.fault !== WalkFault.None) return false;
    vm.spuriousFault = false;
    w.fault = WalkFault.Page;
    w.errorCode =
      PF_P | (a.user ? PF_U : 0) | (a.access === Access.Write ? PF_W : a.access === Access.Fetch ? PF_I : 0);
    w.spurious = true;
    cpu.path = Path.Fault;
    cpu.abandonWalk(a.hi, a.lo);
    return true;
  }

  /** With the tag checks off, whose frame a walk reached does not matter to the hardware. It does to us. */
  private reachesForeign(cpu: Vcpu): boolean {
    if (cpu.tagged || cpu.regime === 'native') return false;
    // Tables that the host writes lead to a foreign frame only after one has changed owners.
    if ((cpu.regime === 'nested' || cpu.regime === 'shadow') && !cpu.tags.ownersChanged) return false;
    const owner = cpu.tags.ownerOf(cpu.walk.resultFrame);
    // Behind a table of the host's, or one that it has validated, frames of the host are there because the host shares them.
    return owner !== cpu.asid && (owner !== 0 || cpu.regime === 'tpt');
  }

  /** Stands at each step of a walk before its effects. The steps are those of the pure walk. */
  private *showWalk(a: Attempt): Steps<void> {
    const w = a.cpu.walk;
    yield* this.journal.enter('walk', `walk ${hex64(a.hi, a.lo)}`);
    for (let i = 0; i < w.steps; i++) {
      const tag = w.kind[i] === StepKind.TableTag || w.kind[i] === StepKind.FinalTag;
      this.journal.show(
        w.kind[i] >= StepKind.StructureHit
          ? [
              { name: 'level', value: LEVEL_NAMES[w.level[i]] ?? '', type: 'level' },
              { name: 'frame', value: hex(w.frame[i]), type: 'hfn' },
            ]
          : tag
            ? [
                { name: 'frame', value: hex(w.frame[i]), type: 'hfn' },
                { name: 'owner', value: String(w.index[i]), type: 'ASID' },
              ]
            : [
                { name: 'level', value: LEVEL_NAMES[w.level[i]], type: 'level' },
                {
                  name: 'entryAddress',
                  value: hex(w.frame[i] * 4096 + w.index[i] * 8),
                  type: 'hPA',
                  memory: `hpa:${hex(w.frame[i] * 4096 + w.index[i] * 8)}`,
                },
                { name: 'entry', value: hex64(w.hi[i], w.lo[i]), type: 'entry' },
              ],
      );
      yield* this.journal.stand(stepName(w, i));
    }
    this.journal.leave();
  }

  /** Counts a finished or failed try. Called exactly once for each, on every path. */
  private account(cpu: Vcpu, vm: Vm, access: Access, hi: number, lo: number, frame: Frame, cause: Cause): void {
    const counts = vm.counters.values;
    const j = this.journal;
    j.tick++;
    j.trace.addPair(lo, frame);
    counts[Count.Accesses]++;
    counts[access === Access.Read ? Count.Reads : access === Access.Write ? Count.Writes : Count.Fetches]++;
    if (cpu.path === Path.TlbL1) counts[Count.TlbL1Hits]++;
    else if (cpu.path === Path.TlbL2) counts[Count.TlbL2Hits]++;
    else {
      const w = cpu.walk;
      j.tick += w.steps;
      j.trace.add(w.steps);
      counts[Count.TlbMisses]++;
      counts[Count.Walks]++;
      counts[Count.TableReferences] += w.references;
      counts[Count.NestedReferences] += w.nestedReferences;
      counts[Count.TagLookups] += w.tagLookups;
      if (frame >= 0) counts[Count.Fills]++;
      cpu.meter?.walk(w);
    }
    if (frame < 0) return;
    cpu.meter?.data(cause, frame, lo);
    this.listener?.reached(cpu, vm, access, hi, lo, frame);
  }

  private *resolve(a: Attempt): Steps<Verdict> {
    const w = a.cpu.walk;
    const vm = this.handlers.vmOf(a.cpu);
    const copy = this.journal.faults.brief ? null : copyWalk(a);
    switch (w.fault) {
      case WalkFault.General: {
        vm.counters.add(Count.Gps);
        const record = this.record(a, 'gp', {
          errorCode: 0,
          why: `${hex64(a.hi, a.lo)} is not canonical for ${a.cpu.mode.levels}-level paging`,
          walk: copy,
        });
        record.resolution = 'delivered to the guest, which ends the task';
        yield* this.journal.event('gp', `#GP at ${hex64(a.hi, a.lo)}`, record.id);
        this.lastFault = record;
        return 'give-up';
      }
      case WalkFault.Page: {
        // Nothing of the tables explains an injected fault: it is the guest's.
        const found = w.spurious ? undefined : vm.intercepts?.examine?.(a);
        const kind = found?.kind ?? 'page_fault';
        const errorCode = found?.errorCode ?? w.errorCode;
        vm.counters.add(PAGE_FAULT_COUNTS[kind]);
        const why = found?.why ?? (w.spurious ? SPURIOUS : pageFaultReason(errorCode));
        const record = this.record(a, kind, { errorCode, why, walk: found?.walk ?? copy });
        return yield* this.handle(
          record,
          `${kind === 'page_fault' ? '#PF' : kind.replace('_', ' ')} at ${hex64(a.hi, a.lo)}: ${why}`,
          this.handlers.pageFault(a, record),
        );
      }
      case WalkFault.Nested: {
        vm.counters.add(Count.Npfs);
        const record = this.record(a, 'npf', {
          errorCode: w.errorCode,
          errorHigh: w.errorHigh,
          walk: copy,
          why: `gPA ${hex(w.faultGpa)} is not backed${w.errorHigh & 2 ? ' (met while reading a guest table)' : ''}`,
        });
        return yield* this.handle(
          record,
          `NPF at gPA ${hex(w.faultGpa)}`,
          this.handlers.nestedFault(a, w.faultGpa, record),
        );
      }
      default: {
        vm.counters.add(Count.TagViolations);
        const record = this.record(a, 'tag_violation', {
          errorCode: w.errorCode,
          errorHigh: w.errorHigh,
          walk: copy,
          expectedOwner: a.cpu.asid,
          foundOwner: w.foundOwner,
          frame: w.faultFrame,
          why: this.violationReason(a),
        });
        return yield* this.handle(
          record,
          `tag violation at ${hex64(a.hi, a.lo)}: ${record.why}`,
          this.handlers.tagViolation(a, copy ?? copyWalk(a), record),
        );
      }
    }
  }

  private *handle(record: FaultRecord, text: string, handler: Steps<Verdict>): Steps<Verdict> {
    const faults = this.journal.faults;
    faults.begin(record);
    yield* this.journal.event(record.kind, text, record.id);
    const verdict = yield* handler;
    faults.end(record);
    this.lastFault = verdict === 'give-up' ? record : null;
    return verdict;
  }

  /** Why a tag look-up denied an access, in words. */
  private violationReason(a: Attempt): string {
    const { cpu } = a;
    const w = cpu.walk;
    const frame = hex(w.faultFrame);
    if (w.errorHigh & 8) return 'a 2 MiB entry over frames tagged as 4 KiB pages';
    const asTable =
      w.kind[w.faultStep] === StepKind.TableTag ? `; it was to be read as a ${LEVEL_NAMES[w.level[w.faultStep]]}` : '';
    if (w.foundOwner === cpu.asid)
      return `frame ${frame} is tagged for gPA ${hex(cpu.tags.read(w.faultFrame).gfn * 4096)}, and the nested table has it elsewhere${asTable}`;
    const name = (asid: number): string => `${this.handlers.ownerName(asid)} (ASID ${asid})`;
    return `frame ${frame} belongs to ${name(w.foundOwner)}, running is ${name(cpu.asid)}${asTable}`;
  }

  private *giveUp(a: Attempt): Steps<void> {
    const record = this.record(a, 'livelock', {
      why:
        a.cpu.walk.fault === WalkFault.Tag
          ? `the same tag violation again and again: the gfn→hfn map still gives frame ${hex(a.cpu.walk.faultFrame)}, whose tag is not the VM's`
          : 'one access faulted again and again without getting anywhere',
      expectedOwner: a.cpu.asid,
      foundOwner: a.cpu.walk.foundOwner,
      frame: a.cpu.walk.faultFrame,
      walk: copyWalk(a),
    });
    record.resolution = 'the access is given up';
    this.journal.faults.begin(record);
    yield* this.journal.event('livelock', record.why, record.id);
    this.journal.faults.end(record);
    this.lastFault = record;
  }

  private *breach(a: Attempt, frame: Frame): Steps<void> {
    const owner = a.cpu.tags.ownerOf(frame);
    const vm = this.handlers.vmOf(a.cpu);
    vm.counters.add(Count.Breaches);
    const record = this.record(a, 'breach', {
      expectedOwner: a.cpu.asid,
      foundOwner: owner,
      frame,
      why: a.cpu.foreign
        ? `a TLB entry filled before the frame changed owners still reaches frame ${hex(frame)}`
        : `frame ${hex(frame)} belongs to another owner, and nothing checks tags`,
    });
    record.resolution = 'nothing stopped it';
    yield* this.journal.event('breach', `breach at ${hex64(a.hi, a.lo)}: ${record.why}`, record.id);
  }

  private record(a: Attempt, kind: FaultKind, given: Partial<FaultRecord> & { why: string }): FaultRecord {
    const vm = this.handlers.vmOf(a.cpu);
    this.journal.trace.addText(kind);
    return this.journal.faults.add({
      tick: this.journal.tick,
      vm: vm.index,
      pid: this.handlers.pidOn(a.cpu),
      task: this.journal.taskId,
      taskName: this.journal.taskName,
      kind,
      gva: { hi: a.hi, lo: a.lo },
      access: accessName(a.access),
      errorCode: null,
      errorHigh: 0,
      expectedOwner: null,
      foundOwner: null,
      frame: null,
      resolution: '',
      line: this.journal.line,
      walk: null,
      ...given,
    });
  }
}

function copyWalk(a: Attempt): WalkCopy {
  const w = a.cpu.walk;
  const n = w.steps;
  return {
    kind: w.kind.slice(0, n),
    level: w.level.slice(0, n),
    frame: w.frame.slice(0, n),
    index: w.index.slice(0, n),
    lo: w.lo.slice(0, n),
    hi: w.hi.slice(0, n),
    faultStep: w.faultStep,
    root: a.cpu.root,
    nested: a.cpu.nestedRoot >= 0,
    user: a.user,
    asid: a.cpu.asid,
  };
}

function stepName(w: Walk, i: number): string {
  switch (w.kind[i]) {
    case StepKind.TableTag:
      return 'tag';
    case StepKind.FinalTag:
      return 'final-tag';
    case StepKind.Nested:
      return 'nested';
    case StepKind.StructureHit:
    case StepKind.NestedStructureHit:
    case StepKind.NestedTlbHit:
      return 'cached';
    default:
      return LEVEL_NAMES[w.level[i]].toLowerCase();
  }
}

/** Why a #PF happened, from its error code, in words. */
export function pageFaultReason(code: number): string {
  const who = code & 4 ? 'user' : 'supervisor';
  const what = code & 16 ? 'fetch' : code & 2 ? 'write' : 'read';
  if ((code & 1) === 0) return `${who} ${what}, page not present`;
  if (code & 8) return `${who} ${what}, reserved bit set`;
  if (code & 32) return `${who} ${what}, protection key denies`;
  if (code >= 0x8000_0000) return `${who} ${what}, injected by the host after a tag violation`;
  return `${who} ${what}, permission denied`;
}
