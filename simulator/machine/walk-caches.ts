import type { StructureCacheConfig } from '../costs/profile';
import type { Frame } from '../units';
import { AssociativeCache } from './associative';

const WRITE = 1;
const USER = 2;
const NO_EXECUTE = 4;
const DIRTY = 8;

/** One paging-structure cache: for the upper part of an address, the table that its entry of one level leads to. */
export class StructureCache {
  readonly slots: AssociativeCache;
  /** hfn of the table one level down. */
  readonly frame: Float64Array;
  /** Its guest frame, where there is a nested table. */
  readonly guestFrame: Float64Array;
  private readonly rights: Uint8Array;

  /** @param level level of the entries held: 2 (PDE) to 5 */
  constructor(
    readonly level: number,
    entries: number,
  ) {
    this.slots = new AssociativeCache(entries);
    this.frame = new Float64Array(entries);
    this.guestFrame = new Float64Array(entries);
    this.rights = new Uint8Array(entries);
  }

  /** @returns the slot for an address (halves), or -1. Changes nothing. */
  find(hi: number, lo: number, space: number): number {
    return this.slots.find(prefixLow(hi, lo, this.level), prefixHigh(hi, this.level, space));
  }

  fill(
    hi: number,
    lo: number,
    space: number,
    frame: Frame,
    guestFrame: number,
    write: boolean,
    user: boolean,
    noExecute: boolean,
  ): void {
    const keyLo = prefixLow(hi, lo, this.level);
    const keyHi = prefixHigh(hi, this.level, space);
    let slot = this.slots.find(keyLo, keyHi);
    if (slot < 0) slot = this.slots.insert(keyLo, keyHi);
    else this.slots.touch(slot);
    this.frame[slot] = frame;
    this.guestFrame[slot] = guestFrame;
    this.rights[slot] = (write ? WRITE : 0) | (user ? USER : 0) | (noExecute ? NO_EXECUTE : 0);
  }

  /** Rights of the levels down to this one, together. */
  write(slot: number): boolean {
    return (this.rights[slot] & WRITE) !== 0;
  }
  user(slot: number): boolean {
    return (this.rights[slot] & USER) !== 0;
  }
  noExecute(slot: number): boolean {
    return (this.rights[slot] & NO_EXECUTE) !== 0;
  }

  /** Drops what is cached for an address space, or of a whole ASID (`space` then has PCID 0). */
  flush(space: number, wholeAsid: boolean): void {
    const mask = wholeAsid ? ASID_MASK : SPACE_MASK;
    this.slots.remove((slot) => ((this.slots.keyHi[slot] ^ space) & mask) === 0);
  }

  /** Drops what is cached for one address. */
  drop(hi: number, lo: number, space: number): void {
    const slot = this.find(hi, lo, space);
    if (slot >= 0) this.slots.remove((other) => other === slot);
  }
}

/** Translations of guest frames by the nested table. */
export class NestedTlb {
  readonly slots: AssociativeCache;
  readonly frame: Float64Array;
  private readonly rights: Uint8Array;
  /** log2 of the page that the nested table maps. */
  readonly shift: Uint8Array;

  constructor(entries: number) {
    this.slots = new AssociativeCache(entries);
    this.frame = new Float64Array(entries);
    this.rights = new Uint8Array(entries);
    this.shift = new Uint8Array(entries);
  }

  find(gfn: number, space: number): number {
    return this.slots.find(gfn | 0, nestedHigh(gfn, space));
  }

  fill(
    gfn: number,
    space: number,
    frame: Frame,
    shift: number,
    write: boolean,
    noExecute: boolean,
    dirty: boolean,
  ): void {
    const keyHi = nestedHigh(gfn, space);
    let slot = this.slots.find(gfn | 0, keyHi);
    if (slot < 0) slot = this.slots.insert(gfn | 0, keyHi);
    else this.slots.touch(slot);
    this.frame[slot] = frame;
    this.shift[slot] = shift;
    this.rights[slot] = (write ? WRITE : 0) | (noExecute ? NO_EXECUTE : 0) | (dirty ? DIRTY : 0);
  }

  write(slot: number): boolean {
    return (this.rights[slot] & WRITE) !== 0;
  }
  noExecute(slot: number): boolean {
    return (this.rights[slot] & NO_EXECUTE) !== 0;
  }
  dirty(slot: number): boolean {
    return (this.rights[slot] & DIRTY) !== 0;
  }

  flush(space: number): void {
    this.slots.remove((slot) => ((this.slots.keyHi[slot] ^ space) & ASID_MASK) === 0);
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

  constructor(config: WalkCacheConfig) {
    this.guest = structures(config.guest);
    this.nested = structures(config.nested);
    this.nestedTlb = config.nestedTlb > 0 ? new NestedTlb(config.nestedTlb) : null;
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

const structures = (config: StructureCacheConfig): (StructureCache | null)[] =>
  [0, 0, config.l2, config.l3, config.l4, config.l5].map((entries, level) =>
    entries > 0 ? new StructureCache(level, entries) : null,
  );

/** Address bits from the level's index upwards: the low 32 of them, and the rest. */
const prefixLow = (hi: number, lo: number, level: number): number => {
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
const prefixHigh = (hi: number, level: number, space: number): number => (level === 2 ? (hi >>> 21) & 0xff : 0) | space;

/** Guest frame numbers have at most 40 bits. */
const nestedHigh = (gfn: number, space: number): number =>
  (Math.floor(gfn / 0x1_0000_0000) & 0xff) | (space & ASID_MASK);
