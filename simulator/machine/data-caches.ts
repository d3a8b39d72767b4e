import type { CacheConfig, CostProfile } from '../costs/profile';
import * as at from '../engine/layout';
import { blockOf, HEAP, type Store } from '../engine/store';
import type { Frame } from '../units';

const LINES_PER_FRAME = 64;

/** One set-associative cache of 64-byte lines. Each set is kept in the order of last use: the first way is the most recent. */
class Cache {
  /** Frame of the line, plus one; 0 = empty. The set says which line of the frame, so that the frame is tag enough. */
  readonly tags: Int32Array;
  readonly ways: number;
  /** Ways from one set to the next: the engine goes by fours. Those that are added stay empty. */
  readonly stride: number;
  /** Sets - 1: a power of two of at least 64 sets. */
  readonly mask: number;
  readonly block: Int32Array;

  constructor(config: CacheConfig, store: Store) {
    this.ways = config.ways;
    const sets = Math.max(LINES_PER_FRAME, config.bytes / 64 / config.ways);
    this.mask = sets - 1;
    this.stride = Math.max(8, Math.ceil(config.ways / 4) * 4);
    this.tags = store.int32(sets * this.stride);
    this.block = blockOf(store, at.LINES_BYTES, [
      [at.LINES_TAGS, this.tags],
      [at.LINES_MASK, this.mask],
      [at.LINES_STRIDE, this.stride * 4],
      [at.LINES_LAST, this.ways - 1],
    ]);
  }

  /** Looks a line up and makes it the most recent of its set, in place of the least recent if it was not there. @returns true on a hit. */
  touch(line: number, tag: number): boolean {
    const { tags } = this;
    const first = (line & this.mask) * this.stride;
    let moved = tags[first];
    if (moved === tag) return true;
    const end = first + this.ways;
    tags[first] = tag;
    for (let i = first + 1; i < end; i++) {
      const here = tags[i];
      tags[i] = moved;
      if (here === tag) return true;
      moved = here;
    }
    return false;
  }

  /** Keeps the set of a line. @returns what puts it back as it was. */
  keep(line: number): () => void {
    const first = (line & this.mask) * this.stride;
    const before = this.tags.slice(first, first + this.ways);
    return () => this.tags.set(before, first);
  }
}

/**
 * The data caches as a vCPU sees them: first and second level of its own, the last level shared by all. A line that is
 * not there is filled into every level; nothing is prefetched and nothing written back, since only latency is asked for.
 */
export class DataCaches {
  readonly l1: Cache;
  readonly l2: Cache;

  constructor(
    profile: CostProfile,
    readonly llc: Cache,
    store: Store = HEAP,
  ) {
    this.l1 = new Cache(profile.caches.l1, store);
    this.l2 = new Cache(profile.caches.l2, store);
  }

  /** The last level, to be shared by the vCPUs of a machine. */
  static shared(profile: CostProfile, store: Store = HEAP): Cache {
    return new Cache(profile.caches.llc, store);
  }

  /**
   * One reference.
   * @param line line of the frame, 0 to 63
   * @returns where it was answered: index into CACHE_LEVELS.
   */
  reference(frame: Frame, line: number): number {
    const tag = (frame + 1) | 0;
    const number = (frame << 6) | line;
    if (this.l1.touch(number, tag)) return 0;
    if (this.l2.touch(number, tag)) return 1;
    return this.llc.touch(number, tag) ? 2 : 3;
  }
  /**
   * Where references, one after the other, would be answered if they were made now. Nothing is changed by it.
   * @returns for each an index into CACHE_LEVELS.
   */
  rehearse(references: readonly { readonly frame: Frame; readonly line: number }[]): number[] {
    const restores: (() => void)[] = [];
    const levels = references.map(({ frame, line }) => {
      for (const cache of [this.l1, this.l2, this.llc]) restores.push(cache.keep((frame << 6) | line));
      return this.reference(frame, line);
    });
    // A set may have been kept more than once: the first time counts.
    for (const restore of restores.reverse()) restore();
    return levels;
  }

  /** All that decides what comes next: lines and their order, for state hashes. */
  forEachWord(visit: (word: number) => void): void {
    for (const { tags } of [this.l1, this.l2, this.llc])
      tags.forEach((tag) => {
        visit(tag);
      });
  }
}
