import { expect, test } from 'vitest';
import type { RunOptions } from '../../../simulator/index';
import { complete, start } from './check';

/** 2 MiB at a 2 MiB-aligned address, touched; tables lie between the first frames, so that later ones are asked for. */
const SCENARIO = `
machine { memory 256M tags asid tlb none }
vm web { memory 64M }
process redis in web {
  let heap = mmap(2M, rw)
  touch(heap, 2M)
  read(heap + 8K)
  for i in 8..10 {
    print "{frame_of(redis, heap + i * 4K)}"
  }
}
`;

const run = (options: RunOptions): { counters: Readonly<Record<string, number>>; frames: number[] } => {
  const simulation = start(SCENARIO, options);
  expect(complete(simulation)).toEqual({ reason: 'ended', deadlock: null });
  return {
    counters: simulation.summary().counters,
    frames: simulation.takeOutput().map((said) => Number(said.text)),
  };
};

test('page: all areas ask for huge pages', () => {
  expect(run({ scheme: 'native' }).counters['page_faults']).toBe(512);
  expect(run({ scheme: 'native', page: '4K' }).counters['page_faults']).toBe(512);
  const huge = run({ scheme: 'native', page: '2M' });
  expect(huge.counters['page_faults']).toBe(1);
  expect(huge.frames[0] % 512).toBe(8);
});

test('backing: which host frames a VM gets', () => {
  const near = run({ scheme: 'nested', backing: 'contiguous' }).frames;
  expect(near[1]).toBe(near[0] + 1);
  const far = run({ scheme: 'nested', backing: 'scattered' }).frames;
  expect(far[1]).not.toBe(far[0] + 1);
  // A nested fault for each 2 MiB of guest memory instead of one for each page.
  expect(run({ scheme: 'nested', backing: 'huge' }).counters['npfs']).toBeLessThan(10);
  expect(run({ scheme: 'nested', backing: 'contiguous' }).counters['npfs']).toBeGreaterThan(512);
});

test('tptProfile: the prototype enters and leaves by hypercalls', () => {
  expect(run({ tptProfile: 'hardware' }).counters['hypercalls']).toBe(0);
  expect(run({ tptProfile: 'prototype' }).counters['hypercalls']).toBeGreaterThan(1000);
});

test('lookup: one for each frame that is checked, or one with each reference to a table', () => {
  const lookups = (options: RunOptions): number => run(options).counters['tag_lookups'];
  const perFrame = lookups({ lookup: 'per-frame' });
  expect(lookups({})).toBe(perFrame);
  expect(lookups({ lookup: 'per-reference' })).not.toBe(perFrame);
  expect(perFrame).toBeGreaterThan(0);
});
