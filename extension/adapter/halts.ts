/** From what the target reports to what the client is told: or to going on, where a condition does not hold. */
import type { DebugTarget, RunMode, Stop } from '../../simulator/index';
import type { Breakpoints, Verdict } from './breakpoints';
import type { Evaluate } from './conditions';

/** A stop as the client sees it. */
export interface Halt {
  readonly reason: 'entry' | 'step' | 'breakpoint' | 'function breakpoint' | 'exception' | 'pause' | 'end';
  readonly task: number;
  /** Said in full in the call stack; the reason's own words otherwise. */
  readonly description: string | null;
  readonly text: string | null;
  readonly breakpointIds: readonly number[];
  readonly exception: ExceptionDetails | null;
  /** The run cannot go on after this. */
  readonly last: boolean;
}

export interface ExceptionDetails {
  readonly id: string;
  readonly text: string;
  readonly faultId: number | null;
}

/** Where a step began: decides whether it is complete. */
export interface StepOrigin {
  readonly mode: RunMode;
  readonly task: number;
  readonly depth: number;
}

export type Reported = Exclude<Stop, { readonly reason: 'budget' }>;

/** A halt with the usual blanks. */
export function halt(reason: Halt['reason'], task: number, more: Partial<Halt> = {}): Halt {
  return { reason, task, description: null, text: null, breakpointIds: [], exception: null, last: false, ...more };
}

/**
 * Decides on a reported stop; null = go on. Lines that log points give go to `log`.
 * Precondition: the target stands at the stop.
 */
export function judgeStop(
  stop: Reported,
  origin: StepOrigin,
  target: DebugTarget,
  breakpoints: Breakpoints,
  log: (line: string) => void,
): Halt | null {
  switch (stop.reason) {
    case 'step':
      return halt('step', stop.task);
    case 'breakpoint':
      return atBreakpoint(
        stop.task,
        'breakpoint',
        breakpoints.atStatement(stop.statement, evaluator(target, stop.task)),
        origin,
        target,
        log,
      );
    case 'operation':
      return atBreakpoint(
        stop.task,
        'function breakpoint',
        breakpoints.atOperation(stop.operation, evaluator(target, stop.task)),
        origin,
        target,
        log,
      );
    case 'exception':
      return atException(stop, breakpoints.atEvent(stop.filter, evaluator(target, stop.task)));
    case 'watch':
      return halt('step', stop.task, { text: stop.text, description: stop.text });
    case 'beginning':
      return halt('entry', stop.task);
    case 'limit':
      return atLimit(stop);
    case 'ended':
      // Which task a client looks at after the end is the caller's business.
      return halt('end', 0, { text: stop.deadlock, last: true });
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
      return false;
    case 'in':
      return true;
    case 'over':
      return depth <= origin.depth;
    case 'out':
      return depth < origin.depth;
    default:
      return true;
  }
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

function evaluator(target: DebugTarget, task: number): Evaluate {
  return (text) => target.evaluate(text, task, target.stack(task)[0]?.depth ?? 0);
}
