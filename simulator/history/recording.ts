import type { MarkKind } from '../inspect/time-types';
import type { Page, WriteRecorder } from '../machine/memory';
import type { Frame } from '../units';
import type { Journal } from './journal';
import { ColumnLog } from './log';
import type { Actor, OperationInfo } from './operations';

export const MARK_KINDS = [
  'page_fault',
  'npf',
  'tag_violation',
  'gp',
  'hypercall_failure',
  'livelock',
  'breach',
  'shadow_miss',
  'shadow_write',
  'host',
  'owner',
  'cr3',
  'failed_expect',
  'edit',
] as const satisfies readonly MarkKind[];

/** What a record of the write log tells. */
export const enum WriteKind {
  /** An 8-byte entry was written. */
  Entry = 0,
  /** A page that held entries was cleared. */
  Clear,
  /** A page was copied over: `old` is then the frame it came from. */
  Copy,
}

/** Columns of the write log. */
export const enum W {
  Tick = 0,
  /** Statements begun when it was made. */
  Statement,
  Frame,
  Index,
  Kind,
  OldLo,
  OldHi,
  NewLo,
  NewHi,
  Task,
  Line,
  /** Index into `Recording.places`. */
  Place,
}

/** Columns of the log of marks. What `A` and `B` hold goes by the kind; see `mark` and `leftOut`. */
export const enum M {
  Tick = 0,
  Statement,
  /** Index into MARK_KINDS, or one of those that no timeline shows. */
  Kind,
  Vm,
  Line,
  A,
  B,
  /** Number of the next write when it was made: tells which writes came before. */
  Write,
}

/** A mark that no timeline shows: a step was left out. `A` is its place. */
export const LEFT_OUT = MARK_KINDS.length;

/** Where in the machine's own work something was done. */
export interface WorkPlace {
  readonly who: Actor | 'user';
  /** Operations under way, outermost first; none for what a statement does at once. */
  readonly path: readonly string[];
  readonly step: string;
}

/** Parts of the hardware's own work: what is done in them is done by what asked for them. */
const HARDWARE_WORK: ReadonlySet<string> = new Set(['access', 'walk']);

/** What the logs may take of the memory of a recording: what is left is for checkpoints. */
const SHARE_OF_WRITES = 0.35;
const SHARE_OF_MARKS = 0.2;
const BYTES_OF_NUMBER = 8;
const WRITE_COLUMNS = 12;
const MARK_COLUMNS = 8;
const MOST_NAMES = 50_000;

/**
 * What is recorded of a run besides checkpoints: every write to a table, tag or map entry, and the events that a timeline
 * shows. It outlives travelling in time: records ahead of the machine stay until another future begins.
 */
export class Recording implements WriteRecorder {
  readonly writes: ColumnLog;
  readonly marks: ColumnLog;
  /** Contents of pages before they were cleared or copied over, by the number of the write. */
  readonly pages = new Map<number, Page>();
  readonly places: WorkPlace[] = [];
  readonly names: string[] = [];
  /** Marks of each kind. */
  readonly counts = new Float64Array(LEFT_OUT + 1);
  /** What is written now is written by hand, not by the run. */
  byHand = false;
  private reached = 0;
  private readonly tree = newNode(null, []);
  private readonly nameNumbers = new Map<string, number>();

  /**
   * @param statements tells how many statements were begun
   * @param hostRuns tells whether the running task is one of the host's
   * @param memory bytes that the recording may take with its checkpoints
   */
  constructor(
    private readonly journal: Journal,
    private readonly statements: () => number,
    private readonly hostRuns: () => boolean,
    memory: number,
  ) {
    const most = (share: number, columns: number): number => Math.floor((memory * share) / (columns * BYTES_OF_NUMBER));
    this.writes = new ColumnLog(WRITE_COLUMNS, most(SHARE_OF_WRITES, WRITE_COLUMNS));
    this.marks = new ColumnLog(MARK_COLUMNS, most(SHARE_OF_MARKS, MARK_COLUMNS));
  }

  /** The last tick that was reached on this branch. */
  get end(): number {
    return Math.max(this.reached, this.journal.tick);
  }

  /** The machine is about to go back: how far it got is kept. */
  noteEnd(): void {
    this.reached = this.end;
  }

  get bytes(): number {
    return this.writes.bytes + this.marks.bytes + this.pages.size * 4096;
  }

  entry(frame: Frame, index: number, oldLo: number, oldHi: number, lo: number, hi: number, hardware: boolean): void {
    if (this.writes.advance()) this.write(WriteKind.Entry, frame, index, oldLo, oldHi, lo, hi, hardware);
  }

  page(frame: Frame, before: Page, from: Frame): void {
    if (!this.writes.advance()) return;
    const kind = from < 0 ? WriteKind.Clear : WriteKind.Copy;
    const id = this.write(kind, frame, 0, Math.max(from, 0), 0, 0, 0, false);
    if (before.some((word) => word !== 0)) this.pages.set(id, before.slice());
    for (const old of this.pages.keys()) {
      if (old >= this.writes.first) break;
      this.pages.delete(old);
    }
  }

  /**
   * An event for the timeline.
   * @param a faults: the fault's id; `host`, `edit`, `failed_expect`: a text (`name`); `owner`: the frame; `cr3`: the root's frame
   * @param b `owner`: ASIDs, old × 1024 + new; `cr3`: PCID, + 4096 for a TPT root
   */
  mark(kind: MarkKind, vm: number, a: number, b = 0): void {
    this.add(MARK_KINDS.indexOf(kind), vm, a, b);
  }

  /** A step of the innermost operation is left out. */
  leftOut(): void {
    this.add(LEFT_OUT, -1, this.place(false), 0);
  }

  /** The number of a text. @param short stands for it when there are too many already. */
  name(text: string, short = text): number {
    const known = this.nameNumbers.get(text);
    if (known !== undefined) return known;
    if (text !== short && this.names.length >= MOST_NAMES) return this.name(short);
    const number = this.names.push(text) - 1;
    this.nameNumbers.set(text, number);
    return number;
  }

  /** Another future begins here: what was recorded ahead is forgotten. @returns what takes that back, while nothing was added. */
  truncate(): () => void {
    const { reached } = this;
    const counts = this.counts.slice();
    const pages = new Map(this.pages);
    for (let id = this.marks.cursor; id < this.marks.count; id++) this.counts[this.marks.get(id, M.Kind)]--;
    for (const id of pages.keys()) if (id >= this.writes.cursor) this.pages.delete(id);
    const logs = [this.writes.truncate(), this.marks.truncate()];
    this.reached = this.journal.tick;
    return () => {
      for (const takeBack of logs) takeBack();
      this.reached = reached;
      this.counts.set(counts);
      for (const [id, page] of pages) this.pages.set(id, page);
    };
  }

  private add(kind: number, vm: number, a: number, b: number): void {
    if (!this.marks.advance()) return;
    const { journal } = this;
    this.counts[kind]++;
    this.marks.append([journal.tick, this.statements(), kind, vm, journal.line ?? 0, a, b, this.writes.cursor]);
  }

  private write(
    kind: WriteKind,
    frame: Frame,
    index: number,
    oldLo: number,
    oldHi: number,
    lo: number,
    hi: number,
    hardware: boolean,
  ): number {
    const { journal } = this;
    return this.writes.append([
      journal.tick,
      this.statements(),
      frame,
      index,
      kind,
      oldLo >>> 0,
      oldHi >>> 0,
      lo >>> 0,
      hi >>> 0,
      journal.taskId,
      journal.line ?? 0,
      this.place(hardware),
    ]);
  }

  /** Number of the place where the machine is: found by the operations under way, without making anything anew. */
  private place(hardware: boolean): number {
    const { trail } = this.journal;
    let node = this.tree;
    for (const { operation } of trail) {
      if (HARDWARE_WORK.has(operation.name)) continue;
      let next = node.inner.get(operation);
      if (next === undefined) {
        next = newNode(operation.who, [...node.path, operation.name]);
        node.inner.set(operation, next);
      }
      node = next;
    }
    const who = hardware ? 'hardware' : this.byHand ? 'user' : (node.who ?? (this.hostRuns() ? 'host' : 'guest'));
    const step = node.who === null ? '' : (trail.at(-1)?.step ?? '');
    const numbers = node.numbers[who];
    let number = numbers.get(step);
    if (number === undefined) {
      number = this.places.push({ who, path: node.path, step }) - 1;
      numbers.set(step, number);
    }
    return number;
  }
}

/** Operations under way, as a tree, with the numbers of the places in the innermost one by step. */
interface PlaceNode {
  /** null: nothing is under way. */
  readonly who: Actor | null;
  readonly path: readonly string[];
  readonly inner: Map<OperationInfo, PlaceNode>;
  readonly numbers: Readonly<Record<WorkPlace['who'], Map<string, number>>>;
}

const newNode = (who: Actor | null, path: readonly string[]): PlaceNode => ({
  who,
  path,
  inner: new Map(),
  numbers: { hardware: new Map(), guest: new Map(), host: new Map(), user: new Map() },
});
