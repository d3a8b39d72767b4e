import { CACHE_LEVELS, Cause, REFERENCE_CAUSES } from '../costs/causes';
import * as at from '../engine/layout';
import { blockOf, HEAP, type Store } from '../engine/store';
import { StepKind, type Walk } from '../paging/walk';
import type { Frame } from '../units';
import type { DataCaches } from './data-caches';
import type { TagTable } from './tags';

const MEMORY = CACHE_LEVELS.length - 1;
const LEVELS = 6;
// Indices into `totals`.
const WALKS = at.TOTAL_WALKS / 8;
const NESTED_WALKS = at.TOTAL_NESTED_WALKS / 8;
const NESTED_TLB_HITS = at.TOTAL_NESTED_TLB_HITS / 8;
const TAG_LOOKUPS = at.TOTAL_TAG_LOOKUPS / 8;

/**
 * Counts what one vCPU's accesses and walks cost: each memory reference, by who made it and by the cache that answered
 * it, and the hits of the walk caches. Only counts; cycles are worked out from them (costs/build-report.ts).
 */
export class Meter {
  /** By cause and cache level: answered[cause * 4 + level]. */
  readonly answered: Float64Array;
  /** References to tables by level, and to nested tables. */
  readonly tableLevels: Float64Array;
  readonly nestedLevels: Float64Array;
  /** Hits of the paging-structure caches by level. */
  readonly structureHits: Float64Array;
  readonly nestedStructureHits: Float64Array;
  private readonly totals: Float64Array;
  readonly block: Int32Array;

  /** @param caches null: every reference goes to memory. */
  constructor(
    private readonly caches: DataCaches | null,
    private readonly tags: TagTable,
    store: Store = HEAP,
  ) {
    this.answered = store.float64(REFERENCE_CAUSES.length * CACHE_LEVELS.length);
    this.tableLevels = store.float64(LEVELS);
    this.nestedLevels = store.float64(LEVELS);
    this.structureHits = store.float64(LEVELS);
    this.nestedStructureHits = store.float64(LEVELS);
    this.totals = store.float64(at.TOTALS);
    this.block = blockOf(store, at.METER_BYTES, [
      [at.METER_ANSWERED, this.answered],
      [at.METER_TABLE_LEVELS, this.tableLevels],
      [at.METER_NESTED_LEVELS, this.nestedLevels],
      [at.METER_STRUCTURE_HITS, this.structureHits],
      [at.METER_NESTED_STRUCTURE_HITS, this.nestedStructureHits],
      [at.METER_TOTALS, this.totals],
      [at.METER_L1, caches?.l1.block ?? 0],
      [at.METER_L2, caches?.l2.block ?? 0],
      [at.METER_LLC, caches?.llc.block ?? 0],
    ]);
  }

  /** Walks of the CPU's table. */
  get walks(): number {
    return this.totals[WALKS];
  }

  /** Translations of guest frames by the nested table, or what was cached of it. */
  get nestedWalks(): number {
    return this.totals[NESTED_WALKS];
  }

  get nestedTlbHits(): number {
    return this.totals[NESTED_TLB_HITS];
  }

  get tagLookups(): number {
    return this.totals[TAG_LOOKUPS];
  }

  /** One reference of a task or the kernel; `lo` is the low half of its address. */
  data(cause: Cause, frame: Frame, lo: number): void {
    this.reference(cause, frame, (lo >>> 6) & 63);
  }

  /** The data caches; null if there are none. */
  get firstLevel(): DataCaches | null {
    return this.caches;
  }

  /** References that the first level answered. */
  answeredAtOnce(cause: Cause, times: number): void {
    this.answered[cause * 4] += times;
  }

  /** The references of a walk, in their order. */
  walk(w: Walk): void {
    this.totals[WALKS]++;
    let inside = false;
    for (let i = 0; i < w.steps; i++) {
      const kind = w.kind[i];
      const level = w.level[i];
      const begins = !inside;
      inside = kind === StepKind.Nested || kind === StepKind.NestedStructureHit;
      let frame = w.frame[i];
      let line = w.index[i] >>> 3;
      let cause = Cause.Table;
      switch (kind) {
        case StepKind.Entry:
          this.tableLevels[level]++;
          break;
        case StepKind.Nested:
          this.nestedLevels[level]++;
          if (begins) this.totals[NESTED_WALKS]++;
          cause = Cause.Nested;
          break;
        case StepKind.StructureHit:
          this.structureHits[level]++;
          continue;
        case StepKind.NestedStructureHit:
          this.totals[NESTED_WALKS]++;
          this.nestedStructureHits[level]++;
          continue;
        case StepKind.NestedTlbHit:
          this.totals[NESTED_WALKS]++;
          this.totals[NESTED_TLB_HITS]++;
          continue;
        default:
          this.totals[TAG_LOOKUPS]++;
          // Four entries of 16 bytes to a line.
          line = (frame >>> 2) & 63;
          frame = this.tags.entryFrame(frame);
          cause = Cause.Tag;
      }
      this.reference(cause, frame, line);
    }
  }

  /**
   * Where the references of a walk from tables alone would be answered if it were made now; changes nothing.
   * @returns for each step an index into CACHE_LEVELS.
   */
  rehearse(w: Walk): number[] {
    const references = Array.from(w.kind.subarray(0, w.steps), (kind, i) => {
      const frame = w.frame[i];
      return kind === StepKind.TableTag || kind === StepKind.FinalTag
        ? { frame: this.tags.entryFrame(frame), line: (frame >>> 2) & 63 }
        : { frame, line: w.index[i] >>> 3 };
    });
    return this.caches?.rehearse(references) ?? references.map(() => MEMORY);
  }

  /** Counts of references and the data caches, for state hashes. */
  forEachWord(visit: (word: number) => void): void {
    this.caches?.forEachWord(visit);
    for (const count of this.answered) visit(count);
  }

  clear(): void {
    for (const counts of [
      this.answered,
      this.tableLevels,
      this.nestedLevels,
      this.structureHits,
      this.nestedStructureHits,
      this.totals,
    ])
      counts.fill(0);
  }

  private reference(cause: Cause, frame: Frame, line: number): void {
    const level = this.caches === null ? MEMORY : this.caches.reference(frame, line);
    this.answered[cause * 4 + level]++;
  }
}
