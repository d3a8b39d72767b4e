import type { Progress, RunRequest, Stop } from '../control';
import type { CostProfile } from '../costs/profile';
import type { Kernel } from '../guest/kernel';
import type { FaultRecord } from '../history/faults';
import { isPlace, type Journal, type Pause } from '../history/journal';
import type { Host } from '../host/host';
import type { Hypercalls } from '../host/hypercalls';
import type { Vm } from '../host/vm';
import type { Program, SourceRange } from '../language/program';
import type { AccessUnit } from '../machine/access';
import type { PhysicalMemory } from '../machine/memory';
import type { Random } from '../machine/random';
import type { TagTable } from '../machine/tags';
import type { FileOpener } from '../trace/batch';
import type { Batches } from '../trace/batches';
import { Expectations } from './expectations';
import { interpret, Left } from './interpreter';
import { Loads } from './loads';
import { Operations } from './operations';
import type { Task } from './task';
import { Watches } from './watches/watches';

/** The parts that a program runs on. */
export interface Parts {
  readonly memory: PhysicalMemory;
  readonly tags: TagTable;
  readonly journal: Journal;
  readonly host: Host;
  readonly hypercalls: Hypercalls;
  readonly kernels: readonly Kernel[];
  readonly accesses: AccessUnit;
  readonly random: Random;
  readonly levels: 4 | 5;
  /** What is charged; null: nothing. */
  readonly costs: CostProfile | null;
  /** What replays put records of traces into. */
  readonly batches: Batches;
  /** Opens the files that the scenario names; null: there are none. */
  readonly files: FileOpener | null;
}

/** Where a step began: how deep in calls and in operations, and whether inside one. */
interface StepOrigin {
  readonly depth: number;
  readonly trail: number;
  readonly pending: boolean;
}

/** See `Executor.breakpoints`. */
export const HALT = 2;

/** Runs a program: schedules tasks, steps them, ends them. All run-time state of the scenario is in `tasks`. */
export class Executor {
  readonly tasks: Task[] = [];
  readonly events = new Set<number>();
  readonly expectations: Expectations;
  readonly output: { text: string; category: 'stdout' | 'important'; range: SourceRange | null }[] = [];
  /** By statement: 1 with a line breakpoint, HALT where `run` is to come back as if its budget were used up. */
  breakpoints: Uint8Array;
  /** At the first statement from this tick on, `run` comes back as if its budget were used up. */
  untilTick = Infinity;
  /** Told of each place inside a statement where anybody could stand, before it is known whether the run stops there; null: nobody counts them. */
  onPlace: (() => void) | null = null;
  /** Statements begun. */
  statements = 0;
  /** Breaths that were drawn in the statement begun last. */
  breaths = 0;
  /** Task that runs or last ran. */
  running: Task | null = null;
  private limit: Stop | null = null;
  /** What the running task is in the middle of is a switch of processes before its statement. */
  private switching = false;
  private readonly onCpu = new Map<number, Task>();
  /** Task whose turn it is. */
  turn = 0;
  /** Statements that it has made in its turn; outlives stops and operations. */
  usedInTurn = 0;
  /** Statements that were begun when the turn last went from one task to another. */
  turnPassedAt = -1;
  /** No task can go on, and that was told. */
  over = false;
  /** Why the builtin under way cannot do what it was asked. */
  complaint: string | null = null;
  /** How far the long operation under way has got; null if there is none that tells. */
  progress: Progress | null = null;
  readonly loads = new Loads(this);
  readonly operations = new Operations(this);
  readonly watches = new Watches(this);

  constructor(
    readonly program: Program,
    readonly parts: Parts,
    readonly stepLimit: number,
  ) {
    this.breakpoints = new Uint8Array(program.statements.length);
    this.expectations = new Expectations(program, parts.journal);
    parts.journal.alarm = this.watches;
    parts.journal.lineOf = () => (this.running ? (this.rangeOf(this.running)?.startLine ?? -1) + 1 || null : null);
  }

  /** Statements carried out to their end. */
  get completed(): number {
    return this.statements - (this.running?.pending && !this.switching ? 1 : 0);
  }
  get memory(): PhysicalMemory {
    return this.parts.memory;
  }
  get tags(): TagTable {
    return this.parts.tags;
  }
  get journal(): Journal {
    return this.parts.journal;
  }
  get host(): Host {
    return this.parts.host;
  }
  get hypercalls(): Hypercalls {
    return this.parts.hypercalls;
  }
  get kernels(): readonly Kernel[] {
    return this.parts.kernels;
  }
  get random(): Random {
    return this.parts.random;
  }
  get levels(): 4 | 5 {
    return this.parts.levels;
  }
  get vms(): readonly Vm[] {
    return this.parts.host.vms;
  }

  /** The newest task made from an entry of Program.tasks, or undefined before its fork. */
  latest(index: number): Task | undefined {
    return this.tasks.findLast((t) => t.index === index);
  }

  /** What the run costs counts from here. */
  beginMeasuring(): void {
    for (const vm of this.vms) {
      vm.events.clear();
      vm.measuredFrom.set(vm.counters.values);
      for (const cpu of vm.vcpus) cpu.meter?.clear();
    }
  }

  /** Runs until a stop; see RunRequest. @param micro false: steps `in` go from statement to statement only */
  run(request: RunRequest, micro = true): Stop {
    if (this.limit) return this.limit;
    const steppedNow = (): Task | null => (request.mode === 'continue' ? null : (this.tasks[request.task] ?? null));
    let stepped = steppedNow();
    const origin =
      this.stepOrigin ??
      (stepped
        ? { depth: stepped.calls.length, trail: stepped.trail.length, pending: stepped.pending !== null }
        : null);
    this.stepOrigin = origin;
    let budget = request.budget;
    for (;;) {
      const task = this.pick();
      if (!task) return this.finish(this.watchStop() ?? this.ending());
      this.running = task;
      this.enterTask(task);
      // On the way from the past the task may have been forked only now.
      stepped ??= steppedNow();
      const isStepped = stepped !== null && (task === stepped || stepped.done);
      const stepping = micro && isStepped && (request.mode === 'in' || (origin !== null && origin.pending));
      this.journal.everything = this.onPlace !== null;
      this.journal.stepping = stepping || this.journal.everything;
      const stop = task.pending ? this.drive(task, request, stepping ? origin : null) : null;
      if (stop) return stop.reason === 'budget' ? stop : this.finish(stop);
      // A fork gives the turn to the child: the parent must not go on, or its next access would be made there.
      if (task.done || task.pending || this.turn !== task.id) continue;
      const before = this.statements;
      const left = interpret(
        this,
        task,
        budget,
        isStepped ? request.mode : 'continue',
        origin?.depth ?? 0,
        origin?.pending ?? false,
      );
      budget -= this.statements - before;
      if (this.limit) return this.finish(this.limit);
      const watched = left === Left.Watched || left === Left.Done || left === Left.Blocked ? this.watchStop() : null;
      if (watched) return this.finish(watched);
      if (left === Left.Statement) {
        const { statement } = task;
        return this.finish(
          this.breakpoints[statement] === 1
            ? { reason: 'breakpoint', task: task.id, statement }
            : { reason: 'step', task: task.id },
        );
      }
      if (left === Left.Halted) return { reason: 'budget', task: task.id };
      if (left === Left.Turn && (budget <= 0 || this.journal.tick >= this.untilTick))
        return { reason: 'budget', task: task.id };
    }
  }

  /**
   * Goes on to the next place where anybody could stand, of whatever task.
   * @returns null if the run cannot go on; `statement` is the place before the next statement.
   */
  advance(): Pause | 'statement' | null {
    this.journal.stepping = true;
    this.journal.everything = true;
    const place = this.nextPlace();
    this.journal.stepping = false;
    this.journal.everything = false;
    return place;
  }

  /** From between two statements to before the next one, with the switch of processes that lies before it. */
  standBeforeNext(): void {
    if (!this.running?.passed) this.nextPlace();
  }

  private nextPlace(): Pause | 'statement' | null {
    while (!this.limit) {
      const task = this.pick();
      if (!task) {
        this.ending();
        return null;
      }
      this.running = task;
      this.enterTask(task);
      while (task.pending) {
        const pause = this.resume(task);
        if (pause && pause.kind !== 'breath') return pause;
      }
      if (task.done || this.turn !== task.id) continue;
      if (interpret(this, task, Infinity, 'in', 0, false) === Left.Statement) return 'statement';
    }
    return null;
  }

  /** A watched event that the statement that has ended brought about, and that was not told yet. */
  private watchStop(): Stop | null {
    const { watches } = this;
    const event = watches.active && watches.statementEnded() ? watches.next() : null;
    return event && { reason: 'watch', task: this.running?.id ?? 0, ...event };
  }

  /** Where a step began; kept over `budget` returns of the same request. */
  private stepOrigin: StepOrigin | null = null;

  /** A new request begins: where the last one's step began no longer matters. */
  beginRequest(): void {
    this.stepOrigin = null;
  }

  private finish(stop: Stop): Stop {
    this.stepOrigin = null;
    this.journal.stepping = false;
    this.journal.everything = false;
    return stop;
  }

  // --- tasks ---------------------------------------------------------------------------------------------------

  /** The task that runs on; the next ready one in order when it cannot. */
  private pick(): Task | null {
    const n = this.tasks.length;
    for (let i = 0; i < n; i++) {
      const at = (this.turn + i) % n;
      const task = this.tasks[at];
      if (task.status === 'waiting' && this.events.has(task.waitsFor)) task.status = 'ready';
      if (task.status === 'ready') {
        if (at !== this.turn) this.giveTurn(at);
        return task;
      }
    }
    return null;
  }

  giveTurn(task: number): void {
    this.turn = task;
    this.usedInTurn = 0;
    this.turnPassedAt = this.statements;
  }

  private enterTask(task: Task): void {
    this.journal.trail = task.trail;
    this.journal.taskId = task.id;
    this.journal.taskName = task.name;
    if (!task.cpu || task.pending || this.onCpu.get(task.cpu.id) === task) return;
    this.onCpu.set(task.cpu.id, task);
    task.pending = this.kernels[task.info.vm].switchTo(task.cpu, task.process, !task.kernelMode);
    this.switching = task.pending !== null;
  }

  private ending(): Stop {
    this.over = true;
    const waiting = this.tasks.filter((t) => t.status === 'waiting');
    const deadlock =
      waiting.length === 0
        ? null
        : waiting.map((t) => `${t.name} waits for ${this.program.events[t.waitsFor] ?? '?'}`).join('; ');
    this.expectations.closeRun(this.tasks, deadlock);
    return { reason: 'ended', deadlock };
  }

  /** Marks a task as ended from inside an operation. */
  ended(task: Task, note: string): void {
    task.status = 'ended';
    task.note = note;
  }

  /** Notes why the builtin under way cannot do what it was asked. */
  complain(text: string): void {
    this.complaint = text;
  }

  // --- operations under way ------------------------------------------------------------------------------------

  /** Goes on with a task's operation. @returns a stop, or null when the operation is over (or the task is). */
  private drive(task: Task, request: RunRequest, origin: StepOrigin | null): Stop | null {
    for (;;) {
      const pause = this.resume(task);
      if (pause && isPlace(pause)) this.onPlace?.();
      switch (pause?.kind) {
        case undefined:
          return null;
        case 'left-out':
          break;
        case 'step':
          if (!origin || pause.stood) break;
          if (request.mode === 'in') return { reason: 'step', task: task.id };
          if (!origin.pending) break;
          if (task.trail.length < origin.trail || (request.mode === 'over' && task.trail.length === origin.trail))
            return { reason: 'step', task: task.id };
          break;
        case 'breath':
          return { reason: 'budget', task: task.id };
        case 'operation':
          if (!this.journal.operationBreaks.has(pause.name)) break;
          return { reason: 'operation', task: task.id, operation: pause.name };
        case 'event':
          if (!this.journal.filters.has(pause.filter)) break;
          return { reason: 'exception', task: task.id, filter: pause.filter, text: pause.text, faultId: pause.faultId };
        case 'watch':
          return { reason: 'watch', task: task.id, watch: pause.watch, text: pause.text };
      }
    }
  }

  /** Goes on with a task's operation to its next pause. @returns null when the operation is over, or the task is. */
  private resume(task: Task): Exclude<Pause, { kind: 'abort' }> | null {
    const next = task.pending!.next();
    if (!next.done && next.value.kind !== 'abort') {
      if (next.value.kind === 'breath') this.breaths++;
      return next.value;
    }
    task.pending = null;
    this.switching = false;
    if (next.done) this.killTasksOfDeadVms();
    else {
      task.trail = [];
      this.progress = null;
      this.journal.trail = task.trail;
      this.failed(task, this.parts.accesses.lastFault, (next.value as Extract<Pause, { kind: 'abort' }>).text);
    }
    return null;
  }

  private killTasksOfDeadVms(): void {
    for (const vm of this.vms) {
      if (!vm.killed) continue;
      for (const process of this.kernels[vm.index].processes.values())
        if (process.state === 'running') process.state = 'killed';
      for (const t of this.tasks) if (t.info.vm === vm.index && !t.done) t.end('killed', vm.killedWhy);
    }
  }

  /** An access or operation of the task failed: an expectation takes it, or the task ends. */
  failed(task: Task, fault: FaultRecord | null, text: string): void {
    const caught = this.expectations.catchFault(task, this.vms[task.info.vm]?.killed ?? false);
    if (caught && !this.vms[task.info.vm]?.killed) {
      const modeChanges = task.kernelMode !== caught.kernelMode;
      task.kernelMode = caught.kernelMode;
      task.calls.length = caught.depth;
      task.base = caught.base;
      task.pc = caught.end;
      task.function = this.program.statements[caught.statement]?.function ?? task.function;
      if (modeChanges && task.cpu) this.onCpu.delete(task.cpu.id);
      return;
    }
    this.killTasksOfDeadVms();
    if (!caught) {
      const why = fault ? `${text}: ${fault.why}; ${fault.resolution}` : text;
      this.expectations.unexpectedEnd(task, why);
      this.output.push({ text: `${task.name} ends: ${why}`, category: 'important', range: this.rangeOf(task) });
      if (task.process?.state === 'running') task.process.state = 'killed';
    }
    if (!task.done) task.end('killed', fault ? `${fault.why}; ${fault.resolution}` : text);
  }

  rangeOf(task: Task): SourceRange | null {
    return this.program.statements[task.statement]?.range ?? null;
  }

  /** A limit was met: the run cannot go on. */
  stopForGood(task: Task, text: string): void {
    const range = this.rangeOf(task);
    this.limit = { reason: 'limit', task: task.id, text, range };
    this.expectations.unexpectedEnd(task, text);
    this.output.push({ text: `stopped at line ${(range?.startLine ?? 0) + 1}: ${text}`, category: 'important', range });
  }
}
