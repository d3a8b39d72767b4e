import type * as control from './control';
import { operationText, OPERATIONS, stepLine } from './history/operations';
import { buildReport } from './costs/build-report';
import type { CostReport, Variant } from './costs/report';
import { differences } from './inspect/differences';
import { mappingsOf, sideTitle } from './inspect/mappings';
import { tlbEntries } from './inspect/walks';
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
import { RollingHash } from './machine/hash';
import { frameOf } from './paging/format';
import { assemble } from './run/assemble';
import { applyEdit } from './run/edits/edit';
import { evaluate, evaluateBits } from './run/evaluate';
import type { Executor } from './run/executor';
import { functionFrames, windowAt } from './run/function-frames';
import { placesOf, readBytes } from './run/memory-refs';
import { type Journey, Traveller } from './travel/traveller';
import { hex, hex64 } from './units';

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
    const task = this.executor.tasks[taskId];
    const frame = task && (functionFrames(this.program, task)[depth] ?? functionFrames(this.program, task).at(-1));
    if (!task || !frame) return [];
    const seen = new Map<string, NamedValue>();
    for (const v of this.program.functions[frame.function]?.variables ?? []) {
      // Variables whose declaration is still to come are not shown.
      if (v.range.startLine > frame.range.startLine) continue;
      const at = frame.base + v.register;
      const value = hex64(task.hi[at] ?? 0, task.lo[at] ?? 0, 1);
      const number = Number(value);
      seen.set(v.name, {
        name: v.name,
        value: number < 10_000 ? String(number) : value,
        type: 'u64',
        ...(task.process && number >= 4096 ? { memory: `gva:${task.info.vm}:${task.process.pid}:${value}` } : {}),
      });
    }
    return [...seen.values()];
  }

  registers(taskId: number): NamedValue[] {
    const cpu = this.executor.tasks[taskId]?.cpu;
    if (!cpu) return [];
    const { mode } = cpu;
    const flags = (names: [string, boolean][]): string =>
      names
        .filter(([, on]) => on)
        .map(([n]) => n)
        .join(' ') || 'none';
    const value = (name: string, text: string, type: string, memory?: string): NamedValue => ({
      name,
      value: text,
      type,
      ...(memory ? { memory } : {}),
    });
    const nested = cpu.nestedRoot >= 0;
    return [
      value(
        'CR0',
        flags([
          ['PE', true],
          ['WP', mode.wp],
          ['PG', true],
        ]),
        'flags',
      ),
      value(
        'CR3',
        hex((BigInt(cpu.root) << 12n) | BigInt(cpu.pcid), 16),
        nested ? 'gPA of the root, PCID' : 'hPA of the root, PCID',
        nested ? `gpa:${this.executor.tasks[taskId].info.vm}:${hex(cpu.root * 4096)}` : `hpa:${hex(cpu.root * 4096)}`,
      ),
      ...(this.executor.vms[this.executor.tasks[taskId].info.vm].intercepts
        ? [
            value(
              'guest CR3',
              hex64(cpu.cr3Hi, cpu.cr3Lo),
              'gPA of the root as the guest set it, PCID',
              `gpa:${this.executor.tasks[taskId].info.vm}:${hex(frameOf(cpu.cr3Lo, cpu.cr3Hi) * 4096)}`,
            ),
          ]
        : []),
      value(
        'CR4',
        flags([
          ['PAE', true],
          ['PCIDE', true],
          ['LA57', mode.levels === 5],
          ['SMEP', mode.smep],
          ['SMAP', mode.smap],
          ['PKE', mode.pke],
        ]),
        'flags',
      ),
      value(
        'EFER',
        flags([
          ['LME', true],
          ['LMA', true],
          ['NXE', mode.nxe],
        ]),
        'flags',
      ),
      value('CPL', cpu.user ? '3' : '0', 'privilege level'),
      value('regime', cpu.regime, 'which table the CPU walks'),
      ...(nested
        ? [value('nCR3', hex(cpu.nestedRoot * 4096, 16), 'hPA of the nested root', `hpa:${hex(cpu.nestedRoot * 4096)}`)]
        : []),
      value('ASID', String(cpu.asid), 'address-space identifier'),
      value('PCID', String(cpu.pcid), 'process-context identifier'),
      value('PKRU', hex(mode.pkru, 8), 'protection-key rights'),
    ];
  }

  process(taskId: number): NamedValue[] {
    const process = this.executor.tasks[taskId]?.process;
    if (!process) return [];
    const words = ['---', 'r--', '-w-', 'rw-', '--x', 'r-x', '-wx', 'rwx'];
    return [
      { name: 'name', value: process.name, type: 'string' },
      { name: 'pid', value: String(process.pid), type: 'number' },
      { name: 'state', value: process.state, type: 'string' },
      {
        name: 'root',
        value: hex(process.rootGfn * 4096),
        type: 'gPA of the native root',
        memory: `gpa:${this.executor.tasks[taskId].info.vm}:${hex(process.rootGfn * 4096)}`,
      },
      {
        name: 'areas',
        value: String(process.areas.length),
        type: 'list',
        children: process.areas.map((a) => ({
          name: `${this.inspect.context.gva(a.start)}–${this.inspect.context.gva(a.end)}`,
          value: `${words[a.perm] ?? ''}${a.huge ? ' huge' : ''}${a.pkey > 0 ? ` key ${a.pkey}` : ''}`,
          type: 'area',
        })),
      },
    ];
  }

  tlb(taskId: number): NamedValue[] {
    const task = this.executor.tasks[taskId];
    const vm = task && this.executor.vms[task.info.vm];
    if (!vm) return [];
    const groups = new Map<string, NamedValue[]>();
    for (const e of tlbEntries(this.inspect.context, vm)) {
      if (task.cpu && e.vcpu !== task.cpu.id) continue;
      const list = groups.get(e.structure) ?? [];
      list.push({
        name: e.gva,
        value: `${e.hpa} ${e.pageSize} ${e.perm.text} PCID ${e.pcid}${e.global ? ' global' : ''}${e.dirty ? ' D' : ''}${e.stale ? ` — stale: ${e.why}` : ''}`,
        type: 'TLB entry',
        memory: `hpa:${e.hpa}`,
      });
      groups.set(e.structure, list);
    }
    return [...groups].map(([name, children]) => ({
      name,
      value: `${children.length} entries`,
      type: 'TLB',
      children,
    }));
  }

  counters(): NamedValue[] {
    return COUNTERS.map((name, i) => ({
      name,
      value: String(this.executor.vms.reduce((sum, vm) => sum + vm.counters.values[i], 0)),
      type: 'counter',
      children: this.executor.vms.map((vm) => ({
        name: vm.name,
        value: String(vm.counters.values[i]),
        type: 'counter',
      })),
    }));
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
    const task = this.executor.tasks[taskId];
    const statement = task && this.program.statements[task.statement];
    if (!task?.process || !statement) return [];
    return statement.addresses.map(({ range, name }) => {
      const bits = evaluateBits(this.executor, this.inspect, name, task, { function: task.function, base: task.base });
      if (typeof bits === 'string') return { range, text: `${name}: ${bits}` };
      const walk = this.inspect.walk({
        vm: task.info.vm,
        pid: task.process!.pid,
        gva: hex(bits),
        access: 'read',
        user: true,
        root: 'active',
      });
      const where =
        walk.outcome.kind === 'ok'
          ? `${hex(BigInt(walk.outcome.hpa) + (bits & 4095n))} ${walk.outcome.owner.name}`
          : walk.outcome.text;
      return { range, text: `${hex(bits)} → ${where}` };
    });
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
    const hash = new RollingHash();
    const x = this.executor;
    x.memory.forEach((frame, page) => {
      hash.add(frame);
      for (const word of page) hash.add(word);
    });
    for (const vm of x.vms) {
      for (const cpu of vm.vcpus) {
        const add = (word: number): void => hash.add(word);
        cpu.tlb.forEachWord(add);
        cpu.meter?.forEachWord(add);
        hash.addText(
          `${cpu.root},${cpu.nestedRoot},${cpu.pcid},${cpu.regime},${String(cpu.user)},${cpu.mode.pkru},${cpu.cr3Hi},${cpu.cr3Lo}`,
        );
      }
      for (const value of vm.counters.values) hash.add(value);
      hash.addText(
        `${String(vm.killed)},${[...vm.swapped.keys()].join()},${x.host.frames.free},${String(vm.dropFlush)},${String(vm.spuriousFault)}`,
      );
      const kernel = x.kernels[vm.index];
      hash.add(kernel.frames.free);
      hash.addText(JSON.stringify(kernel.vmalloc.root));
      kernel.swap.forEachWord((word) => hash.add(word));
      for (const p of kernel.processes.values())
        hash.addText(JSON.stringify([p.pid, p.state, p.areas, p.nextPage, p.pkru, p.rootGfn]));
    }
    hash.addText(x.host.shared.text());
    for (const t of x.tasks) {
      hash.addText(`${t.id},${t.status},${t.pc},${t.base},${t.calls.length}`);
      for (const word of t.lo) hash.add(word);
      for (const word of t.hi) hash.add(word);
    }
    hash.add(x.journal.tick);
    hash.addText(x.journal.trace.digest());
    hash.add(x.journal.faults.records.length);
    return hash.digest();
  }
}
