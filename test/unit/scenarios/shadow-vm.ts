import { expect } from 'vitest';
import { EXIT_REASONS, type ExitReason, WORK_KINDS } from '../../../simulator/costs/causes';
import { checkShadow } from '../../../simulator/host/shadow/check';
import { ShadowPaging } from '../../../simulator/host/shadow/shadow';
import { compileScenario } from '../../../simulator/index';
import { checkInvariants } from '../../../simulator/invariants';
import { assemble } from '../../../simulator/run/assemble';
import type { Executor } from '../../../simulator/run/executor';

export const SHADOW = { scheme: 'shadow' } as const;

export interface Run {
  readonly x: Executor;
  readonly shadow: ShadowPaging;
}

/**
 * Runs to the end, looking at the machine now and then: its shadow tables must hold, and all of it if the guest is honest.
 * @param every statements between two looks
 */
export function run(text: string, { every = 1, honest = true } = {}): Run {
  const { program, diagnostics } = compileScenario(text, 'test');
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const x = assemble(program!, SHADOW);
  const shadow = x.vms[0].intercepts;
  if (!(shadow instanceof ShadowPaging)) throw new Error('not a shadow VM');
  for (let reason = 'budget'; reason === 'budget';) {
    ({ reason } = x.run({ mode: 'continue', task: 0, budget: every }));
    expect(honest ? checkInvariants(x) : checkShadow(shadow)).toEqual([]);
    expect(['budget', 'ended']).toContain(reason);
  }
  expect(x.expectations.results.filter((r) => !r.held)).toEqual([]);
  return { x, shadow };
}

/** Exits by reason, without those that never happened. */
export const exitsOf = ({ x }: Run): Partial<Record<ExitReason, number>> =>
  Object.fromEntries(EXIT_REASONS.map((r, i) => [r, x.vms[0].events.exits[i]] as const).filter(([, n]) => n !== 0));
export const workOf = ({ x }: Run, kind: (typeof WORK_KINDS)[number]): number =>
  x.vms[0].events.work[WORK_KINDS.indexOf(kind)];
