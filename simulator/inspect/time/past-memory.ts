import type { Recording } from '../../history/recording';
import { W, WriteKind } from '../../history/recording';
import type { MemoryReader, Page } from '../../machine/memory';
import type { Frame } from '../../units';

/**
 * Entries as they were, or will be, between two recorded writes: the present with writes undone or made again, one at a time.
 * Only what is recorded is told, so contents of data pages are the present ones.
 */
export class PastMemory implements MemoryReader {
  readonly frames: number;
  /** Number of the write that comes next. */
  at: number;
  private readonly pages = new Map<Frame, Page>();

  constructor(
    private readonly base: MemoryReader,
    private readonly recording: Recording,
  ) {
    this.frames = base.frames;
    this.at = recording.writes.cursor;
  }

  page(frame: Frame): Page {
    return this.pages.get(frame) ?? this.base.page(frame);
  }

  word(frame: Frame, index: number): number {
    const page = this.pages.get(frame);
    return page ? page[index] : this.base.word(frame, index);
  }

  /** Goes to just before a write, as far as the recording reaches. */
  goTo(write: number): this {
    const { writes } = this.recording;
    const target = Math.min(Math.max(write, writes.first), writes.count);
    while (this.at > target) this.undo();
    while (this.at < target) this.redo();
    return this;
  }

  /** Takes the last write back. */
  undo(): void {
    const { writes, pages } = this.recording;
    const id = --this.at;
    const page = this.own(writes.get(id, W.Frame));
    if (writes.get(id, W.Kind) === WriteKind.Entry) {
      const word = writes.get(id, W.Index) * 2;
      page[word] = writes.get(id, W.OldLo);
      page[word + 1] = writes.get(id, W.OldHi);
      return;
    }
    const before = pages.get(id);
    if (before) page.set(before);
    else page.fill(0);
  }

  /** Makes the next write again. */
  redo(): void {
    const { writes } = this.recording;
    const id = this.at++;
    const page = this.own(writes.get(id, W.Frame));
    const kind: WriteKind = writes.get(id, W.Kind);
    if (kind === WriteKind.Entry) {
      const word = writes.get(id, W.Index) * 2;
      page[word] = writes.get(id, W.NewLo);
      page[word + 1] = writes.get(id, W.NewHi);
    } else if (kind === WriteKind.Clear) page.fill(0);
    else page.set(this.page(writes.get(id, W.OldLo)));
  }

  private own(frame: Frame): Page {
    let page = this.pages.get(frame);
    if (!page) {
      page = this.base.page(frame).slice();
      this.pages.set(frame, page);
    }
    return page;
  }
}

/** Notes which entries are read through it. */
export class TracedReader implements MemoryReader {
  readonly frames: number;
  /** frame × 512 + index of each entry read. */
  readonly entries = new Set<number>();
  readonly touched = new Set<Frame>();

  constructor(private readonly base: MemoryReader) {
    this.frames = base.frames;
  }

  page(frame: Frame): Page {
    this.touched.add(frame);
    return this.base.page(frame);
  }

  word(frame: Frame, index: number): number {
    this.entries.add(frame * 512 + (index >>> 1));
    this.touched.add(frame);
    return this.base.word(frame, index);
  }

  /** Forgets what was read. */
  clear(): void {
    this.entries.clear();
    this.touched.clear();
  }
}

/** True if a recorded write changes something that was read. */
export function touches(recording: Recording, id: number, read: TracedReader): boolean {
  const { writes } = recording;
  const frame = writes.get(id, W.Frame);
  if (!read.touched.has(frame)) return false;
  return writes.get(id, W.Kind) !== WriteKind.Entry || read.entries.has(frame * 512 + writes.get(id, W.Index));
}
