/**
 * All breakpoints of a session: on lines, on operations, on events. Requests are kept, so that a restart can place
 * them anew in the changed file.
 */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { DebugTarget, ExceptionFilter, SourceRange } from '../../simulator/index';
import { EXCEPTION_FILTERS } from '../../simulator/index';
import { formatLogMessage, isTrue, parseHitCondition, type Evaluate, type HitTest } from './conditions';
import { toOne, zero, type Positions, type Zero } from './positions';
import type { Sources } from './sources';

/** The part of the target that breakpoints need. */
export type BreakpointTarget = Pick<
  DebugTarget,
  | 'statementAtLine'
  | 'statementRange'
  | 'setBreakpoints'
  | 'setOperationBreakpoints'
  | 'operationNames'
  | 'setExceptionFilters'
>;

/** What the breakpoints at a place say about a hit. */
export interface Verdict {
  readonly stop: boolean;
  readonly ids: readonly number[];
  /** Why a condition could not be evaluated: a reason to stop as well. */
  readonly complaint: string | null;
  readonly logs: readonly string[];
}

interface Point {
  readonly id: number;
  readonly key: string;
  readonly condition: string | null;
  readonly hitTest: HitTest | null;
  readonly logMessage: string | null;
  hits: number;
  /** Why it cannot work, in words. */
  problem: string | null;
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

interface Texts {
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}

export class Breakpoints {
  private lines: LinePoint[] = [];
  private operations: OperationPoint[] = [];
  private filters = new Map<ExceptionFilter, string | null>();
  private target: BreakpointTarget | null = null;
  private nextId = 1;

  constructor(
    private readonly positions: Positions,
    private readonly sources: Sources,
    private readonly changed: (breakpoint: P.Breakpoint) => void,
  ) {}

  /** Places everything in a new run. The client hears of those that moved. */
  use(target: BreakpointTarget, enabled: boolean): void {
    this.target = enabled ? target : null;
    for (const point of [...this.lines, ...this.operations]) point.hits = 0;
    if (!this.target) return;
    for (const point of this.lines) {
      const before = JSON.stringify(this.describeLine(point));
      this.place(point);
      const now = this.describeLine(point);
      if (JSON.stringify(now) !== before) this.changed(now);
    }
    this.apply();
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

  setOperations(args: P.SetFunctionBreakpointsArguments): P.Breakpoint[] {
    const before = this.operations;
    const names = this.target?.operationNames() ?? [];
    this.operations = args.breakpoints.map((b) => {
      const operation = b.name.trim().replace(/\(.*$/, '');
      const point: OperationPoint = { ...this.point(operation, b, before), operation };
      if (!names.includes(operation))
        point.problem = `"${operation}" is not an operation. Operations: ${names.join(', ')}.`;
      return point;
    });
    this.apply();
    return this.operations.map((p) => ({
      id: p.id,
      verified: p.problem === null,
      ...(p.problem !== null && { message: p.problem }),
    }));
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
      found.push({ ...this.rangeToClient(range) });
      line = Math.max(range.startLine, line) + 1;
    }
    return found;
  }

  atStatement(statement: number, evaluate: Evaluate): Verdict {
    return judge(
      this.lines.filter((p) => p.statement === statement),
      evaluate,
    );
  }

  atOperation(operation: string, evaluate: Evaluate): Verdict {
    return judge(
      this.operations.filter((p) => p.operation === operation),
      evaluate,
    );
  }

  atEvent(filter: ExceptionFilter, evaluate: Evaluate): Verdict {
    const condition = this.filters.get(filter) ?? null;
    return judge(
      [{ id: 0, key: filter, condition, hitTest: null, logMessage: null, hits: 0, problem: null }],
      evaluate,
    );
  }

  private point(place: string, texts: Texts, before: readonly Point[]): Point {
    const key = JSON.stringify([place, texts.condition, texts.hitCondition, texts.logMessage]);
    // An unchanged breakpoint keeps its id and its count: clients send the whole list when any of it changes.
    const known = before.find((p) => p.key === key);
    const hitText = texts.hitCondition?.trim() || null;
    const hitTest = hitText === null ? null : parseHitCondition(hitText);
    return {
      id: known?.id ?? this.nextId++,
      key,
      condition: texts.condition?.trim() || null,
      hitTest,
      logMessage: texts.logMessage || null,
      hits: known?.hits ?? 0,
      problem:
        hitText !== null && !hitTest
          ? `Hit count "${hitText}" is not understood. Write 5, ==5, >=5, >5, <=5, <5 or %5.`
          : null,
    };
  }

  private place(point: LinePoint): void {
    point.statement = this.target?.statementAtLine(point.line) ?? -1;
    point.range = point.statement < 0 ? null : (this.target?.statementRange(point.statement) ?? null);
  }

  private apply(): void {
    if (!this.target) return;
    const live = this.lines.filter((p) => p.problem === null && p.statement >= 0);
    this.target.setBreakpoints([...new Set(live.map((p) => p.statement))]);
    this.target.setOperationBreakpoints(this.operations.filter((p) => p.problem === null).map((p) => p.operation));
    this.target.setExceptionFilters([...this.filters.keys()]);
  }

  private describeLine(point: LinePoint): P.Breakpoint {
    const problem =
      point.problem ?? (point.range ? null : `There is no statement at or after line ${toOne(point.line)}.`);
    const place = point.range ? this.rangeToClient(point.range) : { line: this.positions.line(point.line) };
    return {
      id: point.id,
      verified: problem === null,
      source: this.sources.scenario(),
      ...place,
      ...(problem !== null && { message: problem }),
    };
  }

  private elsewhere(source: P.Source, wanted: P.SourceBreakpoint): P.Breakpoint {
    const generated = (source.sourceReference ?? 0) > 0;
    const message = generated
      ? 'Generated texts take no breakpoints. Add a function breakpoint on the operation instead.'
      : `This session runs ${this.sources.scenario().name}, not this file.`;
    return { id: this.nextId++, verified: false, line: wanted.line, message };
  }

  private rangeToClient(range: SourceRange): { line: number; column: number; endLine: number; endColumn: number } {
    return {
      line: this.positions.line(zero(range.startLine)),
      column: this.positions.column(zero(range.startColumn)),
      endLine: this.positions.line(zero(range.endLine)),
      endColumn: this.positions.column(zero(range.endColumn)),
    };
  }
}

/** Counts the hit and asks each point in turn: condition first, then hit count, then log or stop. */
function judge(points: readonly Point[], evaluate: Evaluate): Verdict {
  const ids: number[] = [];
  const logs: string[] = [];
  let complaint: string | null = null;
  for (const point of points) {
    if (point.problem !== null) continue;
    if (point.condition !== null) {
      const result = evaluate(point.condition);
      if (!result.ok) {
        complaint = `The condition "${point.condition}" cannot be evaluated: ${result.error}`;
        ids.push(point.id);
        continue;
      }
      if (!isTrue(result.value)) continue;
    }
    point.hits++;
    if (point.hitTest && !point.hitTest(point.hits)) continue;
    if (point.logMessage === null) ids.push(point.id);
    else logs.push(formatLogMessage(point.logMessage, evaluate));
  }
  return { stop: ids.length > 0, ids, complaint, logs };
}
