/** Entries, addresses and error codes, taken apart. */
import { PKEY_SHIFT } from './bits';

export * from './bits';

export const LEVEL_NAMES = ['', 'PT', 'PD', 'PDPT', 'PML4', 'PML5'] as const;

/** Frame number in an entry: bits 12 to 51. */
export const frameOf = (lo: number, hi: number): number => (hi & 0xfffff) * 0x100000 + (lo >>> 12);
/** Low half of an entry for a frame, without flags. */
export const frameLow = (frame: number): number => (frame % 0x100000) << 12;
/** High half of an entry for a frame, without flags. */
export const frameHigh = (frame: number): number => Math.floor(frame / 0x100000);
export const pkeyOf = (hi: number): number => (hi >>> PKEY_SHIFT) & 15;

/** Index into the table of a level (1 = PT) for an address. */
export function tableIndex(hi: number, lo: number, level: number): number {
  switch (level) {
    case 1:
      return (lo >>> 12) & 511;
    case 2:
      return (lo >>> 21) & 511;
    case 3:
      return ((lo >>> 30) | (hi << 2)) & 511;
    case 4:
      return (hi >>> 7) & 511;
    default:
      return (hi >>> 16) & 511;
  }
}

/** Page shift of a leaf at a level: 12, 21 or 30. */
export const leafShift = (level: number): number => 3 + 9 * level;
/** Frames that a leaf at a level covers: 1, 512 or 262144. */
export const leafFrames = (level: number): number => (level === 1 ? 1 : level === 2 ? 512 : 262144);

/** Pages under one entry, by level. */
const SPANS = [0, 1, 2 ** 9, 2 ** 18, 2 ** 27, 2 ** 36];
/** Index of a page or frame number in the table of a level. */
export const pageIndex = (page: number, level: number): number => Math.floor(page / SPANS[level]) % 512;

/** True if an address is canonical: bits above the sign bit repeat it (SDM vol. 1 §3.3.7.1). */
export const isCanonical = (hi: number, levels: number): boolean => {
  const shift = levels === 5 ? 7 : 16;
  return (hi << shift) >> shift === (hi | 0);
};

// Page-fault error code (SDM vol. 3 §4.7); RMP is AMD's (APM vol. 2 §15.36).
export const PF_P = 1;
export const PF_W = 2;
export const PF_U = 4;
export const PF_RSVD = 8;
export const PF_I = 16;
export const PF_PK = 32;
/** Bit 31, as an unsigned number. */
export const PF_RMP = 0x8000_0000;
