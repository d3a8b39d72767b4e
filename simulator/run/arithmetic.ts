import { Op } from "../language/program";
import { high32, join64, low32 } from "../units";

/** Halves of the last result. */
export const result = { lo: 0, hi: 0 };

/** Unsigned comparison of two 64-bit values in halves: negative, 0 or positive. */
export function compare64(ahi: number, alo: number, bhi: number, blo: number): number {
  return ahi !== bhi ? ((ahi >>> 0) < (bhi >>> 0) ? -1 : 1) : alo === blo ? 0 : (alo >>> 0) < (blo >>> 0) ? -1 : 1;
}

/**
 * The less frequent unsigned 64-bit operations, exact at any size; the result is left in `result`.
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
  if (small && op === Op.Mul && a <= 0x1f_ffff) {
    const product = a * b;
    result.lo = product | 0;
    result.hi = Math.floor(product / 0x1_0000_0000) | 0;
    return true;
  }
  const x = join64(ahi, alo);
  const y = join64(bhi, blo);
  let value: bigint;
  switch (op) {
    case Op.Mul: value = x * y; break;
    case Op.Div: if (y === 0n) return false; value = x / y; break;
    case Op.Mod: if (y === 0n) return false; value = x % y; break;
    case Op.Shl: value = y > 63n ? 0n : x << y; break;
    default: value = y > 63n ? 0n : x >> y; break;
  }
  result.lo = low32(value);
  result.hi = high32(value);
  return true;
}
