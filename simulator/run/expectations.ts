import type { ExpectationResult } from '../control';
import type { FaultRecord } from '../history/faults';
import type { Journal } from '../history/journal';
import type { FaultKind } from '../language/builtins';
import type { Program } from '../language/program';
import type { OpenExpectation, Task } from './task';

/** Kinds that shadow paging hides from the guest: they are no faults of the scenario. */
const HIDDEN: ReadonlySet<FaultKind> = new Set(['shadow_miss', 'shadow_write']);

/** What a scenario expects, and what came of it. */
export class Expectations {
  readonly results: ExpectationResult[] = [];

  constructor(
    private readonly program: Program,
    private readonly journal: Journal,
  ) {}

  get ok(): boolean {
    return this.results.every((r) => r.held);
  }

  /** A value was compared. */
  value(index: number, held: boolean, detail: string): void {
    this.add(index, held, detail);
  }

  /** The block of a fault expectation begins. */
  begin(index: number, task: Task, end: number, hi: number, lo: number, base: number): void {
    task.expectations.push({
      index,
      end,
      after: this.lastFaultId(),
      expectedHi: hi,
      expectedLo: lo,
      depth: task.calls.length,
      base,
      kernelMode: task.kernelMode,
      statement: task.statement,
    });
  }

  /** The block ends, and where it fails the task stands at its head. @returns null if it holds, else what happened instead. */
  end(index: number, task: Task): string | null {
    const open = task.expectations.pop();
    if (!open || open.index !== index) return null;
    const info = this.program.expectations[index];
    const since = this.faultsSince(task, open);
    if (info.kind === 'no-fault') {
      const seen = since.filter((f) => !HIDDEN.has(f.kind));
      const held = seen.length === 0;
      const detail = held ? '' : `${seen.length} faults, first ${seen[0].kind}: ${seen[0].why}`;
      return this.ended(index, task, open, held, detail);
    }
    const held = since.some((f) => this.satisfies(f, open));
    const detail = held
      ? ''
      : since.length === 0
        ? 'no fault'
        : `got ${[...new Set(since.map((f) => f.kind))].join(', ')}`;
    return this.ended(index, task, open, held, detail);
  }

  private ended(
    index: number,
    task: Task,
    { statement }: OpenExpectation,
    held: boolean,
    detail: string,
  ): string | null {
    this.add(index, held, detail);
    if (held) return null;
    task.statement = statement;
    return detail;
  }

  /**
   * A fault ended an access: the innermost expectation that wants it takes it. With the VM gone its block cannot end,
   * so it is settled here.
   */
  catchFault(task: Task, vmKilled: boolean): OpenExpectation | null {
    for (let i = task.expectations.length - 1; i >= 0; i--) {
      const open = task.expectations[i];
      if (this.program.expectations[open.index].kind !== 'fault') continue;
      if (!this.faultsSince(task, open).some((f) => this.satisfies(f, open))) continue;
      for (const inner of task.expectations.splice(i + 1)) this.add(inner.index, false, 'left by a fault');
      if (vmKilled) {
        task.expectations.length = i;
        this.add(open.index, true, '');
      }
      return open;
    }
    return null;
  }

  /** A task ended where nobody expected it to. */
  unexpectedEnd(task: Task, why: string): void {
    for (const open of task.expectations.splice(0)) this.add(open.index, false, why);
    const line = task.statement < 0 ? 0 : this.program.statements[task.statement].range.startLine + 1;
    this.results.push({
      text: `${task.name} runs to its end`,
      line,
      held: false,
      detail: why,
      tick: this.journal.tick,
    });
  }

  /** The run is over: tasks that still wait never got to what they expect. */
  closeRun(tasks: readonly Task[], deadlock: string | null): void {
    if (deadlock !== null && !this.results.some((r) => r.text === 'every task ends')) {
      const line = tasks.find((t) => t.status === 'waiting')?.statement ?? -1;
      this.results.push({
        text: 'every task ends',
        line: line < 0 ? 0 : this.program.statements[line].range.startLine + 1,
        held: false,
        detail: deadlock,
        tick: this.journal.tick,
      });
    }
  }

  private add(index: number, held: boolean, detail: string): void {
    const info = this.program.expectations[index];
    const last = this.results.find(
      (r) => r.line === info.range.startLine + 1 && r.text === info.text && r.held === held,
    );
    // One in a loop is reported once for each outcome.
    if (!last)
      this.results.push({ text: info.text, line: info.range.startLine + 1, held, detail, tick: this.journal.tick });
  }

  private satisfies(fault: FaultRecord, open: OpenExpectation): boolean {
    const info = this.program.expectations[open.index];
    if (info.kind !== 'fault' || fault.kind !== info.fault) return false;
    return (
      !info.hasAddress ||
      (fault.gva !== null && (fault.gva.hi | 0) === open.expectedHi && (fault.gva.lo | 0) === open.expectedLo)
    );
  }

  private faultsSince(task: Task, open: OpenExpectation): FaultRecord[] {
    const found: FaultRecord[] = [];
    const { records } = this.journal.faults;
    for (let i = records.length - 1; i >= 0 && records[i].id > open.after; i--)
      if (records[i].task === task.id) found.push(records[i]);
    return found.reverse();
  }

  private lastFaultId(): number {
    return this.journal.faults.records.at(-1)?.id ?? 0;
  }
}
