import { describe, expect, it } from 'vitest';
import { AssociativeCache } from '../../../simulator/machine/associative';
import { Random } from '../../../simulator/machine/random';

/** The same as a list of keys, newest first. */
class ListModel {
  keys: string[] = [];
  constructor(private readonly capacity: number) {}
  use(key: string): boolean {
    const had = this.keys.includes(key);
    this.keys = [key, ...this.keys.filter((k) => k !== key)].slice(0, this.capacity);
    return had;
  }
  remove(key: string): void {
    this.keys = this.keys.filter((k) => k !== key);
  }
}

const keysOf = (cache: AssociativeCache): string[] => {
  const keys: string[] = [];
  cache.forEach((slot) => keys.push(`${cache.keyHi[slot]}:${cache.keyLo[slot]}`));
  return keys;
};

describe('a fully associative cache', () => {
  it.each([1, 2, 4, 32, 100])('of %i entries keeps to a list in the order of use', (capacity) => {
    const cache = new AssociativeCache(capacity);
    const model = new ListModel(capacity);
    const random = new Random(capacity);
    for (let i = 0; i < 3000; i++) {
      // More keys than entries; some differ in the high word alone.
      const lo = random.below(capacity + 3) * 0x1000_0001;
      const hi = random.below(2);
      const key = `${hi}:${lo | 0}`;
      const slot = cache.find(lo | 0, hi);
      if (random.below(10) === 0) {
        cache.remove((other) => other === slot);
        model.remove(key);
      } else {
        expect(model.use(key)).toBe(slot >= 0);
        if (slot >= 0) cache.touch(slot);
        else cache.insert(lo | 0, hi);
      }
      expect(keysOf(cache)).toEqual(model.keys);
    }
  });

  it('links more entries than 16 bits can number', () => {
    const cache = new AssociativeCache(40_000);
    for (let i = 0; i < 40_001; i++) cache.insert(i, 0);
    expect(cache.find(0, 0)).toBe(-1);
    expect(cache.find(1, 0)).toBe(1);
    expect(keysOf(cache).slice(0, 2)).toEqual(['0:40000', '0:39999']);
  });

  it('looks without changing the order', () => {
    const cache = new AssociativeCache(2);
    cache.insert(1, 0);
    cache.insert(2, 0);
    expect(cache.find(1, 0)).toBeGreaterThanOrEqual(0);
    cache.insert(3, 0);
    expect(cache.find(1, 0)).toBe(-1);
  });
});
