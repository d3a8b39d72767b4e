import * as at from '../engine/layout';
import { blockOf, type Store } from '../engine/store';
import type { TlbArray } from '../language/program';
import type { Frame } from '../units';
import { FRAME_HIGH, GLOBAL, PCID_SHIFT } from './tlb-bits';

/** One array of a TLB: sets of ways, each set in the order of last use. Entries are as tlb-bits says. */
export class TlbStructure {
  readonly vpns: Int32Array;
  readonly keys: Int32Array;
  readonly flags: Int32Array;
  readonly frames: Uint32Array;
  /** The ways of a set in a ring: the one used next before and next after each. A free way is used before all others. */
  readonly older: Int32Array;
  private readonly newer: Int32Array;
  /** The way of each set that was used last: most look-ups end there. The next newer one is the oldest. */
  readonly recent: Int32Array;
  readonly ways: number;
  /** Ways from one set to the next: look-ups go by four, and what is added to make fours is never valid. */
  readonly stride: number;
  readonly sizeMask: number;
  /** Sizes it has held so far in the lower and the upper half of the address space: the others need no look. */
  readonly seen = [0, 0];
  readonly sets: number;
  /** sets - 1 if that is a mask, else 0. */
  readonly setMask: number;
  readonly block: Int32Array;

  constructor(
    readonly config: TlbArray,
    store: Store,
  ) {
    this.ways = config.ways;
    this.stride = Math.ceil(config.ways / 4) * 4;
    this.sets = Math.max(1, Math.floor(config.entries / config.ways));
    this.setMask = (this.sets & (this.sets - 1)) === 0 ? this.sets - 1 : 0;
    const entries = this.sets * this.stride;
    this.vpns = store.int32(entries);
    this.keys = store.int32(entries);
    this.flags = store.int32(entries);
    this.frames = store.uint32(entries);
    this.older = store.int32(entries);
    this.newer = store.int32(entries);
    this.recent = store.int32(this.sets);
    for (let i = 0; i < entries; i++) {
      const way = i % this.stride;
      this.older[i] = i - way + ((way + 1) % this.ways);
      this.newer[i] = i - way + ((way + this.ways - 1) % this.ways);
    }
    for (let set = 0; set < this.sets; set++) this.recent[set] = set * this.stride;
    this.sizeMask = config.sizes.reduce((mask, size) => mask | (1 << ['4K', '2M', '1G'].indexOf(size)), 0);
    this.block = blockOf(store, at.ARRAY_BYTES, [
      [at.ARRAY_VPNS, this.vpns],
      [at.ARRAY_KEYS, this.keys],
      [at.ARRAY_FLAGS, this.flags],
      [at.ARRAY_FRAMES, this.frames],
      [at.ARRAY_OLDER, this.older],
      [at.ARRAY_NEWER, this.newer],
      [at.ARRAY_RECENT, this.recent],
      [at.ARRAY_SETS, this.sets],
      [at.ARRAY_SET_MASK, this.setMask],
      [at.ARRAY_STRIDE, this.stride],
      [at.ARRAY_LEVEL, config.level],
    ]);
  }

  /** The matching entry, now the most recent of its set, or -1. `code` is its page size. */
  find(vpn: number, code: number, key: number, pcid: number): number {
    const page = vpn >>> (9 * code);
    const set = this.setMask !== 0 ? page & this.setMask : page % this.sets;
    const { vpns } = this;
    const recent = this.recent[set];
    if (vpns[recent] === vpn && this.matches(recent, key, pcid)) return recent;
    const first = set * this.stride;
    const end = first + this.stride;
    for (let i = first; i < end; i += 4) {
      if (vpns[i] !== vpn && vpns[i + 1] !== vpn && vpns[i + 2] !== vpn && vpns[i + 3] !== vpn) continue;
      for (let at = i; at < i + 4; at++) {
        if (vpns[at] !== vpn || !this.matches(at, key, pcid)) continue;
        this.use(set, at);
        return at;
      }
    }
    return -1;
  }

  /** Puts in an entry that is not there: what was found and did not do has been dropped. */
  insert(vpn: number, code: number, key: number, flags: number, frame: number): void {
    const page = vpn >>> (9 * code);
    const set = this.setMask !== 0 ? page & this.setMask : page % this.sets;
    // The oldest way makes room, and is then the newest.
    const at = this.newer[this.recent[set]];
    this.recent[set] = at;
    this.vpns[at] = vpn;
    this.keys[at] = key;
    this.flags[at] = flags;
    this.frames[at] = frame;
  }

  /** Drops the matching entries: the PCID's, and global ones if `globalsToo`. */
  remove(vpn: number, code: number, key: number, pcid: number, globalsToo: boolean): void {
    const page = vpn >>> (9 * code);
    const first = (this.setMask !== 0 ? page & this.setMask : page % this.sets) * this.stride;
    for (let i = first; i < first + this.ways; i++) {
      if (this.vpns[i] !== vpn || ((this.keys[i] ^ key) & ~GLOBAL) !== 0) continue;
      if ((this.keys[i] & GLOBAL) !== 0 ? globalsToo : this.flags[i] >>> PCID_SHIFT === pcid) this.free(i);
    }
  }

  /** True if it holds a translation to a frame, for a PCID or global; the order of use stays. */
  has(vpn: number, code: number, key: number, pcid: number, frame: Frame): boolean {
    const page = vpn >>> (9 * code);
    const first = (this.setMask !== 0 ? page & this.setMask : page % this.sets) * this.stride;
    for (let i = first; i < first + this.ways; i++)
      if (this.vpns[i] === vpn && this.matches(i, key, pcid) && frameAt(this, i) === frame) return true;
    return false;
  }

  /** Empties a way, which is then the first to be taken. */
  free(i: number): void {
    const set = Math.floor(i / this.stride);
    this.keys[i] = 0;
    this.use(set, i);
    this.recent[set] = this.older[i];
  }

  /** The ways of a set, newest first. */
  inOrder(set: number): number[] {
    const ways: number[] = [];
    for (let i = this.recent[set]; ways.length < this.ways; i = this.older[i]) ways.push(i);
    return ways;
  }

  /** Makes a way the most recently used one of its set. */
  private use(set: number, at: number): void {
    const { older, newer } = this;
    const first = this.recent[set];
    const last = newer[first];
    if (at !== first && at !== last) {
      older[newer[at]] = older[at];
      newer[older[at]] = newer[at];
      older[last] = at;
      newer[at] = last;
      older[at] = first;
      newer[first] = at;
    }
    this.recent[set] = at;
  }

  private matches(i: number, key: number, pcid: number): boolean {
    const word = this.keys[i];
    return ((word ^ key) & ~GLOBAL) === 0 && ((word & GLOBAL) !== 0 || this.flags[i] >>> PCID_SHIFT === pcid);
  }
}

/** The frame of an entry. */
export const frameAt = (s: TlbStructure, i: number): Frame => {
  const high = s.flags[i] & FRAME_HIGH;
  return high === 0 ? s.frames[i] : high * 0x1_0000_0000 + s.frames[i];
};
