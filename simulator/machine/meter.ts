import { CACHE_LEVELS, Cause, REFERENCE_CAUSES } from '../costs/causes';
import * as at from '../engine/layout';
import { blockOf, HEAP, type Store } from '../engine/store';
import { StepKind, type Walk } from '../paging/walk';
import type { Frame } from '../units';
import type { DataCaches } from './data-caches';
import type { TagTable } from './tags';

const MEMORY = CACHE_LEVELS.length - 1;
const LEVELS = 6;
// Indices into `counts`.
const WALKS = at.METER_WALKS / 8;
const NESTED_WALKS = at.METER_NESTED_WALKS / 8;
const NESTED_TLB_HITS = at.METER_NESTED_TLB_HITS / 8;
const TAG_LOOKUPS = at.METER_TAG_LOOKUPS / 8;

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
  /** All counts, as the engine knows them. */
  private readonly counts: Float64Array;
  readonly block: Int32Array;

  /** @param caches null: every reference goes to memory. */
  constructor(
    private readonly caches: DataCaches | null,
    private readonly tags: TagTable,
    store: Store = HEAP,
  ) {
    this.block = blockOf(store, at.METER_BYTES, [
      [at.METER_L1, caches?.l1.block ?? 0],
      [at.METER_L2, caches?.l2.block ?? 0],
      [at.METER_LLC, caches?.llc.block ?? 0],
    ]);
    this.counts = new Float64Array(this.block.buffer, this.block.byteOffset, at.METER_COUNTS_BYTES / 8);
    const part = (offset: number, length: number): Float64Array =>
      this.counts.subarray(offset / 8, offset / 8 + length);
    this.answered = part(at.METER_ANSWERED, REFERENCE_CAUSES.length * CACHE_LEVELS.length);
    this.tableLevels = part(at.METER_TABLE_LEVELS, LEVELS);
    this.nestedLevels = part(at.METER_NESTED_LEVELS, LEVELS);
    this.structureHits = part(at.METER_STRUCTURE_HITS, LEVELS);
    this.nestedStructureHits = part(at.METER_NESTED_STRUCTURE_HITS, LEVELS);
  }

  /** Walks of the CPU's table. */
  get walks(): number {
    return this.counts[WALKS];
  }

  /** Translations of guest frames by the nested table, or what was cached of it. */
  get nestedWalks(): number {
    return this.counts[NESTED_WALKS];
  }

  get nestedTlbHits(): number {
    return this.counts[NESTED_TLB_HITS];
  }

  get tagLookups(): number {
    return this.counts[TAG_LOOKUPS];
  }

  /** One reference of a task or the kernel; `lo` is the low half of its address. */
  data(cause: Cause, frame: Frame, lo: number): void {
    this.reference(cause, frame, (lo >>> 6) & 63);
  }

  /** The references of a walk, in their order. */
  walk(w: Walk): void {
    this.counts[WALKS]++;
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
          if (begins) this.counts[NESTED_WALKS]++;
          cause = Cause.Nested;
          break;
        case StepKind.StructureHit:
          this.structureHits[level]++;
          continue;
        case StepKind.NestedStructureHit:
          this.counts[NESTED_WALKS]++;
          this.nestedStructureHits[level]++;
          continue;
        case StepKind.NestedTlbHit:
          this.counts[NESTED_WALKS]++;
          this.counts[NESTED_TLB_HITS]++;
          continue;
        default:
          this.counts[TAG_LOOKUPS]++;
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
    this.counts.fill(0);
  }

  private reference(cause: Cause, frame: Frame, line: number): void {
    const level = this.caches === null ? MEMORY : this.caches.reference(frame, line);
    this.answered[cause * 4 + level]++;
  }
}
