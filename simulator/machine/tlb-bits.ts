/*
 * Translation look-aside buffers of one vCPU: set-associative arrays with least-recently-used replacement. An entry is
 * three 32-bit words besides its frame:
 *
 *   vpn    virtual page number, low 32 bits
 *   key    valid 31, global 30, page size 28-29, ASID 18-27, virtual page number high bits 0-12
 *   flags  PCID 20-31, key 16-19, flags 8-15, frame high bits 0-7
 *   frame  low 32 bits
 */
export const VALID = 1 << 31;
export const GLOBAL = 1 << 30;
export const SIZE_SHIFT = 28;
export const ASID_SHIFT = 18;

export const PCID_SHIFT = 20;
export const KEY_SHIFT = 16;
export const FRAME_HIGH = 0xff;

// Flags of an entry, as returned by look-ups.
export const TLB_W = 1 << 8;
export const TLB_U = 1 << 9;
export const TLB_NX = 1 << 10;
export const TLB_D = 1 << 11;
/** Not part of real hardware: the tag of the frame has changed since the fill, so a hit is an isolation breach to report. */
export const TLB_FOREIGN = 1 << 12;
/** The entry is a part of a guest page of 2 MiB or 1 GiB that could not be cached whole: INVLPG drops all its parts (SDM vol. 3 §4.10.2.3). */
export const TLB_PART_2M = 1 << 13;
export const TLB_PART_1G = 1 << 14;
