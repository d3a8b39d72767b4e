import type { MarkKind } from '../inspect/time-types';
import type { Page, WriteRecorder } from '../machine/memory';
import type { Frame } from '../units';
import type { Journal, TrailFrame } from './journal';
import { ColumnLog } from './log';
import type { Actor } from './operations';

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

/** Columns of the log of marks. What `A` and `B` hold goes by the kind; see `mark`, `leftOut` and `flushed`. */
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
/** A mark that no timeline shows: translations were dropped. `A` is the first page of the address or -1 for all, `B` the PCID or -1. */
export const FLUSHED = LEFT_OUT + 1;

/** Where in the machine's own work something was done. */
export interface WorkPlace {
  readonly who: Actor | 'user';
  /** Operations under way, outermost first; none for what a statement does at once. */
  readonly path: readonly string[];
  readonly step: string;
}

/** Parts of the hardware's own work: what is done in them is done by what asked for them. */
const HARDWARE_WORK: ReadonlySet<string> = new Set(['access', 'walk']);

const MOST_WRITES = 1_000_000;
const MOST_MARKS = 1_000_000;
const MOST_NAMES = 50_000;

/**
 * What is recorded of a run besides checkpoints: every write to a table, tag or map entry, and the events that a timeline
 * shows. It outlives travelling in time: records ahead of the machine stay until another future begins.
 */
export class Recording implements WriteRecorder {
  readonly writes = new ColumnLog(12, MOST_WRITES);
  readonly marks = new ColumnLog(8, MOST_MARKS);
  /** Contents of pages before they were cleared or copied over, by the number of the write. */
  readonly pages = new Map<number, Page>();
  readonly places: WorkPlace[] = [];
  readonly names: string[] = [];
  /** Marks of each kind. */
  readonly counts = new Float64Array(FLUSHED + 1);
  /** What is written now is written by hand, not by the run. */
  byHand = false;
  private lastTop: TrailFrame | undefined;
  private lastStep = '';
  private lastDepth = 0;
  private lastWho: WorkPlace['who'] = 'guest';
  private lastPlace = -1;
  private reached = 0;
  private readonly placeNumbers = new Map<string, number>();
  private readonly nameNumbers = new Map<string, number>();

  /**
   * @param statements tells how many statements were begun
   * @param hostRuns tells whether the running task is one of the host's
   */
  constructor(
    private readonly journal: Journal,
    private readonly statements: () => number,
    private readonly hostRuns: () => boolean,
  ) {}

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

  /** A TLB drops translations. @param page -1: all of the PCID @param pcid null: all of the VM */
  flushed(vm: number, pcid: number | null, page: number): void {
    this.add(FLUSHED, vm, page, pcid ?? -1);
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

  /** Another future begins here: what was recorded ahead is forgotten. */
  truncate(): void {
    for (let id = this.marks.cursor; id < this.marks.count; id++) this.counts[this.marks.get(id, M.Kind)]--;
    for (const id of this.pages.keys()) if (id >= this.writes.cursor) this.pages.delete(id);
    this.writes.truncate();
    this.marks.truncate();
    this.reached = this.journal.tick;
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

  /** Number of the place where the machine is. Most writes in a row come from one. */
  private place(hardware: boolean): number {
    const { trail } = this.journal;
    const top = trail.at(-1);
    const step = top?.step ?? '';
    const who = hardware ? 'hardware' : this.byHand ? 'user' : this.actor();
    if (
      this.lastPlace >= 0 &&
      top === this.lastTop &&
      step === this.lastStep &&
      who === this.lastWho &&
      trail.length === this.lastDepth
    )
      return this.lastPlace;
    this.lastTop = top;
    this.lastStep = step;
    this.lastWho = who;
    this.lastDepth = trail.length;
    this.lastPlace = this.numberOf(who, step);
    return this.lastPlace;
  }

  private actor(): Actor {
    const frame = this.journal.trail.findLast((f) => !HARDWARE_WORK.has(f.operation.name));
    return frame?.operation.who ?? (this.hostRuns() ? 'host' : 'guest');
  }

  private numberOf(who: WorkPlace['who'], step: string): number {
    const path = this.journal.trail.map((f) => f.operation.name).filter((name) => !HARDWARE_WORK.has(name));
    const key = `${who} ${path.join('>')} ${step}`;
    let number = this.placeNumbers.get(key);
    if (number === undefined) {
      number = this.places.push({ who, path, step: path.length === 0 ? '' : step }) - 1;
      this.placeNumbers.set(key, number);
    }
    return number;
  }
}
