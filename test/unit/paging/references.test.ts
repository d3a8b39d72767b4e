/** How many table entries a walk reads: n for n levels, g(h + 1) + h in two dimensions. */
import { describe, expect, it } from 'vitest';
import { StepKind, WalkFault } from '../../../simulator/paging/walk';
import { ask, flatBench, GUEST_AT, mapNested, nestedBench } from './tables';
import type { LeafLevel, Levels } from './tables';

const LEVELS: readonly Levels[] = [4, 5];
const LEAVES: readonly LeafLevel[] = [1, 2, 3];
const ENTRY: number = StepKind.Entry;
const SIZES = ['', '4 KiB', '2 MiB', '1 GiB'];
/** An address whose indices all differ, and the frame (aligned to 1 GiB) under it. */
const VA = 0x0000_1234_5678_9000n;
const FRAME = 0x40000;
/** Frames from the page's first to the one of VA. */
const offsetIn = (leaf: LeafLevel): number => Number((VA >> 12n) & BigInt(512 ** (leaf - 1) - 1));

function checkFlat(levels: Levels, leaf: LeafLevel, wanted: number): void {
  const bench = flatBench(levels);
  bench.guest.map(VA, FRAME, leaf);
  const w = ask(bench, VA);
  expect(w.fault).toBe(WalkFault.None);
  expect([w.references, w.nestedReferences, w.tagLookups, w.steps]).toEqual([wanted, 0, 0, wanted]);
  expect(w.resultFrame).toBe(FRAME + offsetIn(leaf));
  expect([w.shift, w.pageShift]).toEqual([3 + 9 * leaf, 3 + 9 * leaf]);
}

function checkNested(levels: Levels, leaf: LeafLevel, nestedLevels: Levels, nestedLeaf: LeafLevel): number {
  const bench = nestedBench(levels, nestedLevels);
  // Guest memory of 1 GiB at gPA 0 and 1: tables in the first, the page in the second.
  bench.guest.map(VA, FRAME, leaf);
  mapNested(bench, [...bench.guest.numbers(), FRAME + offsetIn(leaf)], nestedLeaf);
  const w = ask(bench, VA);
  expect(w.fault).toBe(WalkFault.None);
  expect(w.resultFrame).toBe(GUEST_AT + FRAME + offsetIn(leaf));
  expect(w.shift).toBe(3 + 9 * Math.min(leaf, nestedLeaf));
  expect(w.pageShift).toBe(3 + 9 * leaf);
  expect(w.steps).toBe(w.references);
  const guestSteps = w.kind.slice(0, w.steps).filter((kind) => kind === ENTRY).length;
  expect(guestSteps).toBe(levels - leaf + 1);
  expect(w.references - w.nestedReferences).toBe(guestSteps);
  return w.references;
}

describe('references of a native walk', () => {
  const cases = LEVELS.flatMap((levels) => LEAVES.map((leaf) => [levels, leaf, levels - leaf + 1] as const));
  it.each(cases)('%i levels, leaf at level %i: %i', checkFlat);
});

describe('references of a nested walk', () => {
  it('are the published ones: 24, 35, and 15 for 2 MiB in both dimensions', () => {
    expect(checkNested(4, 1, 4, 1)).toBe(24);
    expect(checkNested(5, 1, 5, 1)).toBe(35);
    expect(checkNested(4, 2, 4, 2)).toBe(15);
  });

  const cases = LEVELS.flatMap((levels) =>
    LEAVES.flatMap((leaf) => LEVELS.flatMap((nested) => LEAVES.map((host) => [levels, leaf, nested, host] as const))),
  );
  it.each(cases)('%i levels to level %i over %i levels to level %i', (levels, leaf, nested, host) => {
    const g = levels - leaf + 1;
    const h = nested - host + 1;
    expect(checkNested(levels, leaf, nested, host)).toBe(g * (h + 1) + h);
  });
});

describe('references of a TPT walk', () => {
  const cases = LEVELS.flatMap((levels) => LEAVES.map((leaf) => [levels, leaf] as const));
  it.each(cases)('%i levels, leaf at level %i: native ones, and a tag look-up for each frame', (levels, leaf) => {
    const bench = flatBench(levels, 'asid');
    bench.guest.map(VA, FRAME, leaf);
    for (const table of bench.guest.numbers()) bench.tags.assign(table, 1, table);
    bench.tags.assign(FRAME + offsetIn(leaf), 1, 7);
    const w = ask(bench, VA);
    const n = levels - leaf + 1;
    expect(w.fault).toBe(WalkFault.None);
    expect([w.references, w.nestedReferences, w.tagLookups, w.steps]).toEqual([n, 0, n + 1, 2 * n + 1]);
    expect([...w.kind.slice(0, w.steps)]).toEqual([
      ...Array.from({ length: n }, () => [StepKind.TableTag, StepKind.Entry]).flat(),
      StepKind.FinalTag,
    ]);
    expect(w.resultFrame, SIZES[leaf]).toBe(FRAME + offsetIn(leaf));
  });
});
