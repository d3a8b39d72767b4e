import type { Profile, Scheme, TagLookup, TagMode, VmConfig } from '../language/program';
import type { CacheLevel, ExitReason, ReferenceCause, WorkKind } from './causes';

/** Causes of cycles, in the order in which they are shown. */
export const COST_CAUSES = [
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
] as const;
/**
 * - `data`, `kernel`, `table`, `nested`, `tag`: memory references, as REFERENCE_CAUSES
 * - `tlb`: hits in the second-level TLB
 * - `structure`: hits in paging-structure caches and the nested TLB
 * - `faults`: what the guest pays besides references: delivery, handler, system calls, page clears and copies, flushes
 * - `exits`: round trips of VM exits
 * - `host`: what the host does in them
 */
export type CostCause = (typeof COST_CAUSES)[number];

/** How one run was set up: what a column of a comparison stands for. */
export interface Variant {
  /** `tpt`, `tpt:off`, `nested:huge`: the scheme, and what is not as usual. Unique in a comparison. */
  readonly name: string;
  readonly scheme: Scheme;
  readonly tags: TagMode;
  readonly lookup: TagLookup;
  readonly tptProfile: Profile;
  readonly backing: VmConfig['backing'] | null;
  /** Size of pages that areas ask for: `2M` gives huge pages wherever they fit. */
  readonly page: '4K' | '2M';
}

/** References that walks made, by what they read. `label`: `L4` … `L1`, `N4` … `N1` for nested levels, `tag`. */
export interface ReferenceShare {
  readonly label: string;
  readonly cause: 'table' | 'nested' | 'tag';
  readonly count: number;
}

/** One cache of translations or data. */
export interface CacheReport {
  /** `L1 TLB`, `L2 TLB`, `PML4 cache`, `PDPT cache`, `PD cache`, `nested PD cache`, `nested TLB`, `L1 data` … */
  readonly name: string;
  readonly lookups: number;
  readonly misses: number;
}

/** What one run cost since its beginning, or since its last `measure()`. All figures are the machine's own events, and those times the profile's figures. */
export interface CostReport {
  readonly variant: Variant;
  /** Name of the cost profile. */
  readonly profile: string;
  /** Why the run did not come to its end, in words; the figures then are of what was run. */
  readonly problem: string | null;
  /** Accesses of the scenario's tasks (user and `kernel { }` code alike). */
  readonly accesses: number;
  /** Accesses that the guest kernel made for them. */
  readonly kernelAccesses: number;
  readonly cycles: number;
  readonly byCause: Readonly<Record<CostCause, number>>;
  readonly exits: readonly { readonly reason: ExitReason; readonly count: number; readonly cycles: number }[];
  readonly work: readonly { readonly kind: WorkKind; readonly count: number; readonly cycles: number }[];
  readonly walks: number;
  readonly references: readonly ReferenceShare[];
  readonly caches: readonly CacheReport[];
  /** Where references were answered. */
  readonly answered: Readonly<Record<ReferenceCause, Readonly<Record<CacheLevel, number>>>>;
  /** All counters of the VMs together, by name. */
  readonly counters: Readonly<Record<string, number>>;
  readonly traceHash: string;
}

/** Runs of one scenario or trace under several variants; with a sweep, for each value of one parameter. */
export interface Comparison {
  /** File name without its folder. */
  readonly source: string;
  readonly kind: 'scenario' | 'trace';
  readonly profile: { readonly name: string; readonly title: string; readonly ghz: number };
  readonly reports: readonly CostReport[];
  readonly sweep: ComparisonSweep | null;
  /** What was wrong with the input, if some of it could not be used. */
  readonly warning: string | null;
}

export interface ComparisonSweep {
  /** `tlb`, `page`, `backing`, `profile`, `nested-tlb`. */
  readonly parameter: string;
  readonly points: readonly { readonly value: string; readonly reports: readonly CostReport[] }[];
}
