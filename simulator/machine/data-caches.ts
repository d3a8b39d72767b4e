import type { CacheConfig, CostProfile } from '../costs/profile';
import type { Frame } from '../units';

const LINES_PER_FRAME = 64;

/** One set-associative cache of 64-byte lines. Each set is kept in the order of last use: the first way is the most recent. */
class Cache {
  /** Frame of the line, plus one; 0 = empty. The set says which line of the frame, so that the frame is tag enough. */
  readonly tags: Int32Array;
  readonly ways: number;
  /** Sets - 1: a power of two of at least 64 sets. */
  readonly mask: number;

  constructor(config: CacheConfig) {
    this.ways = config.ways;
    const sets = Math.max(LINES_PER_FRAME, config.bytes / 64 / config.ways);
    this.mask = sets - 1;
    this.tags = new Int32Array(sets * config.ways);
  }

  isMostRecent(line: number, tag: number): boolean {
    return this.tags[(line & this.mask) * this.ways] === tag;
  }

  /** Looks a line up and makes it the most recent of its set, in place of the least recent if it was not there. @returns true on a hit. */
  touch(line: number, tag: number): boolean {
    const { tags } = this;
    const first = (line & this.mask) * this.ways;
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
}

/**
 * The data caches as a vCPU sees them: first and second level of its own, the last level shared by all. A line that is
 * not there is filled into every level; nothing is prefetched and nothing written back, since only latency is asked for.
 */
export class DataCaches {
  private readonly l1: Cache;
  private readonly l2: Cache;

  constructor(
    profile: CostProfile,
    private readonly llc: Cache,
  ) {
    this.l1 = new Cache(profile.caches.l1);
    this.l2 = new Cache(profile.caches.l2);
  }

  /** The last level, to be shared by the vCPUs of a machine. */
  static shared(profile: CostProfile): Cache {
    return new Cache(profile.caches.llc);
  }

  /** True if a line is the most recent of its set in the first level: a reference to it is answered there and moves nothing. */
  holdsFirst(frame: Frame, line: number): boolean {
    return this.l1.isMostRecent((frame << 6) | line, (frame + 1) | 0);
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
}
