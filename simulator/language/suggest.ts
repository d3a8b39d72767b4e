/** "Did you mean …?" */

import type { Fix } from './problems';
import type { SourceRange } from './program';

/** The candidate closest to `name`, if it is close enough to be a slip. */
export function closest(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Text to end a message with, and the fix, for a name that is none of `candidates`. */
export function didYouMean(
  name: string,
  candidates: Iterable<string>,
  range: SourceRange,
): { text: string; fix?: Fix } {
  const best = closest(name, candidates);
  if (best === null) return { text: '' };
  return { text: ` Did you mean \`${best}\`?`, fix: { title: `Change to \`${best}\``, range, text: best } };
}

/** Edits (insert, delete, replace, swap neighbours) between two short words. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Infinity;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2] + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length];
}
