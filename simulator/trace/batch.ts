/** What a record of a trace does. Values are those of the binary form. */
export const enum TraceKind {
  Load = 0,
  Store = 1,
  /** Load, then store, of the same bytes. */
  Modify = 2,
  Fetch = 3,
}

const RECORDS = 8192;

/** A piece of a trace, decoded: record i is at index i of each array. Reused for piece after piece. */
export class TraceBatch {
  readonly kind = new Uint8Array(RECORDS);
  /** Halves of the guest-virtual address; the high one is signed, as registers are. */
  readonly lo = new Uint32Array(RECORDS);
  readonly hi = new Int32Array(RECORDS);
  readonly bytes = new Uint16Array(RECORDS);
  count = 0;

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
