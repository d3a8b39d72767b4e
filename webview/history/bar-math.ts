/** Where the pieces of a bar over time lie. Decisions only, no DOM. */

export interface BarInterval {
  readonly fromTick: number;
  /** null: lasts. */
  readonly untilTick: number | null;
}

export interface BarPiece {
  /** Of the interval; of several that share a pixel, of the first. */
  readonly index: number;
  readonly x: number;
  readonly width: number;
}

/**
 * Pieces from the first tick of any interval to the last or to `now`. An interval that lasts ends where the bar does, and
 * leaves it some room, so that its beginning is not at the very edge. Intervals that begin on the pixel of one before are left out.
 */
export function barPieces(
  intervals: readonly BarInterval[],
  now: number,
  width: number,
): { readonly pieces: readonly BarPiece[]; readonly nowX: number } {
  const from = intervals.reduce((least, { fromTick }) => Math.min(least, fromTick), now);
  const last = intervals.reduce((most, { fromTick, untilTick }) => Math.max(most, untilTick ?? fromTick), now);
  const isOpen = intervals.some(({ untilTick }) => untilTick === null);
  const until = Math.max(from + 1, isOpen ? last + (last - from) / 20 : last);
  const x = (tick: number): number => ((tick - from) / (until - from)) * width;
  const pieces: BarPiece[] = [];
  let drawn = -1;
  intervals.forEach(({ fromTick, untilTick }, index) => {
    const start = x(fromTick);
    if (Math.floor(start) === drawn) return;
    drawn = Math.floor(start);
    pieces.push({ index, x: start, width: Math.max(1, x(untilTick ?? until) - start) });
  });
  return { pieces, nowX: Math.min(width - 1, Math.max(1, x(now))) };
}
