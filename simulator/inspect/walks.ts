import { latenciesOf } from '../costs/build-report';
import type { FaultRecord, WalkCopy } from '../history/faults';
import type { Process } from '../guest/process';
import { peekNested } from '../host/nested';
import { TPT_PCID } from '../host/roots';
import type { Vm } from '../host/vm';
import { pageFaultReason } from '../machine/access';
import type { TlbEntry } from '../machine/tlb';
import type { Vcpu } from '../machine/vcpu';
import { LEVEL_NAMES } from '../paging/format';
import { Access, StepKind, Walk, WalkFault } from '../paging/walk';
import { walk } from '../paging/walker';
import { hex, hex64, high32, low32, type Frame } from '../units';
import type { InspectContext } from './context';
import type * as t from './types';
import { derivedKind, peekWalk, rootOf } from './peek';
import { decodeEntry, errorWords, permissions } from './words';

const SIZES = ['4K', '2M', '1G'] as const;

/** Names of outcomes, as the walk strip shows them. */
const FAULT_NAMES: Readonly<Record<string, string>> = {
  gp: '#GP',
  page_fault: '#PF',
  npf: 'NPF',
  tag_violation: 'tag violation',
  shadow_miss: 'shadow miss',
  shadow_write: 'shadow write',
};

/** What the CPU would do for one access, without doing it. */
export function walkAnswer(c: InspectContext, query: t.WalkQuery): t.WalkAnswer {
  const space = c.space(query);
  const gva = BigInt.asUintN(64, BigInt(query.gva));
  const name = query.access;
  if (!space) {
    return {
      gva: hex(gva, 16),
      access: name,
      root: '0x0',
      rootName: '',
      steps: [],
      outcome: { kind: 'fault', fault: 'none', errorCode: '0x0', errorText: '', text: 'there is no such process' },
      tlb: null,
    };
  }
  const { vm, process } = space;
  const { w, kind, root, nested } = pureWalk(c, query, vm, process);
  const access = accessOf(name);
  const cycles = cyclesOf(c, vcpuOf(vm, process), w);
  const rootAddress = nested ? peekNested(c.executor.memory, vm, root) : root;
  return {
    gva: hex(gva, 16),
    access: name,
    root: hex(Math.max(rootAddress, 0) * 4096, c.hpaDigits),
    rootName: vm.direct ? 'direct root' : ROOT_NAMES[kind],
    steps: decodeSteps(c, w, w.steps, w.faultStep, vm, wrongBits(w.fault, w.errorCode, access, query.user)).map(
      (step, i) => (cycles === null ? step : { ...step, cycles: cycles[i] }),
    ),
    outcome: outcomeOf(c, w, vm, kind === 'shadow' ? hiddenBy(c, query, vm, process) : null),
    tlb: tlbFor(c, vm, process, gva),
    ...(cycles === null ? {} : { cycles: cycles.reduce((sum, each) => sum + each, 0) }),
  };
}

/** The vCPU that a process ran on last. */
const vcpuOf = (vm: Vm, process: Process): Vcpu => vm.vcpus.find((cpu) => cpu.id === process.vcpu) ?? vm.vcpus[0];

/** Cycles of each step's reference, by where its line is in the vCPU's caches now; null if nothing is charged. */
function cyclesOf(c: InspectContext, { meter }: Vcpu, w: Walk): number[] | null {
  const { costs } = c.executor.parts;
  if (costs === null || meter === null) return null;
  const latencies = latenciesOf(costs);
  return meter.rehearse(w).map((level) => latencies[level]);
}

/** The host frame that an access would reach, or -1: the outcome alone of `walkAnswer`. */
export function frameReached(c: InspectContext, query: t.WalkQuery): Frame {
  const space = c.space(query);
  if (!space) return -1;
  const { w } = pureWalk(c, query, space.vm, space.process);
  return w.fault === WalkFault.None ? w.resultFrame : -1;
}

const accessOf = (name: t.WalkQuery['access']): Access =>
  name === 'read' ? Access.Read : name === 'write' ? Access.Write : Access.Fetch;

/** A walk from what is in memory alone: no cache is asked, and nothing is learnt. */
function pureWalk(
  c: InspectContext,
  query: t.WalkQuery,
  vm: Vm,
  process: Process,
): { w: Walk; kind: t.RootKind; root: number; nested: boolean } {
  const kind = (query.root === 'native' ? null : derivedKind(vm)) ?? 'native';
  const root = rootOf(c.executor.memory, vm, process, kind);
  const cpu = vcpuOf(vm, process);
  const gva = BigInt.asUintN(64, BigInt(query.gva));
  const w = new Walk();
  const nested = kind === 'native' && vm.nestedRoot >= 0;
  if (root < 0) {
    w.fault = kind === 'shadow' ? WalkFault.Page : WalkFault.Nested;
    return { w, kind, root, nested };
  }
  walk(
    {
      memory: c.executor.memory,
      tags: c.executor.tags,
      mode: { ...cpu.mode, pkru: process.pkru },
      root,
      nestedRoot: nested ? vm.nestedRoot : -1,
      nestedLevels: vm.config.nestedLevels,
      asid: vm.asid,
      tagged: cpu.tagged,
    },
    high32(gva),
    low32(gva),
    accessOf(query.access),
    query.user,
    w,
  );
  return { w, kind, root, nested };
}

/** The walk that a fault in the history came from, as it was. */
export function walkOfFault(c: InspectContext, fault: FaultRecord): t.WalkAnswer | null {
  const copy = fault.walk;
  const vm = c.executor.vms[fault.vm];
  if (!copy || !vm || !fault.gva) return null;
  const kind =
    fault.kind === 'page_fault' || fault.kind === 'shadow_miss' || fault.kind === 'shadow_write'
      ? WalkFault.Page
      : fault.kind === 'gp'
        ? WalkFault.General
        : fault.kind === 'npf'
          ? WalkFault.Nested
          : WalkFault.Tag;
  const access = fault.access === 'write' ? Access.Write : fault.access === 'fetch' ? Access.Fetch : Access.Read;
  const steps = decodeSteps(
    c,
    copy,
    copy.kind.length,
    copy.faultStep,
    vm,
    wrongBits(kind, fault.errorCode ?? 0, access, copy.user),
  );
  return {
    gva: hex64(fault.gva.hi, fault.gva.lo),
    access: fault.access ?? 'read',
    root: hex(copy.root * 4096, c.hpaDigits),
    rootName: copy.nested ? 'native root (gPA)' : 'root',
    steps,
    outcome: {
      kind: 'fault',
      fault: FAULT_NAMES[fault.kind] ?? fault.kind,
      errorCode: hex(fault.errorCode ?? 0),
      errorText: errorWords(fault.kind, fault.errorCode, fault.errorHigh),
      text: fault.why,
    },
    tlb: null,
  };
}

const ROOT_NAMES: Readonly<Record<t.RootKind, string>> = {
  native: 'native root',
  tpt: 'TPT root',
  shadow: 'shadow root',
};

/** What the host would do about a fault of the shadow walk; null if the guest's own tables deny the access too. */
function hiddenBy(c: InspectContext, query: t.WalkQuery, vm: Vm, process: Process): string | null {
  const { outcome } = walkAnswer(c, { ...query, root: 'native' });
  if (outcome.kind === 'fault' && outcome.fault !== FAULT_NAMES['npf']) return null;
  const { leaf } = peekWalk(
    c.executor.memory,
    vm,
    process,
    'native',
    c.executor.levels,
    high32(BigInt(query.gva)),
    low32(BigInt(query.gva)),
  );
  return leaf
    ? `the guest maps gfn ${hex(leaf.frame)}; an access faults, hidden from it, and the host derives the entry`
    : 'a table of the guest is not backed; an access faults, hidden from it, and the host backs the table';
}

type StepArrays = Pick<WalkCopy, 'kind' | 'level' | 'frame' | 'index' | 'lo' | 'hi'>;

function decodeSteps(
  c: InspectContext,
  w: StepArrays,
  count: number,
  faultStep: number,
  vm: Vm,
  wrong: ReadonlySet<string>,
): t.WalkStep[] {
  const steps: t.WalkStep[] = [];
  for (let i = 0; i < count; i++) {
    const level = w.level[i];
    const levelName = LEVEL_NAMES[level] ?? '';
    const failed = i === faultStep;
    const kind: StepKind = w.kind[i];
    if (kind === StepKind.TableTag || kind === StepKind.FinalTag) {
      const owner = c.owner(w.index[i]);
      const final = kind === StepKind.FinalTag;
      steps.push({
        kind: 'tag',
        level,
        levelName,
        index: 0,
        address: hex(c.executor.tags.entryAddress(w.frame[i]), c.hpaDigits),
        value: hex(w.frame[i] * 4096, c.hpaDigits),
        bits: [],
        owner,
        expectedOwner: c.owner(vm.asid),
        ok: !failed,
        text: failed
          ? `owner ${owner.name}, expected ${vm.name}`
          : `${final ? 'final frame' : `${levelName} table`}: owner ${owner.name}`,
      });
      continue;
    }
    if (kind >= StepKind.StructureHit) {
      const name = cacheName(kind, level);
      steps.push({
        kind: 'cached',
        level,
        levelName: name,
        index: w.index[i],
        address: '0x0',
        value: hex(w.frame[i] * 4096, c.hpaDigits),
        bits: [],
        owner: null,
        expectedOwner: null,
        ok: true,
        text: kind === StepKind.NestedTlbHit ? `${name} gave the frame` : `${name} gave the next table`,
      });
      continue;
    }
    const frame = w.frame[i];
    const bits = decodeEntry(w.lo[i], w.hi[i], level, failed ? wrong : new Set());
    const bad = bits.filter((b) => b.wrong);
    steps.push({
      kind: kind === StepKind.Nested ? 'nested' : 'entry',
      level,
      levelName,
      index: w.index[i],
      address: hex(frame * 4096 + w.index[i] * 8, c.hpaDigits),
      value: hex64(w.hi[i], w.lo[i]),
      bits,
      owner: null,
      expectedOwner: null,
      ok: !failed,
      text: failed
        ? bad.length > 0
          ? bad.map((b) => `${b.name} = ${b.value}: ${b.meaning}`).join('; ')
          : 'the check failed here'
        : bits
            .filter((b) => b.value === '1' && b.name.length <= 3)
            .map((b) => b.name)
            .join(' '),
    });
  }
  return steps;
}

/** Name of the walk cache that answered. */
function cacheName(kind: StepKind, level: number): string {
  if (kind === StepKind.NestedTlbHit) return 'nested TLB';
  return `${kind === StepKind.NestedStructureHit ? 'nested ' : ''}${LEVEL_NAMES[level]} cache`;
}

/** Bits whose value made the failing entry fail. */
function wrongBits(fault: WalkFault, code: number, access: Access, user: boolean): ReadonlySet<string> {
  if (fault !== WalkFault.Page && fault !== WalkFault.Nested) return new Set();
  if ((code & 1) === 0) return new Set(['P']);
  if (code & 8) return new Set(['frame', 'NX', 'PS']);
  if (code & 32) return new Set(['PK']);
  return new Set([
    ...(access === Access.Write ? ['R/W'] : []),
    ...(access === Access.Fetch ? ['NX'] : []),
    ...(user ? ['U/S'] : []),
  ]);
}

function outcomeOf(c: InspectContext, w: Walk, vm: Vm, hidden: string | null): t.WalkOutcome {
  const fault = (name: string, text: string): t.WalkOutcome => ({
    kind: 'fault',
    fault: FAULT_NAMES[name] ?? name,
    errorCode: hex(w.errorCode),
    text,
    errorText:
      name === 'gp'
        ? ''
        : errorWords(
            name === 'npf' ? 'npf' : name === 'tag_violation' ? 'tag_violation' : 'page_fault',
            w.errorCode,
            w.errorHigh,
          ),
  });
  switch (w.fault) {
    case WalkFault.General:
      return fault('gp', '#GP: the address is not canonical');
    case WalkFault.Page:
      return hidden === null
        ? fault('page_fault', `#PF: ${pageFaultReason(w.errorCode)}`)
        : fault('shadow_miss', `shadow miss: ${hidden}`);
    case WalkFault.Nested:
      return fault('npf', `NPF: gPA ${hex(w.faultGpa)} is not backed`);
    case WalkFault.Tag:
      return fault(
        'tag_violation',
        `tag violation: frame ${hex(w.faultFrame)} belongs to ${c.owner(w.foundOwner).name}, not to ${vm.name}`,
      );
    default: {
      const owner = c.owner(c.executor.tags.ownerOf(w.resultFrame));
      return {
        kind: 'ok',
        hpa: c.hpa(w.resultFrame),
        frame: w.resultFrame,
        pageSize: SIZES[(w.shift - 12) / 9],
        owner,
        text: `frame ${hex(w.resultFrame)} of ${owner.name}`,
      };
    }
  }
}

/** What a vCPU's TLB holds for an address of a process, first found. */
function tlbFor(c: InspectContext, vm: Vm, process: Process, gva: bigint): t.TlbEntryView | null {
  const page = Number((gva >> 12n) & 0x1fff_ffff_ffffn);
  const pcid = vm.config.scheme === 'tpt' ? process.pcid | TPT_PCID : process.pcid;
  return (
    tlbEntries(c, vm).find((e) => {
      const first = Number((BigInt(e.gva) >> 12n) & 0x1fff_ffff_ffffn);
      const span = e.pageSize === '4K' ? 1 : e.pageSize === '2M' ? 512 : 262144;
      return page >= first && page < first + span && (e.global || e.pcid === pcid) && e.asid === vm.asid;
    }) ?? null
  );
}

/** All TLB entries of a VM's vCPUs, with whether the tables still say the same. */
export function tlbEntries(c: InspectContext, vm: Vm): t.TlbEntryView[] {
  const w = new Walk();
  return vm.vcpus.flatMap((cpu) =>
    cpu.tlb.entries().map((e): t.TlbEntryView => {
      const why = staleness(c, vm, e, w);
      return {
        vcpu: cpu.id,
        structure: e.structure,
        gva: c.gva(pageOfEntry(c, e)),
        hpa: c.hpa(e.frame),
        pageSize: SIZES[(e.shift - 12) / 9],
        asid: e.asid,
        pcid: e.pcid,
        global: e.global,
        dirty: e.dirty,
        perm: permissions(e.write, !e.noExecute, e.user),
        stale: why !== '',
        why,
      };
    }),
  );
}

/** Virtual page of a TLB entry, as many bits as the tables translate. */
export const pageOfEntry = (c: InspectContext, e: TlbEntry): number =>
  (e.vpnHi * 0x1_0000_0000 + e.vpnLo) % 2 ** (c.executor.levels === 5 ? 45 : 36);

/**
 * Why a TLB entry is no longer what the tables say; '' if it is.
 * @param w is used to walk
 */
export function staleness(c: InspectContext, vm: Vm, e: TlbEntry, w: Walk): string {
  const process = [...(c.executor.kernels[vm.index]?.processes.values() ?? [])].find(
    (p) => p.pcid === (e.pcid & ~TPT_PCID),
  );
  if (!process) return '';
  const page = pageOfEntry(c, e);
  const tpt = (e.pcid & TPT_PCID) !== 0;
  const kind = tpt ? 'tpt' : vm.config.scheme === 'shadow' ? 'shadow' : 'native';
  const root = rootOf(c.executor.memory, vm, process, kind);
  if (root < 0) return 'the table it came from is gone';
  const sign = page >= 2 ** (c.executor.levels === 5 ? 44 : 35);
  const hi = Math.floor(page / 0x100000) | (sign ? (c.executor.levels === 5 ? 0xfe000000 : 0xffff0000) : 0) | 0;
  walk(
    {
      memory: c.executor.memory,
      tags: c.executor.tags,
      mode: { ...vm.vcpus[0].mode, pke: false, smap: false },
      root,
      nestedRoot: kind !== 'native' ? -1 : vm.nestedRoot,
      nestedLevels: vm.config.nestedLevels,
      asid: vm.asid,
      tagged: false,
    },
    hi,
    ((page % 0x100000) << 12) | 0,
    Access.Read,
    !sign,
    w,
  );
  const owner = c.executor.tags.ownerOf(e.frame);
  if (owner !== vm.asid && owner !== 0) return `its frame belongs to ${c.owner(owner).name} now`;
  if (w.fault !== WalkFault.None) return 'the tables no longer map the address';
  if (w.resultFrame !== e.frame) return `the tables now lead to frame ${hex(w.resultFrame)}`;
  if (e.write && !w.write) return 'the tables no longer allow writes';
  return '';
}
