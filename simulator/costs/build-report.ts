import type { Vm } from '../host/vm';
import type { Meter } from '../machine/meter';
import type { Tlb } from '../machine/tlb';
import {
  CACHE_LEVELS,
  EXIT_REASONS,
  REFERENCE_CAUSES,
  WORK_KINDS,
  type CacheLevel,
  type ReferenceCause,
  type WorkKind,
} from './causes';
import type { CostProfile } from './profile';
import { COUNTERS } from '../language/builtins';
import type { CacheReport, CostCause, CostReport, ReferenceShare, Variant } from './report';

/** Work that the guest does; the host does the rest. */
const GUEST_WORK: ReadonlySet<string> = new Set<WorkKind>([
  'fault-delivery',
  'fault-handler',
  'system-call',
  'page-clear',
  'page-copy',
  'tlb-flush',
]);

/** Structure caches by the level of the entries that they hold, in the field's words. */
const STRUCTURE_NAMES = ['', '', 'PD', 'PDPT', 'PML4', 'PML5'] as const;

/** What the report is made from. */
export interface Metered {
  readonly variant: Variant;
  readonly profile: CostProfile;
  readonly vms: readonly Vm[];
  readonly traceHash: string;
}

/** Works out what a run has cost so far: the machine's counts, and those times the profile's figures. */
export function buildReport({ variant, profile, vms, traceHash }: Metered): CostReport {
  const cpus = vms.flatMap((vm) => vm.vcpus);
  const meters = cpus.map((cpu) => cpu.meter).filter((meter) => meter !== null);
  const sum = (of: (meter: Meter) => number): number => meters.reduce((total, meter) => total + of(meter), 0);
  const counter = (name: (typeof COUNTERS)[number]): number =>
    vms.reduce((n, vm) => n + vm.counters.get(name) - vm.measuredFrom[COUNTERS.indexOf(name)], 0);

  const latencies = latenciesOf(profile);
  const answered = {} as Record<ReferenceCause, Record<CacheLevel, number>>;
  const byCause = {} as Record<CostCause, number>;
  REFERENCE_CAUSES.forEach((cause, c) => {
    const counts = CACHE_LEVELS.map((_, l) => sum((meter) => meter.answered[c * CACHE_LEVELS.length + l]));
    answered[cause] = Object.fromEntries(CACHE_LEVELS.map((level, l) => [level, counts[l]])) as Record<
      CacheLevel,
      number
    >;
    byCause[cause] = counts.reduce((total, count, l) => total + count * latencies[l], 0);
  });
  byCause.tlb = counter('tlb_l2_hits') * profile.cycles.tlbL2Hit;
  byCause.structure =
    sum((m) => total(m.structureHits) + total(m.nestedStructureHits)) * profile.structureCaches.hit +
    sum((m) => m.nestedTlbHits) * profile.nestedTlb.hit;

  const exits = EXIT_REASONS.map((reason, i) => {
    const count = vms.reduce((n, vm) => n + vm.events.exits[i], 0);
    return { reason, count, cycles: count * profile.cycles.exit };
  }).filter((exit) => exit.count > 0);
  const work = WORK_KINDS.map((kind, i) => {
    const count = vms.reduce((n, vm) => n + vm.events.work[i], 0);
    return { kind, count, cycles: count * profile.cycles.work[kind] };
  }).filter((item) => item.count > 0);
  byCause.exits = exits.reduce((n, exit) => n + exit.cycles, 0);
  byCause.faults = work.reduce((n, item) => n + (GUEST_WORK.has(item.kind) ? item.cycles : 0), 0);
  byCause.host = work.reduce((n, item) => n + (GUEST_WORK.has(item.kind) ? 0 : item.cycles), 0);

  return {
    variant,
    profile: profile.name,
    problem: null,
    accesses: total(Object.values(answered.data)),
    kernelAccesses: total(Object.values(answered.kernel)),
    cycles: total(Object.values(byCause)),
    byCause,
    exits,
    work,
    walks: sum((m) => m.walks),
    references: references(sum),
    caches: cacheReports(
      cpus.map((cpu) => cpu.tlb),
      sum,
      counter,
      answered,
    ),
    answered,
    counters: Object.fromEntries(COUNTERS.map((name) => [name, counter(name)])),
    traceHash,
  };
}

type Sum = (of: (meter: Meter) => number) => number;

const total = (values: Iterable<number>): number => {
  let n = 0;
  for (const value of values) n += value;
  return n;
};

/** Cycles of a reference by where it is answered, as CACHE_LEVELS. */
export const latenciesOf = ({ caches }: CostProfile): readonly number[] => [
  caches.l1.latency,
  caches.l2.latency,
  caches.llc.latency,
  caches.memory,
];

function references(sum: Sum): ReferenceShare[] {
  const shares: ReferenceShare[] = [];
  for (let level = 5; level >= 1; level--)
    shares.push({ label: `L${level}`, cause: 'table', count: sum((m) => m.tableLevels[level]) });
  for (let level = 5; level >= 1; level--)
    shares.push({ label: `N${level}`, cause: 'nested', count: sum((m) => m.nestedLevels[level]) });
  shares.push({ label: 'tag', cause: 'tag', count: sum((m) => m.tagLookups) });
  return shares.filter((share) => share.count > 0);
}

function cacheReports(
  tlbs: readonly Tlb[],
  sum: Sum,
  counter: (name: 'accesses' | 'tlb_l1_hits' | 'tlb_l2_hits') => number,
  answered: CostReport['answered'],
): CacheReport[] {
  const reports: CacheReport[] = [];
  const add = (name: string, lookups: number, misses: number): void => {
    if (lookups > 0) reports.push({ name, lookups, misses });
  };
  const accesses = counter('accesses');
  const beyondL1 = accesses - counter('tlb_l1_hits');
  add('L1 TLB', accesses, beyondL1);
  if (tlbs.some((tlb) => tlb.hasSecondLevel)) add('L2 TLB', beyondL1, beyondL1 - counter('tlb_l2_hits'));
  const structures = (
    name: (level: number) => string,
    has: (level: number) => boolean,
    walks: number,
    hits: (level: number) => number,
  ): void => {
    let left = walks;
    for (let level = 2; level <= 5; level++) {
      if (!has(level)) continue;
      add(name(level), left, left - hits(level));
      left -= hits(level);
    }
  };
  structures(
    (level) => `${STRUCTURE_NAMES[level]} cache`,
    (level) => tlbs.some((tlb) => tlb.walkCaches?.guest[level]),
    sum((m) => m.walks),
    (level) => sum((m) => m.structureHits[level]),
  );
  if (tlbs.some((tlb) => tlb.walkCaches?.nestedTlb))
    add(
      'nested TLB',
      sum((m) => m.nestedWalks),
      sum((m) => m.nestedWalks - m.nestedTlbHits),
    );
  structures(
    (level) => `nested ${STRUCTURE_NAMES[level]} cache`,
    (level) => tlbs.some((tlb) => tlb.walkCaches?.nested[level]),
    sum((m) => m.nestedWalks - m.nestedTlbHits),
    (level) => sum((m) => m.nestedStructureHits[level]),
  );
  for (const cause of REFERENCE_CAUSES) {
    const all = total(Object.values(answered[cause]));
    const { L1, L2 } = answered[cause];
    add(`${CACHE_WORDS[cause]} in L1`, all, all - L1);
    add(`${CACHE_WORDS[cause]} in L2`, all - L1, all - L1 - L2);
    add(`${CACHE_WORDS[cause]} in LLC`, all - L1 - L2, answered[cause].memory);
  }
  return reports;
}

const CACHE_WORDS: Readonly<Record<ReferenceCause, string>> = {
  data: 'data',
  kernel: 'kernel data',
  table: 'tables',
  nested: 'nested tables',
  tag: 'tags',
};
