import { Random } from '../../machine/random';
import { TraceBatch, TraceKind } from '../batch';
import type { TraceReader } from '../records';
import { put } from './place';

const LINE = 64;

/**
 * Pointer chasing: each cache line holds the address of the next, in one cycle through all of them.
 *
 * The cycle is the image of 0, 1, 2, … under a one-to-one mixing of k-bit numbers; those that are no line are passed
 * over. So it visits each line once before it repeats, and needs no memory.
 */
export class Chase implements TraceReader {
  private readonly lines: number;
  private readonly mask: number;
  private readonly shift: number;
  private readonly factors: readonly [number, number];
  private step: number;
  private left: number;

  /** @param bytes at least one line, at most 2^31 of them. */
  constructor(
    bytes: number,
    readonly total: number,
    seed: number,
  ) {
    const random = new Random(seed);
    this.lines = Math.floor(bytes / LINE);
    const bits = Math.max(2, Math.ceil(Math.log2(this.lines)));
    this.mask = 2 ** bits - 1;
    this.shift = bits >> 1;
    this.factors = [random.next() | 1, random.next() | 1];
    this.step = random.next();
    this.left = total;
  }

  next(batch: TraceBatch): null {
    batch.count = 0;
    while (this.left > 0 && batch.count < TraceBatch.capacity) {
      const line = this.mix(this.step++);
      if (line >= this.lines) continue;
      put(batch, TraceKind.Load, line * LINE);
      this.left--;
    }
    return null;
  }

  /** Multiplying by an odd number and folding high bits onto low ones are one-to-one within the mask. */
  private mix(step: number): number {
    let x = step & this.mask;
    for (const factor of this.factors) {
      x = Math.imul(x, factor) & this.mask;
      x ^= x >>> this.shift;
    }
    return x;
  }
}
