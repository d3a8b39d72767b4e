import { BATCH_BYTES, BATCH_HI, BATCH_KIND, BATCH_LO, BATCH_SIZE } from '../engine/layout';
import { blockOf, HEAP, type Store } from '../engine/store';
import { TraceKind } from './kind';

export { TraceKind };

const RECORDS = 8192;

/** A piece of a trace, decoded: record i is at index i of each array. Reused for piece after piece. */
export class TraceBatch {
  readonly kind: Uint8Array;
  /** Halves of the guest-virtual address; the high one is signed, as registers are. */
  readonly lo: Uint32Array;
  readonly hi: Int32Array;
  readonly bytes: Uint16Array;
  /** Where the engine finds them. */
  readonly block: Int32Array;
  count = 0;

  constructor(store: Store = HEAP) {
    this.kind = store.bytes(RECORDS);
    this.lo = store.uint32(RECORDS);
    this.hi = store.int32(RECORDS);
    this.bytes = store.uint16(RECORDS);
    this.block = blockOf(store, BATCH_BYTES, [
      [BATCH_KIND, this.kind],
      [BATCH_LO, this.lo],
      [BATCH_HI, this.hi],
      [BATCH_SIZE, this.bytes],
    ]);
  }

  static readonly capacity = RECORDS;
}

/** Bytes of a file, piece by piece, decompressed if need be. Reading is synchronous: the machine has no clock to wait by. */
export interface ByteSource {
  readonly name: string;
  /** Size of the file on disk, for progress; null if it is not known. */
  readonly size: number | null;
  /** Bytes of the file on disk that were read so far. */
  readonly position: number;
  /** @returns the next piece, valid until the next call, or null at the end. @throws Error in words if the file cannot be read on. */
  read(): Uint8Array | null;
  close(): void;
}

/** Opens a file by the name that a scenario gives it. @throws Error in words. */
export type FileOpener = (name: string) => ByteSource;
