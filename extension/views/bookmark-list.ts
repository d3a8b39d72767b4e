/** Bookmarks of one scenario, and ticks that people type. No vscode here, so that it can be tested. */
import type { Bookmark } from '../protocol/messages';

/** The list with a bookmark added, or the one at its tick renamed; by tick. */
export function named(list: readonly Bookmark[], bookmark: Bookmark): Bookmark[] {
  return [...removed(list, bookmark.tick), bookmark].sort((a, b) => a.tick - b.tick);
}

export function removed(list: readonly Bookmark[], tick: number): Bookmark[] {
  return list.filter((bookmark) => bookmark.tick !== tick);
}

/** What was stored, as far as it can be read. */
export function readBookmarks(stored: unknown): Bookmark[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter(
    (item: unknown): item is Bookmark =>
      typeof item === 'object' &&
      item !== null &&
      Number.isSafeInteger((item as Bookmark).tick) &&
      typeof (item as Bookmark).name === 'string',
  );
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
