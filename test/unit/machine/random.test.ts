import { describe, expect, it } from 'vitest';
import { RollingHash } from '../../../simulator/machine/hash';
import { Random } from '../../../simulator/machine/random';

const first = (seed: number, count: number): number[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.next());
};

/** xoshiro128** by Blackman and Vigna with the state from SplitMix32, in bigint. */
function reference(seed: number, count: number): number[] {
  const M = 0xffff_ffffn;
  const s: bigint[] = [];
  let x = BigInt(seed >>> 0);
  for (let i = 0; i < 4; i++) {
    x = (x + 0x9e3779b9n) & M;
    let z = x;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & M;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & M;
    s.push(z ^ (z >> 16n));
  }
  const rotl = (v: bigint, k: bigint): bigint => ((v << k) | (v >> (32n - k))) & M;
  return Array.from({ length: count }, () => {
    const result = (rotl((s[1] * 5n) & M, 7n) * 9n) & M;
    const t = (s[1] << 9n) & M;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11n);
    return Number(result);
  });
}

describe('random numbers', () => {
  it.each([0, 1, 42, -1, 2 ** 31, 0xffff_ffff])('seed %i: the published generator, again and again', (seed) => {
    expect(first(seed, 200)).toEqual(reference(seed, 200));
    expect(first(seed, 50)).toEqual(first(seed, 50));
  });

  it('differ between neighbouring seeds', () => {
    const starts = Array.from({ length: 1000 }, (_, seed) => first(seed, 1)[0]);
    expect(new Set(starts).size).toBeGreaterThan(995);
  });

  it('stay below their bound and reach all of it', () => {
    const random = new Random(7);
    for (const bound of [1, 2, 3, 10, 1000, 2 ** 32, 2 ** 40, 2 ** 53]) {
      for (let i = 0; i < 200; i++) {
        const n = random.below(bound);
        expect(Number.isInteger(n) && n >= 0 && n < bound, `${n} below ${bound}`).toBe(true);
      }
    }
    const seen = new Set(Array.from({ length: 500 }, () => random.below(10)));
    expect(seen.size).toBe(10);
    const large = Array.from({ length: 200 }, () => random.below(2 ** 53));
    expect(Math.max(...large)).toBeGreaterThan(2 ** 52);
    expect(large.some((n) => n % 2 === 1)).toBe(true);
  });
});

describe('rolling hash', () => {
  const of = (...words: number[]): string => {
    const hash = new RollingHash();
    for (const word of words) hash.add(word);
    return hash.digest();
  };

  it('is 16 hex digits, the same for the same words', () => {
    expect(of()).toMatch(/^0x[0-9a-f]{16}$/);
    expect(of(1, 2, 3)).toBe(of(1, 2, 3));
    expect(of(-1)).toBe(of(0xffff_ffff));
  });

  it('sees order, number and every bit of its words', () => {
    const hashes = new Set([of(), of(0), of(0, 0), of(1, 2), of(2, 1)]);
    for (let bit = 0; bit < 32; bit++) hashes.add(of(1 << bit, 0, 0));
    for (let bit = 0; bit < 32; bit++) hashes.add(of(0, 0, 1 << bit));
    expect(hashes.size).toBe(5 + 64);
  });

  it('has few collisions', () => {
    const random = new Random(3);
    const seen = new Set(Array.from({ length: 20_000 }, () => of(random.below(1000), random.below(1000), 5)));
    const pairs = new Set<string>();
    const again = new Random(3);
    for (let i = 0; i < 20_000; i++) pairs.add(`${again.below(1000)} ${again.below(1000)}`);
    expect(seen.size).toBe(pairs.size);
  });

  it('sees where one text ends and the next begins', () => {
    const text = (...parts: string[]): string => {
      const hash = new RollingHash();
      for (const part of parts) hash.addText(part);
      return hash.digest();
    };
    expect(text('ab', 'c')).not.toBe(text('a', 'bc'));
    expect(text('')).not.toBe(text());
  });
});
