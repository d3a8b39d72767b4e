/**
 * All breakpoints of a session: on lines, on operations, on events of tables and frames, on faults. Requests are kept, so
 * that a restart can place them anew in the changed file.
 */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { DebugTarget, ExceptionFilter, SourceRange } from '../../simulator/index';
import { EXCEPTION_FILTERS } from '../../simulator/index';
import type { Place } from './hit-log';
import { judge, makePoint, type Point, type Standing, type Texts, type Verdict } from './points';
import { toOne, type Positions, type Zero } from './positions';
import type { Sources } from './sources';
import { WatchPoints, type WatchPoint } from './watch-points';

/** The part of the target that breakpoints need. */
export type BreakpointTarget = Pick<
  DebugTarget,
  | 'statementAtLine'
  | 'statementRange'
  | 'setBreakpoints'
  | 'setOperationBreakpoints'
  | 'operationNames'
  | 'setExceptionFilters'
  | 'setWatches'
>;

/** A statement that a run is sent to. */
export interface Aim {
  readonly statement: number;
  /** Nothing else stops the run. */
  readonly alone: boolean;
}

interface LinePoint extends Point {
  readonly line: Zero;
  /** -1: no statement at or after the line. */
  statement: number;
  range: SourceRange | null;
}

interface OperationPoint extends Point {
  readonly operation: string;
}

export class Breakpoints {
  private lines: LinePoint[] = [];
  private operations: OperationPoint[] = [];
  private filters = new Map<ExceptionFilter, string | null>();
  private readonly watches = new WatchPoints();
  private target: BreakpointTarget | null = null;
  private aim: Aim | null = null;
  private lastId = 0;

  constructor(
    private readonly positions: Positions,
    private readonly sources: Sources,
    private readonly changed: (breakpoint: P.Breakpoint) => void,
  ) {}

  /** Places everything in a new run. The client hears of those that moved. */
  use(target: BreakpointTarget, enabled: boolean): void {
    this.target = enabled ? target : null;
    this.aim = null;
    for (const point of this.all()) point.hits.clear();
    if (!this.target) return;
    const watchesBefore = this.watches.all.map((p) => JSON.stringify(describe(p)));
    for (const point of this.lines) {
      const before = JSON.stringify(this.describeLine(point));
      this.place(point);
      const now = this.describeLine(point);
      if (JSON.stringify(now) !== before) this.changed(now);
    }
    this.apply();
    this.watches.all.map(describe).forEach((now, i) => {
      if (JSON.stringify(now) !== watchesBefore[i]) this.changed(now);
    });
  }

  /** Sends the next run to a statement; null: no more. Other breakpoints come back with null. */
  aimAt(aim: Aim | null): void {
    if (aim === this.aim) return;
    this.aim = aim;
    this.apply();
  }

  /** The run begins another future at a place: what was counted after it never was. */
  branch(place: Place): void {
    for (const point of this.all()) point.hits.truncate(place);
  }

  setLines(args: P.SetBreakpointsArguments): P.Breakpoint[] {
    const wanted = args.breakpoints ?? [];
    if (!this.sources.isScenario(args.source)) return wanted.map((b) => this.elsewhere(args.source, b));
    const before = this.lines;
    this.lines = wanted.map((b) => {
      const line = this.positions.lineFromClient(b.line);
      const point: LinePoint = { ...this.point(`${line}`, b, before), line, statement: -1, range: null };
      this.place(point);
      return point;
    });
    this.apply();
    return this.lines.map((p) => this.describeLine(p));
  }

  /** Function breakpoints: a name is that of an operation, or of an event of tables and frames. */
  setFunctions(args: P.SetFunctionBreakpointsArguments): P.Breakpoint[] {
    const before = [...this.operations, ...this.watches.functions];
    const names = this.target?.operationNames() ?? [];
    this.operations = [];
    const watches: WatchPoint[] = [];
    const points = args.breakpoints.map((b): Point => {
      const watch = this.watches.read('function', b.name, (place) => this.point(place, b, before));
      if (watch) {
        watches.push(watch);
        return watch;
      }
      const operation = b.name.trim().replace(/\(.*$/, '');
      const point = this.point(operation, b, before);
      const problem = names.includes(operation) ? point.problem : this.watches.unknown(operation, names);
      const made: OperationPoint = { ...point, problem, operation };
      this.operations.push(made);
      return made;
    });
    this.watches.functions = watches;
    this.apply();
    return points.map(describe);
  }

  setData(args: P.SetDataBreakpointsArguments): P.Breakpoint[] {
    const before = this.watches.data;
    this.watches.data = args.breakpoints.map((b) => this.watches.readData(b, (place) => this.point(place, b, before)));
    this.apply();
    return this.watches.data.map(describe);
  }

  setFilters(args: P.SetExceptionBreakpointsArguments): P.Breakpoint[] {
    this.filters = new Map();
    const wanted = [
      ...args.filters.map((filterId): P.ExceptionFilterOptions => ({ filterId })),
      ...(args.filterOptions ?? []),
    ];
    const answers = wanted.map(({ filterId, condition }): P.Breakpoint => {
      const known = EXCEPTION_FILTERS.find((f) => f.filter === filterId);
      if (!known) return { verified: false, message: `There is no event "${filterId}".` };
      this.filters.set(known.filter, condition?.trim() || null);
      return { verified: true };
    });
    this.apply();
    return answers;
  }

  /** Where breakpoints can go within lines of the client. */
  locations(args: P.BreakpointLocationsArguments): P.BreakpointLocation[] {
    if (!this.target || !this.sources.isScenario(args.source)) return [];
    const last = this.positions.lineFromClient(args.endLine ?? args.line);
    const found: P.BreakpointLocation[] = [];
    let line: number = this.positions.lineFromClient(args.line);
    while (line <= last) {
      const statement = this.target.statementAtLine(line);
      if (statement < 0) break;
      const range = this.target.statementRange(statement);
      if (range.startLine > last) break;
      found.push({ ...this.positions.range(range) });
      line = Math.max(range.startLine, line) + 1;
    }
    return found;
  }

  /** Whether the run was sent to this statement. */
  isAimedAt(statement: number): boolean {
    return this.aim?.statement === statement;
  }

  atStatement(statement: number, standing: Standing): Verdict {
    return judge(
      this.lines.filter((p) => p.statement === statement),
      standing,
    );
  }

  atOperation(operation: string, standing: Standing): Verdict {
    return judge(
      this.operations.filter((p) => p.operation === operation),
      standing,
    );
  }

  /** @param watch number of the event in what was given to `setWatches` */
  atWatch(watch: number, standing: Standing): { readonly verdict: Verdict; readonly kind: WatchPoint['via'] } {
    const point = this.watches.live[watch];
    return { verdict: judge(point ? [point] : [], standing), kind: point?.via ?? 'data' };
  }

  atEvent(filter: ExceptionFilter, standing: Standing): Verdict {
    const condition = this.filters.get(filter);
    return judge([makePoint(filter, { condition: condition ?? undefined }, [], () => 0)], standing);
  }

  private point(place: string, texts: Texts, before: readonly Point[]): Point {
    return makePoint(place, texts, before, () => ++this.lastId);
  }

  private place(point: LinePoint): void {
    point.statement = this.target?.statementAtLine(point.line) ?? -1;
    point.range = point.statement < 0 ? null : (this.target?.statementRange(point.statement) ?? null);
  }

  private apply(): void {
    const { target, aim } = this;
    if (!target) return;
    const others = aim?.alone !== true;
    const lines = others ? this.lines.filter((p) => p.problem === null && p.statement >= 0) : [];
    const aims = aim ? [aim.statement] : [];
    target.setBreakpoints([...new Set([...lines.map((p) => p.statement), ...aims])]);
    const operations = others ? this.operations.filter((p) => p.problem === null) : [];
    target.setOperationBreakpoints(operations.map((p) => p.operation));
    target.setExceptionFilters(others ? [...this.filters.keys()] : []);
    this.watches.apply(target, others);
  }

  private all(): readonly Point[] {
    return [...this.lines, ...this.operations, ...this.watches.all];
  }

  private describeLine(point: LinePoint): P.Breakpoint {
    const problem =
      point.problem ?? (point.range ? null : `There is no statement at or after line ${toOne(point.line)}.`);
    const place = point.range ? this.positions.range(point.range) : { line: this.positions.line(point.line) };
    return { ...describe({ ...point, problem }), source: this.sources.scenario(), ...place };
  }

  private elsewhere(source: P.Source, wanted: P.SourceBreakpoint): P.Breakpoint {
    const generated = (source.sourceReference ?? 0) > 0;
    const message = generated
      ? 'Generated texts take no breakpoints. Add a function breakpoint on the operation instead.'
      : `This session runs ${this.sources.scenario().name}, not this file.`;
    return { id: ++this.lastId, verified: false, line: wanted.line, message };
  }
}

function describe({ id, problem }: Pick<Point, 'id' | 'problem'>): P.Breakpoint {
  return { id, verified: problem === null, ...(problem !== null && { message: problem }) };
}
