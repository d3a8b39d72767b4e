import { Random } from '../../machine/random';
import { TraceBatch, TraceKind } from '../batch';
import type { TraceReader } from '../records';
import { put } from './place';

/** Entries of a node: a key of 8 bytes, and the address of a child or a value of 8. */
const FAN_OUT = 64;
const ENTRY = 16;
const NODE = FAN_OUT * ENTRY;

/**
 * Searches for uniformly random keys in a full B-tree: in each node on the way down the probes of a binary search for
 * the last key that is not larger, then the load of what stands beside that key.
 */
export class BTree implements TraceReader {
  readonly total = null;
  private readonly random: Random;
  private left: number;
  /** From the root down: keys below one entry, entries in all, and where the level's first node is. */
  private readonly levels: readonly { readonly keys: number; readonly entries: number; readonly offset: number }[];
  private readonly mostRecords: number;

  constructor(
    private readonly keys: number,
    lookups: number,
    seed: number,
  ) {
    this.random = new Random(seed);
    this.left = lookups;
    this.levels = levelsOf(keys);
    this.mostRecords = this.levels.length * (Math.log2(FAN_OUT) + 2);
  }

  next(batch: TraceBatch): null {
    batch.count = 0;
    for (; this.left > 0 && batch.count + this.mostRecords <= TraceBatch.capacity; this.left--)
      this.search(batch, this.random.below(this.keys));
    return null;
  }

  private search(batch: TraceBatch, key: number): void {
    for (const { keys, entries, offset } of this.levels) {
      const entry = Math.floor(key / keys);
      const node = Math.floor(entry / FAN_OUT);
      const at = offset + node * NODE;
      const wanted = entry % FAN_OUT;
      let low = 0;
      let high = Math.min(FAN_OUT, entries - node * FAN_OUT);
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        put(batch, TraceKind.Load, at + middle * ENTRY);
        if (middle <= wanted) low = middle;
        else high = middle;
      }
      put(batch, TraceKind.Load, at + wanted * ENTRY + 8);
    }
  }
}

/** Levels lie one behind the other, the root first. */
function levelsOf(keys: number): { keys: number; entries: number; offset: number }[] {
  const levels = [{ keys: 1, entries: keys, offset: 0 }];
  while (levels[0].entries > FAN_OUT)
    levels.unshift({ keys: levels[0].keys * FAN_OUT, entries: Math.ceil(levels[0].entries / FAN_OUT), offset: 0 });
  let offset = 0;
  for (const level of levels) {
    level.offset = offset;
    offset += Math.ceil(level.entries / FAN_OUT) * NODE;
  }
  return levels;
}
