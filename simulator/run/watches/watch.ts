import type { Journal } from '../../history/journal';
import type { MemoryReader } from '../../machine/memory';
import type { Frame } from '../../units';

/** A write to a page that holds entries, just before it is made. The object is used again for the next one. */
export interface EntryWrite {
  frame: Frame;
  /** -1: the whole page is cleared or copied over, and the values say nothing. */
  index: number;
  oldLo: number;
  oldHi: number;
  lo: number;
  hi: number;
  /** A and D bits, set by a walk. */
  hardware: boolean;
}

/**
 * One watched event, checked against the machine. What it remembers is what it saw last of the machine: `arm` makes that
 * the present.
 */
export interface Watch {
  arm(): void;
  /** Told before each write to a page that holds entries. @returns true if it has to look at the next place. */
  wrote(write: EntryWrite): boolean;
  /** True if a write that the log tells of could be one to stop at, as far as what was seen last goes. Without it, any could. */
  couldConcern?(write: EntryWrite): boolean;
  /**
   * Looks. @param atEnd a statement has ended: tables that a hook writes one after the other agree again.
   * @returns what happened and who did it; null if nothing did that has not been told.
   */
  look(atEnd: boolean): string | null;
}

/** Who writes at this moment, in words. */
export function writerInWords(journal: Journal, hardware: boolean): string {
  const at = journal.line === null ? journal.taskName : `${journal.taskName}, line ${journal.line}`;
  if (hardware) return `by a walk for ${at}`;
  const frame = journal.trail.at(-1);
  if (!frame) return `by ${at}`;
  return `by ${at}: ${frame.operation.name}${frame.step === '' ? '' : ` · ${frame.step}`} (${frame.operation.who})`;
}

/** Reads for somebody, and notes from which frames. */
export class NotingReader implements MemoryReader {
  readonly read = new Set<Frame>();
  readonly frames: number;

  constructor(private readonly memory: MemoryReader) {
    this.frames = memory.frames;
  }

  page(frame: Frame): ReturnType<MemoryReader['page']> {
    this.read.add(frame);
    return this.memory.page(frame);
  }

  word(frame: Frame, index: number): number {
    this.read.add(frame);
    return this.memory.word(frame, index);
  }
}
