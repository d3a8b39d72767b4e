/** Tasks as threads, and their stacks. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { DebugTarget, Program, StackFrameView, TaskView } from '../../simulator/index';
import { staleFrame, unknownThread } from '../scenario/errors';
import { Handles } from './handles';
import { one, zero, type Positions } from './positions';
import type { Sources } from './sources';
import { taskOfThread, threadOfTask } from './threads';

/** A frame that a client can name while the run stands. */
export interface FrameRef {
  readonly task: number;
  readonly depth: number;
}

export class Stacks {
  private readonly handles = new Handles<FrameRef>();
  private readonly ids = new Map<string, number>();
  private inside = false;

  constructor(
    private readonly target: DebugTarget,
    private readonly program: Program,
    private readonly positions: Positions,
    private readonly sources: Sources,
  ) {}

  /** Frames handed out so far are stale. */
  reset(): void {
    this.handles.reset();
    this.ids.clear();
  }

  /**
   * Who steps inside operations wants to see their listings. Who stops at a breakpoint or a fault wants the scenario:
   * there, frames inside operations stand at the statement that they carry out. (De-emphasized sources would do the
   * same, but VS Code then keeps another thread in focus.)
   */
  standInside(inside: boolean): void {
    this.inside = inside;
  }

  threads(): P.Thread[] {
    const tasks = this.target.tasks();
    const alive = tasks.filter(isAlive);
    // When all have ended, they stay to be looked at.
    return (alive.length > 0 ? alive : tasks).map((t) => ({ id: threadOfTask(t.id), name: threadName(t) }));
  }

  trace(args: P.StackTraceArguments): { stackFrames: P.StackFrame[]; totalFrames: number } {
    const task = this.target.tasks().find((t) => t.id === taskOfThread(args.threadId));
    if (!task) throw unknownThread(args.threadId);
    const frames = this.target.stack(task.id);
    if (frames.length === 0) return { stackFrames: [this.endFrame(task)], totalFrames: 1 };
    const start = args.startFrame ?? 0;
    const end = args.levels ? start + args.levels : frames.length;
    const statement = frames.find((f) => f.source.kind === 'scenario');
    const stackFrames = frames
      .slice(start, end)
      .map((f) => this.frame(task.id, this.inside || !statement ? f : { ...f, source: statement.source }));
    return { stackFrames, totalFrames: frames.length };
  }

  /** The frame a client means; without an id, the innermost one of `task`. */
  resolve(frameId: number | undefined, task: number): FrameRef {
    if (frameId === undefined) return { task, depth: this.target.stack(task)[0]?.depth ?? 0 };
    const frame = this.handles.get(frameId);
    if (!frame) throw staleFrame();
    return frame;
  }

  private frame(task: number, view: StackFrameView): P.StackFrame {
    return {
      id: this.idOf({ task, depth: view.depth }),
      name: view.name,
      canRestart: this.target.records && view.kind === 'function' && view.depth > 0,
      ...this.place(view),
    };
  }

  private place(view: StackFrameView): Omit<P.StackFrame, 'id' | 'name'> {
    if (view.source.kind === 'generated') {
      const source = this.sources.generated(view.source.name);
      return {
        source,
        line: this.positions.lineFromOne(one(view.source.line)),
        column: this.positions.column(zero(0)),
      };
    }
    return { source: this.sources.scenario(), ...this.positions.range(view.source.range) };
  }

  /** A task that has ended has no stack: it stands at its closing brace, so that its registers and TLB can be opened. */
  private endFrame(task: TaskView): P.StackFrame {
    const range = this.program.tasks.find((t) => t.name === task.name)?.range;
    const line = this.positions.line(zero(range?.endLine ?? 0));
    return {
      id: this.idOf({ task: task.id, depth: 0 }),
      name: `${task.name}: ${stateWords(task)}`,
      ...(range && { source: this.sources.scenario() }),
      line,
      column: this.positions.column(zero(0)),
    };
  }

  private idOf(frame: FrameRef): number {
    const key = `${frame.task}:${frame.depth}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.handles.add(frame);
    this.ids.set(key, id);
    return id;
  }
}

export function isAlive(task: TaskView): boolean {
  return task.state === 'ready' || task.state === 'waiting';
}

/** `web ▸ redis`, with what keeps it from running. */
export function threadName(task: TaskView): string {
  const name = task.vm === null ? task.name : `${task.vm} ▸ ${task.name}`;
  return task.state === 'ready' ? name : `${name} (${stateWords(task)})`;
}

function stateWords(task: TaskView): string {
  return task.note === '' ? task.state : task.note;
}
