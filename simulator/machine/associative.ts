/**
 * A small fully associative cache with least-recently-used replacement: hash chains to find a slot, a ring of links for
 * the order of use. Keys are two 32-bit words; what a slot holds is its owner's business.
 */
export class AssociativeCache {
  /** Newest and oldest slot, or -1. */
  private newest = -1;
  private oldest = -1;
  private used = 0;
  private readonly newer: Int32Array;
  private readonly older: Int32Array;
  private readonly heads: Int32Array;
  private readonly next: Int32Array;
  private readonly mask: number;
  readonly keyLo: Int32Array;
  readonly keyHi: Int32Array;
  private readonly live: Uint8Array;

  /** @param capacity entries */
  constructor(readonly capacity: number) {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(2, capacity * 2)));
    this.mask = buckets - 1;
    this.heads = new Int32Array(buckets).fill(-1);
    this.next = new Int32Array(capacity).fill(-1);
    this.newer = new Int32Array(capacity).fill(-1);
    this.older = new Int32Array(capacity).fill(-1);
    this.keyLo = new Int32Array(capacity);
    this.keyHi = new Int32Array(capacity);
    this.live = new Uint8Array(capacity);
  }

  /** @returns the slot of a key, or -1. Changes nothing. */
  find(lo: number, hi: number): number {
    let at = this.heads[this.bucket(lo, hi)];
    while (at >= 0 && (this.keyLo[at] !== lo || this.keyHi[at] !== hi)) at = this.next[at]!;
    return at;
  }

  /** Makes a slot the most recently used one. */
  touch(slot: number): void {
    if (slot === this.newest) return;
    this.unlink(slot);
    this.pushNewest(slot);
  }

  /** Takes a slot for a key that is not there: a free one, or the least recently used. @returns the slot. */
  insert(lo: number, hi: number): number {
    let slot = this.used;
    if (slot < this.capacity) this.used++;
    else {
      slot = this.oldest;
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
    for (let slot = 0; slot < this.used; slot++) {
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
    for (let slot = this.newest; slot >= 0; slot = this.older[slot]!) if (this.live[slot] !== 0) visit(slot);
  }

  private bucket(lo: number, hi: number): number {
    const mixed = Math.imul(lo ^ (hi << 7), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & this.mask;
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
    else this.newest = older;
    if (older >= 0) this.newer[older] = newer;
    else this.oldest = newer;
  }

  private pushNewest(slot: number): void {
    this.older[slot] = this.newest;
    this.newer[slot] = -1;
    if (this.newest >= 0) this.newer[this.newest] = slot;
    else this.oldest = slot;
    this.newest = slot;
  }

  private pushOldest(slot: number): void {
    this.newer[slot] = this.oldest;
    this.older[slot] = -1;
    if (this.oldest >= 0) this.older[this.oldest] = slot;
    else this.newest = slot;
    this.oldest = slot;
  }
}
