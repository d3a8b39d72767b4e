/**
 * The x86-64 paging-structure entry (Intel SDM vol. 3 §4.5, AMD APM vol. 2 §5.3), as bits of two 32-bit halves.
 */

// Low half.
export const P = 1 << 0;
export const RW = 1 << 1;
export const US = 1 << 2;
export const PWT = 1 << 3;
export const PCD = 1 << 4;
export const A = 1 << 5;
export const D = 1 << 6;
/** PS in upper entries, PAT in a PT entry. */
export const PS = 1 << 7;
export const G = 1 << 8;
/** PAT of a 2 MiB or 1 GiB entry. */
export const PAT_LARGE = 1 << 12;
// High half.
export const NX = 1 << 31;
export const PKEY_SHIFT = 27;
