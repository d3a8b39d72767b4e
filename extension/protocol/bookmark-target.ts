import type { Bookmark, Target } from './messages';

/** Where a bookmark leads: exactly to its place, or to the first place of its tick. */
export function bookmarkTarget({ tick, place }: Bookmark): Target {
  return place === undefined ? { kind: 'tick', tick } : { kind: 'place', ...place, tick };
}
