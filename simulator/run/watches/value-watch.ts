import type { MemoryReader } from '../../machine/memory';
import type { Frame } from '../../units';
import type { Executor } from '../executor';
import { NotingReader, writerInWords, type EntryWrite, type Watch } from './watch';

/** Something that can be read out of memory, and put into words. Values that read the same are the same. */
export interface Watched {
  /** Begins the sentence: "owner of frame 0x1a00". */
  readonly name: string;
  read(memory: MemoryReader): string;
  /** The change in words; without it, both values. */
  change?(before: string, after: string): string;
  /** True if a write can concern it, of those to frames that it was read from. Without it, all do but A and D bits. */
  concerns?(write: EntryWrite): boolean;
  /** It depends on books of the host also, which are no memory. */
  readonly beyondMemory?: boolean;
}

/** Tells when a value that is read out of entries has changed. */
export class ValueWatch implements Watch {
  private seen = '';
  private frames: ReadonlySet<Frame> = new Set();
  private touched = false;
  private writer = '';
  /** Some of it lies in frames that nobody is told writes of: it is read again after each statement. */
  private unheard = false;

  constructor(
    private readonly x: Executor,
    private readonly value: Watched,
  ) {}

  arm(): void {
    this.seen = this.read();
    this.touched = false;
  }

  wrote(write: EntryWrite): boolean {
    if (!this.isConcernedBy(write)) return false;
    this.touched = true;
    this.writer = writerInWords(this.x.journal, write.hardware);
    return true;
  }

  couldConcern(write: EntryWrite): boolean {
    return this.unheard || this.isConcernedBy(write);
  }

  private isConcernedBy(write: EntryWrite): boolean {
    return this.frames.has(write.frame) && (this.value.concerns?.(write) ?? !write.hardware);
  }

  look(atEnd: boolean): string | null {
    if (!this.touched && !(atEnd && this.unheard)) return null;
    const before = this.seen;
    const writer = this.touched ? this.writer : writerInWords(this.x.journal, false);
    this.arm();
    if (this.seen === before) return null;
    return `${this.value.name}: ${this.value.change?.(before, this.seen) ?? `${before} → ${this.seen}`}; ${writer}`;
  }

  private read(): string {
    const { memory } = this.x;
    const reader = new NotingReader(memory);
    const value = this.value.read(reader);
    this.frames = reader.read;
    this.unheard = this.value.beyondMemory ?? false;
    for (const frame of reader.read) this.unheard ||= !memory.holdsEntries(frame);
    return value;
  }
}
