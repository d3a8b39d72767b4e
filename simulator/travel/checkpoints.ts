import { DEFAULT_HISTORY_MEMORY, type RecordOptions } from '../control';
import type { Executor } from '../run/executor';
import type { Rewindable } from '../machine/undo';
import { type Image, Imager, type Numbers, reachable, restoreImage } from './image';

/** A moment between two statements that the machine can be put back to. */
export interface Checkpoint {
  /** Statements begun; the next one has not. */
  readonly statements: number;
  readonly tick: number;
  /** Records of the logs that lie before it. */
  readonly writes: number;
  readonly marks: number;
  /** Edits by hand that are in it. */
  readonly edits: number;
  readonly image: Image;
}

const DEFAULT_INTERVAL = 50_000;
const MOST_CHECKPOINTS = 400;
/** Work of a checkpoint (words looked at) for which one more tick is waited: it keeps checkpoints to a few per cent of the time. */
const WORK_PER_TICK = 5;
/** Ticks that are waited for each noted entry, which often comes from memory that no cache holds: those of a few statements. */
const STATEMENTS_PER_KEY = 2.3;
const LEAST_TICKS_PER_KEY = 24;
const MOST_TICKS_PER_KEY = 46;

/**
 * The checkpoints of a run, in the order of time, and the one behind which the machine stands. Large parts of the machine (memory,
 * the books on every frame) are kept as differences between neighbours, the rest as images. Thinned to a limit of memory: the further
 * from the present, the wider apart.
 */
export class Checkpoints {
  readonly list: Checkpoint[] = [];
  /** Index of the checkpoint that the present goes on from. */
  base = 0;
  readonly limit: number;
  private readonly interval: number;
  private readonly imager: Imager;
  /** What the last checkpoint was worth waiting for, in ticks. */
  private price = 0;
  /** Entries noted before it. */
  private keys = 0;
  private imageBytes = 0;
  /** How many images share a copy. */
  private readonly sharers = new Map<Numbers, number>();
  /** A checkpoint that must not be thinned. */
  pinned: Checkpoint | null = null;

  constructor(
    private readonly x: Executor,
    options: RecordOptions,
    /** The debugger's, not the machine's. */
    foreign: readonly object[],
  ) {
    this.limit = options.memory ?? DEFAULT_HISTORY_MEMORY;
    this.interval = options.interval ?? DEFAULT_INTERVAL;
    const constant = reachable([x.program, x.parts.costs]);
    for (const object of foreign) constant.add(object);
    this.imager = new Imager(x, constant);
    const image = this.imager.take();
    for (const part of this.imager.rewindables) part.beginUndo();
    this.list.push(this.describe(image, 0));
  }

  /** Bytes that checkpoints and logs take, about. */
  get bytes(): number {
    let bytes = this.imageBytes + (this.x.journal.recording?.bytes ?? 0);
    for (const part of this.imager.rewindables) {
      let keys = part.undo!.changed;
      for (let i = 0; i < this.list.length; i++) keys += part.undo!.size(i);
      bytes += keys * part.undoBytes;
    }
    return bytes;
  }

  get next(): Checkpoint | undefined {
    return this.list[this.base + 1];
  }

  /** Ticks to run before the next checkpoint is worth its price. */
  get spacing(): number {
    return Math.max(this.interval, this.price);
  }

  /** The last checkpoint at or before a number of statements begun. */
  before(statements: number): number {
    return Math.max(
      0,
      this.list.findLastIndex((c) => c.statements <= statements),
    );
  }

  /** Makes the present a checkpoint. Precondition: nothing is under way. @param edits that are in it */
  add(edits: number): void {
    const keys = [...this.imager.rewindables].reduce((sum, part) => sum + part.undo!.changed, 0);
    const image = this.imager.take();
    // What was noted once, by a large `fill` perhaps, is not expected again.
    this.price = Math.floor(image.work / WORK_PER_TICK + Math.min(keys, this.keys) * this.ticksPerKey());
    this.keys = keys;
    this.each((undo) => {
      undo.seal();
    });
    this.list.splice(++this.base, 0, this.describe(image, edits));
    this.thin();
  }

  private ticksPerKey(): number {
    const { tick, statements } = this.list[this.base];
    const ticks = (this.x.journal.tick - tick) / Math.max(1, this.x.statements - statements);
    return Math.min(MOST_TICKS_PER_KEY, Math.max(LEAST_TICKS_PER_KEY, ticks * STATEMENTS_PER_KEY));
  }

  /** The machine has come to where the next checkpoint is, between the same two statements. */
  arrive(): void {
    this.each((undo) => {
      undo.arrive();
    });
    this.base++;
  }

  /** The machine has gone past the next checkpoint without standing exactly there: it is forgotten. */
  forgetNext(): void {
    this.drop(this.base + 1);
  }

  restore(index: number): Checkpoint {
    const checkpoint = this.list[index];
    for (const task of this.x.tasks) (task.pending as Generator | null)?.return?.(undefined);
    this.each((undo) => {
      undo.restore(index);
    });
    this.restoreFields(checkpoint.image);
    this.base = index;
    const { recording } = this.x.journal;
    if (recording) {
      recording.writes.cursor = checkpoint.writes;
      recording.marks.cursor = checkpoint.marks;
    }
    return checkpoint;
  }

  /** All of the image but what the debugger has set. */
  private restoreFields(image: Image): void {
    const { x } = this;
    const { journal, breakpoints } = x;
    const { filters, operationBreaks } = journal;
    const { listener } = x.parts.accesses;
    restoreImage(image);
    x.parts.accesses.listener = listener;
    Object.assign(x, { breakpoints, untilTick: Infinity });
    Object.assign(journal, { filters, operationBreaks, stepping: false, everything: false });
    x.beginRequest();
  }

  /** Forgets every checkpoint behind the present. */
  truncate(): void {
    for (const { image } of this.list.splice(this.base + 1)) this.release(image);
    for (const part of this.imager.rewindables) part.undo!.truncate();
  }

  private each(deed: (undo: NonNullable<Rewindable['undo']>) => void): void {
    for (const part of this.imager.rewindables) {
      deed(part.undo!);
      part.checkpointed();
    }
  }

  private describe(image: Image, edits: number): Checkpoint {
    const { journal, statements } = this.x;
    this.imageBytes += image.bytes;
    for (const copy of image.copies) {
      const sharers = this.sharers.get(copy) ?? 0;
      if (sharers === 0) this.imageBytes += copy.byteLength;
      this.sharers.set(copy, sharers + 1);
    }
    return {
      statements,
      tick: journal.tick,
      writes: journal.recording?.writes.cursor ?? 0,
      marks: journal.recording?.marks.cursor ?? 0,
      edits,
      image,
    };
  }

  private drop(index: number): void {
    for (const part of this.imager.rewindables) part.undo!.drop(index);
    for (const { image } of this.list.splice(index, 1)) this.release(image);
    if (index < this.base) this.base--;
  }

  private release(image: Image): void {
    this.imageBytes -= image.bytes;
    for (const copy of image.copies) {
      const sharers = this.sharers.get(copy)! - 1;
      if (sharers > 0) this.sharers.set(copy, sharers);
      else {
        this.sharers.delete(copy);
        this.imageBytes -= copy.byteLength;
      }
    }
  }

  /** Drops what leaves the smallest gap for its distance from the present, until what is left fits. */
  private thin(): void {
    while (this.list.length > 4 && (this.list.length > MOST_CHECKPOINTS || this.bytes > this.limit)) {
      const now = this.list[this.base].tick;
      let worst = -1;
      let least = Infinity;
      for (let i = 1; i < this.list.length; i++) {
        if (i === this.base || this.list[i] === this.pinned) continue;
        const after = this.list[i + 1] ?? this.list[i];
        const gap = after.tick - this.list[i - 1].tick;
        const score = gap / (Math.abs(now - this.list[i].tick) + this.interval);
        if (score >= least) continue;
        least = score;
        worst = i;
      }
      if (worst < 0) return;
      this.drop(worst);
    }
  }
}
