import { expect } from 'vitest';
import type { RunOptions, Simulation, WatchSpec } from '../../../simulator/index';
import { start } from '../scenarios/check';

/** One stop at a watch: its text, and where the run stands: line of the statement and step of the operation, if any. */
export interface WatchStop {
  readonly watch: number;
  readonly text: string;
  readonly line: number;
  readonly at: string;
}

/** A run with watches set from the beginning. */
export function watched(text: string, watches: readonly WatchSpec[], options: RunOptions = {}): Simulation {
  const simulation = start(text, options);
  expect(simulation.setWatches(watches)).toEqual(watches.map(() => null));
  return simulation;
}

/** Runs to the end. @returns all stops at watches. */
export function watchStops(simulation: Simulation, budget = 1_000_000): WatchStop[] {
  const stops: WatchStop[] = [];
  for (;;) {
    const stop = simulation.run({ mode: 'continue', task: 0, budget });
    if (stop.reason === 'budget') continue;
    if (stop.reason !== 'watch') {
      expect(stop).toEqual({ reason: 'ended', deadlock: null });
      return stops;
    }
    const stack = simulation.stack(stop.task);
    const scenario = stack.find((frame) => frame.source.kind === 'scenario')?.source;
    stops.push({
      watch: stop.watch,
      text: stop.text,
      line: scenario?.kind === 'scenario' ? scenario.range.startLine + 1 : 0,
      at: stack[0].kind === 'function' ? '' : stack[0].name,
    });
  }
}

export const twoVms = (body: string, tlb = 'skylake-sp'): string => `machine { memory 64M tlb ${tlb} }
vm web { memory 16M }
vm evil { memory 16M }
${body}`;
/** The frame of the first page that `app` touches. */
export const HEAP = '0x70000000';

export const FIRST_TOUCH = twoVms(`process app in web {
  let heap = mmap(8K, rw, 0x7000_0000)
  write(heap, 1)
  write(heap, 2)
  munmap(heap, 4K)
  print "done"
}`);
