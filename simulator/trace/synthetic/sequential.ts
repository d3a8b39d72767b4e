import { TraceBatch, TraceKind } from '../batch';
import type { TraceReader } from '../records';
import { put } from './place';

/** Loads of 8 bytes one after the other, from the start again at the end. */
export class Sequential implements TraceReader {
  private offset = 0;
  private left: number;

  constructor(
    private readonly bytes: number,
    readonly total: number,
  ) {
    this.left = total;
  }

  next(batch: TraceBatch): null {
    batch.count = 0;
    for (; this.left > 0 && batch.count < TraceBatch.capacity; this.left--) {
      put(batch, TraceKind.Load, this.offset);
      this.offset += 8;
      if (this.offset + 8 > this.bytes) this.offset = 0;
    }
    return null;
  }
}
