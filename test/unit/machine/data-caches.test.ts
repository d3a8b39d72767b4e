import { describe, expect, it } from 'vitest';
import { costProfile } from '../../../simulator/costs/profiles';
import type { CostProfile } from '../../../simulator/costs/profile';
import { DataCaches } from '../../../simulator/machine/data-caches';
import { Random } from '../../../simulator/machine/random';

const skylake = costProfile('skylake-sp')!;
const small: CostProfile = {
  ...skylake,
  caches: {
    l1: { bytes: 64 * 64 * 2, ways: 2, latency: 1 },
    l2: { bytes: 128 * 64 * 3, ways: 3, latency: 10 },
    llc: { bytes: 256 * 64 * 11, ways: 11, latency: 50 },
    memory: 200,
  },
};

const FRAMES = 1000;

/** Lists of lines, one for each set, newest first. */
class Lists {
  private readonly sets: number[][];
  constructor(
    sets: number,
    private readonly ways: number,
  ) {
    this.sets = Array.from({ length: sets }, () => []);
  }
  touch(line: number): boolean {
    const set = line % this.sets.length;
    const had = this.sets[set].includes(line);
    this.sets[set] = [line, ...this.sets[set].filter((l) => l !== line)].slice(0, this.ways);
    return had;
  }
}

describe('data caches', () => {
  // 65,535 values of a tag fit two bytes: the two lines of each pair are the last that do and the first that do not.
  it.each([100, 2 * 65_535, 2 * 65_535 + 1, 4 * 65_535, 4 * 65_535 + 1, 2 ** 28])(
    'answer where lists of lines in the order of use would, in a memory of %i frames',
    (frames) => {
      const caches = new DataCaches(small, DataCaches.shared(small, frames), frames);
      const l1 = new Lists(64, 2);
      const l2 = new Lists(128, 3);
      const llc = new Lists(256, 11);
      const random = new Random(7);
      const answers = [0, 0, 0, 0];
      for (let i = 0; i < 20_000; i++) {
        // The first and the last ones, and few lines of each, so that sets fill up.
        const far = random.below(60);
        const frame = far % 3 === 0 ? far : frames - 1 - far;
        const line = random.below(8);
        const number = frame * 64 + line;
        const expected = l1.touch(number) ? 0 : l2.touch(number) ? 1 : llc.touch(number) ? 2 : 3;
        if (caches.reference(frame, line) !== expected) expect.fail(`frame ${frame}, line ${line}, access ${i}`);
        answers[expected]++;
      }
      expect(Math.min(...answers)).toBeGreaterThan(100);
    },
  );

  it('know frame 0 from an empty way', () => {
    const caches = new DataCaches(small, DataCaches.shared(small, FRAMES), FRAMES);
    expect(caches.reference(0, 0)).toBe(3);
    expect(caches.reference(0, 0)).toBe(0);
  });

  it('keep nothing of where no memory is', () => {
    const caches = new DataCaches(small, DataCaches.shared(small, FRAMES), FRAMES);
    for (const frame of [FRAMES, 2 ** 40 - 1]) {
      expect(caches.reference(frame, 0)).toBe(3);
      expect(caches.reference(frame, 0)).toBe(3);
    }
  });

  it('share the last level between vCPUs, and no other', () => {
    const llc = DataCaches.shared(small, FRAMES);
    const one = new DataCaches(small, llc, FRAMES);
    const other = new DataCaches(small, llc, FRAMES);
    expect(one.reference(5, 1)).toBe(3);
    expect(other.reference(5, 1)).toBe(2);
    expect(other.reference(5, 1)).toBe(0);
  });
});
