import { expect } from 'vitest';
import type { Edit, EditAnswer, RunOptions, Simulation } from '../../../simulator/index';
import { start } from '../scenarios/check';

export const HEAP = '0x70000000';
export const SCENARIO = `machine { memory 64M }
vm web { memory 16M }
vm evil { memory 16M }
process app in web {
  let heap = mmap(8K, rw, 0x7000_0000)
  write(heap, 1)
  let x = 5
  print "here"
  write(heap, 2)
  let y = read(heap)
  print "{x} {y}"
}`;

/** Stands before a line of a scenario. */
export function at(line: number, text = SCENARIO, options: RunOptions = {}): Simulation {
  const run = start(text, options);
  run.setBreakpoints([run.statementAtLine(line - 1)]);
  expect(run.run({ mode: 'continue', task: 0, budget: 1_000_000 })).toMatchObject({ reason: 'breakpoint' });
  run.setBreakpoints([]);
  return run;
}

export const printed = (run: Simulation): string[] => run.takeOutput().map(({ text }) => text);
export const walk = (run: Simulation, access: 'read' | 'write' = 'read') =>
  run.inspect.walk({ vm: 0, pid: 1, gva: HEAP, access, user: true, root: 'active' });

/** The leaf entry of the heap under the root that user mode runs on. */
export function leafOf(run: Simulation): { frame: number; index: number } {
  const { address } = walk(run)
    .steps.filter((step) => step.kind === 'entry')
    .at(-1)!;
  return { frame: Number(BigInt(address) >> 12n), index: Number(BigInt(address) & 4095n) / 8 };
}

export function heapFrame(run: Simulation): number {
  const { outcome } = walk(run);
  return outcome.kind === 'ok' ? outcome.frame : -1;
}

/** The answer to an edit that must be refused, and leaves everything as it was. */
export function refusal(run: Simulation, edit: Edit): string {
  const before = run.stateHash();
  const answer = run.edit(edit);
  expect(run.stateHash()).toBe(before);
  return answer.ok ? `done: ${answer.text}` : answer.error;
}

export const text = (answer: EditAnswer): string => (answer.ok ? answer.text : `refused: ${answer.error}`);
