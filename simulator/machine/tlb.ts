import type { TlbArray } from '../language/program';
import type { Frame } from '../units';
import type { WalkCaches } from './walk-caches';

/**
 * Translation look-aside buffers of one vCPU: set-associative arrays, each set kept in the order of last use (the
 * first way is the most recent). An entry is four 32-bit words:
 *
 *   0  virtual page number, low 32 bits
 *   1  valid 31, global 30, page size 28-29, ASID 18-27, virtual page number high bits 0-12
 *   2  PCID 20-31, key 16-19, flags 8-15, frame high bits 0-7
 *   3  frame, low 32 bits
 */
const WORDS = 4;
const VALID = 1 << 31;
const GLOBAL = 1 << 30;
const SIZE_SHIFT = 28;
const ASID_SHIFT = 18;
/** ASID and high bits of the virtual page number. */
const KEY_WITHOUT_SIZE = (0x3ff << ASID_SHIFT) | 0x1fff;

// Flags of an entry, as returned by look-ups.
export const TLB_W = 1 << 8;
export const TLB_U = 1 << 9;
export const TLB_NX = 1 << 10;
export const TLB_D = 1 << 11;
/** Not part of real hardware: the tag of the frame has changed since the fill, so a hit is an isolation breach to report. */
export const TLB_FOREIGN = 1 << 12;
/** The entry is a part of a guest page of 2 MiB or 1 GiB that could not be cached whole: INVLPG drops all its parts (SDM vol. 3 §4.10.2.3). */
export const TLB_PART_2M = 1 << 13;
export const TLB_PART_1G = 1 << 14;
const FLAGS = 0xff << 8;
const KEY_SHIFT = 16;

/** Size codes: 0 = 4 KiB, 1 = 2 MiB, 2 = 1 GiB. */
export const sizeCode = (shift: number): number => (shift - 12) / 9;

class TlbStructure {
  readonly entries: Uint32Array;
  readonly sets: number;
  readonly ways: number;
  readonly sizeMask: number;
  /** Sizes it has held so far: the others need no look. */
  seen = 0;
  /** sets - 1 if that is a mask, else 0. */
  private readonly setMask: number;

  constructor(readonly config: TlbArray) {
    this.ways = config.ways;
    this.sets = Math.max(1, Math.floor(config.entries / config.ways));
    this.setMask = (this.sets & (this.sets - 1)) === 0 ? this.sets - 1 : 0;
    this.entries = new Uint32Array(this.sets * this.ways * WORDS);
    this.sizeMask = config.sizes.reduce((mask, size) => mask | (1 << ['4K', '2M', '1G'].indexOf(size)), 0);
  }

  /** Word index of the matching entry, moved to the front of its set, or -1. `code` is its page size. */
  find(vpnLo: number, code: number, key: number, pcid: number): number {
    const first = this.setStart(vpnLo, code);
    const i = this.search(first, vpnLo, key, pcid);
    if (i > first) this.toFront(first, i);
    return i < 0 ? -1 : first;
  }

  insert(vpnLo: number, code: number, key: number, word2: number, word3: number): void {
    const e = this.entries;
    this.seen |= 1 << code;
    const first = this.setStart(vpnLo, code);
    // An entry for the same page is replaced; else the first free way or the least recently used one makes room.
    let at = this.search(first, vpnLo, key, word2 >>> 20);
    if (at < 0) {
      at = first;
      const last = first + (this.ways - 1) * WORDS;
      while (at < last && (e[at + 1] & VALID) !== 0) at += WORDS;
    }
    for (let i = at + WORDS - 1; i >= first + WORDS; i--) e[i] = e[i - WORDS]!;
    e[first] = vpnLo;
    e[first + 1] = key;
    e[first + 2] = word2;
    e[first + 3] = word3;
  }

  /** Drops the matching entries: the PCID's, and global ones if `globalsToo`. */
  remove(vpnLo: number, code: number, key: number, pcid: number, globalsToo: boolean): void {
    const e = this.entries;
    const first = this.setStart(vpnLo, code);
    for (let i = first; i < first + this.ways * WORDS; i += WORDS) {
      if (e[i] !== vpnLo || ((e[i + 1] ^ key) & ~GLOBAL) !== 0) continue;
      if ((e[i + 1] & GLOBAL) !== 0 ? globalsToo : e[i + 2] >>> 20 === pcid) e[i + 1] = 0;
    }
  }

  private setStart(vpnLo: number, code: number): number {
    const page = vpnLo >>> (9 * code);
    const set = this.setMask !== 0 ? page & this.setMask : page % this.sets;
    return set * this.ways * WORDS;
  }

  private search(first: number, vpnLo: number, key: number, pcid: number): number {
    const e = this.entries;
    const end = first + this.ways * WORDS;
    for (let i = first; i < end; i += WORDS) {
      if (e[i] !== vpnLo) continue;
      const word = e[i + 1];
      if (((word ^ key) & ~GLOBAL) === 0 && ((word & GLOBAL) !== 0 || e[i + 2] >>> 20 === pcid)) return i;
    }
    return -1;
  }

  private toFront(first: number, at: number): void {
    const e = this.entries;
    const a = e[at],
      b = e[at + 1],
      c = e[at + 2],
      d = e[at + 3];
    for (let i = at + WORDS - 1; i >= first + WORDS; i--) e[i] = e[i - WORDS]!;
    e[first] = a;
    e[first + 1] = b;
    e[first + 2] = c;
    e[first + 3] = d;
  }
}

/** What an entry says, decoded for inspection. */
export interface TlbEntry {
  readonly structure: string;
  /** Virtual page number: low 32 bits and the rest. */
  readonly vpnLo: number;
  readonly vpnHi: number;
  readonly shift: number;
  readonly frame: Frame;
  readonly asid: number;
  readonly pcid: number;
  readonly global: boolean;
  readonly write: boolean;
  readonly user: boolean;
  readonly noExecute: boolean;
  readonly dirty: boolean;
  readonly pkey: number;
}

export class Tlb {
  private readonly structures: readonly TlbStructure[];
  private readonly dataL1: readonly TlbStructure[];
  private readonly fetchL1: readonly TlbStructure[];
  private readonly dataL2: readonly TlbStructure[];
  private readonly fetchL2: readonly TlbStructure[];
  /** Level that the last look-up hit, or 0. */
  hitLevel = 0;
  /** Of the last hit. */
  flags = 0;
  pkey = 0;
  /** log2 of the page size of the last hit. */
  shift = 12;

  /** @param walkCaches what the walker keeps; flushed together with the TLB, as INVLPG and CR3 loads do. */
  constructor(
    config: readonly TlbArray[],
    readonly walkCaches: WalkCaches | null = null,
  ) {
    this.structures = config.map((c) => new TlbStructure(c));
    const pick = (level: number, not: string): TlbStructure[] =>
      this.structures.filter((s) => s.config.level === level && s.config.use !== not);
    this.dataL1 = pick(1, 'instruction');
    this.fetchL1 = pick(1, 'data');
    this.dataL2 = pick(2, 'instruction');
    this.fetchL2 = pick(2, 'data');
  }

  get hasSecondLevel(): boolean {
    return this.dataL2.length > 0;
  }

  /**
   * Looks up the 4 KiB frame of an address; a second-level hit is copied to the first level.
   * @returns the frame (hfn), or -1; `flags`, `pkey`, `shift` and `hitLevel` describe a hit.
   */
  lookup(hi: number, lo: number, fetch: boolean, asid: number, pcid: number): Frame {
    const l1 = this.probe(fetch ? this.fetchL1 : this.dataL1, hi, lo, asid, pcid, 1);
    if (l1 >= 0) return l1;
    const l2 = this.probe(fetch ? this.fetchL2 : this.dataL2, hi, lo, asid, pcid, 2);
    if (l2 >= 0) this.insertInto(fetch ? this.fetchL1 : this.dataL1);
    else this.hitLevel = 0;
    return l2;
  }

  /** Fills a translation into both levels. `frame` is the 4 KiB frame accessed; `flags` are TLB_* bits. */
  fill(
    hi: number,
    lo: number,
    fetch: boolean,
    asid: number,
    pcid: number,
    shift: number,
    frame: Frame,
    flags: number,
    pkey: number,
    global: boolean,
  ): void {
    if ((flags & TLB_PART_2M) !== 0) this.partsOf2M.add(vpnLow(hi, lo, 1));
    if ((flags & TLB_PART_1G) !== 0) this.partsOf1G.add(vpnLow(hi, lo, 2));
    const code = sizeCode(shift);
    const span = 2 ** (shift - 12);
    this.foundVpn = vpnLow(hi, lo, code);
    this.foundKey = keyOf(hi, code, asid) | (global ? GLOBAL : 0);
    const base = frame - (frame % span);
    this.foundWord2 = (pcid << 20) | (pkey << KEY_SHIFT) | (flags & FLAGS) | Math.floor(base / 0x1_0000_0000);
    this.foundWord3 = base >>> 0;
    this.foundSize = code;
    this.insertInto(fetch ? this.fetchL1 : this.dataL1);
    this.insertInto(fetch ? this.fetchL2 : this.dataL2);
  }

  /** INVLPG: the page of this address, of any size and in all its parts, for this PCID and (by default) global; and the PCID's walk caches. */
  invalidate(hi: number, lo: number, asid: number, pcid: number, globalsToo = true): void {
    this.drop(hi, lo, asid, pcid, globalsToo);
    this.walkCaches?.flush(asid, pcid);
  }

  /** Drops the translations of an address alone, as a fault or a refused hit does. */
  drop(hi: number, lo: number, asid: number, pcid: number, globalsToo = true): void {
    for (const s of this.structures) {
      for (let code = 0; code < 3; code++) {
        if ((s.sizeMask & (1 << code)) !== 0)
          s.remove(vpnLow(hi, lo, code), code, keyOf(hi, code, asid), pcid, globalsToo);
      }
    }
    if (this.partsOf2M.has(vpnLow(hi, lo, 1)) || this.partsOf1G.has(vpnLow(hi, lo, 2)))
      this.dropParts(hi, lo, asid, pcid, globalsToo);
  }

  /** Parts of a large page lie in many sets, so all entries are looked at. */
  private dropParts(hi: number, lo: number, asid: number, pcid: number, globalsToo: boolean): void {
    let left = 0;
    this.each((e, i) => {
      const two = e[i + 2];
      if ((two & (TLB_PART_2M | TLB_PART_1G)) === 0) return;
      const code = (two & TLB_PART_1G) !== 0 ? 2 : 1;
      const word = e[i + 1];
      const mine = (word & GLOBAL) !== 0 ? globalsToo : two >>> 20 === pcid;
      const samePage =
        pageOf(e[i], code) === vpnLow(hi, lo, code) && ((word ^ keyOf(hi, 0, asid)) & KEY_WITHOUT_SIZE) === 0;
      if (mine && samePage) e[i + 1] = 0;
      else if (pageOf(e[i], code) === vpnLow(hi, lo, code)) left++;
    });
    if (left > 0) return;
    this.partsOf2M.delete(vpnLow(hi, lo, 1));
    this.partsOf1G.delete(vpnLow(hi, lo, 2));
  }

  /** Everything of an ASID; of one PCID if given (globals stay), else with or without globals. */
  flush(asid: number, pcid: number | null, globals: boolean): void {
    this.walkCaches?.flush(asid, pcid);
    this.dropWhere((s, i) => {
      const word = s[i + 1];
      if (((word >>> ASID_SHIFT) & 0x3ff) !== asid) return false;
      if ((word & GLOBAL) !== 0) return globals;
      return pcid === null || s[i + 2] >>> 20 === pcid;
    });
  }

  /** Marks entries that reach a frame which is no longer their ASID's, so that their use can be reported. */
  markForeign(frame: Frame, owner: number): void {
    this.each((e, i) => {
      const span = 2 ** (9 * ((e[i + 1] >>> SIZE_SHIFT) & 3));
      const base = (e[i + 2] & 0xff) * 0x1_0000_0000 + e[i + 3];
      if (frame < base || frame >= base + span) return;
      if (((e[i + 1] >>> ASID_SHIFT) & 0x3ff) !== owner) e[i + 2] |= TLB_FOREIGN;
      else if (span === 1) e[i + 2] &= ~TLB_FOREIGN;
    });
  }

  /** All valid entries, in order of structure, set and age. */
  entries(): TlbEntry[] {
    const out: TlbEntry[] = [];
    this.each((e, i, structure) => {
      const word = e[i + 1];
      const code = (word >>> SIZE_SHIFT) & 3;
      const two = e[i + 2];
      out.push({
        structure: structureName(structure.config),
        vpnLo: e[i],
        vpnHi: word & 0x1fff,
        shift: 12 + 9 * code,
        frame: (two & 0xff) * 0x1_0000_0000 + e[i + 3],
        asid: (word >>> ASID_SHIFT) & 0x3ff,
        pcid: two >>> 20,
        global: (word & GLOBAL) !== 0,
        write: (two & TLB_W) !== 0,
        user: (two & TLB_U) !== 0,
        noExecute: (two & TLB_NX) !== 0,
        dirty: (two & TLB_D) !== 0,
        pkey: (two >>> KEY_SHIFT) & 15,
      });
    });
    return out;
  }

  /** Raw words, for state hashes. */
  forEachWord(visit: (word: number) => void): void {
    for (const s of this.structures)
      s.entries.forEach((word) => {
        visit(word);
      });
    this.walkCaches?.forEachWord(visit);
  }

  /** Large pages (low 32 bits of their page number) that have, or had, entries for parts of them: others need no search. */
  private readonly partsOf2M = new Set<number>();
  private readonly partsOf1G = new Set<number>();
  private foundVpn = 0;
  private foundKey = 0;
  private foundWord2 = 0;
  private foundWord3 = 0;
  private foundSize = 0;

  private probe(
    structures: readonly TlbStructure[],
    hi: number,
    lo: number,
    asid: number,
    pcid: number,
    level: number,
  ): Frame {
    for (let n = 0; n < structures.length; n++) {
      const s = structures[n];
      for (let code = 0; code < 3; code++) {
        if ((s.seen & (1 << code)) === 0) continue;
        const vpn = vpnLow(hi, lo, code);
        const i = s.find(vpn, code, keyOf(hi, code, asid), pcid);
        if (i < 0) continue;
        const e = s.entries;
        const two = e[i + 2];
        this.foundVpn = vpn;
        this.foundKey = e[i + 1]!;
        this.foundWord2 = two;
        this.foundWord3 = e[i + 3]!;
        this.foundSize = code;
        this.flags = two & FLAGS;
        this.pkey = (two >>> KEY_SHIFT) & 15;
        this.shift = 12 + 9 * code;
        this.hitLevel = level;
        const base = (two & 0xff) * 0x1_0000_0000 + e[i + 3];
        return code === 0 ? base : base + (code === 1 ? (lo >>> 12) & 511 : (lo >>> 12) & 0x3ffff);
      }
    }
    return -1;
  }

  private insertInto(structures: readonly TlbStructure[]): void {
    for (const s of structures) {
      if ((s.sizeMask & (1 << this.foundSize)) !== 0) {
        s.insert(this.foundVpn, this.foundSize, this.foundKey, this.foundWord2, this.foundWord3);
        return;
      }
    }
  }

  private dropWhere(match: (entries: Uint32Array, at: number) => boolean): void {
    this.each((e, i) => {
      if (match(e, i)) e[i + 1] = 0;
    });
  }

  private each(visit: (entries: Uint32Array, at: number, structure: TlbStructure) => void): void {
    for (const s of this.structures) {
      for (let i = 0; i < s.entries.length; i += WORDS) {
        if ((s.entries[i + 1] & VALID) !== 0) visit(s.entries, i, s);
      }
    }
  }
}

/** The first 4 KiB page, by its low 32 bits, of the page of a size. */
const pageOf = (vpn: number, code: number): number =>
  code === 0 ? vpn : code === 1 ? (vpn & ~0x1ff) >>> 0 : (vpn & ~0x3ffff) >>> 0;

const vpnLow = (hi: number, lo: number, code: number): number => pageOf(((lo >>> 12) | (hi << 20)) >>> 0, code);

// Bits 44 to 56 of an address identify it; higher ones repeat bit 56 in a canonical one.
const keyOf = (hi: number, code: number, asid: number): number =>
  (VALID | (code << SIZE_SHIFT) | (asid << ASID_SHIFT) | ((hi >>> 12) & 0x1fff)) >>> 0;

const structureName = (c: TlbArray): string =>
  `L${c.level}${c.use === 'data' ? 'D' : c.use === 'instruction' ? 'I' : ''} ${c.sizes.join('+')}`;

/** Structures of every size, for single accesses of walk vectors. */
export const PRESET_FOR_VECTORS: readonly TlbArray[] = [
  { level: 1, use: 'unified', sizes: ['4K', '2M', '1G'], entries: 4, ways: 4 },
];
