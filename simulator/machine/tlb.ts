import * as at from '../engine/layout';
import { blockOf, HEAP, type Store } from '../engine/store';
import type { TlbArray } from '../language/program';
import type { Frame } from '../units';
import type { WalkCaches } from './walk-caches';

import { frameAt, TlbStructure } from './tlb-structure';
import {
  ASID_SHIFT,
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
