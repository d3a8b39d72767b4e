/**
 * One run of a scenario under a client's control, from launch to its end: the phases it goes through and what the
 * client hears of them. A restart makes a new one.
 */
import { dirname } from 'node:path';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { Simulation, type RunMode } from '../../simulator/index';
import type { RevisionEvent } from '../protocol/messages';
import type { Breakpoints } from './breakpoints';
import { internal, machineRefused, messageOf, noException } from '../scenario/errors';
import { exceptionInfo } from './exceptions';
import { judgeStop, type Halt, type StepOrigin } from './halts';
import type { LaunchSettings } from '../scenario/launch';
import { Narrator, type Voice } from './narrator';
import { expectationCount } from '../scenario/report';
import type { ProgressReporter } from './progress';
import { RunLoop } from './run-loop';
import type { SameRun } from './same-access';
import type { Scenario } from '../scenario/scenario-file';
import { fileOpener } from '../scenario/trace-file';
import { Stacks } from './stack';
import { Variables } from './variables';

/**
 * - `starting`: built, waits for the client's configuration.
 * - `stopped` and `running` take turns.
 * - `ended`: can only be looked at; the next continue or step lets go of it.
 * - `over`: the client was told `terminated`.
 */
export type Phase = 'starting' | 'running' | 'stopped' | 'ended' | 'over';

/** What runs of one session share. */
export interface SessionParts extends Voice {
  readonly breakpoints: Breakpoints;
  readonly progress: ProgressReporter;
  /** The next revision number: they go on over restarts. */
  nextRevision(): number;
}

export class Debuggee {
  readonly target: Simulation;
  readonly stacks: Stacks;
  readonly variables: Variables;
  private readonly narrator: Narrator;
  private readonly loop: RunLoop;
  private phase: Phase = 'starting';
  private revision: number;
  private origin: StepOrigin = { mode: 'continue', task: 0, depth: 0 };
  private last: Halt | null = null;
  private entering = false;
  private task: number;
  private wasEdited = false;
  /** The run came to no proper end: a limit, or tasks that wait for ever. */
  private stuck = false;

  /** Throws a UserError if the machine cannot be built. */
  constructor(
    private readonly scenario: Scenario,
    private readonly settings: LaunchSettings,
    private readonly parts: SessionParts,
  ) {
    this.target = build(scenario, settings);
    this.stacks = new Stacks(this.target, scenario.program, parts.positions, parts.sources);
    this.variables = new Variables(this.target);
    this.narrator = new Narrator(this.target, scenario.path, parts);
    this.loop = new RunLoop(this.target, {
      judge: (stop) => judgeStop(stop, this.origin, this.target, parts.breakpoints, (line) => this.narrator.log(line)),
      sliceEnded: () => {
        this.narrator.scenario();
        parts.progress.report(this.target.progress());
      },
      halted: (halted) => this.halted(halted),
      failed: (error) => this.failed(error),
    });
    this.revision = parts.nextRevision();
    this.task = this.currentTask(null);
  }

  /** The task that the client looks at when it names none. */
  get presentTask(): number {
    return this.task;
  }

  get presentRevision(): number {
    return this.revision;
  }

  /** What another run of the same needs to know. */
  get sameRun(): SameRun {
    const { target, scenario, settings, variables, wasEdited } = this;
    return {
      program: scenario.program,
      options: settings.options,
      session: target,
      edited: wasEdited || variables.wasSet,
    };
  }

  get isOver(): boolean {
    return this.phase === 'over';
  }

  /** The client has configured everything: stop at the entry, or run. */
  begin(): void {
    if (this.phase !== 'starting') return;
    // A new task stands before its first statement: one step brings it there, and has done nothing yet.
    this.entering = this.settings.stopOnEntry;
    this.launch({ mode: this.entering ? 'over' : 'continue', task: this.task, depth: 1 });
  }

  /** Goes on. After the end there is nothing to go on with: lets go of the machine. */
  go(mode: RunMode, task: number): void {
    switch (this.phase) {
      case 'ended':
        this.close();
        return;
      // A client that sends continue twice meant one.
      case 'starting':
      case 'running':
      case 'over':
        return;
      case 'stopped':
        this.launch({ mode, task, depth: this.target.stack(task).length });
    }
  }

  pause(): void {
    if (this.phase === 'running') this.loop.pause();
  }

  /** The client cancels what it sees in progress: the run stands still there. Anything else is too late to be cancelled. */
  cancel(progressId: string | undefined): void {
    if (progressId !== undefined && this.parts.progress.shows(progressId)) this.pause();
  }

  /** Ends the run wherever it is, for a client that asked for it. */
  terminate(): void {
    if (this.phase === 'over') return;
    this.cancelLoop();
    this.narrator.scenario();
    if (this.phase === 'ended') this.close();
    else {
      this.parts.outbox.output(`Terminated at tick ${this.target.tick}.\n`, 'console');
      this.sayTerminated();
    }
  }

  /** A bug of ours: say so and end the session, rather than leave the client waiting. */
  failed(error: unknown): void {
    this.cancelLoop();
    this.narrator.important(internal('the run', error).message);
    if (this.phase === 'over') return;
    this.parts.outbox.exited(1);
    this.sayTerminated();
  }

  /** Stops without a word: another run takes its place, or nobody listens any more. */
  drop(): void {
    this.cancelLoop();
    this.phase = 'over';
  }

  exceptionInfo(): P.ExceptionInfoResponse['body'] {
    const exception = this.last?.exception;
    if (!exception) throw noException();
    return exceptionInfo(exception, exception.faultId === null ? null : this.target.inspect.fault(exception.faultId));
  }

  /** Memory was changed by hand: views and variables are to be asked for again. */
  edited(): void {
    this.wasEdited = true;
    this.revision = this.parts.nextRevision();
    this.parts.outbox.invalidated();
    this.sayRevision(this.phase === 'running' ? 'running' : 'stopped');
  }

  private launch(origin: StepOrigin): void {
    this.origin = origin;
    this.phase = 'running';
    this.last = null;
    this.stacks.reset();
    this.variables.reset();
    this.target.markStop();
    this.sayRevision('running');
    this.loop.start(origin.mode, origin.task);
  }

  private cancelLoop(): void {
    this.loop.cancel();
    this.parts.progress.end();
  }

  private halted(halted: Halt): void {
    this.parts.progress.end();
    this.narrator.taskNews();
    const entered = this.entering && halted.reason === 'step';
    this.entering = false;
    if (halted.last) this.ended(halted);
    else this.stop(entered ? { ...halted, reason: 'entry' } : halted, 'stopped');
  }

  private stop(halted: Halt, phase: Phase): void {
    this.phase = phase;
    this.last = halted;
    this.task = halted.task;
    this.stacks.standInside(
      halted.reason === 'step' || halted.reason === 'function breakpoint' || this.origin.mode === 'in',
    );
    this.revision = this.parts.nextRevision();
    this.parts.outbox.stopped(halted);
    this.sayRevision('stopped');
  }

  /** The run cannot go on: it ended, or met a limit. Stops once more to be looked at, if the client wants that. */
  private ended(halted: Halt): void {
    this.stuck = halted.text !== null;
    // Of a limit the scenario's own output tells already.
    if (halted.reason === 'end' && halted.text !== null)
      this.narrator.important(`The run cannot go on: ${halted.text}`);
    if (!this.settings.stopOnEnd) this.close();
    else if (halted.reason === 'end') this.stop(this.finalHalt(halted), 'ended');
    else this.stop(halted, 'ended');
  }

  private finalHalt(halted: Halt): Halt {
    const description = `Ended: ${halted.text ?? expectationCount(this.target.summary())}`;
    return { ...halted, task: this.currentTask(this.task), description };
  }

  /** The last words, the exit code, the end of the session. */
  private close(): void {
    const { ok } = this.narrator.summary();
    this.parts.outbox.exited(ok && !this.stuck ? 0 : 1);
    this.sayTerminated();
  }

  private sayTerminated(): void {
    this.phase = 'over';
    this.parts.outbox.terminated();
    this.sayRevision('terminated');
  }

  private sayRevision(state: RevisionEvent['body']['state']): void {
    this.parts.outbox.revision({ revision: this.revision, state });
  }

  /** The wanted task if it can run, else the first that can, else the wanted one. */
  private currentTask(wanted: number | null): number {
    const tasks = this.target.tasks();
    const found = tasks.find((t) => t.id === wanted && t.state === 'ready') ?? tasks.find((t) => t.state === 'ready');
    return found?.id ?? wanted ?? tasks[0]?.id ?? 0;
  }
}

function build(scenario: Scenario, settings: LaunchSettings): Simulation {
  try {
    const files = fileOpener(dirname(scenario.path));
    return new Simulation(scenario.program, { ...settings.options, files });
  } catch (error) {
    throw machineRefused(scenario.path, messageOf(error));
  }
}
