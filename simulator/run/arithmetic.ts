import { Op } from '../language/program';
import { high32, join64, low32 } from '../units';

/** Halves of the last result. */
export const result = { lo: 0, hi: 0 };

/** Unsigned comparison of two 64-bit values in halves: negative, 0 or positive. */
export function compare64(ahi: number, alo: number, bhi: number, blo: number): number {
  return ahi !== bhi ? (ahi >>> 0 < bhi >>> 0 ? -1 : 1) : alo === blo ? 0 : alo >>> 0 < blo >>> 0 ? -1 : 1;
}

/**
 * Unsigned 64-bit multiplication, division and remainder, exact at any size; the result is left in `result`.
 * @returns false for a division by zero.
 */
export function wideOperation(op: Op, ahi: number, alo: number, bhi: number, blo: number): boolean {
  // Products and quotients of small numbers need no wide arithmetic.
  const small = ahi === 0 && bhi === 0;
  const a = alo >>> 0;
  const b = blo >>> 0;
  if (small && (op === Op.Div || op === Op.Mod)) {
    if (b === 0) return false;
    result.lo = (op === Op.Div ? Math.floor(a / b) : a % b) | 0;
    result.hi = 0;
    return true;
  }
  const product = a * b;
  if (small && op === Op.Mul && product <= Number.MAX_SAFE_INTEGER) {
    result.lo = product | 0;
    result.hi = Math.floor(product / 0x1_0000_0000) | 0;
    return true;
  }
  const x = join64(ahi, alo);
  const y = join64(bhi, blo);
  let value: bigint;
  switch (op) {
    case Op.Mul:
      value = x * y;
      break;
    case Op.Div:
      if (y === 0n) return false;
      value = x / y;
      break;
    default:
      if (y === 0n) return false;
      value = x % y;
      break;
  }
  result.lo = low32(value);
  result.hi = high32(value);
  return true;
}

/** Shifts left by any number of bits; the result is left in `result`. */
export function shiftLeft(hi: number, lo: number, bitsHi: number, bits: number): void {
  if (bitsHi !== 0 || bits >>> 0 > 63) result.lo = result.hi = 0;
  else if (bits >= 32) {
    result.hi = lo << (bits - 32);
    result.lo = 0;
  } else if (bits === 0) {
    result.hi = hi;
    result.lo = lo;
  } else {
    result.hi = (hi << bits) | (lo >>> (32 - bits));
    result.lo = lo << bits;
  }
}

/** Shifts right, unsigned, by any number of bits; the result is left in `result`. */
export function shiftRight(hi: number, lo: number, bitsHi: number, bits: number): void {
  if (bitsHi !== 0 || bits >>> 0 > 63) result.lo = result.hi = 0;
  else if (bits >= 32) {
    result.lo = hi >>> (bits - 32);
    result.hi = 0;
  } else if (bits === 0) {
    result.hi = hi;
    result.lo = lo;
  } else {
    result.lo = (lo >>> bits) | (hi << (32 - bits));
    result.hi = hi >>> bits;
  }
}
