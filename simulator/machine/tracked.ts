import { type Rewindable, UndoChain } from './undo';

const CHUNK_SHIFT = 10;
const CHUNK = 1 << CHUNK_SHIFT;

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/**
 * A large array of numbers that can be put back to what it was at a checkpoint, without a copy of all of it for each. Reads go
 * to `data`; whoever writes an element calls `touch` before.
 */
export class TrackedArray<T extends Numbers> implements Rewindable {
  undo: UndoChain<Numbers> | null = null;
  /** 1 for a chunk that need not be noted. */
  private readonly noted: Uint8Array;

  constructor(readonly data: T) {
    this.noted = new Uint8Array(Math.ceil(data.length / CHUNK)).fill(1);
  }

  /** Element `i` is about to change. */
  touch(i: number): void {
    const chunk = i >>> CHUNK_SHIFT;
    if (this.noted[chunk] === 0) this.note(chunk);
  }

  /** Elements from `start` to before `end` are about to change. */
  touchAll(start: number, end: number): void {
    for (let i = start; i < end; i += CHUNK) this.touch(i);
    if (end > start) this.touch(end - 1);
  }

  beginUndo(): void {
    this.undo = new UndoChain({
      read: (chunk) => this.data.slice(chunk * CHUNK, (chunk + 1) * CHUNK),
      write: (chunk, copy) => {
        this.data.set(copy, chunk * CHUNK);
      },
    });
    this.checkpointed();
  }

  checkpointed(): void {
    this.noted.fill(0);
  }

  get undoBytes(): number {
    return CHUNK * this.data.BYTES_PER_ELEMENT;
  }

  private note(chunk: number): void {
    this.noted[chunk] = 1;
    const { undo } = this;
    if (undo?.lacks(chunk)) undo.note(chunk, this.data.slice(chunk * CHUNK, (chunk + 1) * CHUNK));
  }
}
