import type { Frame } from '../units';

/** 4 KiB as 1024 little-endian 32-bit words: entry i is words 2i (low) and 2i+1 (high). */
export type Page = Uint32Array;

const GROUP_SHIFT = 9;
const FRAMES_PER_GROUP = 1 << GROUP_SHIFT;
const ZERO_PAGE: Page = new Uint32Array(1024);

interface Group {
  readonly pages: (Page | undefined)[];
  /** Epoch in which the page was last made writable; pages of older epochs are shared with the baseline. */
  readonly epochs: Uint32Array;
}

/** Something to read physical memory from: the present, or the state at the last stop. */
export interface MemoryReader {
  readonly frames: number;
  /** The page's words; must not be written. */
  page(frame: Frame): Page;
}

/**
 * Host-physical memory, up to 1 TiB, sparse and copy-on-write: a frame that was never written reads as zero and
 * costs nothing. Frames outside memory read as zero, and writes to them are dropped, as on an empty bus.
 */
export class PhysicalMemory implements MemoryReader {
  readonly frames: number;
  private readonly groups: (Group | undefined)[];
  private epoch = 1;
  private before = new Map<Frame, Page | undefined>();

  /** @param frames size in 4 KiB frames, at most 2^28 (1 TiB). */
  constructor(frames: number) {
    this.frames = frames;
    this.groups = new Array<Group | undefined>(Math.ceil(frames / FRAMES_PER_GROUP));
  }

  page(frame: Frame): Page {
    if (frame >= this.frames) return ZERO_PAGE;
    return this.groups[frame >>> GROUP_SHIFT]?.pages[frame & (FRAMES_PER_GROUP - 1)] ?? ZERO_PAGE;
  }

  /** The page's words for writing. */
  writable(frame: Frame): Page {
    if (frame >= this.frames) return new Uint32Array(1024);
    const index = frame >>> GROUP_SHIFT;
    const group = this.groups[index] ?? this.addGroup(index);
    const slot = frame & (FRAMES_PER_GROUP - 1);
    const page = group.pages[slot];
    return page !== undefined && group.epochs[slot] === this.epoch ? page : this.own(group, slot, frame);
  }

  /** Writes 64-bit entry `index` (0 to 511) of a frame. */
  writeEntry(frame: Frame, index: number, lo: number, hi: number): void {
    const page = this.writable(frame);
    page[index * 2] = lo;
    page[index * 2 + 1] = hi;
  }

  /** Loads 1, 2, 4 or 8 bytes at a byte offset inside one frame; the result's halves are in `lo` and `hi`. */
  load(frame: Frame, offset: number, bytes: number): void {
    const page = this.page(frame);
    const word = offset >>> 2;
    if (bytes === 8 && (offset & 3) === 0) {
      this.lo = page[word]!;
      this.hi = page[word + 1]!;
      return;
    }
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
    const page = this.writable(frame);
    if (bytes === 8 && (offset & 3) === 0) {
      page[offset >>> 2] = lo;
      page[(offset >>> 2) + 1] = hi;
      return;
    }
    for (let i = 0; i < bytes; i++) {
      const byte = ((i < 4 ? lo >>> (i * 8) : hi >>> ((i - 4) * 8)) & 0xff) >>> 0;
      const at = (offset + i) >>> 2;
      const shift = ((offset + i) & 3) * 8;
      page[at] = (page[at] & ~(0xff << shift)) | (byte << shift);
    }
  }

  /** Makes a frame all zero. */
  clear(frame: Frame): void {
    if (this.page(frame) !== ZERO_PAGE) this.writable(frame).fill(0);
  }

  /** Copies one frame's contents to another. */
  copy(from: Frame, to: Frame): void {
    const source = this.page(from);
    if (source === ZERO_PAGE) this.clear(to);
    else this.writable(to).set(source);
  }

  /** Makes the present state the one that `baseline` shows. */
  mark(): void {
    this.epoch++;
    this.before = new Map();
  }

  /** Memory as it was at the last `mark`. */
  baseline(): MemoryReader {
    const before = this.before;
    return {
      frames: this.frames,
      page: (frame) => (before.has(frame) ? (before.get(frame) ?? ZERO_PAGE) : this.page(frame)),
    };
  }

  /** Frames written since the last `mark`. */
  touched(): ReadonlyMap<Frame, unknown> {
    return this.before;
  }

  /** Calls back for every frame that has contents, in order. */
  forEach(visit: (frame: Frame, page: Page) => void): void {
    this.groups.forEach((group, index) => {
      group?.pages.forEach((page, slot) => {
        if (page) visit(index * FRAMES_PER_GROUP + slot, page);
      });
    });
  }

  private addGroup(index: number): Group {
    const group: Group = {
      pages: new Array<Page | undefined>(FRAMES_PER_GROUP),
      epochs: new Uint32Array(FRAMES_PER_GROUP),
    };
    this.groups[index] = group;
    return group;
  }

  private own(group: Group, slot: number, frame: Frame): Page {
    const old = group.pages[slot];
    const page = old ? old.slice() : new Uint32Array(1024);
    group.pages[slot] = page;
    group.epochs[slot] = this.epoch;
    this.before.set(frame, old);
    return page;
  }
}
