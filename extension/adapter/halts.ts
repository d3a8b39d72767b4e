/** From what the target reports to what the client is told: or to going on, where a condition does not hold. */
import type { DebugTarget, RunMode, Stop } from '../../simulator/index';
import type { Breakpoints } from './breakpoints';
import type { Standing, Verdict } from './points';

/** A stop as the client sees it. */
export interface Halt {
  readonly reason: HaltReason;
  readonly task: number;
  /** Said in full in the call stack; the reason's own words otherwise. */
  readonly description: string | null;
  readonly text: string | null;
  readonly breakpointIds: readonly number[];
  readonly exception: ExceptionDetails | null;
  /** The run cannot go on after this. */
  readonly last: boolean;
}

/** As in the protocol; `end` has no word there. */
export type HaltReason =
  | 'entry'
  | 'step'
  | 'breakpoint'
  | 'function breakpoint'
  | 'data breakpoint'
  | 'exception'
  | 'pause'
  | 'goto'
  | 'restart'
  | 'end';

export interface ExceptionDetails {
  readonly id: string;
  readonly text: string;
  readonly faultId: number | null;
}

/** Where a step began, and where it leads: decides whether it is complete. */
export interface StepOrigin {
  readonly mode: RunMode;
  readonly task: number;
  readonly depth: number;
  /** Whether the run is where it was sent to, when a task stands at the statement that it was aimed at. */
  readonly arrives: (task: number) => boolean;
}

export type Reported = Exclude<Stop, { readonly reason: 'budget' }>;

/** A halt with the usual blanks. */
export function halt(reason: Halt['reason'], task: number, more: Partial<Halt> = {}): Halt {
  return { reason, task, description: null, text: null, breakpointIds: [], exception: null, last: false, ...more };
}

/** Whether a run goes through recorded time: what happens on the way has been told before. */
export const isTravel = (mode: RunMode): boolean => mode.startsWith('back-') || mode === 'goto';

/**
 * Decides on a reported stop; null = go on. Lines that log points give go to `log`. On the way back nothing is logged or counted, so the
 * question can be asked of any place.
 * Precondition: the target stands at the stop.
 */
export function judgeStop(
  stop: Reported,
  origin: StepOrigin,
  target: DebugTarget,
  breakpoints: Breakpoints,
  log: (line: string) => void,
): Halt | null {
  if (stop.reason === 'beginning')
    return halt('entry', stop.task, { description: 'The beginning of the recording: there is nothing before it' });
  if (stop.reason === 'limit') return atLimit(stop);
  // Which task a client looks at after the end is the caller's business.
  if (stop.reason === 'ended') return halt('end', 0, { text: stop.deadlock, last: true });
  if (origin.mode === 'goto') return halt('goto', stop.task);
  const standing: Standing = {
    place: { statements: target.statements, tick: target.tick },
    evaluate: (text) => target.evaluate(text, stop.task, target.stack(stop.task)[0]?.depth ?? 0),
    quiet: isTravel(origin.mode),
  };
  switch (stop.reason) {
    case 'step':
      return halt('step', stop.task);
    case 'breakpoint': {
      if (breakpoints.isAimedAt(stop.statement) && origin.arrives(stop.task)) return halt('goto', stop.task);
      const verdict = breakpoints.atStatement(stop.statement, standing);
      return atBreakpoint(stop.task, 'breakpoint', verdict, origin, target, log);
    }
    case 'operation': {
      const verdict = breakpoints.atOperation(stop.operation, standing);
      return atBreakpoint(stop.task, 'function breakpoint', verdict, origin, target, log);
    }
    case 'exception':
      return atException(stop, breakpoints.atEvent(stop.filter, standing));
    case 'watch': {
      const { verdict, kind } = breakpoints.atWatch(stop.watch, standing);
      return atWatch(stop, kind, verdict, log);
    }
  }
}

function atBreakpoint(
  task: number,
  reason: 'breakpoint' | 'function breakpoint',
  verdict: Verdict,
  origin: StepOrigin,
  target: DebugTarget,
  log: (line: string) => void,
): Halt | null {
  verdict.logs.forEach(log);
  if (verdict.stop)
    return halt(reason, task, { breakpointIds: verdict.ids, text: verdict.complaint, description: verdict.complaint });
  return stepIsComplete(task, reason, origin, target) ? halt('step', task) : null;
}

/** A step may end on a statement whose breakpoint does not hold: the step ends there all the same. */
function stepIsComplete(
  task: number,
  reason: 'breakpoint' | 'function breakpoint',
  origin: StepOrigin,
  target: DebugTarget,
): boolean {
  if (task !== origin.task || reason !== 'breakpoint') return false;
  const depth = target.stack(task).length;
  switch (origin.mode) {
    case 'continue':
    case 'back-continue':
    case 'goto':
      return false;
    // The target itself knows where a step back leads.
    case 'in':
    case 'back-in':
    case 'back-over':
      return true;
    case 'over':
      return depth <= origin.depth;
    case 'out':
      return depth < origin.depth;
  }
}

function atWatch(
  stop: Extract<Stop, { reason: 'watch' }>,
  kind: 'function' | 'data',
  verdict: Verdict,
  log: (line: string) => void,
): Halt | null {
  verdict.logs.forEach(log);
  if (!verdict.stop) return null;
  return halt(`${kind} breakpoint`, stop.task, {
    breakpointIds: verdict.ids,
    text: verdict.complaint ?? stop.text,
    description: stop.text,
  });
}

function atException(stop: Extract<Stop, { reason: 'exception' }>, verdict: Verdict): Halt | null {
  if (!verdict.stop) return null;
  const exception = { id: stop.filter, text: stop.text, faultId: stop.faultId };
  return halt('exception', stop.task, { exception, text: verdict.complaint ?? stop.text, description: stop.text });
}

function atLimit(stop: Extract<Stop, { reason: 'limit' }>): Halt {
  const where = stop.range ? `line ${stop.range.startLine + 1}: ` : '';
  const text = `${where}${stop.text}`;
  return halt('exception', stop.task, {
    exception: { id: 'limit', text, faultId: null },
    text,
    description: text,
    last: true,
  });
}
