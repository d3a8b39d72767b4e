/** Bookmarks of one scenario, and ticks that people type. No vscode here, so that it can be tested. */
import type { Bookmark, Place } from '../protocol/messages';

/** The list with a bookmark added, or the one at its tick renamed; by tick. */
export function named(list: readonly Bookmark[], bookmark: Bookmark): Bookmark[] {
  return [...removed(list, bookmark.tick), bookmark].sort((a, b) => a.tick - b.tick);
}

export function removed(list: readonly Bookmark[], tick: number): Bookmark[] {
  return list.filter((bookmark) => bookmark.tick !== tick);
}

/** What was stored, as far as it can be read: without its tick or name a bookmark is nothing, without its place it has the tick. */
export function readBookmarks(stored: unknown): Bookmark[] {
  return Array.isArray(stored) ? stored.flatMap(readBookmark) : [];
}

function readBookmark(stored: unknown): Bookmark[] {
  const { tick, name, place } = fieldsOf(stored);
  if (!isWhole(tick) || typeof name !== 'string') return [];
  const { statements, moment } = fieldsOf(place);
  const isPlace = isWhole(statements) && statements >= -1 && isWhole(moment) && moment >= 0;
  return [{ tick, name, ...(isPlace && { place: { statements, moment } }) }];
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const fieldsOf = (value: unknown): Partial<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? value : {};

/** What is about to be done with the bookmark of a tick, for the head of the question for its name. `here`: a place that it is to be set to. */
export function bookmarkTitle(tick: number, before: Bookmark | undefined, here: Place | null): string {
  const words = `Tick ${tick.toLocaleString('en-US')}`;
  if (before === undefined) return `Bookmark ${words}`;
  const stays = here === null || (before.place?.statements === here.statements && before.place.moment === here.moment);
  return stays ? `Rename the Bookmark at ${words}` : `Move the Bookmark at ${words} Here`;
}

/** A tick as it is typed: digits, also with separators ("48,213"). Null: it is none. */
export function parseTick(text: string): number | null {
  const digits = text.trim().replaceAll(/[,_\s]/g, '');
  if (!/^\d+$/.test(digits)) return null;
  const tick = Number(digits);
  return Number.isSafeInteger(tick) ? tick : null;
}

/** What is wrong with a typed tick, in words; null: it can be travelled to. `end`: the last tick, if that is known. */
export function tickProblem(text: string, end: number | null): string | null {
  const tick = parseTick(text);
  if (tick === null) return 'A tick is a whole number, like 48,213.';
  if (end !== null && tick > end) return `The recording ends at tick ${end.toLocaleString('en-US')}.`;
  return null;
}
