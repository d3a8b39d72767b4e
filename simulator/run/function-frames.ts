import type { Program, SourceRange } from '../language/program';
import type { Window } from './evaluate';
import type { Task } from './task';

/** A function under way in a task: its registers, and the statement that it is at. */
export interface FunctionFrame extends Window {
  readonly range: SourceRange;
}

/** Functions under way in a task, outermost first. */
export function functionFrames(program: Program, task: Task): FunctionFrame[] {
  const rangeOf = (statement: number, fn: number): SourceRange =>
    program.statements[statement]?.range ?? program.functions[fn].range;
  return [
    ...task.calls.map((call) => ({
      function: call.function,
      base: call.base,
      range: rangeOf(call.statement, call.function),
    })),
    { function: task.function, base: task.base, range: rangeOf(task.statement, task.function) },
  ];
}

/** The registers of one of them; of the innermost if there is none at that depth. */
export function windowAt(program: Program, task: Task | null, depth: number): Window {
  const frames = task ? functionFrames(program, task) : [];
  return frames[depth] ?? frames.at(-1) ?? { function: -1, base: 0 };
}
