import type { Recording } from '../../history/recording';
import { P, PS, frameOf } from '../../paging/format';
import type { Frame } from '../../units';
import type { InspectContext } from '../context';
import type { FrameInterval } from '../time-types';
import { completeFrom, tickOf, type Halves } from './writes';

/** Moments at which a frame's use is looked at, and entries whose history is told, at most: the newest. */
export const MOST_LOOKED_AT = 200;

/** A period of ownership, with the guest frame that the frame backed; -1: none. */
export interface Ownership {
  readonly interval: FrameInterval;
  readonly gfn: number;
}

/** Place of a frame's entry in the tag table. */
export function tagEntryOf(c: InspectContext, frame: Frame): { frame: number; index: number } {
  const address = c.executor.tags.entryAddress(frame);
  return { frame: Math.floor(address / 4096), index: (address % 4096) / 8 };
}

/** Ticks of a stretch from one write to another (-1: from the beginning, for ever). */
export function stretch(
  r: Recording,
  from: number,
  until: number,
): Pick<FrameInterval, 'fromTick' | 'untilTick' | 'now' | 'write'> {
  return {
    fromTick: from < 0 ? (completeFrom(r) ?? 0) : tickOf(r, from),
    untilTick: until < 0 ? null : tickOf(r, until),
    write: from < 0 ? null : from,
    now: from < r.writes.cursor && (until < 0 || until >= r.writes.cursor),
  };
}

/** True if an entry is present and holds a frame's number, or that of the 2 MiB around it. */
export const namesFrame = ({ lo, hi }: Halves, frame: Frame): boolean =>
  (lo & P) !== 0 && (frameOf(lo, hi) === frame || ((lo & PS) !== 0 && frameOf(lo, hi) === frame - (frame % 512)));
