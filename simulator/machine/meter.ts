import { CACHE_LEVELS, Cause, REFERENCE_CAUSES } from '../costs/causes';
import { StepKind, type Walk } from '../paging/walk';
import type { Frame } from '../units';
import type { DataCaches } from './data-caches';
import type { TagTable } from './tags';

const MEMORY = CACHE_LEVELS.length - 1;
const LEVELS = 6;

/**
 * Counts what one vCPU's accesses and walks cost: each memory reference, by who made it and by the cache that answered
 * it, and the hits of the walk caches. Only counts; cycles are worked out from them (costs/build-report.ts).
 */
export class Meter {
  /** By cause and cache level: answered[cause * 4 + level]. */
  readonly answered = new Float64Array(REFERENCE_CAUSES.length * CACHE_LEVELS.length);
  /** References to tables by level, and to nested tables. */
  readonly tableLevels = new Float64Array(LEVELS);
  readonly nestedLevels = new Float64Array(LEVELS);
  /** Walks of the CPU's table, and of the nested one. */
  walks = 0;
  nestedWalks = 0;
  /** Hits of the paging-structure caches by level, and of the nested TLB. */
  readonly structureHits = new Float64Array(LEVELS);
  readonly nestedStructureHits = new Float64Array(LEVELS);
  nestedTlbHits = 0;
  tagLookups = 0;

  /** @param caches null: every reference goes to memory. */
  constructor(
    private readonly caches: DataCaches | null,
    private readonly tags: TagTable,
  ) {}

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
    this.walks++;
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
          if (begins) this.nestedWalks++;
          cause = Cause.Nested;
          break;
        case StepKind.StructureHit:
          this.structureHits[level]++;
          continue;
        case StepKind.NestedStructureHit:
          this.nestedWalks++;
          this.nestedStructureHits[level]++;
          continue;
        case StepKind.NestedTlbHit:
          this.nestedWalks++;
          this.nestedTlbHits++;
          continue;
        default:
          this.tagLookups++;
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
    ])
      counts.fill(0);
    this.walks = 0;
    this.nestedWalks = 0;
    this.nestedTlbHits = 0;
    this.tagLookups = 0;
  }

  private reference(cause: Cause, frame: Frame, line: number): void {
    const level = this.caches === null ? MEMORY : this.caches.reference(frame, line);
    this.answered[cause * 4 + level]++;
  }
}
