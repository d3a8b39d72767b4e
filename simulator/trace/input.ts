import type { ByteSource } from './batch';

const NOTHING = new Uint8Array(0);

/** The pieces of a source, with a look ahead; a failure to read is a value. */
export class Input {
  /** Why the source cannot be read on, in words. */
  failure: string | null = null;
  private ahead: Uint8Array = NOTHING;

  constructor(private readonly source: ByteSource) {}

  /** @returns the next piece, valid until the next call; null at the end or at a failure. */
  next(): Uint8Array | null {
    if (this.ahead.length > 0) {
      const piece = this.ahead;
      this.ahead = NOTHING;
      return piece;
    }
    return this.read();
  }

  /** The first bytes, fewer only if there are no more. Only before anything else is read. */
  peek(count: number): Uint8Array {
    while (this.ahead.length < count) {
      const piece = this.read();
      if (piece === null) break;
      const joined = new Uint8Array(this.ahead.length + piece.length);
      joined.set(this.ahead);
      joined.set(piece, this.ahead.length);
      this.ahead = joined;
    }
    return this.ahead.subarray(0, count);
  }

  private read(): Uint8Array | null {
    if (this.failure !== null) return null;
    try {
      return this.source.read();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      return null;
    }
  }
}
