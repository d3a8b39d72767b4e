import {
  BATCH_ADDRESSES,
  BATCH_BYTES,
  BATCH_PACKED,
  BATCH_SHAPES,
  BATCH_WHAT,
  WHAT_KIND_SHIFT,
} from '../engine/layout';
import { blockOf, type Core, HEAP, type Store } from '../engine/store';
import { BATCH_RECORDS, MOST_PAYLOAD_WORDS, SIZES } from './binary-format';
import { TraceKind } from './kind';

export { TraceKind };

/** A piece of a trace, decoded: record i is at index i of each array. Reused for piece after piece. */
export class TraceBatch {
  /** Kind and bytes of each (see whatOf): one element, since there are so many. */
  readonly what: Uint16Array;
  /** Guest-virtual addresses, each as its low half and its high half. */
  readonly addresses: Uint32Array;
  /** Room for a block of the binary form, and what its records do: kind and bytes by kind and number of the size. */
  readonly packed: Uint32Array;
  readonly shapes: Uint16Array;
  private readonly block: Int32Array;
  /** Unpacks and replays the records; null: that is left to the machine. */
  readonly core: Core | null;
  count = 0;

  constructor(private readonly store: Store = HEAP) {
    this.what = store.uint16(BATCH_RECORDS);
    this.addresses = store.uint32(2 * BATCH_RECORDS);
    this.packed = store.uint32(MOST_PAYLOAD_WORDS);
    this.shapes = store.uint16(4 * SIZES);
    this.block = blockOf(store, BATCH_BYTES, [
      [BATCH_WHAT, this.what],
      [BATCH_ADDRESSES, this.addresses],
      [BATCH_PACKED, this.packed],
      [BATCH_SHAPES, this.shapes],
    ]);
    const arrays = [this.what, this.addresses, this.packed, this.shapes, this.block];
    this.core = arrays.every((array) => store.address(array) !== 0) ? store.core : null;
  }

  /** Where the engine finds the batch. */
  get address(): number {
    return this.store.address(this.block);
  }

  /** Halves of the address, signed as registers are. */
  loAt(i: number): number {
    return this.addresses[2 * i] | 0;
  }

  hiAt(i: number): number {
    return this.addresses[2 * i + 1] | 0;
  }

  kindAt(i: number): TraceKind {
    return this.what[i] >>> WHAT_KIND_SHIFT;
  }

  /** Bytes of the access. */
  bytesAt(i: number): number {
    return this.what[i] & ((1 << WHAT_KIND_SHIFT) - 1);
  }

  static readonly capacity = BATCH_RECORDS;
}

/** An element of `what`. @param bytes at most LARGEST_ACCESS */
export const whatOf = (kind: TraceKind, bytes: number): number => (kind << WHAT_KIND_SHIFT) | bytes;

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
