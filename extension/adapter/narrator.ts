/** What the client hears of a run between and at its stops: prints, failed expectations, tasks that come and go, the end. */
import { basename } from 'node:path';
import type { RunSummary, Simulation, SourceRange } from '../../simulator/index';
import type { Outbox, OutputCategory, OutputPlace } from './outbox';
import { zero, type Positions } from './positions';
import { failedExpectation, summaryLine } from './report';
import type { Sources } from './sources';
import { isAlive } from './stack';

/** What a narrator speaks through. */
export interface Voice {
  readonly outbox: Outbox;
  readonly positions: Positions;
  readonly sources: Sources;
}

export class Narrator {
  private reportedExpectations = 0;
  private knownTasks: ReadonlySet<number>;

  constructor(
    private readonly target: Simulation,
    private readonly scenario: string,
    private readonly voice: Voice,
  ) {
    this.knownTasks = this.aliveTasks();
  }

  /** What one statement prints over and over goes out as one event: a loop must not drown the client. */
  prints(): void {
    let text = '';
    let open: { readonly category: OutputCategory; readonly range: SourceRange | null } | null = null;
    const close = (): void => {
      if (open) this.voice.outbox.output(text, open.category, this.placeOf(open.range?.startLine));
      text = '';
    };
    for (const print of this.target.takeOutput()) {
      if (open?.category !== print.category || open.range?.startLine !== print.range?.startLine) {
        close();
        open = print;
      }
      text += print.text.endsWith('\n') ? print.text : `${print.text}\n`;
    }
    close();
  }

  /** A line of a log point, after what the scenario printed before it. */
  log(line: string): void {
    this.prints();
    this.voice.outbox.output(`${line}\n`, 'console');
  }

  /** A reason for which the run cannot go on, or another word that must not be missed. */
  important(text: string): void {
    this.voice.outbox.output(`${text}\n`, 'important');
  }

  /** What happened since the last stop: expectations that failed, tasks that came (a forked child) or went. */
  news(): void {
    const { expectations } = this.target.summary();
    for (const result of expectations.slice(this.reportedExpectations).filter((e) => !e.held)) {
      this.voice.outbox.output(`${failedExpectation(result)}\n`, 'stderr', this.placeOf(result.line - 1));
    }
    this.reportedExpectations = expectations.length;
    this.taskNews();
  }

  /** The last line of the run. */
  summary(): RunSummary {
    const summary = this.target.summary();
    const all = { kinds: [], fromTick: null, untilTick: null, filter: '', fold: false, offset: 0, limit: 0 };
    const { counts } = this.target.inspect.faults(all);
    this.voice.outbox.output(`${summaryLine(basename(this.scenario), summary, counts)}\n`, 'console');
    return summary;
  }

  private taskNews(): void {
    const alive = this.aliveTasks();
    // When all have ended, clients keep the threads they know, to look at the final state.
    if (alive.size === 0) return;
    for (const id of alive) if (!this.knownTasks.has(id)) this.voice.outbox.thread('started', id);
    for (const id of this.knownTasks) if (!alive.has(id)) this.voice.outbox.thread('exited', id);
    this.knownTasks = alive;
  }

  private aliveTasks(): ReadonlySet<number> {
    const alive = this.target.tasks().filter(isAlive);
    return new Set(alive.map((task) => task.id));
  }

  private placeOf(line: number | undefined): OutputPlace | null {
    if (line === undefined) return null;
    return { source: this.voice.sources.scenario(), line: this.voice.positions.line(zero(line)) };
  }
}
