import { expect } from 'vitest';
import { compileScenario, Simulation, type RunOptions, type Stop } from '../../../simulator/index';

/** What a scenario has to come to; what is left out is not looked at. */
export interface Expected extends RunOptions {
  /** Exactly these faults, by kind. */
  readonly faults?: Readonly<Record<string, number>>;
  /** Final values of these counters. */
  readonly counters?: Readonly<Record<string, number>>;
  /** Texts of the expectations that fail, in order; none by default. */
  readonly fails?: readonly (string | RegExp)[];
  /** Printed lines. */
  readonly prints?: readonly string[];
  /** Limit that stops it, with the 1-based line. */
  readonly limit?: { readonly line: number; readonly text: RegExp };
  readonly deadlock?: RegExp;
}

/** Compiles and runs a scenario, and compares what came of it. Expectations inside the scenario have to hold too. */
export function check(text: string, expected: Expected = {}): Simulation {
  const simulation = start(text, expected);
  const stop = complete(simulation);
  const { expectations, counters } = simulation.summary();
  const failed = expectations.filter((e) => !e.held).map((e) => `${e.text} (${e.detail})`);
  const { limit } = expected;
  if (limit) {
    expect(stop).toMatchObject({ reason: 'limit', text: expect.stringMatching(limit.text) as string });
    expect(stop.reason === 'limit' ? stop.range?.startLine : -1).toBe(limit.line - 1);
    return simulation;
  }
  expect({ stop, failed: matchAll(failed, expected.fails ?? []) }).toEqual({
    stop: {
      reason: 'ended',
      deadlock: expected.deadlock ? (expect.stringMatching(expected.deadlock) as string) : null,
    },
    failed: expected.fails ?? [],
  });
  if (expected.faults) expect(faultCounts(simulation)).toEqual(expected.faults);
  if (expected.counters) expect(counters).toMatchObject(expected.counters);
  if (expected.prints) {
    const printed = simulation.takeOutput().filter((o) => o.category === 'stdout');
    expect(printed.map((o) => o.text)).toEqual(expected.prints);
  }
  return simulation;
}

/** A machine with the scenario loaded, at tick 0. */
export function start(text: string, options: RunOptions = {}): Simulation {
  const { program, diagnostics } = compileScenario(text, 'test');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return new Simulation(program!, options);
}

/** Runs to the end. */
export function complete(simulation: Simulation): Stop {
  for (;;) {
    const stop = simulation.run({ mode: 'continue', task: 0, budget: 10_000_000 });
    if (stop.reason !== 'budget') return stop;
  }
}

/** Faults by kind. */
export function faultCounts(simulation: Simulation): Record<string, number> {
  return { ...faultsOf(simulation).counts };
}

/** The whole history. */
export function faultsOf(simulation: Simulation): ReturnType<Simulation['inspect']['faults']> {
  const all = { kinds: [], fromTick: null, untilTick: null, filter: '', fold: false, offset: 0, limit: 1_000_000 };
  return simulation.inspect.faults(all);
}

/** Replaces each text by the pattern that it matches, so that a mismatch prints what was got. */
function matchAll(texts: readonly string[], patterns: readonly (string | RegExp)[]): (string | RegExp)[] {
  return texts.map((text, i) => {
    const pattern = patterns[i];
    if (pattern === undefined) return text;
    return (typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)) ? pattern : text;
  });
}
