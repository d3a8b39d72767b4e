import type * as control from './control';
import { operationText, OPERATIONS, stepLine } from './history/operations';
import { buildReport } from './costs/build-report';
import type { CostReport, Variant } from './costs/report';
import { differences } from './inspect/differences';
import { mappingsOf, sideTitle } from './inspect/mappings';
import { MachineInspector } from './inspect/inspector';
import type {
  Differences,
  DifferenceSide,
  DifferencesQuery,
  Edit,
  EditAnswer,
  PlaceTarget,
  Target,
  WatchSpec,
} from './inspect/time-types';
import type { NamedValue } from './inspect/types';
import { COUNTERS } from './language/builtins';
import type { Program, SourceRange } from './language/program';
import { assemble } from './run/assemble';
import { applyEdit } from './run/edits/edit';
import { evaluate } from './run/evaluate';
import type { Executor } from './run/executor';
import { functionFrames, windowAt } from './run/function-frames';
import { placesOf, readBytes } from './run/memory-refs';
import { countersOf, inlineValuesOf, processOf, registersOf, tlbOf, variablesOf } from './run/scopes';
import { stateHash } from './run/state-hash';
import { type Journey, Traveller } from './travel/traveller';

const GENERATED = 'operation:';

const isReverse = (mode: control.RunMode): mode is control.ReverseMode => mode.startsWith('back-') || mode === 'goto';

/** One run of a scenario, as a debugger drives it. */
export class Simulation implements control.DebugTarget {
  readonly inspect: MachineInspector;
  private readonly executor: Executor;
  private readonly traveller: Traveller | null = null;
  private journey: Journey | null = null;

  /** @throws Error in words if the machine cannot be built (the host has no memory for a VM's tables). */
  constructor(
    readonly program: Program,
    options: control.RunOptions = {},
  ) {
    this.executor = assemble(program, options);
    if (options.record)
      this.traveller = new Traveller(this.executor, options.record, {
        foreign: [this.executor.watches],
        apply: (edit) => applyEdit(this.executor, edit),
        watches: this.executor.watches,
      });
    this.inspect = new MachineInspector(this.executor);
    const { traveller } = this;
    const { recording } = this.executor.journal;
    if (traveller && recording)
      this.inspect.keeper = {
        memory: () => {
          const { bytes, limit, list } = traveller.checkpoints;
          return { bytes, limit, checkpoints: list.length };
        },
        edits: () => traveller.placedEdits,
      };
  }

  run(request: control.RunRequest): control.Stop {
    this.inspect.changed();
    const { traveller } = this;
    if (!isReverse(request.mode)) return traveller ? traveller.run(request) : this.executor.run(request);
    if (!traveller) throw new Error('the run is not recorded: it cannot go back');
    this.journey ??= traveller.journey(request);
    const slice = this.journey.next();
    if (!slice.done) return { reason: 'budget', task: request.task };
    this.journey = null;
    return slice.value;
  }

  get tick(): number {
    return this.executor.journal.tick;
  }

  get statements(): number {
    return this.executor.completed;
  }

  tasks(): control.TaskView[] {
    return this.executor.tasks.map((t) => ({
      id: t.id,
      name: t.name,
      kind: t.info.kind,
      vm: this.executor.vms[t.info.vm]?.name ?? null,
      state: t.status,
      note: t.note,
    }));
  }

  stack(taskId: number): control.StackFrameView[] {
    const task = this.executor.tasks[taskId];
    if (!task) return [];
    const functions = functionFrames(this.program, task).map((f, depth): control.StackFrameView => ({
      depth,
      name: this.program.functions[f.function]?.name ?? task.name,
      kind: 'function',
      source: { kind: 'scenario', range: f.range },
      values: [],
    }));
    const operations = task.trail.map((frame, i): control.StackFrameView => ({
      depth: functions.length + i,
      name: frame.step ? `${frame.title} · ${frame.step}` : frame.title,
      kind: frame.operation.who,
      source: {
        kind: 'generated',
        name: GENERATED + frame.operation.name,
        line: stepLine(frame.operation.name, frame.step),
      },
      values: frame.values,
    }));
    return [...functions, ...operations].reverse();
  }

  generatedSource(name: string): string | null {
    return name.startsWith(GENERATED) ? operationText(name.slice(GENERATED.length)) : null;
  }

  statementAtLine(line: number): number {
    let best = -1;
    this.program.statements.forEach((s, i) => {
      const from = s.range.startLine;
      if (from >= line && (best < 0 || from < this.program.statements[best].range.startLine)) best = i;
    });
    return best;
  }

  statementRange(statement: number): SourceRange {
    return this.program.statements[statement].range;
  }

  setBreakpoints(statements: readonly number[]): void {
    this.executor.breakpoints.fill(0);
    for (const s of statements) if (s >= 0) this.executor.breakpoints[s] = 1;
  }

  setOperationBreakpoints(names: readonly string[]): void {
    const { operationBreaks } = this.executor.journal;
    operationBreaks.clear();
    for (const name of names) operationBreaks.add(name);
  }

  operationNames(): string[] {
    return [...OPERATIONS.keys()];
  }

  setExceptionFilters(filters: readonly control.ExceptionFilter[]): void {
    const set = this.executor.journal.filters;
    set.clear();
    for (const filter of filters) set.add(filter);
  }

  setWatches(watches: readonly WatchSpec[]): readonly (string | null)[] {
    return this.executor.watches.set(watches);
  }

  get records(): boolean {
    return this.traveller !== null;
  }

  unreachable(target: Target): string | null {
    const { recording } = this.executor.journal;
    if (!recording) return 'the run is not recorded';
    if (target.kind === 'tick' || target.kind === 'place') return null;
    const [log, id, name] =
      target.kind === 'write'
        ? ([recording.writes, target.write, 'write'] as const)
        : ([recording.marks, target.mark, 'event'] as const);
    if (id >= log.first && id < log.count) return null;
    if (log.count === log.first) return `no ${name} is recorded`;
    return `there is no ${name} ${id} in the recording, which has ${log.first} to ${log.count - 1}`;
  }

  place(): PlaceTarget | null {
    return this.traveller?.place() ?? null;
  }

  edit(edit: Edit): EditAnswer {
    this.inspect.changed();
    const answer = this.traveller?.edit(edit) ?? applyEdit(this.executor, edit);
    this.executor.watches.rearm();
    return answer;
  }

  undoEdit(): EditAnswer {
    this.inspect.changed();
    return (
      this.traveller?.undo() ?? { ok: false, error: 'this run is not recorded, so that an edit cannot be taken back' }
    );
  }

  differences(query: DifferencesQuery): Differences {
    const { context } = this.inspect;
    const side = (asked: DifferenceSide): ReturnType<typeof mappingsOf> => {
      const { tick, place } = asked;
      if (tick === null || (tick === this.tick && !place)) return mappingsOf(context, asked);
      if (!this.traveller)
        throw new Error(
          `this run is not recorded, so tick ${tick} cannot be compared: record it, or compare the present`,
        );
      const target: Target = place ? { kind: 'place', ...place, tick } : { kind: 'tick', tick };
      return this.traveller.visit(target, () => mappingsOf(context, asked));
    };
    const [a, b] = [side(query.a), side(query.b)];
    return differences(context, a, b, [sideTitle(context, query.a), sideTitle(context, query.b)]);
  }

  markStop(): void {
    this.executor.beginRequest();
    this.journey = null;
    this.executor.memory.mark();
    this.inspect.markStop();
  }

  variables(taskId: number, depth: number): NamedValue[] {
    return variablesOf(this.executor, taskId, depth);
  }

  registers(taskId: number): NamedValue[] {
    return registersOf(this.executor, taskId);
  }

  process(taskId: number): NamedValue[] {
    return processOf(this.executor, this.inspect, taskId);
  }

  tlb(taskId: number): NamedValue[] {
    return tlbOf(this.executor, this.inspect, taskId);
  }

  counters(): NamedValue[] {
    return countersOf(this.executor);
  }

  evaluate(text: string, taskId: number, depth: number): control.Evaluation {
    const task = this.executor.tasks[taskId] ?? null;
    return evaluate(this.executor, this.inspect, text, task, windowAt(this.program, task, depth));
  }

  setVariable(taskId: number, depth: number, name: string, text: string): control.Evaluation {
    const answer = this.edit({ kind: 'variable', task: taskId, depth, name, value: text });
    return answer.ok ? this.evaluate(name, taskId, depth) : answer;
  }

  inlineValues(taskId: number): control.InlineValueView[] {
    return inlineValuesOf(this.executor, this.inspect, taskId);
  }

  readMemory(ref: string, offset: number, count: number): Uint8Array | null {
    return readBytes(this.executor, this.inspect, ref, offset, count);
  }

  writeMemory(ref: string, offset: number, bytes: Uint8Array): { written: number; error: string | null } {
    if (bytes.length === 0) return { written: 0, error: null };
    const places = placesOf(this.executor, this.inspect, ref, offset, bytes.length);
    if (typeof places === 'string') return { written: 0, error: places };
    const written = places.reduce((sum, place) => sum + place.count, 0);
    const answer = this.edit({ kind: 'memory', reference: ref, offset, bytes: [...bytes.subarray(0, written)] });
    return answer.ok ? { written, error: null } : { written: 0, error: answer.error };
  }

  summary(): control.RunSummary {
    const { expectations, journal, vms } = this.executor;
    const counters: Record<string, number> = {};
    COUNTERS.forEach((name, i) => (counters[name] = vms.reduce((sum, vm) => sum + vm.counters.values[i], 0)));
    return {
      ok: expectations.ok,
      ticks: journal.tick,
      traceHash: journal.trace.digest(),
      expectations: expectations.results,
      counters,
    };
  }

  takeOutput(): { text: string; category: 'stdout' | 'important'; range: SourceRange | null }[] {
    return this.executor.output.splice(0);
  }

  progress(): control.Progress | null {
    return this.executor.progress;
  }

  costReport(variant: Variant): CostReport | null {
    const { costs } = this.executor.parts;
    if (costs === null) return null;
    return buildReport({
      variant,
      profile: costs,
      vms: this.executor.vms,
      traceHash: this.executor.journal.trace.digest(),
    });
  }

  stateHash(): string {
    return stateHash(this.executor);
  }
}
