import type { StructureCacheConfig } from '../costs/profile';
import * as at from '../engine/layout';
import { HEAP, type Store } from '../engine/store';
import type { Frame } from '../units';
import { AssociativeCache } from './associative';

/** What a walker keeps of earlier walks: table frames or translations by two words of key. */
class WalkCache {
  readonly slots: AssociativeCache;
  /** hfn that the slot gives. */
  readonly frame: Float64Array;
  /** Guest frame of a table, where there is a nested table. */
  readonly guestFrame: Float64Array;
  /** Rights of the levels down to this one, together: as `Walk` gathers them. */
  readonly rights: Uint8Array;
  /** log2 of the page, for translations. */
  readonly shift: Uint8Array;

  readonly block: Int32Array;

  constructor(entries: number, store: Store) {
    this.slots = new AssociativeCache(entries, store);
    this.frame = store.float64(entries);
    this.guestFrame = store.float64(entries);
    this.rights = store.bytes(entries);
    this.shift = store.bytes(entries);
    this.block = this.slots.blockWith(store, [
      [at.CACHE_FRAME, this.frame],
      [at.CACHE_GUEST_FRAME, this.guestFrame],
      [at.CACHE_RIGHTS, this.rights],
      [at.CACHE_SHIFT, this.shift],
      [at.CACHE_TURNS, store.float64(entries)],
      [at.CACHE_CONTENTS, store.uint32(entries)],
    ]);
  }

  /** Puts in what a key stands for, or renews it. */
  fill(keyLo: number, keyHi: number, frame: Frame, guestFrame: number, rights: number, shift: number): void {
    let slot = this.slots.find(keyLo, keyHi);
    if (slot < 0) slot = this.slots.insert(keyLo, keyHi);
    else this.slots.touch(slot);
    this.frame[slot] = frame;
    this.guestFrame[slot] = guestFrame;
    this.rights[slot] = rights;
    this.shift[slot] = shift;
  }

  protected flushMatching(space: number, mask: number): void {
    this.slots.remove((slot) => ((this.slots.keyHi[slot] ^ space) & mask) === 0);
  }
}
export type { WalkCache };

/** One paging-structure cache: for the upper part of an address, the table that its entry of one level leads to. */
export class StructureCache extends WalkCache {
  /** @param level level of the entries held: 2 (PDE) to 5 */
  constructor(
    readonly level: number,
    entries: number,
    store: Store,
  ) {
    super(entries, store);
  }

  /** @returns the slot for an address (halves), or -1. Changes nothing. */
  find(hi: number, lo: number, space: number): number {
    return this.slots.find(prefixLow(hi, lo, this.level), prefixHigh(hi, this.level, space));
  }

  /** Drops what is cached for an address space, or of a whole ASID (`space` then has PCID 0). */
  flush(space: number, wholeAsid: boolean): void {
    this.flushMatching(space, wholeAsid ? ASID_MASK : SPACE_MASK);
  }

  /** Drops what is cached for one address. */
  drop(hi: number, lo: number, space: number): void {
    const slot = this.find(hi, lo, space);
    if (slot >= 0) this.slots.remove((other) => other === slot);
  }
}

/** Translations of guest frames by the nested table. */
export class NestedTlb extends WalkCache {
  find(gfn: number, space: number): number {
    return this.slots.find(gfn | 0, nestedHigh(gfn, space));
  }

  flush(space: number): void {
    this.flushMatching(space, ASID_MASK);
  }
}

/** Sizes of a vCPU's walk caches. */
export interface WalkCacheConfig {
  readonly guest: StructureCacheConfig;
  readonly nested: StructureCacheConfig;
  readonly nestedTlb: number;
}

/**
 * What a walker keeps between walks: paging-structure caches for the table that CR3 names and for the nested table, and
 * the nested TLB. With a nested table the former hold combined entries: guest-virtual prefix to host-physical table
 * (SDM vol. 3 §29.4.1).
 */
export class WalkCaches {
  /** By the level of the entries: 2 to 5; null = there is none. */
  readonly guest: readonly (StructureCache | null)[];
  readonly nested: readonly (StructureCache | null)[];
  readonly nestedTlb: NestedTlb | null;

  constructor(config: WalkCacheConfig, store: Store = HEAP) {
    this.guest = structures(config.guest, store);
    this.nested = structures(config.nested, store);
    this.nestedTlb = config.nestedTlb > 0 ? new NestedTlb(config.nestedTlb, store) : null;
  }

  /** INVLPG drops all of the PCID, whatever the address (SDM vol. 3 §4.10.4.1); so does a CR3 load. */
  flush(asid: number, pcid: number | null): void {
    for (const cache of this.guest) cache?.flush(spaceOf(asid, pcid ?? 0), pcid === null);
  }

  /** What the host's flush of a VM drops besides: everything that came from the nested table. */
  flushNested(asid: number): void {
    for (const cache of this.nested) cache?.flush(spaceOf(asid, 0), true);
    this.nestedTlb?.flush(spaceOf(asid, 0));
  }

  /** After a fault nothing stays cached for its address (SDM vol. 3 §4.10.4.1). */
  drop(hi: number, lo: number, asid: number, pcid: number): void {
    for (const cache of this.guest) cache?.drop(hi, lo, spaceOf(asid, pcid));
  }

  /** Raw words, for state hashes. */
  forEachWord(visit: (word: number) => void): void {
    for (const cache of [...this.guest, ...this.nested]) {
      cache?.slots.forEach((slot) => {
        visit(cache.slots.keyLo[slot]);
        visit(cache.slots.keyHi[slot]);
        visit(cache.frame[slot]);
      });
    }
    const tlb = this.nestedTlb;
    tlb?.slots.forEach((slot) => {
      visit(tlb.slots.keyLo[slot]);
      visit(tlb.frame[slot]);
    });
  }
}

/** ASID and PCID in one word, as keys hold them: ASID 20-29, PCID 8-19. */
export const spaceOf = (asid: number, pcid: number): number => (asid << 20) | (pcid << 8);
const SPACE_MASK = ~0xff;
const ASID_MASK = ~0xfffff;

const structures = (config: StructureCacheConfig, store: Store): (StructureCache | null)[] =>
  [0, 0, config.l2, config.l3, config.l4, config.l5].map((entries, level) =>
    entries > 0 ? new StructureCache(level, entries, store) : null,
  );

/** Address bits from the index of a level upwards, as structure caches know them: the low 32 of them. */
export const prefixLow = (hi: number, lo: number, level: number): number => {
  switch (level) {
    case 2:
      return (lo >>> 21) | (hi << 11);
    case 3:
      return (lo >>> 30) | (hi << 2);
    case 4:
      return hi >>> 7;
    default:
      return hi >>> 16;
  }
};
/** The high word of such a key: what the low one has no room for, and the address space. */
export const prefixHigh = (hi: number, level: number, space: number): number =>
  (level === 2 ? (hi >>> 21) & 0xff : 0) | space;

/** High word of the nested TLB's key; guest frame numbers have at most 40 bits. */
export const nestedHigh = (gfn: number, space: number): number =>
  (Math.floor(gfn / 0x1_0000_0000) & 0xff) | (space & ASID_MASK);
