import * as at from '../engine/layout';
import { blockOf, HEAP, SLAB_WORDS, type Store } from '../engine/store';
import type { Frame } from '../units';
import { CHUNK_WORDS, CHUNKS_PER_PAGE, ChunkUndo, KEYS_PER_FRAME, PRESENT, STRUCTURE } from './chunk-undo';
import type { Rewindable } from './undo';

/** 4 KiB as 1024 little-endian 32-bit words: entry i is words 2i (low) and 2i+1 (high). */
export type Page = Uint32Array;

const GROUP_SHIFT = 9;
const FRAMES_PER_GROUP = 1 << GROUP_SHIFT;
const PAGE_SHIFT = 10;
/** Pages in one slab: 1 MiB of contents. */
const SLAB_SHIFT = 8;
const PAGES_PER_SLAB = 1 << SLAB_SHIFT;
const ZERO_PAGE: Page = new Uint32Array(1024);

const CHUNK_SHIFT = Math.log2(CHUNK_WORDS);
/** Words of `noted` for each slot. */
const NOTED_WORDS = CHUNKS_PER_PAGE / 32;
/** A fact about a frame, in place of a chunk of it. */
const FACT = new Uint32Array(CHUNK_WORDS);

/** A page's contents, kept; and whether it holds entries. Frozen: never written again. */
export interface SavedPage {
  readonly words: Page;
  readonly structure: boolean;
}

/** Hears of every write to a page that holds entries: tables of any kind, the tag table, gfn→hfn maps. */
export interface WriteRecorder {
  /** An entry changes. @param hardware by a walk: A and D bits */
  entry(frame: Frame, index: number, oldLo: number, oldHi: number, lo: number, hi: number, hardware: boolean): void;
  /** A page is about to be cleared (`from` -1) or copied over. `before` must not be kept. */
  page(frame: Frame, before: Page, from: Frame): void;
}

/** Something to read physical memory from: the present, or the state at the last stop. */
export interface MemoryReader {
  readonly frames: number;
  /** The page's words; must not be written, nor kept beyond the next write. */
  page(frame: Frame): Page;
  /** One word of a page. */
  word(frame: Frame, index: number): number;
}

/**
 * Host-physical memory, up to 1 TiB, sparse and copy-on-write: a frame that was never written reads as zero and
 * costs nothing. Frames outside memory read as zero, and writes to them are dropped, as on an empty bus.
 *
 * A frame's contents are in a slot of a slab. Which slot is found in two steps, by group of 512 frames; group 0 and
 * slot 0 stand for what is not there, and slot 0 is all zero, so that reading needs no question asked.
 */
export class PhysicalMemory implements MemoryReader, Rewindable {
  readonly frames: number;
  /** Group of each 512 frames. */
  private readonly directory: Int32Array;
  /** Slot of each frame of each group. */
  private slots: Int32Array;
  private groups = 1;
  private readonly slabs: Uint32Array[] = [];
  /** Epoch in which a slot was last made writable; those of older epochs are as they were at the baseline. */
  private epochs = new Uint32Array(PAGES_PER_SLAB);
  /** Epoch in which a slot came to its frame: until it ends, the frame was empty at the last checkpoint. */
  private births = new Uint32Array(PAGES_PER_SLAB);
  /** Number of the mark since which a slot was known to be in `before`. */
  private marks = new Uint32Array(PAGES_PER_SLAB);
  private lastMark = 1;
  /** Chunks of a slot that were noted in its epoch, one bit each. */
  private noted = new Int32Array(PAGES_PER_SLAB * NOTED_WORDS);
  /** 1 for a slot whose page holds entries: it had one written as such. */
  private structures = new Uint8Array(PAGES_PER_SLAB);
  private usedSlots = 1;
  private readonly freeSlots: number[] = [];
  private epoch = 1;
  private before = new Map<Frame, SavedPage | undefined>();
  /** Hears of writes to entries; null: nobody does. */
  recorder: WriteRecorder | null = null;
  /** What memory was at checkpoints; null: nobody goes back. */
  undo: ChunkUndo | null = null;

  /** Where the engine finds it. */
  readonly block: Int32Array;

  /** @param frames size in 4 KiB frames, at most 2^28 (1 TiB). */
  constructor(
    frames: number,
    private readonly home: Store = HEAP,
  ) {
    this.frames = frames;
    this.directory = home.int32(Math.ceil(frames / FRAMES_PER_GROUP));
    this.slots = home.int32(FRAMES_PER_GROUP * 8);
    this.block = blockOf(home, at.MEMORY_BYTES, [[at.MEMORY_DIRECTORY, this.directory]]);
    this.addSlab();
    this.tellEngine();
  }

  page(frame: Frame): Page {
    const slot = this.slotOf(frame);
    return slot === 0 ? ZERO_PAGE : this.view(slot);
  }

  word(frame: Frame, index: number): number {
    if (frame >= this.frames) return 0;
    const slot = this.slots[(this.directory[frame >>> GROUP_SHIFT] << GROUP_SHIFT) | (frame & (FRAMES_PER_GROUP - 1))];
    return this.slabs[slot >>> SLAB_SHIFT][((slot & (PAGES_PER_SLAB - 1)) << PAGE_SHIFT) | index];
  }

  /** True if the page is known to hold entries: a recorder hears of its writes. */
  holdsEntries(frame: Frame): boolean {
    return this.structures[this.slotOf(frame)] !== 0;
  }

  /** The page's words for writing; not to be kept. */
  writable(frame: Frame): Page {
    if (frame >= this.frames) return new Uint32Array(1024);
    const slot = this.own(frame);
    this.noteAll(slot, frame);
    return this.view(slot);
  }

  /** Writes one word of a page. */
  setWord(frame: Frame, index: number, value: number): void {
    // A zero written where nothing was makes nothing.
    if (frame >= this.frames || (value === 0 && this.slotOf(frame) === 0)) return;
    const slot = this.own(frame);
    this.note(slot, frame, index);
    const slab = this.slabs[slot >>> SLAB_SHIFT];
    const at = ((slot & (PAGES_PER_SLAB - 1)) << PAGE_SHIFT) | index;
    if (this.recorder !== null && this.structures[slot] !== 0) {
      const even = at & ~1;
      const [lo, hi] = at === even ? [value, slab[even + 1]] : [slab[even], value];
      this.record(frame, index >>> 1, slab[even], slab[even + 1], lo, hi, true);
    }
    slab[at] = value;
  }

  /** Writes 64-bit entry `index` (0 to 511) of a frame, which from then on is known to hold entries. */
  writeEntry(frame: Frame, index: number, lo: number, hi: number): void {
    if (frame >= this.frames || ((lo | hi) === 0 && this.slotOf(frame) === 0)) return;
    const slot = this.own(frame);
    this.setStructure(slot, frame, 1);
    this.put(slot, frame, index, lo, hi);
  }

  /** Loads 1, 2, 4 or 8 bytes at a byte offset inside one frame; the result's halves are in `lo` and `hi`. */
  load(frame: Frame, offset: number, bytes: number): void {
    const word = offset >>> 2;
    if (bytes === 8 && (offset & 3) === 0) {
      this.lo = this.word(frame, word);
      this.hi = this.word(frame, word + 1);
      return;
    }
    const page = this.page(frame);
    const shift = (offset & 3) * 8;
    // Bytes may straddle up to three words; gather them one by one.
    let lo = 0;
    let hi = 0;
    for (let i = 0; i < bytes; i++) {
      const byte = (page[(offset + i) >>> 2] >>> (((offset + i) & 3) * 8)) & 0xff;
      if (i < 4) lo |= byte << (i * 8);
      else hi |= byte << ((i - 4) * 8);
    }
    this.lo = shift === 0 && bytes === 4 ? page[word] : lo >>> 0;
    this.hi = hi >>> 0;
  }
  /** Halves of the last `load`. */
  lo = 0;
  hi = 0;

  /** Stores 1, 2, 4 or 8 bytes at a byte offset inside one frame. */
  store(frame: Frame, offset: number, bytes: number, lo: number, hi: number): void {
    if (bytes === 8 && (offset & 7) === 0) {
      if (frame >= this.frames || ((lo | hi) === 0 && this.slotOf(frame) === 0)) return;
      this.put(this.own(frame), frame, offset >>> 3, lo, hi);
      return;
    }
    const first = offset >>> 3;
    const last = (offset + bytes - 1) >>> 3;
    const recorded = this.recorder !== null && this.structures[this.slotOf(frame)] !== 0;
    const before = recorded ? this.page(frame).slice(first * 2, last * 2 + 2) : null;
    if (frame >= this.frames) return;
    const slot = this.own(frame);
    this.note(slot, frame, first * 2);
    this.note(slot, frame, last * 2);
    const page = this.view(slot);
    for (let i = 0; i < bytes; i++) {
      const byte = ((i < 4 ? lo >>> (i * 8) : hi >>> ((i - 4) * 8)) & 0xff) >>> 0;
      const at = (offset + i) >>> 2;
      const shift = ((offset + i) & 3) * 8;
      page[at] = (page[at] & ~(0xff << shift)) | (byte << shift);
    }
    if (before === null) return;
    for (let i = first; i <= last; i++) {
      const old = (i - first) * 2;
      this.record(frame, i, before[old], before[old + 1], page[i * 2], page[i * 2 + 1], false);
    }
  }

  /** Makes a frame all zero, and forgets its contents. */
  clear(frame: Frame): void {
    const slot = this.slotOf(frame);
    if (slot === 0) return;
    if (this.structures[slot] !== 0) this.recorder?.page(frame, this.view(slot), -1);
    this.vacate(frame, slot);
  }

  /** Copies one frame's contents to another. */
  copy(from: Frame, to: Frame): void {
    const source = this.slotOf(from);
    if (source === 0) {
      this.clear(to);
      return;
    }
    if (to >= this.frames) return;
    const slot = this.own(to);
    if (this.structures[source] !== 0 || this.structures[slot] !== 0) this.recorder?.page(to, this.view(slot), from);
    this.setStructure(slot, to, this.structures[source]);
    this.noteAll(slot, to);
    this.view(slot).set(this.view(source));
  }

  /** A frame's contents, to be put back later with `restore`; undefined if it has none. */
  save(frame: Frame): SavedPage | undefined {
    const slot = this.slotOf(frame);
    return slot === 0
      ? undefined
      : Object.freeze({ words: this.view(slot).slice(), structure: this.structures[slot] !== 0 });
  }

  /** Puts saved contents into a frame. Nobody hears of it. */
  restore(frame: Frame, saved: SavedPage | undefined): void {
    const slot = this.slotOf(frame);
    if (saved === undefined) {
      if (slot !== 0) this.vacate(frame, slot);
      return;
    }
    const own = this.own(frame);
    this.setStructure(own, frame, saved.structure ? 1 : 0);
    this.noteAll(own, frame);
    this.view(own).set(saved.words);
  }

  /** Makes the present state the one that `baseline` shows. */
  mark(): void {
    this.epoch++;
    if (this.undo) this.undo.repeats = true;
    this.before = new Map();
    this.lastMark++;
  }

  beginUndo(): void {
    this.undo = new ChunkUndo((key, words, at) => {
      this.swap(key, words, at);
    });
    this.checkpointed();
  }

  checkpointed(): void {
    this.epoch++;
  }

  readonly undoBytes = CHUNK_WORDS * 4 + 8;

  /** Memory as it was at the last `mark`. */
  baseline(): MemoryReader {
    const before = this.before;
    return {
      frames: this.frames,
      page: (frame) => (before.has(frame) ? (before.get(frame)?.words ?? ZERO_PAGE) : this.page(frame)),
      word: (frame, index) => (before.has(frame) ? (before.get(frame)?.words[index] ?? 0) : this.word(frame, index)),
    };
  }

  /** Frames written since the last `mark`. */
  touched(): ReadonlyMap<Frame, unknown> {
    return this.before;
  }

  /** Calls back for every frame that has contents, in order. */
  forEach(visit: (frame: Frame, page: Page) => void): void {
    this.directory.forEach((group, index) => {
      if (group === 0) return;
      for (let i = 0; i < FRAMES_PER_GROUP; i++) {
        const slot = this.slots[group * FRAMES_PER_GROUP + i];
        if (slot !== 0) visit(index * FRAMES_PER_GROUP + i, this.view(slot));
      }
    });
  }

  private slotOf(frame: Frame): number {
    if (frame >= this.frames) return 0;
    return this.slots[this.directory[frame >>> GROUP_SHIFT] * FRAMES_PER_GROUP + (frame & (FRAMES_PER_GROUP - 1))];
  }

  private view(slot: number): Page {
    const start = (slot & (PAGES_PER_SLAB - 1)) << PAGE_SHIFT;
    return this.slabs[slot >>> SLAB_SHIFT].subarray(start, start + 1024);
  }

  /** The slot of a frame that is going to be written; what it was at the last mark is kept. */
  private own(frame: Frame): number {
    const slot = this.slotOf(frame);
    if (slot !== 0 && this.epochs[slot] === this.epoch) return slot;
    if (slot === 0 || this.marks[slot] !== this.lastMark) this.noteForMark(frame);
    if (slot === 0) return this.addSlot(frame);
    this.marks[slot] = this.lastMark;
    this.epochs[slot] = this.epoch;
    this.forgetNoted(slot);
    return slot;
  }

  /** Keeps what a frame holds for `baseline`, if it has not been written since the last mark. */
  private noteForMark(frame: Frame): void {
    if (!this.before.has(frame)) this.before.set(frame, this.save(frame));
  }

  /** Keeps what lies around a word for the last checkpoint, if it has not been written since. Precondition: the slot is owned. */
  private note(slot: number, frame: Frame, index: number): void {
    if (this.undo === null) return;
    const chunk = index >>> CHUNK_SHIFT;
    const word = slot * NOTED_WORDS + (chunk >>> 5);
    const bit = 1 << (chunk & 31);
    if ((this.noted[word] & bit) !== 0) return;
    this.noted[word] |= bit;
    const key = frame * KEYS_PER_FRAME + chunk;
    // Reading a page that nobody has written makes the system map it twice.
    if (this.births[slot] === this.epoch) this.undo.note(key, ZERO_PAGE, 0);
    else {
      const at = ((slot & (PAGES_PER_SLAB - 1)) << PAGE_SHIFT) | (chunk << CHUNK_SHIFT);
      this.undo.note(key, this.slabs[slot >>> SLAB_SHIFT], at);
    }
  }

  private forgetNoted(slot: number): void {
    for (let i = 0; i < NOTED_WORDS; i++) this.noted[slot * NOTED_WORDS + i] = 0;
  }

  private noteAll(slot: number, frame: Frame): void {
    if (this.undo === null) return;
    for (let index = 0; index < 1024; index += CHUNK_WORDS) this.note(slot, frame, index);
  }

  /** Keeps a fact about a frame that is no word of it. */
  private noteFact(key: number, value: number): void {
    if (this.undo === null || this.undo.isTurning) return;
    // A fact may change back; then it is there twice.
    this.undo.repeats = true;
    FACT[0] = value;
    this.undo.note(key, FACT, 0);
  }

  private setStructure(slot: number, frame: Frame, structure: number): void {
    if (this.structures[slot] === structure) return;
    this.noteFact(frame * KEYS_PER_FRAME + STRUCTURE, this.structures[slot]);
    this.structures[slot] = structure;
  }

  /** Swaps what the log of changes noted with what is there. */
  private swap(key: number, words: Uint32Array, at: number): void {
    const frame = Math.floor(key / KEYS_PER_FRAME);
    const what = key % KEYS_PER_FRAME;
    this.noteForMark(frame);
    let slot = this.slotOf(frame);
    if (what === PRESENT) {
      const present = words[at];
      words[at] = slot === 0 ? 0 : 1;
      if (present === 0 && slot !== 0) this.freeSlot(frame, slot);
      else if (present === 1 && slot === 0) this.addSlot(frame);
    } else if (what === STRUCTURE) {
      const structure = words[at];
      words[at] = this.structures[slot];
      if (slot !== 0) this.structures[slot] = structure;
    } else {
      if (slot === 0) {
        if (words.subarray(at, at + CHUNK_WORDS).every((word) => word === 0)) return;
        slot = this.addSlot(frame);
      }
      const slab = this.slabs[slot >>> SLAB_SHIFT];
      const to = ((slot & (PAGES_PER_SLAB - 1)) << PAGE_SHIFT) | (what << CHUNK_SHIFT);
      for (let i = 0; i < CHUNK_WORDS; i++) {
        const word = slab[to + i];
        slab[to + i] = words[at + i];
        words[at + i] = word;
      }
    }
  }

  private vacate(frame: Frame, slot: number): void {
    this.noteAll(this.own(frame), frame);
    this.setStructure(slot, frame, 0);
    this.noteFact(frame * KEYS_PER_FRAME + PRESENT, 1);
    this.freeSlot(frame, slot);
  }

  private freeSlot(frame: Frame, slot: number): void {
    this.view(slot).fill(0);
    this.structures[slot] = 0;
    this.setSlot(frame, 0);
    this.freeSlots.push(slot);
  }

  private put(slot: number, frame: Frame, index: number, lo: number, hi: number): void {
    this.note(slot, frame, index << 1);
    const slab = this.slabs[slot >>> SLAB_SHIFT];
    const at = ((slot & (PAGES_PER_SLAB - 1)) << PAGE_SHIFT) | (index << 1);
    if (this.recorder !== null && this.structures[slot] !== 0)
      this.record(frame, index, slab[at], slab[at + 1], lo, hi, false);
    slab[at] = lo;
    slab[at + 1] = hi;
  }

  private record(
    frame: Frame,
    index: number,
    oldLo: number,
    oldHi: number,
    lo: number,
    hi: number,
    hardware: boolean,
  ): void {
    if (((oldLo ^ lo) | (oldHi ^ hi)) !== 0) this.recorder?.entry(frame, index, oldLo, oldHi, lo, hi, hardware);
  }

  private addSlot(frame: Frame): number {
    const slot = this.freeSlots.pop() ?? this.nextSlot();
    this.noteFact(frame * KEYS_PER_FRAME + PRESENT, 0);
    this.marks[slot] = this.lastMark;
    this.epochs[slot] = this.epoch;
    this.births[slot] = this.epoch;
    this.forgetNoted(slot);
    this.setSlot(frame, slot);
    return slot;
  }

  private nextSlot(): number {
    if (this.usedSlots % PAGES_PER_SLAB === 0) this.usedSlots = this.addSlab() * PAGES_PER_SLAB;
    return this.usedSlots++;
  }

  /** @returns the number of the new slab: slot numbers follow from it. */
  private addSlab(): number {
    const { home, slabs } = this;
    const { words, number } = home.slab() ?? {
      words: new Uint32Array(SLAB_WORDS),
      number: Math.max(slabs.length, home.ownSlabs),
    };
    // Numbers that are not slabs: nothing refers to them.
    while (slabs.length < number) slabs.push(words);
    slabs.push(words);
    const slots = slabs.length * PAGES_PER_SLAB;
    this.epochs = grown(this.epochs, slots);
    this.marks = grown(this.marks, slots);
    this.births = grown(this.births, slots);
    this.noted = grown(this.noted, slots * NOTED_WORDS);
    this.structures = grown(this.structures, slots);
    return number;
  }

  /** Room for so many slots. */
  private makeRoom(slots: number): void {
    if (slots <= this.slots.length) return;
    const larger = this.home.int32(this.slots.length * 2);
    larger.set(this.slots);
    this.slots = larger;
    this.tellEngine();
  }

  private tellEngine(): void {
    const address = this.home.address(this.slots);
    this.block[at.MEMORY_SLOTS / 4] = address;
    // What it cannot see is as if it were outside memory.
    this.block[at.MEMORY_FRAMES / 4] = address === 0 ? 0 : this.frames;
  }

  private setSlot(frame: Frame, slot: number): void {
    const index = frame >>> GROUP_SHIFT;
    if (this.directory[index] === 0) {
      this.makeRoom((this.groups + 1) * FRAMES_PER_GROUP);
      this.directory[index] = this.groups++;
    }
    this.slots[this.directory[index] * FRAMES_PER_GROUP + (frame & (FRAMES_PER_GROUP - 1))] = slot;
  }
}

/** The array, or a copy of at least the length asked for and twice the old one. */
function grown<T extends Int32Array | Uint32Array | Uint8Array>(array: T, length: number): T {
  if (length <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
