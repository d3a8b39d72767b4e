import type { Cause } from '../costs/cause';
import type { Access } from '../paging/kinds';

/** Where the arrays of a machine live: in the engine's memory, or wherever the language puts them. */
export interface Store {
  bytes(length: number): Uint8Array;
  uint16(length: number): Uint16Array;
  int32(length: number): Int32Array;
  uint32(length: number): Uint32Array;
  float64(length: number): Float64Array;
  /** The next 256 KiB words of physical memory, and their number; null if they are not to be had here. */
  slab(): Slab | null;
  /** Number of the first slab that is not one of the store's. */
  readonly ownSlabs: number;
  /** Byte address of an array of the store; 0 for others. */
  address(array: ArrayBufferView): number;
  /** The compiled code over the store's arrays; null: there is none. */
  readonly core: Core | null;
}

/** What assembly/index.ts exports. Flags are 0 or 1. */
export interface Core {
  attempt(cpu: number, hi: number, lo: number, access: Access, user: number, cause: Cause): number;
  replay(cpu: number, batch: number, from: number, end: number): number;
  unpackNarrow(batch: number, records: number, regions: number): number;
}

/** 1 MiB of physical memory. */
export interface Slab {
  readonly words: Uint32Array;
  readonly number: number;
}

/** Words of a slab. */
export const SLAB_WORDS = 0x4_0000;

/** Ordinary arrays, which the engine does not know. */
export const HEAP: Store = Object.freeze({
  bytes: (length: number) => new Uint8Array(length),
  uint16: (length: number) => new Uint16Array(length),
  int32: (length: number) => new Int32Array(length),
  uint32: (length: number) => new Uint32Array(length),
  float64: (length: number) => new Float64Array(length),
  slab: () => null,
  ownSlabs: 0,
  address: () => 0,
  core: null,
});

/** What a block holds at a byte offset: a number, or where an array is. */
export type Content = readonly [offset: number, content: number | ArrayBufferView];

/** A block (layout.ts) of so many bytes. */
export function blockOf(store: Store, bytes: number, contents: readonly Content[]): Int32Array {
  const block = store.int32(bytes / 4);
  for (const [offset, content] of contents)
    block[offset / 4] = typeof content === 'number' ? content : store.address(content);
  return block;
}
