/** The ways to go, in a run and in time: each is a leg, or a few after one another. */
import type { Program, RunMode, StackFrameView, Target } from '../../simulator/index';
import type { Aim } from './breakpoints';
import type { Halt } from './halts';

/** One request to the target, from a stop to the next. */
export interface Leg {
  readonly mode: RunMode;
  readonly task: number;
  /** Where to, for `goto`. */
  readonly target?: Target;
  /** A statement that the run is sent to. */
  readonly aim?: Aim;
  /** Whether the aimed statement counts for a task that stands there. Default: for any. */
  readonly arrives?: (task: number) => boolean;
  /** What the end of the leg means: the stop to show, or the next leg. Default: that stop. */
  readonly ended?: (halted: Halt) => Halt | Leg;
}

export function isLeg(next: Halt | Leg): next is Leg {
  return 'mode' in next;
}

/** To a statement, past other breakpoints if none of them holds. Back: to the last time that it was begun. */
export function runTo(statement: number, line: number, direction: 'back' | 'forward', task: number): Leg {
  return {
    mode: direction === 'back' ? 'back-continue' : 'continue',
    task,
    aim: { statement, alone: false },
    ended: (halted) =>
      halted.reason === 'entry'
        ? { ...halted, description: `Line ${line} is not run before; this is the beginning of the recording` }
        : halted,
  };
}

/** To the last time that a statement was begun, else to the first time. Nothing stops on the way. */
export function jumpTo(statement: number, line: number, task: number): Leg {
  const aim = { statement, alone: true };
  const there = (halted: Halt): Halt =>
    halted.reason === 'goto' ? { ...halted, description: `Line ${line}` } : halted;
  return {
    mode: 'back-continue',
    task,
    aim,
    ended: (halted) => (halted.reason === 'entry' ? { mode: 'continue', task, aim, ended: there } : there(halted)),
  };
}

/** To a place of the recording, in either direction. @param tick tells where the machine is then: what is too far leads to the end */
export function travel(target: Target, task: number, tick: () => number): Leg {
  const there = (): string => (target.kind === 'write' ? `Before write ${target.write}` : `Tick ${tick()}`);
  return {
    mode: 'goto',
    task,
    target,
    ended: (halted) => (halted.reason === 'goto' ? { ...halted, description: there() } : halted),
  };
}

/** A function call that can be begun again. */
export interface RestartableCall {
  /** Functions on the stack outside the called one. */
  readonly depth: number;
  /** The statement that made the call, and the first of the function. */
  readonly caller: number;
  readonly first: number;
  readonly name: string;
}

/**
 * The call that a frame stands for; null for the outermost frame of a task and for frames inside operations.
 * @param stack innermost first
 */
export function callOf(stack: readonly StackFrameView[], depth: number, program: Program): RestartableCall | null {
  const functions = stack.filter((f) => f.kind === 'function');
  const at = functions.findIndex((f) => f.depth === depth);
  const frame = functions[at];
  const outer = functions[at + 1];
  if (frame === undefined || outer === undefined) return null;
  const caller = statementOf(outer, program);
  const inside = program.statements[statementOf(frame, program)];
  if (caller < 0 || inside === undefined) return null;
  const first = program.statements.findIndex((s) => s.function === inside.function);
  return { depth, caller, first, name: frame.name };
}

/** Back to the statement that made the call, then to the first statement of the function: of several calls there, in the first. */
export function restartCall(call: RestartableCall, task: number, functionsOf: (task: number) => number): Leg {
  const at =
    (depth: number) =>
    (other: number): boolean =>
      other === task && functionsOf(other) === depth;
  const again: Leg = {
    mode: 'continue',
    task,
    aim: { statement: call.first, alone: true },
    arrives: at(call.depth + 1),
    ended: (halted) =>
      halted.reason === 'goto' ? { ...halted, reason: 'restart', description: `${call.name} begins again` } : halted,
  };
  return {
    mode: 'back-continue',
    task,
    aim: { statement: call.caller, alone: true },
    arrives: at(call.depth),
    ended: (halted) => (halted.reason === 'goto' ? again : halted),
  };
}

function statementOf(frame: StackFrameView, program: Program): number {
  const { source } = frame;
  if (source.kind !== 'scenario') return -1;
  const { startLine, startColumn } = source.range;
  return program.statements.findIndex(
    ({ range }) => range.startLine === startLine && range.startColumn === startColumn,
  );
}
