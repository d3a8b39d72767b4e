import type { ExceptionFilter, RunRequest, Stop } from '../control';
import { fork } from '../guest/fork';
import type { Kernel } from '../guest/kernel';
import type { FaultRecord } from '../history/faults';
import type { Journal, Steps } from '../history/journal';
import type { Host } from '../host/host';
import type { Hypercalls } from '../host/hypercalls';
import type { Vm } from '../host/vm';
import { Op, type CallSite, type Program, type SourceRange } from '../language/program';
import type { AccessUnit } from '../machine/access';
import type { PhysicalMemory } from '../machine/memory';
import type { Random } from '../machine/random';
import type { TagTable } from '../machine/tags';
import { Access } from '../paging/walk';
import { hex64, type Frame } from '../units';
import { compare64, result, shiftLeft, shiftRight, wideOperation } from './arithmetic';
import { performBuiltin, type Wide } from './builtin-calls';
import { Expectations } from './expectations';
import { Task } from './task';

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
}

const MOST_CALLS = 20_000;

/** Why the interpreter came back. */
const enum Left {
  /** The budget is used up, or it is another task's turn. */
  Turn,
  /** An operation has to be driven. */
  Pending,
  /** Stands before a statement. */
  Statement,
  Blocked,
  Done,
}

/** Runs a program: interpreter, scheduler and stepping. All run-time state of the scenario is in `tasks`. */
export class Executor {
  readonly tasks: Task[] = [];
  readonly events = new Set<number>();
  readonly expectations: Expectations;
  readonly output: { text: string; category: 'stdout' | 'important'; range: SourceRange | null }[] = [];
  /** Statements with a line breakpoint. */
  readonly breakpoints: Uint8Array;
  statements = 0;
  /** Task that runs or last ran. */
  running: Task | null = null;
  /** Where the last access of each task went, for following. */
  readonly lastAccess = new Map<Task, { hi: number; lo: number; access: Access }>();
  private limit: Stop | null = null;
  private readonly onCpu = new Map<number, Task>();
  private turn = 0;
  /** Statements that the task whose turn it is has made in it; outlives stops and operations. */
  private usedInTurn = 0;
  private complaint: string | null = null;

  constructor(
    readonly program: Program,
    readonly parts: Parts,
    private readonly stepLimit: number,
  ) {
    this.breakpoints = new Uint8Array(program.statements.length);
    this.expectations = new Expectations(program, parts.journal);
    parts.journal.lineOf = () => (this.running ? (this.rangeOf(this.running)?.startLine ?? -1) + 1 || null : null);
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

  /** Runs until a stop; see RunRequest. */
  run(request: RunRequest): Stop {
    if (this.limit) return this.limit;
    const stepped = request.mode === 'continue' ? null : (this.tasks[request.task] ?? null);
    const origin =
      this.stepOrigin ??
      (stepped
        ? { depth: stepped.calls.length, trail: stepped.trail.length, pending: stepped.pending !== null }
        : null);
    this.stepOrigin = origin;
    let budget = request.budget;
    for (;;) {
      const task = this.pick();
      if (!task) return this.finish(this.ending());
      this.running = task;
      this.enterTask(task);
      const isStepped = stepped !== null && (task === stepped || stepped.done);
      this.journal.stepping = isStepped && (request.mode === 'in' || (origin !== null && origin.pending));
      const stop = task.pending ? this.drive(task, request, isStepped ? origin : null) : null;
      if (stop) return stop.reason === 'budget' ? stop : this.finish(stop);
      // A fork gives the turn to the child: the parent must not go on, or its next access would be made there.
      if (task.done || task.pending || this.turn !== task.id) continue;
      const before = this.statements;
      const left = this.interpret(
        task,
        budget,
        isStepped ? request.mode : 'continue',
        origin?.depth ?? 0,
        origin?.pending ?? false,
      );
      budget -= this.statements - before;
      if (this.limit) return this.finish(this.limit);
      if (left === Left.Statement) {
        const { statement } = task;
        return this.finish(
          this.breakpoints[statement]
            ? { reason: 'breakpoint', task: task.id, statement }
            : { reason: 'step', task: task.id },
        );
      }
      if (left === Left.Turn && budget <= 0) return { reason: 'budget', task: task.id };
    }
  }

  /** Where a step began; kept over `budget` returns of the same request. */
  private stepOrigin: { depth: number; trail: number; pending: boolean } | null = null;

  /** A new request begins: where the last one's step began no longer matters. */
  beginRequest(): void {
    this.stepOrigin = null;
  }

  private finish(stop: Stop): Stop {
    this.stepOrigin = null;
    this.journal.stepping = false;
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

  private giveTurn(task: number): void {
    this.turn = task;
    this.usedInTurn = 0;
  }

  private enterTask(task: Task): void {
    this.journal.trail = task.trail;
    this.journal.taskId = task.id;
    this.journal.taskName = task.name;
    if (!task.cpu || task.pending || this.onCpu.get(task.cpu.id) === task) return;
    this.onCpu.set(task.cpu.id, task);
    task.pending = this.kernels[task.info.vm].switchTo(task.cpu, task.process, !task.kernelMode);
  }

  private ending(): Stop {
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
  private drive(
    task: Task,
    request: RunRequest,
    origin: { depth: number; trail: number; pending: boolean } | null,
  ): Stop | null {
    for (;;) {
      const next = task.pending!.next();
      if (next.done) {
        task.pending = null;
        this.killTasksOfDeadVms();
        return null;
      }
      const pause = next.value;
      switch (pause.kind) {
        case 'step':
          if (!origin) break;
          if (request.mode === 'in') return { reason: 'step', task: task.id };
          if (!origin.pending) break;
          if (task.trail.length < origin.trail || (request.mode === 'over' && task.trail.length === origin.trail))
            return { reason: 'step', task: task.id };
          break;
        case 'breath':
          return { reason: 'budget', task: task.id };
        case 'operation':
          return { reason: 'operation', task: task.id, operation: pause.name };
        case 'event':
          return { reason: 'exception', task: task.id, filter: pause.filter, text: pause.text, faultId: pause.faultId };
        case 'abort':
          task.pending = null;
          task.trail = [];
          this.journal.trail = task.trail;
          this.failed(task, this.parts.accesses.lastFault, pause.text);
          return null;
      }
    }
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
  private failed(task: Task, fault: FaultRecord | null, text: string): void {
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
    if (!task.done) task.end('killed', fault ? fault.why : text);
  }

  private rangeOf(task: Task): SourceRange | null {
    return this.program.statements[task.statement]?.range ?? null;
  }

  // --- accesses ------------------------------------------------------------------------------------------------

  /** Translates one address for a task, resolving faults. @returns the frame, or -1. */
  *translate(task: Task, at: Wide, access: Access): Steps<Frame> {
    const cpu = task.cpu!;
    const user = !task.kernelMode;
    this.lastAccess.set(task, { hi: at.hi, lo: at.lo, access });
    if (!this.journal.stepping) {
      const frame = this.parts.accesses.attempt(cpu, this.vms[task.info.vm], at.hi, at.lo, access, user);
      if (frame >= 0) return frame;
    }
    return yield* this.parts.accesses.access({ cpu, hi: at.hi, lo: at.lo, access, user }, true);
  }

  /** Loads 1, 2, 4 or 8 bytes; an access over a page's end is two. @returns null if it failed. */
  *load(task: Task, at: Wide, bytes: number): Steps<Wide | null> {
    if (!this.widthIsGood(bytes)) return null;
    const offset = at.lo & 4095;
    const first = yield* this.translate(task, at, Access.Read);
    if (first < 0) return null;
    const inFirst = Math.min(bytes, 4096 - offset);
    let value = this.loadBytes(first, offset, inFirst);
    if (inFirst < bytes) {
      const second = yield* this.translate(task, nextPage(at), Access.Read);
      if (second < 0) return null;
      value |= this.loadBytes(second, 0, bytes - inFirst) << BigInt(inFirst * 8);
    }
    return { hi: Number(value >> 32n) | 0, lo: Number(value & 0xffff_ffffn) | 0 };
  }

  /** Stores 1, 2, 4 or 8 bytes. @returns false if it failed. */
  *store(task: Task, at: Wide, value: Wide, bytes: number): Steps<boolean> {
    if (!this.widthIsGood(bytes)) return false;
    const offset = at.lo & 4095;
    const first = yield* this.translate(task, at, Access.Write);
    if (first < 0) return false;
    const inFirst = Math.min(bytes, 4096 - offset);
    if (inFirst === bytes) {
      this.memory.store(first, offset, bytes, value.lo, value.hi);
      return true;
    }
    // Both pages are checked before anything is written.
    const second = yield* this.translate(task, nextPage(at), Access.Write);
    if (second < 0) return false;
    const all = (BigInt(value.hi >>> 0) << 32n) | BigInt(value.lo >>> 0);
    for (let i = 0; i < bytes; i++) {
      const byte = Number((all >> BigInt(i * 8)) & 0xffn);
      if (i < inFirst) this.memory.store(first, offset + i, 1, byte, 0);
      else this.memory.store(second, i - inFirst, 1, byte, 0);
    }
    return true;
  }

  private loadBytes(frame: Frame, offset: number, bytes: number): bigint {
    let value = 0n;
    for (let i = 0; i < bytes; i++) {
      this.memory.load(frame, offset + i, 1);
      value |= BigInt(this.memory.lo >>> 0) << BigInt(i * 8);
    }
    return value;
  }

  private widthIsGood(bytes: number): boolean {
    if (bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8) return true;
    this.complain(`an access is 1, 2, 4 or 8 bytes wide, not ${bytes}`);
    return false;
  }

  // --- the interpreter -----------------------------------------------------------------------------------------

  private interpret(
    task: Task,
    budget: number,
    mode: RunRequest['mode'],
    stepDepth: number,
    stepFromOperation: boolean,
  ): Left {
    const { code } = this.program;
    const { parts } = this;
    const cpu = task.cpu;
    const vm = this.vms[task.info.vm];
    const round = this.program.roundRobin;
    let { pc } = task;
    let { lo, hi, base } = task;
    let used = 0;
    for (;;) {
      const at = pc * 4;
      const op = code[at] as Op;
      const a = code[at + 1];
      const b = code[at + 2];
      const c = code[at + 3];
      pc++;
      switch (op) {
        case Op.Statement: {
          if (!task.passed) {
            if (used >= budget) {
              task.pc = pc - 1;
              return Left.Turn;
            }
            if (round > 0 && this.usedInTurn >= round) {
              task.pc = pc - 1;
              this.giveTurn((this.turn + 1) % this.tasks.length);
              return Left.Turn;
            }
            task.statement = a;
            const steps =
              mode === 'in' ||
              (mode === 'over' && (stepFromOperation || task.calls.length <= stepDepth)) ||
              (mode === 'out' && (stepFromOperation || task.calls.length < stepDepth));
            if (this.breakpoints[a] === 1 || steps) {
              task.pc = pc - 1;
              task.passed = true;
              return Left.Statement;
            }
          }
          task.passed = false;
          task.statement = a;
          used++;
          this.usedInTurn++;
          if (++this.statements > this.stepLimit)
            return this.stopAt(task, `the run has made ${this.stepLimit} steps; raise "stepLimit" if that is meant`);
          break;
        }
        case Op.Const:
          lo[base + a] = b;
          hi[base + a] = c;
          break;
        case Op.Move:
          lo[base + a] = lo[base + b]!;
          hi[base + a] = hi[base + b]!;
          break;
        case Op.Add: {
          const sum = (lo[base + b] >>> 0) + (lo[base + c] >>> 0);
          hi[base + a] = hi[base + b] + hi[base + c] + (sum > 0xffff_ffff ? 1 : 0);
          lo[base + a] = sum;
          break;
        }
        case Op.Sub: {
          const difference = (lo[base + b] >>> 0) - (lo[base + c] >>> 0);
          hi[base + a] = hi[base + b] - hi[base + c] - (difference < 0 ? 1 : 0);
          lo[base + a] = difference;
          break;
        }
        case Op.Mul:
        case Op.Div:
        case Op.Mod:
          if (!wideOperation(op, hi[base + b], lo[base + b], hi[base + c], lo[base + c])) {
            task.pc = pc;
            this.failed(task, null, 'division by zero');
            return Left.Done;
          }
          lo[base + a] = result.lo;
          hi[base + a] = result.hi;
          break;
        case Op.Shl:
          shiftLeft(hi[base + b], lo[base + b], hi[base + c], lo[base + c]);
          lo[base + a] = result.lo;
          hi[base + a] = result.hi;
          break;
        case Op.Shr:
          shiftRight(hi[base + b], lo[base + b], hi[base + c], lo[base + c]);
          lo[base + a] = result.lo;
          hi[base + a] = result.hi;
          break;
        case Op.And:
          lo[base + a] = lo[base + b] & lo[base + c];
          hi[base + a] = hi[base + b] & hi[base + c];
          break;
        case Op.Or:
          lo[base + a] = lo[base + b] | lo[base + c];
          hi[base + a] = hi[base + b] | hi[base + c];
          break;
        case Op.Xor:
          lo[base + a] = lo[base + b] ^ lo[base + c];
          hi[base + a] = hi[base + b] ^ hi[base + c];
          break;
        case Op.Eq:
        case Op.Ne:
        case Op.Lt:
        case Op.Le:
        case Op.Gt:
        case Op.Ge: {
          const order = compare64(hi[base + b], lo[base + b], hi[base + c], lo[base + c]);
          lo[base + a] = holds(op, order) ? 1 : 0;
          hi[base + a] = 0;
          break;
        }
        case Op.Not:
          lo[base + a] = lo[base + b] === 0 && hi[base + b] === 0 ? 1 : 0;
          hi[base + a] = 0;
          break;
        case Op.BitNot:
          lo[base + a] = ~lo[base + b];
          hi[base + a] = ~hi[base + b];
          break;
        case Op.Neg: {
          const low = -lo[base + b] | 0;
          hi[base + a] = ~hi[base + b] + (low === 0 ? 1 : 0);
          lo[base + a] = low;
          break;
        }
        case Op.Jump:
          pc = a;
          break;
        case Op.JumpIfZero:
          if (lo[base + b] === 0 && hi[base + b] === 0) pc = a;
          break;
        case Op.Call: {
          const callee = this.program.functions[a];
          if (task.calls.length >= MOST_CALLS)
            return this.stopAt(task, `${callee.name} calls itself more than ${MOST_CALLS} levels deep`);
          const from = this.program.functions[task.function];
          task.calls.push({ returnTo: pc, base, result: c, function: task.function, statement: task.statement });
          task.base = base + from.registers;
          task.reserve(callee.registers);
          ({ lo, hi } = task);
          for (let i = 0; i < callee.parameters; i++) {
            lo[task.base + i] = lo[base + b + i]!;
            hi[task.base + i] = hi[base + b + i]!;
          }
          for (let i = callee.parameters; i < callee.registers; i++) {
            lo[task.base + i] = 0;
            hi[task.base + i] = 0;
          }
          base = task.base;
          task.function = a;
          pc = callee.entry;
          break;
        }
        case Op.Return: {
          const call = task.calls.pop();
          if (!call) {
            task.end('ended', '');
            return Left.Done;
          }
          const low = a < 0 ? 0 : lo[base + a];
          const high = a < 0 ? 0 : hi[base + a];
          base = call.base;
          task.base = base;
          task.function = call.function;
          task.statement = call.statement;
          if (call.result >= 0) {
            lo[base + call.result] = low;
            hi[base + call.result] = high;
          }
          pc = call.returnTo;
          break;
        }
        case Op.LoadTask: {
          const other = this.latest(b);
          lo[base + a] = other ? other.lo[c] : 0;
          hi[base + a] = other ? other.hi[c] : 0;
          break;
        }
        case Op.Read: {
          const h = hi[base + b];
          const l = lo[base + b];
          if (!this.journal.stepping && (l & 4095) <= 4096 - c) {
            const frame = parts.accesses.attempt(cpu!, vm, h, l, Access.Read, !task.kernelMode);
            if (frame >= 0) {
              parts.memory.load(frame, l & 4095, c);
              lo[base + a] = parts.memory.lo;
              hi[base + a] = parts.memory.hi;
              break;
            }
          }
          task.pc = pc;
          task.pending = this.finishRead(task, { hi: h, lo: l }, c, base + a);
          return Left.Pending;
        }
        case Op.Write: {
          const h = hi[base + a];
          const l = lo[base + a];
          if (!this.journal.stepping && (l & 4095) <= 4096 - c) {
            const frame = parts.accesses.attempt(cpu!, vm, h, l, Access.Write, !task.kernelMode);
            if (frame >= 0) {
              parts.memory.store(frame, l & 4095, c, lo[base + b], hi[base + b]);
              break;
            }
          }
          task.pc = pc;
          task.pending = this.finishWrite(task, { hi: h, lo: l }, { hi: hi[base + b], lo: lo[base + b] }, c);
          return Left.Pending;
        }
        case Op.Fetch:
          task.pc = pc;
          task.pending = this.finishFetch(task, { hi: hi[base + a], lo: lo[base + a] });
          return Left.Pending;
        case Op.Operation:
          task.pc = pc;
          task.pending = this.operation(task, this.program.calls[a], c < 0 ? -1 : base + c);
          return Left.Pending;
        case Op.Fork:
          task.pc = pc;
          task.pending = this.forkTask(task, a, this.program.skips[b] ?? []);
          return Left.Pending;
        case Op.KernelMode:
          task.pc = pc;
          task.kernelMode = a === 1;
          task.pending = this.changeMode(task, a === 1);
          return Left.Pending;
        case Op.Signal:
          this.events.add(a);
          break;
        case Op.Wait:
          if (this.events.has(a)) break;
          task.pc = pc - 1;
          task.status = 'waiting';
          task.waitsFor = a;
          task.note = `waits for ${this.program.events[a] ?? '?'}`;
          return Left.Blocked;
        case Op.ExpectValue: {
          const held = lo[base + b] !== 0 || hi[base + b] !== 0;
          const detail =
            c < 0 ? '' : `${hex64(hi[base + c], lo[base + c], 1)} and ${hex64(hi[base + c + 1], lo[base + c + 1], 1)}`;
          this.expectations.value(a, held, detail);
          if (held) break;
          task.pc = pc;
          task.pending = this.expectationFailed(a, detail);
          return Left.Pending;
        }
        case Op.ExpectBegin:
          this.expectations.begin(a, task, c, hi[base + b] ?? 0, lo[base + b] ?? 0, base);
          break;
        case Op.ExpectEnd: {
          const failure = this.expectations.end(a, task);
          if (failure === null) break;
          task.pc = pc;
          task.pending = this.expectationFailed(a, failure);
          return Left.Pending;
        }
        case Op.Print:
          this.print(task, a, base + b);
          break;
        case Op.End:
          task.pc = pc;
          task.end('ended', '');
          return Left.Done;
      }
    }
  }

  private stopAt(task: Task, text: string): Left {
    const range = this.rangeOf(task);
    this.limit = { reason: 'limit', task: task.id, text, range };
    this.expectations.unexpectedEnd(task, text);
    this.output.push({ text: `stopped at line ${(range?.startLine ?? 0) + 1}: ${text}`, category: 'important', range });
    return Left.Done;
  }

  private print(task: Task, message: number, register: number): void {
    let i = register;
    const text = this.program.messages[message].replace(/\{\}/g, () => {
      const value = hex64(task.hi[i], task.lo[i], 1);
      i++;
      const number = Number(value);
      return number < 10_000 ? String(number) : value;
    });
    this.output.push({ text, category: 'stdout', range: this.rangeOf(task) });
  }

  private *finishRead(task: Task, at: Wide, bytes: number, register: number): Steps<void> {
    const value = yield* this.load(task, at, bytes);
    if (!value) {
      this.builtinFailed(task);
      return;
    }
    task.lo[register] = value.lo;
    task.hi[register] = value.hi;
  }

  private *finishWrite(task: Task, at: Wide, value: Wide, bytes: number): Steps<void> {
    if (!(yield* this.store(task, at, value, bytes))) this.builtinFailed(task);
  }

  private *finishFetch(task: Task, at: Wide): Steps<void> {
    if ((yield* this.translate(task, at, Access.Fetch)) < 0) this.builtinFailed(task);
  }

  private *operation(task: Task, site: CallSite, register: number): Steps<void> {
    this.complaint = null;
    const value = yield* performBuiltin(this, task, site);
    if (value === null) {
      this.builtinFailed(task);
      return;
    }
    if (register >= 0) {
      task.lo[register] = value.lo;
      task.hi[register] = value.hi;
    }
  }

  private builtinFailed(task: Task): void {
    const { complaint } = this;
    this.complaint = null;
    const fault = complaint === null ? this.parts.accesses.lastFault : null;
    this.failed(
      task,
      fault,
      complaint ??
        (fault?.gva
          ? `${fault.access ?? 'access'} of ${hex64(fault.gva.hi, fault.gva.lo)} failed`
          : 'the operation failed'),
    );
  }

  private *changeMode(task: Task, kernel: boolean): Steps<void> {
    const k = this.kernels[task.info.vm];
    if (kernel) yield* k.enterKernel(task.cpu!);
    else yield* k.switchTo(task.cpu!, task.process, true);
  }

  private *forkTask(task: Task, childIndex: number, skip: readonly string[]): Steps<void> {
    const info = this.program.tasks[childIndex];
    const kernel = this.kernels[task.info.vm];
    if (!task.kernelMode) yield* kernel.enterKernel(task.cpu!);
    const child = yield* fork(kernel, task.cpu!, task.process!, info.name, skip.length > 0 ? new Set(skip) : null);
    if (!task.kernelMode) yield* kernel.leaveKernel(task.cpu!);
    if (!child) {
      this.complain(`fork ${info.name}: the guest has no memory for page tables`);
      this.builtinFailed(task);
      return;
    }
    const entry = this.program.functions[info.function];
    const made = new Task(this.tasks.length, this.nameFor(info.name), info, childIndex, entry, child, task.cpu);
    made.reserve(Math.max(entry.registers, this.program.functions[task.function].registers));
    made.lo.set(task.lo.subarray(task.base, task.base + this.program.functions[task.function].registers));
    made.hi.set(task.hi.subarray(task.base, task.base + this.program.functions[task.function].registers));
    this.tasks.push(made);
    // The child runs first, until it blocks or ends.
    this.giveTurn(made.id);
  }

  private nameFor(name: string): string {
    const same = this.tasks.filter((t) => t.info.name === name).length;
    return same === 0 ? name : `${name} #${same + 1}`;
  }

  private *expectationFailed(index: number, detail: string): Steps<void> {
    const info = this.program.expectations[index];
    const text = `line ${info.range.startLine + 1}: expected ${info.text}${detail ? ` (${detail})` : ''}`;
    this.output.push({ text, category: 'important', range: info.range });
    const filter: ExceptionFilter = 'failed_expect';
    yield* this.journal.event(filter, text);
  }
}

const nextPage = (at: Wide): Wide => {
  const page = (at.hi >>> 0) * 0x100000 + (at.lo >>> 12) + 1;
  return { hi: Math.floor(page / 0x100000) | 0, lo: ((page % 0x100000) << 12) | 0 };
};

function holds(op: Op, order: number): boolean {
  switch (op) {
    case Op.Eq:
      return order === 0;
    case Op.Ne:
      return order !== 0;
    case Op.Lt:
      return order < 0;
    case Op.Le:
      return order <= 0;
    case Op.Gt:
      return order > 0;
    default:
      return order >= 0;
  }
}
