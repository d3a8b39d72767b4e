import { TrackedArray } from '../machine/tracked';
import { FRAMES_2M, type GuestFrame } from '../units';

/** The guest kernel's frame allocator and reference counts (Linux: buddy allocator and struct page). */
export class GuestFrames {
  private readonly counts: TrackedArray<Uint16Array>;
  private cursor = 0;
  free: number;

  constructor(
    readonly first: GuestFrame,
    readonly frames: number,
    /** Told of each frame that nobody refers to any more. */
    private readonly freed: (gfn: GuestFrame) => void = () => undefined,
  ) {
    this.counts = new TrackedArray(new Uint16Array(frames));
    this.free = frames;
    // Frame 0 of ordinary memory is never used, so that 0 can mean "none".
    this.counts.data[0] = 1;
    this.free--;
  }

  count(gfn: GuestFrame): number {
    return this.counts.data[gfn - this.first] ?? 0;
  }

  /** True if any of so many frames has more than one reference. */
  anyShared(first: GuestFrame, frames: number): boolean {
    for (let i = 0; i < frames; i++) if (this.count(first + i) > 1) return true;
    return false;
  }

  /** Takes `count` contiguous frames, a power of two, aligned to it; the lowest from a moving cursor. @returns the first, or -1. */
  take(count = 1): GuestFrame {
    if (this.free < count) return -1;
    const start = this.cursor - (this.cursor % count);
    for (let n = 0, at = start; n <= this.frames; n += count, at = at + count < this.frames ? at + count : 0) {
      let i = 0;
      // Alignment is of the guest frame number, which only differs from `at` under native paging, where `first` is aligned too.
      while (i < count && at + i < this.frames && this.counts.data[at + i] === 0) i++;
      if (i < count) continue;
      this.counts.touchAll(at, at + count);
      this.counts.data.fill(1, at, at + count);
      this.free -= count;
      this.cursor = at + count < this.frames ? at + count : 0;
      return this.first + at;
    }
    return -1;
  }

  /** Takes 2 MiB, aligned. @returns the first frame, or -1. */
  takeHuge(): GuestFrame {
    return this.take(FRAMES_2M);
  }

  share(gfn: GuestFrame): void {
    this.counts.touch(gfn - this.first);
    this.counts.data[gfn - this.first]++;
  }

  /** Drops a reference. @returns true if it was the last. */
  drop(gfn: GuestFrame): boolean {
    const at = gfn - this.first;
    if (at < 0 || at >= this.frames || this.counts.data[at] === 0) return false;
    this.counts.touch(at);
    if (--this.counts.data[at] > 0) return false;
    this.free++;
    this.freed(gfn);
    return true;
  }
}
