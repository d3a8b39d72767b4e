import { HEAP, type Store } from '../engine/store';
import type { Asid, Frame } from '../units';
import { FRAMES_2M } from '../units';
import type { TagLookup, TagMode } from '../language/program';
import type { MemoryReader, PhysicalMemory } from './memory';

/**
 * The tag table, laid out as AMD's first-generation RMP: 16 KiB of bookkeeping, then 16 bytes for each frame, in
 * host memory (Linux sev.c). Low quadword: assigned 0, page size 1, immutable 2, gPA 12-50, ASID 51-60, VMSA 61,
 * validated 62.
 */
export interface TagEntry {
  readonly assigned: boolean;
  readonly huge: boolean;
  readonly immutable: boolean;
  readonly validated: boolean;
  readonly asid: Asid;
  /** Guest frame number that the frame backs, by the tag table. */
  readonly gfn: number;
}

const ASSIGNED = 1;
const HUGE = 2;
const IMMUTABLE = 4;
const ASID_SHIFT = 19; // bit 51 is bit 19 of the high half
const VALIDATED = 1 << 30;

/** The fields of an entry's low quadword, of which there are two halves. */
export const tagOf = (lo: number, hi: number): TagEntry & { readonly lo: number; readonly hi: number } => ({
  assigned: (lo & ASSIGNED) !== 0,
  huge: (lo & HUGE) !== 0,
  immutable: (lo & IMMUTABLE) !== 0,
  validated: (hi & VALIDATED) !== 0,
  asid: (hi >>> ASID_SHIFT) & 0x3ff,
  gfn: (lo >>> 12) + (hi & 0x7ffff) * 0x100000,
  lo,
  hi,
});

const BOOKKEEPING_BYTES = 16384;
const ENTRIES_PER_FRAME = 256;

/** Owner by the halves of an entry's low quadword. */
export const tagOwner = (lo: number, hi: number): Asid => (lo & ASSIGNED ? (hi >>> ASID_SHIFT) & 0x3ff : 0);

export class TagTable {
  readonly firstFrame: Frame;
  private readonly memory: PhysicalMemory;
  readonly firstEntryFrame: Frame;
  /** 1: a frame has gone from one VM's ownership to another owner's. */
  readonly changed: Int32Array;
  readonly mode: TagMode;
  readonly lookup: TagLookup;

  constructor(memory: PhysicalMemory, mode: TagMode, lookup: TagLookup = 'per-frame', store: Store = HEAP) {
    this.changed = store.int32(1);
    this.lookup = lookup;
    this.memory = memory;
    this.mode = mode;
    this.firstFrame = memory.frames - TagTable.framesNeeded(memory.frames);
    this.firstEntryFrame = this.firstFrame + BOOKKEEPING_BYTES / 4096;
  }

  get ownersChanged(): boolean {
    return this.changed[0] !== 0;
  }

  set ownersChanged(changed: boolean) {
    this.changed[0] = changed ? 1 : 0;
  }

  /** Host frames that the table of a machine of this size takes, at the top of memory. */
  static framesNeeded(frames: number): number {
    return Math.ceil((BOOKKEEPING_BYTES + frames * 16) / 4096);
  }

  /** hPA of a frame's entry. */
  entryAddress(frame: Frame): number {
    return this.firstFrame * 4096 + BOOKKEEPING_BYTES + frame * 16;
  }

  /** Frame that holds a frame's entry. */
  entryFrame(frame: Frame): Frame {
    return this.firstEntryFrame + Math.floor(frame / ENTRIES_PER_FRAME);
  }

  /** Frame whose entry is at an index (of 8 bytes) in a frame of the table. */
  frameOfEntry(home: Frame, index: number): Frame {
    return (home - this.firstEntryFrame) * ENTRIES_PER_FRAME + (index >>> 1);
  }

  /** Owner by the table; the host (0) for what is not assigned or outside memory. */
  ownerOf(frame: Frame, memory: MemoryReader = this.memory): Asid {
    if (frame >= memory.frames) return 0;
    const home = this.firstEntryFrame + (frame >>> 8);
    const word = (frame & (ENTRIES_PER_FRAME - 1)) << 2;
    return tagOwner(memory.word(home, word), memory.word(home, word + 1));
  }

  /** The whole entry, decoded. */
  read(frame: Frame, memory: MemoryReader = this.memory): TagEntry & { readonly lo: number; readonly hi: number } {
    const at = BOOKKEEPING_BYTES + frame * 16;
    const home = this.firstFrame + Math.floor(at / 4096);
    const word = (at % 4096) >>> 2;
    return tagOf(memory.word(home, word), memory.word(home, word + 1));
  }

  /** The frame whose entry lies at an 8-byte place of memory, and which half of the entry it is. @returns null if it is none. */
  frameAt(home: Frame, index: number): { readonly frame: Frame; readonly half: 0 | 1 } | null {
    const at = (home - this.firstEntryFrame) * 512 + index;
    const frame = at >>> 1;
    return at < 0 || frame >= this.memory.frames ? null : { frame, half: (at & 1) as 0 | 1 };
  }

  /** True if the 2 MiB-aligned frame of this one is tagged as one 2 MiB page of this owner. */
  hugeOwnedBy(frame: Frame, asid: Asid): boolean {
    const head = this.read(frame - (frame % FRAMES_2M));
    return head.assigned && head.huge && head.asid === asid;
  }

  /** RMPUPDATE: writes the entry of one frame, or of all 512 under a 2 MiB page. ASID 0 gives the frame to the host. */
  assign(frame: Frame, asid: Asid, gfn: number, huge = false): void {
    const count = huge ? FRAMES_2M : 1;
    for (let i = 0; i < count; i++) {
      const target = gfn + i;
      const lo = asid === 0 ? 0 : ASSIGNED | (huge ? HUGE : 0) | ((target % 0x100000) << 12);
      const hi = asid === 0 ? 0 : (asid << ASID_SHIFT) | VALIDATED | Math.floor(target / 0x100000);
      this.write(frame + i, lo, hi);
    }
  }

  /** PSMASH: splits a 2 MiB entry into 512 of 4 KiB that keep owner and Validated. @returns 0, or 1 for bad input (not a 2 MiB entry). */
  smash(frame: Frame): number {
    const head = frame - (frame % FRAMES_2M);
    if (!this.read(head).huge) return 1;
    for (let i = 0; i < FRAMES_2M; i++) {
      const entry = this.read(head + i);
      this.write(head + i, entry.lo & ~HUGE, entry.hi);
    }
    return 0;
  }

  private write(frame: Frame, lo: number, hi: number): void {
    const at = BOOKKEEPING_BYTES + frame * 16;
    this.memory.writeEntry(this.firstFrame + Math.floor(at / 4096), (at % 4096) >>> 3, lo, hi);
  }
}
