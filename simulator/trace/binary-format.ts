import { PACKED_REGION_WORDS, PACKED_REGIONS } from '../engine/layout';

/**
 * The compact form of a trace, described in docs/traces.md. All numbers are little-endian.
 *
 * A header, then blocks, then an end block. A block has at most as many records as a batch; one record is one word
 * (narrow) where the block's addresses lie in few regions of 64 KiB, else two (wide).
 */

/** `TPTT` and four bytes that show damage by programs that take the file for text, and stop them from printing it. */
export const MAGIC = Uint8Array.of(0x54, 0x50, 0x54, 0x54, 13, 10, 26, 10);
export const VERSION = 1;
export const HEADER_BYTES = 24;
/** A record count that was not known when the header was written. */
export const UNKNOWN = 0xffff_ffff;

export const BLOCK_HEADER_WORDS = 4;
export const enum Form {
  End = 0x30424b54,
  Narrow = 0x31424b54,
  Wide = 0x32424b54,
}
/** Records of a block, and of a batch. */
export const BATCH_RECORDS = 8192;
/** Distinct sizes of accesses in one block. */
export const SIZES = 16;
export const SIZE_WORDS = PACKED_REGIONS;
/** Regions of one narrow block. */
export const REGIONS = 1024;
export const REGION_WORDS = PACKED_REGION_WORDS;
export const MOST_PAYLOAD_WORDS = SIZE_WORDS + REGIONS * REGION_WORDS + BATCH_RECORDS * 2;

/** Words of a block behind its header; -1 if such a block cannot be. */
export function payloadWords(form: Form, records: number, regions: number): number {
  if (records < 1 || records > BATCH_RECORDS) return -1;
  if (form === Form.Wide) return regions === 0 ? SIZE_WORDS + 2 * records : -1;
  if (form !== Form.Narrow || regions < 1 || regions > REGIONS) return -1;
  return SIZE_WORDS + regions * REGION_WORDS + records;
}

/**
 * A checksum of a block: of its header's first words and all of its payload. Two lanes, since a chain of
 * multiplications is slow; each step is one-to-one, so that damage to a single word never goes unseen.
 */
export function checksum(form: number, counts: number, words: Uint32Array, length: number): number {
  let a = Math.imul(form ^ 0x9e3779b9, 0x85ebca6b);
  let b = Math.imul(counts ^ 0x7f4a7c15, 0xc2b2ae35);
  let i = 0;
  for (; i + 1 < length; i += 2) {
    a = Math.imul(a ^ words[i], 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul(b ^ words[i + 1], 0xc2b2ae35);
    b ^= b >>> 13;
  }
  if (i < length) a = Math.imul(a ^ words[i], 0x85ebca6b);
  return (a ^ ((b << 16) | (b >>> 16))) >>> 0;
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Turns words between the order of this machine and that of the file, in place. */
export function swapIfBigEndian(bytes: Uint8Array): void {
  if (LITTLE_ENDIAN) return;
  for (let i = 0; i + 3 < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
}
