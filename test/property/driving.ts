/** What a debugger does with a run, and what is looked at to tell two places apart. */
import type { Edit, RunMode, Simulation, Stop, Target } from '../../simulator/index';

export const SCHEMES = ['native', 'nested', 'shadow', 'direct', 'tpt'] as const;

/** Some fit no machine of a random scenario, and are refused. */
export const EDITS: readonly Edit[] = [
  { kind: 'spurious-fault', vm: 0 },
  { kind: 'drop-flush', vm: 1 },
  { kind: 'take-frame', frame: 0x2e0c },
  { kind: 'slot', vm: 1, gfn: 0x65c, frame: 0x287e },
  { kind: 'tag', frame: 0x2d00, field: 'owner', value: 'db' },
  { kind: 'memory', reference: 'gpa:0:0x200000', offset: 8, bytes: [1, 2, 3] },
  { kind: 'spurious-fault', vm: 1 },
  { kind: 'drop-flush', vm: 0 },
];

/** Makes one request to its stop. */
export function go(run: Simulation, mode: RunMode, task: number, target?: Target): Stop {
  run.markStop();
  for (;;) {
    const stop = run.run({ mode, task, budget: 1_000, ...(target ? { target } : {}) });
    if (stop.reason !== 'budget') return stop;
  }
}

export const goToTick = (run: Simulation, tick: number): Stop => go(run, 'goto', 0, { kind: 'tick', tick });

export const isOver = (stop: Stop): boolean => stop.reason === 'ended' || stop.reason === 'limit';

export const stateOf = (run: Simulation): unknown => [
  run.tick,
  run.statements,
  run.stateHash(),
  run.tasks().map(({ id }) => run.stack(id)),
  run.summary(),
];
