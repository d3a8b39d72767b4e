import { A, D, NX, P, PKEY_SHIFT, PS, RW, US, frameHigh, frameLow } from '../../paging/format';
import type { Frame } from '../../units';

/** Halves of an entry. */
export interface Entry {
  readonly lo: number;
  readonly hi: number;
}

const PKEY = 0xf << PKEY_SHIFT;

/**
 * The shadow entry for a guest entry that maps a page: its rights, and the frame of the host. It is writable only when
 * the guest's entry is dirty already, so that the first store comes to the host, which sets the guest's D.
 * @param writable the host has no reason of its own to refuse stores
 */
export function leafEntry(guest: Entry, hfn: Frame, writable: boolean, large: boolean): Entry {
  const write = writable && (guest.lo & (RW | D)) === (RW | D);
  return {
    lo: (frameLow(hfn) | P | A | (guest.lo & US) | (write ? RW | D : 0) | (large ? PS : 0)) >>> 0,
    hi: (frameHigh(hfn) | (guest.hi & (NX | PKEY))) >>> 0,
  };
}

/** The shadow entry for a guest entry that leads to a table: its rights, and the frame of the shadow page. */
export function tableEntry(guest: Entry, hfn: Frame): Entry {
  return {
    lo: (frameLow(hfn) | P | A | (guest.lo & (RW | US))) >>> 0,
    hi: (frameHigh(hfn) | (guest.hi & NX)) >>> 0,
  };
}

/** The entry above a direct page, which has the rights of the large guest page in its own entries. */
export const directEntry = (hfn: Frame): Entry => ({
  lo: (frameLow(hfn) | P | A | RW | US) >>> 0,
  hi: frameHigh(hfn) >>> 0,
});

/** True if a present entry that becomes another only gains the right to write: TLBs may keep what they have. */
export const onlyGains = (before: Entry, after: Entry): boolean =>
  before.hi === after.hi && (before.lo === after.lo || (before.lo | RW | D) >>> 0 === after.lo);
