import { blockOf, type Content, HEAP, type Store } from '../engine/store';
import * as at from '../engine/layout';

const NEWEST = at.ENDS_NEWEST / 4;
const OLDEST = at.ENDS_OLDEST / 4;
const USED = at.ENDS_USED / 4;

/**
 * A small fully associative cache with least-recently-used replacement: hash chains to find a slot, a ring of links for
 * the order of use. Keys are two 32-bit words; what a slot holds is its owner's business.
 */
export class AssociativeCache {
  /** Newest and oldest slot, or -1; how many were ever used. */
  private readonly ends: Int32Array;
  private readonly newer: Int32Array;
  private readonly older: Int32Array;
  private readonly heads: Int32Array;
  private readonly next: Int32Array;
  private readonly mask: number;
  readonly keyLo: Int32Array;
  readonly keyHi: Int32Array;
  private readonly live: Uint8Array;

  /** @param capacity entries */
  constructor(
    readonly capacity: number,
    store: Store = HEAP,
  ) {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(2, capacity * 2)));
    this.mask = buckets - 1;
    this.ends = store.int32(3).fill(-1);
    this.ends[USED] = 0;
    this.heads = store.int32(buckets).fill(-1);
    this.next = store.int32(capacity).fill(-1);
    this.newer = store.int32(capacity).fill(-1);
    this.older = store.int32(capacity).fill(-1);
    this.keyLo = store.int32(capacity);
    this.keyHi = store.int32(capacity);
    this.live = store.bytes(capacity);
  }

  /** What the engine has to know of it, with what its owner keeps in its slots. */
  blockWith(store: Store, contents: readonly Content[]): Int32Array {
    return blockOf(store, at.CACHE_BYTES, [
      [at.CACHE_HEADS, this.heads],
      [at.CACHE_NEXT, this.next],
      [at.CACHE_NEWER, this.newer],
      [at.CACHE_OLDER, this.older],
      [at.CACHE_KEY_LO, this.keyLo],
      [at.CACHE_KEY_HI, this.keyHi],
      [at.CACHE_LIVE, this.live],
      [at.CACHE_ENDS, this.ends],
      [at.CACHE_MASK, this.mask],
      [at.CACHE_CAPACITY, this.capacity],
      ...contents,
    ]);
  }

  /** @returns the slot of a key, or -1. Changes nothing. */
  find(lo: number, hi: number): number {
    let at = this.heads[this.bucket(lo, hi)];
    while (at >= 0 && (this.keyLo[at] !== lo || this.keyHi[at] !== hi)) at = this.next[at]!;
    return at;
  }

  /** Makes a slot the most recently used one. */
  touch(slot: number): void {
    if (slot === this.ends[NEWEST]) return;
    this.unlink(slot);
    this.pushNewest(slot);
  }

  /** Takes a slot for a key that is not there: a free one, or the least recently used. @returns the slot. */
  insert(lo: number, hi: number): number {
    let slot = this.ends[USED];
    if (slot < this.capacity) this.ends[USED]++;
    else {
      slot = this.ends[OLDEST];
      this.unlink(slot);
      if (this.live[slot] !== 0) this.unchain(slot);
    }
    const bucket = this.bucket(lo, hi);
    this.keyLo[slot] = lo;
    this.keyHi[slot] = hi;
    this.live[slot] = 1;
    this.next[slot] = this.heads[bucket]!;
    this.heads[bucket] = slot;
    this.pushNewest(slot);
    return slot;
  }

  /** Drops the entries whose high key word matches. */
  remove(matches: (slot: number) => boolean): void {
    for (let slot = 0; slot < this.ends[USED]; slot++) {
      if (this.live[slot] === 0 || !matches(slot)) continue;
      this.unchain(slot);
      this.live[slot] = 0;
      // An empty slot is the next one taken.
      this.unlink(slot);
      this.pushOldest(slot);
    }
  }

  /** Calls back for each slot in use, newest first. */
  forEach(visit: (slot: number) => void): void {
    for (let slot = this.ends[NEWEST]; slot >= 0; slot = this.older[slot]!) if (this.live[slot] !== 0) visit(slot);
  }

  private bucket(lo: number, hi: number): number {
    // Neighbours have chains of their own, and so have pages in steps of a table's reach.
    return (lo ^ (lo >>> 9) ^ (lo >>> 18) ^ (Math.imul(hi, 0x9e3779b1) >>> 16)) & this.mask;
  }

  private unchain(slot: number): void {
    const bucket = this.bucket(this.keyLo[slot], this.keyHi[slot]);
    let at = this.heads[bucket];
    if (at === slot) {
      this.heads[bucket] = this.next[slot]!;
      return;
    }
    while (this.next[at] !== slot) at = this.next[at]!;
    this.next[at] = this.next[slot]!;
  }

  private unlink(slot: number): void {
    const older = this.older[slot];
    const newer = this.newer[slot];
    if (newer >= 0) this.older[newer] = older;
    else this.ends[NEWEST] = older;
    if (older >= 0) this.newer[older] = newer;
    else this.ends[OLDEST] = newer;
  }

  private pushNewest(slot: number): void {
    this.older[slot] = this.ends[NEWEST];
    this.newer[slot] = -1;
    if (this.ends[NEWEST] >= 0) this.newer[this.ends[NEWEST]] = slot;
    else this.ends[OLDEST] = slot;
    this.ends[NEWEST] = slot;
  }

  private pushOldest(slot: number): void {
    this.newer[slot] = this.ends[OLDEST];
    this.older[slot] = -1;
    if (this.ends[OLDEST] >= 0) this.older[this.ends[OLDEST]] = slot;
    else this.ends[NEWEST] = slot;
    this.ends[OLDEST] = slot;
  }
}
