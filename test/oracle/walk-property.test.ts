/** The real walker against the naive one on random states: a fixed seed, and another at every run. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VectorMachine } from '../../simulator/index';
import { compare, walkQuestion } from './naive/arbitrary';
import type { WalkIn } from './vectors';

const machine = new VectorMachine();

/** The access, and the same once more through the TLB: A and D are set by then, and so is the answer. */
function twice(question: WalkIn): string | null {
  machine.load(question);
  const first = compare(question, (q) => machine.access(q));
  if (first !== null) return first;
  const again = compare(question, (q) => machine.access(q));
  return again === null ? null : `again, through the TLB: ${again}`;
}

/** Fails with the first divergence, shrunk; the message of fast-check has the seed. */
function check(seed: number, numRuns: number): void {
  fc.assert(
    fc.property(walkQuestion(), (question) => {
      const divergence = twice(question);
      expect(divergence, divergence ?? '').toBeNull();
    }),
    { seed, numRuns },
  );
}

describe('the real walker and the naive one agree', () => {
  it('on 30,000 states, always the same', () => {
    check(20260401, 30_000);
  });

  it('on 10,000 others', () => {
    check(Math.floor(Math.random() * 2 ** 31), 10_000);
  });
});
