/**
 * One run of a scenario under a client's control, from launch to its end: the phases it goes through and what the
 * client hears of them. A restart makes a new one.
 */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import {
  type Simulation,
  type Differences,
  type DifferencesQuery,
  type Edit,
  type EditAnswer,
  type Program,
} from '../../simulator/index';
import type { RevisionEvent } from '../protocol/messages';
import type { Breakpoints } from './breakpoints';
import { internal, machineRuns, noException, notRecorded, runIsOver } from '../scenario/errors';
import { exceptionInfo } from './exceptions';
import { halt, isTravel, judgeStop, type Halt, type Reported, type StepOrigin } from './halts';
import { isLeg, type Leg } from './legs';
import { buildMachine } from './machine';
import type { LaunchSettings } from '../scenario/launch';
import { Narrator, type Voice } from './narrator';
import { expectationCount } from '../scenario/report';
import type { ProgressReporter } from './progress';
import { RunLoop } from './run-loop';
import type { SameRun } from './same-access';
import type { Scenario } from '../scenario/scenario-file';
import { Stacks } from './stack';
import { Variables } from './variables';

/**
 * - `starting`: built, waits for the client's configuration.
 * - `stopped` and `running` take turns.
 * - `ended`: can be looked at, and left backwards; the next continue or step forward lets go of it.
 * - `over`: the client was told `terminated`.
 */
export type Phase = 'starting' | 'running' | 'stopped' | 'ended' | 'over';

/** What runs of one session share. */
export interface SessionParts extends Voice {
  readonly breakpoints: Breakpoints;
  readonly progress: ProgressReporter;
  /** The next revision number: they go on over restarts. */
  nextRevision(): number;
  /** Does something after the answer to the present request. */
  later(task: () => void): void;
}

export class Debuggee {
  readonly target: Simulation;
  readonly stacks: Stacks;
  readonly variables: Variables;
  private readonly narrator: Narrator;
  private readonly loop: RunLoop;
  private phase: Phase = 'starting';
  private revision: number;
  private leg: Leg = { mode: 'continue', task: 0 };
  private origin: StepOrigin = originOf(this.leg, 0);
  private last: Halt | null = null;
  private entering = false;
  private task: number;
  /** Changes by hand that were not undone. */
  private edits = 0;
  /** The run came to no proper end: a limit, or tasks that wait for ever. */
  private stuck = false;

  /** Throws a UserError if the machine cannot be built. */
  constructor(
    private readonly scenario: Scenario,
    private readonly settings: LaunchSettings,
    private readonly parts: SessionParts,
  ) {
    this.target = buildMachine(scenario, settings);
    this.stacks = new Stacks(this.target, scenario.program, parts.positions, parts.sources);
    this.variables = new Variables(this.target, (edit) => this.edit(edit));
    this.narrator = new Narrator(this.target, scenario.path, parts);
    this.loop = new RunLoop(this.target, {
      judge: (stop) => this.judge(stop),
      sliceEnded: () => {
        if (isTravel(this.leg.mode)) this.narrator.forget();
        else this.narrator.scenario();
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

  get program(): Program {
    return this.scenario.program;
  }

  /** What another run of the same needs to know. */
  get sameRun(): SameRun {
    const { target, scenario, settings } = this;
    return { program: scenario.program, options: settings.options, session: target, edited: this.edits > 0 };
  }

  get isOver(): boolean {
    return this.phase === 'over';
  }

  /** The client has configured everything: stop at the entry, or run. */
  begin(): void {
    if (this.phase !== 'starting') return;
    // A new task stands before its first statement: one step brings it there, and has done nothing yet.
    this.entering = this.settings.stopOnEntry;
    this.launch({ mode: this.entering ? 'over' : 'continue', task: this.task }, 1);
  }

  /** Goes on, or back. After the end there is nothing to go on with: lets go of the machine. */
  go(leg: Leg): void {
    switch (this.phase) {
      case 'ended':
        if (isTravel(leg.mode) || leg.aim) this.launch(leg);
        else this.close();
        return;
      // A client that sends continue twice meant one.
      case 'starting':
      case 'running':
      case 'over':
        return;
      case 'stopped':
        this.launch(leg);
    }
  }

  /** The same for a request that is none of the protocol's: the client has to be told that the machine goes. */
  goOfItself(leg: Leg): void {
    if (this.phase === 'stopped' || this.phase === 'ended') this.parts.outbox.continued(this.task);
    this.go(leg);
  }

  /** @throws UserError unless the machine stands still. */
  mustStand(): void {
    if (this.phase === 'over') throw runIsOver();
    if (this.phase === 'running' || this.phase === 'starting') throw machineRuns();
  }

  /** @throws UserError unless the run is recorded. */
  mustRecord(): void {
    if (!this.target.records) throw notRecorded();
  }

  /** Changes the machine by hand; the client hears of it after the answer. @throws UserError while it runs */
  edit(edit: Edit): EditAnswer {
    this.mustStand();
    const answer = this.target.edit(edit);
    if (!answer.ok) return answer;
    this.edits++;
    this.parts.breakpoints.branch(this.target);
    this.parts.later(() => this.edited());
    return answer;
  }

  /** Takes the last change back: the machine stands where that was made. @throws UserError while it runs */
  undoEdit(): EditAnswer {
    this.mustStand();
    this.mustRecord();
    const answer = this.target.undoEdit();
    if (!answer.ok) return answer;
    this.edits = Math.max(this.edits - 1, 0);
    this.parts.later(() => this.undone(answer.text));
    return answer;
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

  /** @throws UserError while the machine runs; Error in words for a bad question */
  differences(query: DifferencesQuery): Differences {
    this.mustStand();
    if (query.a.tick !== null || query.b.tick !== null) this.mustRecord();
    const answer = this.target.differences(query);
    this.narrator.forget();
    return answer;
  }

  /** The machine was changed by hand: views and variables are to be asked for again. */
  private edited(): void {
    this.revision = this.parts.nextRevision();
    this.parts.outbox.invalidated();
    this.sayRevision('stopped');
  }

  /** The machine went back to where a change was made. */
  private undone(text: string): void {
    this.parts.outbox.continued(this.task);
    this.leave();
    this.narrator.forget();
    this.stop(halt('goto', this.currentTask(this.task), { description: text }), 'stopped');
  }

  private launch(leg: Leg, depth = this.target.stack(leg.task).length): void {
    this.leave();
    this.target.markStop();
    this.start(leg, depth);
  }

  /** The stop is over: what was handed out there is stale. */
  private leave(): void {
    this.phase = 'running';
    this.last = null;
    this.stacks.reset();
    this.variables.reset();
    this.sayRevision('running');
  }

  private start(leg: Leg, depth: number): void {
    this.leg = leg;
    this.origin = originOf(leg, depth);
    this.parts.breakpoints.aimAt(leg.aim ?? null);
    const { mode, task, target } = leg;
    this.loop.start({
      mode,
      task,
      ...(target && { target }),
      ...(mode === 'back-continue' && {
        accept: (stop) => stop.reason !== 'budget' && this.judge(stop) !== null,
      }),
    });
  }

  private judge(stop: Reported): Halt | null {
    return judgeStop(stop, this.origin, this.target, this.parts.breakpoints, (line) => this.narrator.log(line));
  }

  private cancelLoop(): void {
    this.loop.cancel();
    this.parts.progress.end();
  }

  private halted(reached: Halt): void {
    const halted = this.leg.ended?.(reached) ?? reached;
    if (isLeg(halted)) {
      this.start(halted, this.target.stack(halted.task).length);
      return;
    }
    this.parts.breakpoints.aimAt(null);
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
    this.stacks.standInside(STEPPING.has(halted.reason) || this.leg.mode === 'in' || this.leg.mode === 'back-in');
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

/** Stops of people who want to see where inside an operation they are. */
const STEPPING: ReadonlySet<Halt['reason']> = new Set(['step', 'function breakpoint', 'goto']);

function originOf({ mode, task, arrives }: Leg, depth: number): StepOrigin {
  return { mode, task, depth, arrives: arrives ?? (() => true) };
}
