import { CACHE_LEVELS } from '../costs/causes';
import type { CacheConfig, CostProfile } from '../costs/profile';
import * as at from '../engine/layout';
import { blockOf, HEAP, type Store } from '../engine/store';
import type { Frame } from '../units';

const LINES_PER_FRAME = 64;
const MEMORY = CACHE_LEVELS.length - 1;
/** Most ways that the engine handles at once. */
const MOST_AT_ONCE = 16;

/** One set-associative cache of 64-byte lines. Each set is kept in the order of last use: the first way is the most recent. */
class Cache {
  /** What is left of the line's frame once the set is known, plus one; 0 = empty. */
  readonly tags: Uint16Array | Int32Array;
  readonly ways: number;
  /** Ways from one set to the next. Those that are added to fit the engine stay empty. */
  readonly stride: number;
  /** Sets - 1: a power of two of at least 64 sets. */
  readonly mask: number;
  /** Low bits of a frame that tell the set, together with the line of the frame. */
  readonly knownBits: number;
  readonly block: Int32Array;

  /** @param frames whose lines it may be asked for, from 0 on */
  constructor(config: CacheConfig, frames: number, store: Store) {
    this.ways = config.ways;
    const sets = Math.max(LINES_PER_FRAME, config.bytes / 64 / config.ways);
    this.mask = sets - 1;
    this.knownBits = Math.log2(sets / LINES_PER_FRAME);
    // Half as long where that will do: such a cache fits better into those of the machine that we run on.
    const short = this.ways <= MOST_AT_ONCE && (frames - 1) / 2 ** this.knownBits < 0xffff;
    const [shape, stride] = shapeOf(this.ways, short);
    this.stride = stride;
    this.tags = short ? store.uint16(sets * stride) : store.int32(sets * stride);
    this.block = blockOf(store, at.LINES_BYTES, [
      [at.LINES_TAGS, this.tags],
      [at.LINES_MASK, this.mask],
      [at.LINES_STRIDE, stride * this.tags.BYTES_PER_ELEMENT],
      [at.LINES_LAST, 1 << (this.ways - 1)],
      [at.LINES_KNOWN_BITS, this.knownBits],
      [at.LINES_SHAPE, shape],
    ]);
  }

  /** Looks a line up and makes it the most recent of its set, in place of the least recent if it was not there. @returns true on a hit. */
  touch(frame: Frame, line: number): boolean {
    const { tags } = this;
    const tag = (frame >>> this.knownBits) + 1;
    const first = (((frame << 6) | line) & this.mask) * this.stride;
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
  keep(frame: Frame, line: number): () => void {
    const first = (((frame << 6) | line) & this.mask) * this.stride;
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
    private readonly frames: number,
    store: Store = HEAP,
  ) {
    // Runs of hits look at it directly, and know one form only.
    this.l1 = new Cache(profile.caches.l1, Infinity, store);
    this.l2 = new Cache(profile.caches.l2, frames, store);
  }

  /** The last level, to be shared by the vCPUs of a machine. */
  static shared(profile: CostProfile, frames: number, store: Store = HEAP): Cache {
    return new Cache(profile.caches.llc, frames, store);
  }

  /**
   * One reference.
   * @param line line of the frame, 0 to 63
   * @returns where it was answered: index into CACHE_LEVELS.
   */
  reference(frame: Frame, line: number): number {
    // Where no memory is, there is nothing to keep.
    if (frame >= this.frames) return MEMORY;
    if (this.l1.touch(frame, line)) return 0;
    if (this.l2.touch(frame, line)) return 1;
    return this.llc.touch(frame, line) ? 2 : MEMORY;
  }

  /**
   * Where references, one after the other, would be answered if they were made now. Nothing is changed by it.
   * @returns for each an index into CACHE_LEVELS.
   */
  rehearse(references: readonly { readonly frame: Frame; readonly line: number }[]): number[] {
    const restores: (() => void)[] = [];
    const levels = references.map(({ frame, line }) => {
      for (const cache of [this.l1, this.l2, this.llc]) restores.push(cache.keep(frame, line));
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

/** How a set lies, and the ways that there is room for. */
function shapeOf(ways: number, short: boolean): readonly [shape: number, stride: number] {
  if (short) {
    if (ways <= 8) return [at.SHAPE_8_SHORT, 8];
    return ways <= 12 ? [at.SHAPE_12_SHORT, 12] : [at.SHAPE_16_SHORT, 16];
  }
  if (ways <= 8) return [at.SHAPE_8_LONG, 8];
  return ways <= MOST_AT_ONCE ? [at.SHAPE_16_LONG, 16] : [at.SHAPE_ANY_LONG, ways];
}
