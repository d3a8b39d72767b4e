import { Inflate } from 'pako';
import type { ByteSource } from '../../simulator/index';

const OUTPUT = 256 * 1024;
/** Gives what has been decompressed at once, so that all before some damage is used. */
const SYNC_FLUSH = 2;

/** Bytes of a source, decompressed if its first two are those of gzip. Memory does not grow with the file. */
export class Gunzip implements ByteSource {
  private inflate: Inflate | null = null;
  private started = false;
  private readonly ready: Uint8Array[] = [];
  private given = 0;

  constructor(private readonly source: ByteSource) {}

  get name(): string {
    return this.source.name;
  }
  get size(): number | null {
    return this.source.size;
  }
  get position(): number {
    return this.source.position;
  }

  read(): Uint8Array | null {
    for (;;) {
      const next = this.ready.shift();
      if (next) {
        this.given += next.length;
        return next;
      }
      const failed = this.inflate !== null && this.inflate.err !== 0;
      if (failed)
        throw new Error(`the gzip data is damaged (${this.inflate!.msg}) behind byte ${this.given} of what it holds`);
      const piece = this.source.read();
      if (!this.started && piece !== null) {
        this.started = true;
        if (piece[0] === 0x1f && piece[1] === 0x8b) this.inflate = this.newInflate();
      }
      if (this.inflate === null) return piece;
      if (piece === null) return this.atEnd(this.inflate);
      // A file may be of several gzip streams, one behind the other.
      if (this.inflate.ended) this.inflate = this.newInflate();
      this.inflate.push(piece, SYNC_FLUSH);
    }
  }

  close(): void {
    this.source.close();
  }

  private atEnd(inflate: Inflate): null {
    if (inflate.ended) return null;
    throw new Error(`the gzip file is truncated: it ends behind byte ${this.given} of what it holds`);
  }

  private newInflate(): Inflate {
    const inflate = new Inflate({ chunkSize: OUTPUT });
    inflate.onData = (bytes) => this.ready.push(bytes);
    return inflate;
  }
}
