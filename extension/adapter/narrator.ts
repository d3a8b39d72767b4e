/** What the client hears of a run between and at its stops: what the scenario says, tasks that come and go, the end. */
import { basename } from 'node:path';
import type { RunSummary, Simulation } from '../../simulator/index';
import type { Outbox, OutputCategory, OutputPlace } from './outbox';
import { zero, type Positions } from './positions';
import { summaryLine } from '../scenario/report';
import type { Sources } from './sources';
import { isAlive } from './stack';

/** What a narrator speaks through. */
export interface Voice {
  readonly outbox: Outbox;
  readonly positions: Positions;
  readonly sources: Sources;
}

type Said = ReturnType<Simulation['takeOutput']>[number];

/** Clients pop up a notification for `important`: too much for an expectation in a loop. */
const CATEGORIES: Readonly<Record<Said['category'], OutputCategory>> = { stdout: 'stdout', important: 'stderr' };

export class Narrator {
  private knownTasks: ReadonlySet<number>;

  constructor(
    private readonly target: Simulation,
    private readonly path: string,
    private readonly voice: Voice,
  ) {
    this.knownTasks = this.aliveTasks();
  }

  /**
   * What the scenario said since the last call: prints, and expectations that fail. What one statement says over and
   * over goes out as one event: a loop must not drown the client.
   */
  scenario(): void {
    let text = '';
    let open: { readonly category: Said['category']; readonly range: Said['range'] } | null = null;
    const close = (): void => {
      if (open) this.voice.outbox.output(text, CATEGORIES[open.category], this.placeOf(open.range?.startLine));
      text = '';
    };
    for (const said of this.target.takeOutput()) {
      if (open?.category !== said.category || open.range?.startLine !== said.range?.startLine) {
        close();
        open = said;
      }
      text += said.text.endsWith('\n') ? said.text : `${said.text}\n`;
    }
    close();
  }

  /** What the scenario said while recorded time was gone through again: it was told before. */
  forget(): void {
    this.target.takeOutput();
  }

  /** A line of a log point, after what the scenario printed before it. */
  log(line: string): void {
    this.scenario();
    this.voice.outbox.output(`${line}\n`, 'console');
  }

  /** A reason for which the run cannot go on, or another word that must not be missed. */
  important(text: string): void {
    this.voice.outbox.output(`${text}\n`, 'important');
  }

  /** The last line of the run. */
  summary(): RunSummary {
    const summary = this.target.summary();
    const all = { kinds: [], fromTick: null, untilTick: null, filter: '', fold: false, offset: 0, limit: 0 };
    const { counts } = this.target.inspect.faults(all);
    this.voice.outbox.output(`${summaryLine(basename(this.path), summary, counts)}\n`, 'console');
    return summary;
  }

  /** Tasks that came (a forked child) or went since the last stop. */
  taskNews(): void {
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
