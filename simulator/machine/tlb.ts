import * as at from '../engine/layout';
import { blockOf, HEAP, type Store } from '../engine/store';
import type { TlbArray } from '../language/program';
import type { Frame } from '../units';
import type { WalkCaches } from './walk-caches';

import {
  ASID_SHIFT,
  FRAME_HIGH,
  GLOBAL,
  KEY_SHIFT,
  PCID_SHIFT,
  SIZE_SHIFT,
  TLB_D,
  TLB_FOREIGN,
  TLB_NX,
  TLB_PART_1G,
  TLB_PART_2M,
  TLB_U,
  TLB_W,
  VALID,
} from './tlb-bits';

/** ASID and high bits of the virtual page number. */
const KEY_WITHOUT_SIZE = (0x3ff << ASID_SHIFT) | 0x1fff;

const FLAGS = 0xff << 8;

const SIZE_CODES = [0, 1, 2];
/** Data in the lower and the upper half of the address space, and fetches. */
const KINDS = [0, 1, 2, 3];

/** Size codes: 0 = 4 KiB, 1 = 2 MiB, 2 = 1 GiB. */
export const sizeCode = (shift: number): number => (shift - 12) / 9;

class TlbStructure {
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

/** A structure that holds pages of a size: where a look-up looks. */
interface Probe {
  readonly structure: TlbStructure;
  readonly code: number;
  readonly level: number;
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
  /** Where there can be something to find, by what the structures have held so far, first level first: data and fetches, lower and upper half. */
  private probes: readonly (readonly Probe[])[] = [];
  /** The same for the engine, and where it puts pages. */
  readonly block: Int32Array;
  private readonly probeLists: readonly Int32Array[];
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
    private readonly store: Store = HEAP,
  ) {
    this.structures = config.map((c) => new TlbStructure(c, store));
    const pick = (level: number, not: string): TlbStructure[] =>
      this.structures.filter((s) => s.config.level === level && s.config.use !== not);
    this.dataL1 = pick(1, 'instruction');
    this.fetchL1 = pick(1, 'data');
    this.dataL2 = pick(2, 'instruction');
    this.fetchL2 = pick(2, 'data');
    // Room for every array with every size, and the end.
    const room = (this.structures.length * SIZE_CODES.length + 1) * (at.PROBE_BYTES / 4);
    this.probeLists = KINDS.map(() => store.int32(room));
    this.block = blockOf(
      store,
      at.TLB_BYTES,
      this.probeLists.map((list, kind) => [at.TLB_PROBES + kind * 4, list]),
    );
    this.findProbes();
  }

  get hasSecondLevel(): boolean {
    return this.dataL2.length > 0;
  }

  /**
   * Looks up the 4 KiB frame of an address; a second-level hit is copied to the first level.
   * @returns the frame (hfn), or -1; `flags`, `pkey`, `shift` and `hitLevel` describe a hit.
   */
  lookup(hi: number, lo: number, fetch: boolean, asid: number, pcid: number): Frame {
    const half = hi >>> 31;
    const probes = this.probes[(fetch ? 2 : 0) | half];
    for (let n = 0; n < probes.length; n++) {
      const { structure: s, code, level } = probes[n];
      const vpn = vpnLow(hi, lo, code);
      const i = s.find(vpn, code, keyOf(hi, code, asid), pcid);
      if (i < 0) continue;
      const flags = s.flags[i];
      this.flags = flags & FLAGS;
      this.pkey = (flags >>> KEY_SHIFT) & 15;
      this.shift = 12 + 9 * code;
      this.hitLevel = level;
      if (level > 1)
        this.insertInto(fetch ? this.fetchL1 : this.dataL1, half, vpn, code, s.keys[i], flags, s.frames[i]);
      const base = frameAt(s, i);
      return code === 0 ? base : base + (code === 1 ? (lo >>> 12) & 511 : (lo >>> 12) & 0x3ffff);
    }
    this.hitLevel = 0;
    return -1;
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
    const vpn = vpnLow(hi, lo, code);
    const key = keyOf(hi, code, asid) | (global ? GLOBAL : 0);
    const base = code === 0 ? frame : frame - (frame % 2 ** (shift - 12));
    const high = base > 0xffff_ffff ? Math.floor(base / 0x1_0000_0000) : 0;
    const word = (pcid << PCID_SHIFT) | (pkey << KEY_SHIFT) | (flags & FLAGS) | high;
    this.insertInto(fetch ? this.fetchL1 : this.dataL1, hi >>> 31, vpn, code, key, word, base);
    this.insertInto(fetch ? this.fetchL2 : this.dataL2, hi >>> 31, vpn, code, key, word, base);
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
    this.each((s, i) => {
      const flags = s.flags[i];
      if ((flags & (TLB_PART_2M | TLB_PART_1G)) === 0) return;
      const code = (flags & TLB_PART_1G) !== 0 ? 2 : 1;
      const word = s.keys[i];
      const mine = (word & GLOBAL) !== 0 ? globalsToo : flags >>> PCID_SHIFT === pcid;
      const samePage =
        pageOf(s.vpns[i], code) === vpnLow(hi, lo, code) && ((word ^ keyOf(hi, 0, asid)) & KEY_WITHOUT_SIZE) === 0;
      if (mine && samePage) s.free(i);
      else if (pageOf(s.vpns[i], code) === vpnLow(hi, lo, code)) left++;
    });
    if (left > 0) return;
    this.partsOf2M.delete(vpnLow(hi, lo, 1));
    this.partsOf1G.delete(vpnLow(hi, lo, 2));
  }

  /** Everything of an ASID; of one PCID if given (globals stay), else with or without globals. */
  flush(asid: number, pcid: number | null, globals: boolean): void {
    this.walkCaches?.flush(asid, pcid);
    this.each((s, i) => {
      const word = s.keys[i];
      if (((word >>> ASID_SHIFT) & 0x3ff) !== asid) return;
      const gone = (word & GLOBAL) !== 0 ? globals : pcid === null || s.flags[i] >>> PCID_SHIFT === pcid;
      if (gone) s.free(i);
    });
  }

  /** Marks entries that reach a frame which is no longer their ASID's, so that their use can be reported. */
  markForeign(frame: Frame, owner: number): void {
    this.each((s, i) => {
      const span = 2 ** (9 * ((s.keys[i] >>> SIZE_SHIFT) & 3));
      const base = frameAt(s, i);
      if (frame < base || frame >= base + span) return;
      if (((s.keys[i] >>> ASID_SHIFT) & 0x3ff) !== owner) s.flags[i] |= TLB_FOREIGN;
      else if (span === 1) s.flags[i] &= ~TLB_FOREIGN;
    });
  }

  /** All valid entries, in order of structure and set, newest first. */
  entries(): TlbEntry[] {
    return this.structures.flatMap((s) => {
      const slots = Array.from({ length: s.sets }, (_, set) => s.inOrder(set)).flat();
      return slots.filter((i) => s.keys[i] < 0).map((i) => decode(s, i));
    });
  }

  /** True if an entry that was there still is, in any structure. Looking is no use of it. */
  holds(entry: TlbEntry): boolean {
    const code = sizeCode(entry.shift);
    const key = VALID | (code << SIZE_SHIFT) | (entry.asid << ASID_SHIFT) | entry.vpnHi;
    return this.structures.some((s) => s.has(entry.vpnLo | 0, code, key, entry.pcid, entry.frame));
  }

  /** Raw words, for state hashes. */
  forEachWord(visit: (word: number) => void): void {
    for (const s of this.structures) {
      for (const words of [s.vpns, s.keys, s.flags, s.frames, s.older, s.recent]) {
        words.forEach((word) => {
          visit(word);
        });
      }
    }
    this.walkCaches?.forEachWord(visit);
  }

  /** Large pages (low 32 bits of their page number) that have, or had, entries for parts of them: others need no search. */
  private readonly partsOf2M = new Set<number>();
  private readonly partsOf1G = new Set<number>();

  /**
   * @param half 0 for the lower half of the address space, 1 for the upper one.
   * @param frame of which the structure keeps the low 32 bits.
   */
  private insertInto(
    structures: readonly TlbStructure[],
    half: number,
    vpn: number,
    code: number,
    key: number,
    flags: number,
    frame: Frame,
  ): void {
    const size = 1 << code;
    for (let n = 0; n < structures.length; n++) {
      const s = structures[n];
      if ((s.sizeMask & size) === 0) continue;
      s.insert(vpn, code, key, flags, frame);
      if ((s.seen[half] & size) === 0) {
        s.seen[half] |= size;
        this.findProbes();
      }
      return;
    }
  }

  private findProbes(): void {
    const seen = (structures: readonly TlbStructure[], half: number): Probe[] =>
      structures.flatMap((structure) =>
        SIZE_CODES.filter((code) => (structure.seen[half] & (1 << code)) !== 0).map((code) => ({
          structure,
          code,
          level: structure.config.level,
        })),
      );
    const data = [...this.dataL1, ...this.dataL2];
    const fetches = [...this.fetchL1, ...this.fetchL2];
    this.probes = [seen(data, 0), seen(data, 1), seen(fetches, 0), seen(fetches, 1)];
    this.tellEngine();
  }

  private tellEngine(): void {
    const { store } = this;
    this.probes.forEach((probes, kind) => {
      const words = probes.flatMap(({ structure, code }) => [store.address(structure.block), code]);
      this.probeLists[kind].set([...words, 0]);
    });
    const targets = [
      [this.dataL1, this.dataL2],
      [this.fetchL1, this.fetchL2],
    ];
    for (const kind of KINDS)
      targets[kind >> 1].forEach((structures, level) => {
        for (const code of SIZE_CODES) {
          const to = structures.find((s) => (s.sizeMask & (1 << code)) !== 0);
          const place = at.TLB_TARGETS + kind * at.TARGETS_KIND_BYTES + level * at.TARGETS_LEVEL_BYTES + code * 4;
          const isSeen = to !== undefined && (to.seen[kind & 1] & (1 << code)) !== 0;
          this.block[place / 4] = to === undefined ? 0 : isSeen ? store.address(to.block) : at.TARGET_UNSEEN;
        }
      });
  }

  private each(visit: (structure: TlbStructure, slot: number) => void): void {
    for (const s of this.structures) {
      for (let i = 0; i < s.keys.length; i++) if (s.keys[i] < 0) visit(s, i);
    }
  }
}

const frameAt = (s: TlbStructure, i: number): Frame => {
  const high = s.flags[i] & FRAME_HIGH;
  return high === 0 ? s.frames[i] : high * 0x1_0000_0000 + s.frames[i];
};

function decode(s: TlbStructure, i: number): TlbEntry {
  const word = s.keys[i];
  const flags = s.flags[i];
  return {
    structure: structureName(s.config),
    vpnLo: s.vpns[i] >>> 0,
    vpnHi: word & 0x1fff,
    shift: 12 + 9 * ((word >>> SIZE_SHIFT) & 3),
    frame: frameAt(s, i),
    asid: (word >>> ASID_SHIFT) & 0x3ff,
    pcid: flags >>> PCID_SHIFT,
    global: (word & GLOBAL) !== 0,
    write: (flags & TLB_W) !== 0,
    user: (flags & TLB_U) !== 0,
    noExecute: (flags & TLB_NX) !== 0,
    dirty: (flags & TLB_D) !== 0,
    pkey: (flags >>> KEY_SHIFT) & 15,
  };
}

/** The first 4 KiB page, by its low 32 bits, of the page of a size. */
const pageOf = (vpn: number, code: number): number => (code === 0 ? vpn : code === 1 ? vpn & ~0x1ff : vpn & ~0x3ffff);

const vpnLow = (hi: number, lo: number, code: number): number => pageOf((lo >>> 12) | (hi << 20), code);

// Bits 44 to 56 of an address identify it; higher ones repeat bit 56 in a canonical one.
const keyOf = (hi: number, code: number, asid: number): number =>
  VALID | (code << SIZE_SHIFT) | (asid << ASID_SHIFT) | ((hi >>> 12) & 0x1fff);

const structureName = (c: TlbArray): string =>
  `L${c.level}${c.use === 'data' ? 'D' : c.use === 'instruction' ? 'I' : ''} ${c.sizes.join('+')}`;

/** Structures of every size, for single accesses of walk vectors. */
export const PRESET_FOR_VECTORS: readonly TlbArray[] = [
  { level: 1, use: 'unified', sizes: ['4K', '2M', '1G'], entries: 4, ways: 4 },
];
