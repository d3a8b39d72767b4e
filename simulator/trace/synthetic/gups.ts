import { Random } from '../../machine/random';
import { TraceBatch, TraceKind } from '../batch';
import type { TraceReader } from '../records';
import { put } from './place';

/** GUPS: 8-byte words of a table, chosen uniformly at random, are read, changed and written back. */
export class Gups implements TraceReader {
  private readonly random: Random;
  private left: number;

  constructor(
    private readonly bytes: number,
    readonly total: number,
    seed: number,
  ) {
    this.random = new Random(seed);
    this.left = total;
  }

  next(batch: TraceBatch): null {
    batch.count = 0;
    const words = Math.floor(this.bytes / 8);
    for (; this.left > 0 && batch.count < TraceBatch.capacity; this.left--)
      put(batch, TraceKind.Modify, this.random.below(words) * 8);
    return null;
  }
}
