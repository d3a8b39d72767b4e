import type { ExceptionFilter } from '../control';
import { fork } from '../guest/fork';
import type { Steps } from '../history/journal';
import type { CallSite } from '../language/program';
import { Access } from '../paging/walk';
import { hex64 } from '../units';
import { performBuiltin, type Wide } from './builtin-calls';
import type { Executor } from './executor';
import { Task } from './task';

/** What instructions begin and a debugger can stand in: accesses off the fast path, builtins, fork, changes of mode. */
export class Operations {
  constructor(private readonly x: Executor) {}

  /** Finishes a load that the fast path could not make. */
  *finishRead(task: Task, at: Wide, bytes: number, register: number): Steps<void> {
    const value = yield* this.x.loads.load(task, at, bytes);
    if (!value) {
      this.builtinFailed(task);
      return;
    }
    task.lo[register] = value.lo;
    task.hi[register] = value.hi;
  }

  *finishWrite(task: Task, at: Wide, value: Wide, bytes: number): Steps<void> {
    if (!(yield* this.x.loads.store(task, at, value, bytes))) this.builtinFailed(task);
  }

  *finishFetch(task: Task, at: Wide): Steps<void> {
    if ((yield* this.x.loads.translate(task, at, Access.Fetch)) < 0) this.builtinFailed(task);
  }

  /** Performs a builtin; its value goes to a register, or nowhere (-1). */
  *operation(task: Task, site: CallSite, register: number): Steps<void> {
    this.x.complaint = null;
    const value = yield* performBuiltin(this.x, task, site);
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
    const { complaint } = this.x;
    this.x.complaint = null;
    const fault = complaint === null ? this.x.parts.accesses.lastFault : null;
    this.x.failed(
      task,
      fault,
      complaint ??
        (fault?.gva
          ? `${fault.access ?? 'access'} of ${hex64(fault.gva.hi, fault.gva.lo)} failed`
          : 'the operation failed'),
    );
  }

  /** `kernel { }` begins or ends. */
  *changeMode(task: Task, kernel: boolean): Steps<void> {
    const k = this.x.kernels[task.info.vm];
    if (kernel) yield* k.enterKernel(task.cpu!);
    else yield* k.resumeUser(task.cpu!, task.process);
  }

  /** Forks the process; the child runs first, until it blocks or ends. */
  *forkTask(task: Task, childIndex: number, skip: readonly string[]): Steps<void> {
    const info = this.x.program.tasks[childIndex];
    const kernel = this.x.kernels[task.info.vm];
    if (!task.kernelMode) yield* kernel.beginSystemCall(task.cpu!, 'fork');
    const child = yield* fork(kernel, task.cpu!, task.process!, info.name, skip.length > 0 ? new Set(skip) : null);
    if (!task.kernelMode) yield* kernel.endSystemCall(task.cpu!);
    if (!child) {
      this.x.complain(`fork ${info.name}: the guest has no memory for page tables`);
      this.builtinFailed(task);
      return;
    }
    const entry = this.x.program.functions[info.function];
    const made = new Task(this.x.tasks.length, this.nameFor(info.name), info, childIndex, entry, child, task.cpu);
    made.reserve(Math.max(entry.registers, this.x.program.functions[task.function].registers));
    made.lo.set(task.lo.subarray(task.base, task.base + this.x.program.functions[task.function].registers));
    made.hi.set(task.hi.subarray(task.base, task.base + this.x.program.functions[task.function].registers));
    this.x.tasks.push(made);
    this.x.giveTurn(made.id);
  }

  private nameFor(name: string): string {
    const same = this.x.tasks.filter((t) => t.info.name === name).length;
    return same === 0 ? name : `${name} #${same + 1}`;
  }

  /** Says that an expectation does not hold, and is a place to stop. */
  *expectationFailed(index: number, detail: string): Steps<void> {
    const info = this.x.program.expectations[index];
    const text = `line ${info.range.startLine + 1}: expected ${info.text}${detail ? ` (${detail})` : ''}`;
    this.x.output.push({ text, category: 'important', range: info.range });
    const filter: ExceptionFilter = 'failed_expect';
    const { journal } = this.x;
    journal.recording?.mark('failed_expect', -1, journal.recording.name(text, 'an expectation does not hold'));
    yield* journal.event(filter, text);
  }
}
