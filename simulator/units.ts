/**
 * Numbers with a meaning. Frame numbers (at most 40 bits) fit a JavaScript number; 64-bit values and gVAs are two
 * 32-bit halves on hot paths and bigint at the edges (parsing, display).
 */

declare const brand: unique symbol;
type Branded<B extends string> = number & { readonly [brand]?: B };

/** Host frame number: hPA >> 12. */
export type Frame = Branded<'hfn'>;
/** Guest frame number: gPA >> 12. */
export type GuestFrame = Branded<'gfn'>;
/** Address-space identifier; 0 is the host. */
export type Asid = Branded<'asid'>;

/** Frames in 2 MiB. */
export const FRAMES_2M = 512;

/** @returns the 64-bit value of two 32-bit halves (of any sign). */
export const join64 = (hi: number, lo: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
export const low32 = (value: bigint): number => Number(value & 0xffff_ffffn) | 0;
export const high32 = (value: bigint): number => Number((value >> 32n) & 0xffff_ffffn) | 0;

/** @returns the number of an unsigned value below 2^53 in two halves. */
export const toNumber = (hi: number, lo: number): number => (hi >>> 0) * 0x1_0000_0000 + (lo >>> 0);
export const lowOf = (value: number): number => value | 0;
/** High half of a non-negative integer below 2^53. */
export const highOf = (value: number): number => Math.floor(value / 0x1_0000_0000) | 0;

/** @returns `0x` and `digits` hex digits of two halves. */
export function hex64(hi: number, lo: number, digits = 16): string {
  const low = (lo >>> 0).toString(16);
  if (hi === 0) return '0x' + low.padStart(digits, '0');
  return '0x' + ((hi >>> 0).toString(16) + low.padStart(8, '0')).padStart(digits, '0');
}

/** @returns `0x` and at least `digits` hex digits of a non-negative number. */
export const hex = (value: number | bigint, digits = 1): string => '0x' + value.toString(16).padStart(digits, '0');
