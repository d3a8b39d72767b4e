import type { TlbArray } from '../language/program';
import type { WorkKind } from './causes';

/** A figure of a cost profile with where it comes from. `assumed`: no public source was found; `source` then says why this value. */
export interface Figure {
  readonly value: number;
  readonly source: string;
  readonly assumed?: boolean;
}

/** One level of the data-cache hierarchy. Lines are 64 bytes. */
export interface CacheConfig {
  /** Bytes; sets = bytes / 64 / ways is a power of two. */
  readonly bytes: number;
  readonly ways: number;
  /** Cycles of a reference that is answered here. */
  readonly latency: number;
}

/** Entries of the paging-structure caches, fully associative, by the level of the entry they hold: 0 = none. */
export interface StructureCacheConfig {
  readonly l5: number;
  readonly l4: number;
  readonly l3: number;
  readonly l2: number;
}

/**
 * What a processor's translation hardware and the software around it cost: read from a profile file by `readProfile`,
 * which keeps the source of every figure in `figures`.
 */
export interface CostProfile {
  /** Short name, as written in a scenario: `skylake-sp`. */
  readonly name: string;
  /** In words: `Intel Skylake-SP (Xeon Gold 6138)`. */
  readonly title: string;
  /** Cycles per nanosecond, to compare with times. */
  readonly ghz: number;
  readonly tlb: readonly TlbArray[];
  readonly structureCaches: {
    /** Of the table that the CPU's root names (with a nested table: combined entries, SDM vol. 3 §29.4.1). */
    readonly guest: StructureCacheConfig;
    readonly nested: StructureCacheConfig;
    /** Cycles of a hit. */
    readonly hit: number;
  };
  /** gPA→hPA translations, fully associative; 0 entries = none. */
  readonly nestedTlb: { readonly entries: number; readonly hit: number };
  readonly caches: {
    readonly l1: CacheConfig;
    readonly l2: CacheConfig;
    readonly llc: CacheConfig;
    /** Cycles of a reference to memory. */
    readonly memory: number;
  };
  readonly cycles: {
    /** Added by a hit in the second-level TLB. */
    readonly tlbL2Hit: number;
    /** Round trip of a VM exit, without what the host does. */
    readonly exit: number;
    readonly work: Readonly<Record<WorkKind, number>>;
  };
  /** Every figure of the file by its path (`caches.l1.latency`), for documents and tooltips. */
  readonly figures: Readonly<Record<string, Figure>>;
}
