import type { Random } from '../machine/random';
import { TrackedArray } from '../machine/tracked';
import { FRAMES_2M, type Frame } from '../units';

/** What the host has put into a frame; the tag table says whose it is, this says what for. */
export const enum Use {
  Free = 0,
  /** Backs a guest frame. */
  Guest,
  Nested,
  TagTable,
  Map,
  Host,
  /** Holds a shadow table. */
  Shadow,
}

/**
 * The host's frame allocator. Frame 0 and the tag table are never given out. Deterministic: the same requests give
 * the same frames.
 */
export class HostFrames {
  private readonly use: TrackedArray<Uint8Array>;
  /** Free frames in each 2 MiB: lets questions about all of memory skip what is empty. */
  private readonly freeIn: Uint16Array;
  private cursor = 1;
  private hugeCursor: number;
  free: number;

  /** @param frames all frames of the machine; those from `end` on hold the tag table. */
  constructor(
    readonly frames: number,
    readonly end: number,
  ) {
    this.use = new TrackedArray(new Uint8Array(frames));
    this.use.data.fill(Use.TagTable, end);
    this.use.data[0] = Use.Host;
    this.free = end - 1;
    this.freeIn = new Uint16Array(Math.ceil(frames / FRAMES_2M));
    for (let block = 0; block * FRAMES_2M < end; block++)
      this.freeIn[block] = Math.min(FRAMES_2M, end - block * FRAMES_2M);
    this.freeIn[0]--;
    this.hugeCursor = FRAMES_2M;
  }

  useOf(frame: Frame): Use {
    return this.use.data[frame] ?? Use.Host;
  }

  /** True if all of the 2 MiB that begin at a frame are free. */
  isFree2M(first: Frame): boolean {
    return this.freeIn[first / FRAMES_2M] === FRAMES_2M;
  }

  /** Takes a frame: the next free one from the bottom. @returns the frame, or -1 if memory is full. */
  take(use: Use): Frame {
    if (this.free === 0) return -1;
    while (this.use.data[this.cursor] !== Use.Free) this.cursor = this.cursor + 1 < this.end ? this.cursor + 1 : 1;
    return this.claim(this.cursor, use);
  }

  /** Takes one particular frame. @returns false if it is not free. */
  takeAt(frame: Frame, use: Use): boolean {
    if (frame <= 0 || frame >= this.end || this.use.data[frame] !== Use.Free) return false;
    this.claim(frame, use);
    return true;
  }

  /** Takes a frame at random. @returns the frame, or -1 if memory is full. */
  takeScattered(use: Use, random: Random): Frame {
    if (this.free === 0) return -1;
    let frame = 1 + random.below(this.end - 1);
    while (this.use.data[frame] !== Use.Free) frame = frame + 1 < this.end ? frame + 1 : 1;
    return this.claim(frame, use);
  }

  /** Takes 512 contiguous frames, aligned to 2 MiB. @returns the first, or -1 if there are none. */
  takeHuge(use: Use): Frame {
    for (let tries = 0; tries * FRAMES_2M < this.end; tries++) {
      const first = this.hugeCursor;
      this.hugeCursor += FRAMES_2M;
      if (this.hugeCursor + FRAMES_2M > this.end) this.hugeCursor = FRAMES_2M;
      if (first + FRAMES_2M > this.end) continue;
      let i = 0;
      while (i < FRAMES_2M && this.use.data[first + i] === Use.Free) i++;
      if (i < FRAMES_2M) continue;
      for (i = 0; i < FRAMES_2M; i++) this.claim(first + i, use);
      return first;
    }
    return -1;
  }

  /** Takes `count` contiguous frames, the first a multiple of `align`. @returns the first, or -1 if there are none. */
  takeRun(count: number, use: Use, align = 1): Frame {
    let run = 0;
    for (let frame = 1; frame < this.end; frame++) {
      const fits = this.use.data[frame] === Use.Free && (run > 0 || frame % align === 0);
      run = fits ? run + 1 : 0;
      if (run < count) continue;
      const first = frame - count + 1;
      for (let i = first; i <= frame; i++) this.claim(i, use);
      return first;
    }
    return -1;
  }

  /** A frame that was given out is the host's own from now on. */
  keep(frame: Frame): void {
    if (this.use.data[frame] === Use.Free) return;
    this.use.touch(frame);
    this.use.data[frame] = Use.Host;
  }

  release(frame: Frame): void {
    // Frame 0 and the tag table were never given out: a wrong entry must not put them on the free list.
    if (frame <= 0 || frame >= this.end || this.use.data[frame] === Use.Free) return;
    this.use.touch(frame);
    this.use.data[frame] = Use.Free;
    this.free++;
    this.freeIn[Math.floor(frame / FRAMES_2M)]++;
  }

  private claim(frame: Frame, use: Use): Frame {
    this.use.touch(frame);
    this.use.data[frame] = use;
    this.free--;
    this.freeIn[Math.floor(frame / FRAMES_2M)]--;
    return frame;
  }
}
