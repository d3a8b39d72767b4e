import type { MarkKind } from '../inspect/time-types';
import type { Page, WriteRecorder } from '../machine/memory';
import type { Frame } from '../units';
import type { Journal } from './journal';
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

/** Columns of the log of marks. What `A` and `B` hold goes by the kind; see `mark`. */
export const enum M {
  Tick = 0,
  Statement,
  Kind,
  Vm,
  Line,
  A,
  B,
}

/** Where in the machine's own work something was done. */
export interface WorkPlace {
  readonly who: Actor | 'user';
  readonly operation: string;
  readonly step: string;
}

/** What the part that travels knows, for those who tell people about the recording. */
export interface Travels {
  /** The furthest tick reached on this branch. */
  readonly endTick: number;
  readonly placedEdits: readonly { readonly tick: number; readonly text: string; readonly ahead: boolean }[];
  readonly checkpoints: { readonly bytes: number; readonly limit: number; readonly list: readonly unknown[] };
}

const MOST_WRITES = 1_000_000;
const MOST_MARKS = 1_000_000;
const MOST_NAMES = 50_000;

/**
 * What is recorded of a run besides checkpoints: every write to a table, tag or map entry, and the events that a timeline
 * shows. It outlives travelling in time: records ahead of the machine stay until another future begins.
 */
export class Recording implements WriteRecorder {
  readonly writes = new ColumnLog(12, MOST_WRITES);
  readonly marks = new ColumnLog(7, MOST_MARKS);
  /** Contents of pages before they were cleared or copied over, by the number of the write. */
  readonly pages = new Map<number, Page>();
  readonly places: WorkPlace[] = [];
  readonly names: string[] = [];
  /** null until the run can go back. */
  travels: Travels | null = null;
  /** Marks of each kind. */
  readonly counts = new Float64Array(MARK_KINDS.length);
  private readonly placeNumbers = new Map<string, number>();
  private readonly nameNumbers = new Map<string, number>();

  /** @param statements tells how many statements were begun */
  constructor(
    private readonly journal: Journal,
    private readonly statements: () => number,
  ) {}

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
    if (!this.marks.advance()) return;
    const { journal } = this;
    const number = MARK_KINDS.indexOf(kind);
    this.counts[number]++;
    this.marks.append([journal.tick, this.statements(), number, vm, journal.line ?? 0, a, b]);
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

  private place(hardware: boolean): number {
    const frame = this.journal.trail.at(-1);
    const who = hardware ? 'hardware' : (frame?.operation.who ?? 'user');
    const operation = frame?.operation.name ?? '';
    const step = frame?.step ?? '';
    const key = `${who} ${operation} ${step}`;
    let number = this.placeNumbers.get(key);
    if (number === undefined) {
      number = this.places.push({ who, operation, step }) - 1;
      this.placeNumbers.set(key, number);
    }
    return number;
  }
}
