/** "The same access under…": the scenario is run anew under each scheme, to where the session stands, and the access walked there. */
import {
  SCHEMES,
  Simulation,
  type Program,
  type RunOptions,
  type Scheme,
  type WalkAnswer,
} from '../../simulator/index';
import type { SameAccess, SameAccessQuery, SchemeWalk } from '../protocol/messages';
import { messageOf } from '../scenario/errors';

/** What the session has run, and how far. */
export interface SameRun {
  readonly program: Program;
  readonly options: RunOptions;
  readonly session: Simulation;
  /** Memory or variables were changed by hand, which a new run does not repeat. */
  readonly edited: boolean;
}

/** How long a slice may take: between two of them the adapter looks at its messages. */
const SLICE_MS = 15;
const CALL_MS = 4;
const LEAST_BUDGET = 64;
/** How long one scheme may take. */
const PATIENCE_MS = 10_000;

/**
 * Walks one access under every scheme.
 * @param goesOn asked between slices; false ends the work, since nobody waits for the answer any more.
 * @returns null if it was ended.
 */
export async function sameAccess(
  query: SameAccessQuery,
  run: SameRun,
  goesOn: () => boolean,
): Promise<SameAccess | null> {
  const { session, edited } = run;
  const { statements } = session;
  const vm = session.inspect.summary(null).vms[query.vm];
  const process = vm?.processes.find(({ pid }) => pid === query.pid)?.name ?? `with the number ${query.pid}`;
  const walks: SchemeWalk[] = [];
  for (const scheme of SCHEMES) {
    const own = vm?.scheme === scheme;
    const reached = await runTo(scheme, statements, run, goesOn);
    if (reached === null) return null;
    const { target, problem } = reached;
    const found = target === null ? null : walkIn(target, query, process);
    walks.push({
      scheme,
      own,
      space: found?.space ?? null,
      walk: found?.walk ?? null,
      problem: problem ?? (found === null ? `There is no process ${process} in this run.` : null),
    });
  }
  const note = edited
    ? 'The session’s memory or variables were changed by hand; these runs are without the change.'
    : null;
  return { statements, process, note, walks };
}

interface Reached {
  readonly target: Simulation | null;
  readonly problem: string | null;
}

/** Runs a new machine until it has made so many statements. */
async function runTo(scheme: Scheme, statements: number, run: SameRun, goesOn: () => boolean): Promise<Reached | null> {
  const until = performance.now() + PATIENCE_MS;
  // Whoever asked for a view is answered before a machine is built, which can take a while.
  await nextTurn();
  let target: Simulation;
  try {
    target = new Simulation(run.program, { ...run.options, scheme });
  } catch (error) {
    return { target: null, problem: `The machine cannot be built under ${scheme}: ${messageOf(error)}.` };
  }
  for (;;) {
    if (!goesOn()) return null;
    const arrived = slice(target, statements);
    if (arrived !== null) return { target, problem: arrived.problem };
    if (performance.now() > until) {
      return {
        target: null,
        problem: `Not reached within ${PATIENCE_MS / 1000} s: ${progress(target, statements)} were made. Ask nearer to the start.`,
      };
    }
    await nextTurn();
  }
}

/** @returns null while there is more to run; `problem`: why the run ended before the point, in words. */
function slice(target: Simulation, statements: number): { readonly problem: string | null } | null {
  const until = performance.now() + SLICE_MS;
  let budget = LEAST_BUDGET;
  for (;;) {
    const left = statements - target.statements;
    const { tick } = target;
    const began = performance.now();
    const stop = target.run({ mode: 'continue', task: 0, budget: Math.min(budget, left) });
    if (stop.reason === 'ended' || stop.reason === 'limit') {
      if (target.statements >= statements) return { problem: null };
      const why = stop.reason === 'limit' ? stop.text : (stop.deadlock ?? 'all its tasks have ended');
      return { problem: `The run ended earlier, after ${progress(target, statements)}: ${why}.` };
    }
    // An operation of the last statement may go on over several calls: it is over when nothing happens any more.
    if (left === 0 && target.tick === tick) return { problem: null };
    const now = performance.now();
    if (now - began < CALL_MS / 2) budget *= 2;
    if (now >= until) return null;
  }
}

const progress = (target: Simulation, statements: number): string =>
  `${target.statements.toLocaleString('en-US')} of ${statements.toLocaleString('en-US')} statements`;

function walkIn(
  target: Simulation,
  query: SameAccessQuery,
  process: string,
): { space: { vm: number; pid: number }; walk: WalkAnswer } | null {
  const processes = target.inspect.summary(null).vms[query.vm]?.processes ?? [];
  const named = processes.filter(({ name }) => name === process);
  const found = named.find(({ pid }) => pid === query.pid) ?? named[0];
  if (found === undefined) return null;
  const space = { vm: query.vm, pid: found.pid };
  return { space, walk: target.inspect.walk({ ...query, ...space, root: 'active' }) };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
