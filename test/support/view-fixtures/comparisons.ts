/**
 * Make-believe comparisons, typed by the contract: figures of the size that real ones have, and none of them measured.
 * `gups` is one source with a sweep; `sources` are several, as the command line writes them.
 */
import type {
  CacheLevel,
  Comparison,
  CostCause,
  CostReport,
  ExitReason,
  ReferenceCause,
  Scheme,
  WorkKind,
} from '../../../extension/protocol/compare-view';

const ACCESSES = 4_000_000;

interface Shape {
  readonly name: string;
  readonly scheme: Scheme;
  /** References per walk, by label. */
  readonly walk: Readonly<Record<string, number>>;
  /** Cycles per access. */
  readonly cycles: Partial<Record<CostCause, number>>;
  /** Exits per 1,000 accesses. */
  readonly exits: Partial<Record<ExitReason, number>>;
  readonly work?: Partial<Record<WorkKind, number>>;
  /** Misses of 100 look-ups. */
  readonly misses: Readonly<Record<string, number>>;
  readonly problem?: string;
}

const NATIVE: Shape = {
  name: 'native',
  scheme: 'native',
  walk: { L4: 0.004, L3: 0.012, L2: 0.31, L1: 1 },
  cycles: { data: 54.1, kernel: 0.4, tlb: 0.18, structure: 0.93, table: 26.4, faults: 1.1 },
  exits: {},
  work: { 'fault-delivery': 0.26, 'fault-handler': 0.26, 'page-clear': 0.26 },
  misses: { 'L1 TLB': 99.1, 'L2 TLB': 98.4, 'PML4 cache': 0.02, 'PDPT cache': 0.41, 'PD cache': 31.2, 'L1 data': 61.4 },
};

const SHAPES: readonly Shape[] = [
  NATIVE,
  {
    ...NATIVE,
    name: 'nested',
    scheme: 'nested',
    walk: { L4: 0.004, L3: 0.012, L2: 0.34, L1: 1, N4: 0.02, N3: 0.11, N2: 1.04, N1: 2.21 },
    cycles: { ...NATIVE.cycles, structure: 2.9, table: 30.2, nested: 71.8, exits: 0.44, host: 0.31 },
    exits: { 'nested-fault': 0.262 },
    work: { ...NATIVE.work, 'host-back': 0.262 },
    misses: { ...NATIVE.misses, 'nested PD cache': 44.7, 'nested TLB': 71.3 },
  },
  {
    ...NATIVE,
    name: 'shadow',
    scheme: 'shadow',
    cycles: { ...NATIVE.cycles, kernel: 0.7, exits: 1.92, host: 1.41 },
    exits: { 'shadow-fault': 0.531, 'shadow-write': 0.274, 'cr3-load': 0.021, invlpg: 0.262 },
    work: { ...NATIVE.work, 'shadow-fill': 0.54, 'shadow-emulate': 0.27, 'shadow-resync': 3.1 },
  },
  {
    ...NATIVE,
    name: 'direct',
    scheme: 'direct',
    cycles: { ...NATIVE.cycles, exits: 0.51, host: 0.19 },
    exits: { 'update-va-mapping': 0.262, 'mmu-update': 0.031, 'mmuext-op': 0.004 },
    work: { ...NATIVE.work, 'direct-validate': 0.3 },
  },
  {
    ...NATIVE,
    name: 'tpt',
    scheme: 'tpt',
    walk: { ...NATIVE.walk, tag: 2.32 },
    cycles: { ...NATIVE.cycles, kernel: 0.6, tag: 9.7, exits: 0.44, host: 0.31 },
    exits: { 'nested-fault': 0.262, 'init-tpt': 0.00025, 'tag-violation': 0.0125 },
    work: { ...NATIVE.work, 'host-back': 0.262, 'host-violation': 0.0125 },
  },
  {
    ...NATIVE,
    name: 'tpt:off',
    scheme: 'tpt',
    cycles: { ...NATIVE.cycles, kernel: 0.6, exits: 0.44, host: 0.31 },
    exits: { 'nested-fault': 0.262, 'init-tpt': 0.00025 },
    work: { ...NATIVE.work, 'host-back': 0.262 },
  },
];

const CAUSES: readonly CostCause[] = [
  'data',
  'kernel',
  'tlb',
  'structure',
  'table',
  'nested',
  'tag',
  'faults',
  'exits',
  'host',
];

/** @param times by which translation costs more or less than in `gups`. */
function report(shape: Shape, times: number): CostReport {
  const walks = Math.round(ACCESSES * 0.975 * times);
  const byCause = Object.fromEntries(
    CAUSES.map((cause) => {
      const own = shape.cycles[cause] ?? 0;
      return [cause, Math.round(ACCESSES * (cause === 'data' ? own * Math.max(0.2, times) : own * times))];
    }),
  ) as Record<CostCause, number>;
  const none = { L1: 0, L2: 0, LLC: 0, memory: 0 } satisfies Record<CacheLevel, number>;
  return {
    variant: {
      name: shape.name,
      scheme: shape.scheme,
      tags: shape.name.endsWith(':off') ? 'off' : 'asid',
      lookup: 'per-frame',
      tptProfile: 'hardware',
      backing: null,
      page: '4K',
    },
    profile: 'skylake-sp',
    problem: shape.problem ?? null,
    accesses: ACCESSES,
    kernelAccesses: 21_504,
    cycles: Object.values(byCause).reduce((sum, value) => sum + value, 0),
    byCause,
    exits: Object.entries(shape.exits).map(([reason, rate]) => {
      const count = Math.round((ACCESSES * rate) / 1000);
      return { reason: reason as ExitReason, count, cycles: count * 1700 };
    }),
    work: Object.entries(shape.work ?? {}).map(([kind, rate]) => {
      const count = Math.round((ACCESSES * rate) / 1000);
      return { kind: kind as WorkKind, count, cycles: count * 900 };
    }),
    walks,
    references: Object.entries(shape.walk).map(([label, mean]) => ({
      label,
      cause: label === 'tag' ? 'tag' : label.startsWith('N') ? 'nested' : 'table',
      count: Math.round(mean * walks),
    })),
    caches: Object.entries(shape.misses).map(([name, rate]) => ({
      name,
      lookups: walks,
      misses: Math.round((walks * Math.min(100, rate * Math.min(1, times + 0.1))) / 100),
    })),
    answered: { data: none, kernel: none, table: none, nested: none, tag: none } satisfies Record<
      ReferenceCause,
      object
    >,
    counters: {},
    traceHash: '0x5eed',
  };
}

function comparison(source: string, kind: Comparison['kind'], times: number): Comparison {
  return {
    source,
    kind,
    profile: { name: 'skylake-sp', title: 'Intel Skylake-SP (Xeon Gold 6138)', ghz: 2.0 },
    reports: SHAPES.map((shape) => report(shape, times)),
    sweep: null,
    warning: null,
  };
}

export const gups: Comparison = {
  ...comparison('gups.tpt', 'scenario', 1),
  sweep: {
    parameter: 'tlb',
    points: ['256', '512', '1024', '1536', '3072'].map((value, i) => ({
      value,
      reports: SHAPES.map((shape) => report(shape, [1.04, 1.02, 1.01, 1, 0.86][i])),
    })),
  },
};

/** One source whose run under shadow did not end, and whose input was damaged. */
export const damaged: Comparison = {
  ...comparison('redis.lackey.gz', 'trace', 0.3),
  reports: SHAPES.map((shape) =>
    report(
      shape.name === 'shadow' ? { ...shape, problem: 'stopped at line 12: the host has no frame left' } : shape,
      0.3,
    ),
  ),
  warning: 'redis.lackey.gz ends in the middle of line 1,204,117; the accesses before it were used.',
};

/** Hits only: nothing to draw in most charts. */
export const still: Comparison = {
  ...comparison('hits.tpt', 'scenario', 1),
  reports: SHAPES.map((shape) => ({ ...report(shape, 1), walks: 0, references: [], exits: [], caches: [] })),
};

export const sources: readonly Comparison[] = [
  gups,
  comparison('pointer-chase.tpt', 'scenario', 0.91),
  comparison('btree.tpt', 'scenario', 0.42),
  damaged,
  comparison('sqlite3.lackey.gz', 'trace', 0.07),
];
