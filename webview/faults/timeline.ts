/** Positions on the strip of time: decisions only, no DOM. */

export interface Span {
  readonly from: number;
  readonly until: number;
}

/** The least part of time that the strip shows, in ticks. */
const LEAST = 8;

/** Tick → x. One tick is at least a point: an empty history has a span of one. */
export function tickToX(tick: number, span: Span, width: number): number {
  return ((tick - span.from) / Math.max(1, span.until - span.from)) * width;
}

export function xToTick(x: number, span: Span, width: number): number {
  const share = width <= 0 ? 0 : Math.min(1, Math.max(0, x / width));
  return Math.round(span.from + share * (span.until - span.from));
}

/** Round ticks for the scale, at most `most` of them: 1, 2 or 5 times a power of ten apart. */
export function scale(span: Span, most: number): number[] {
  const length = Math.max(1, span.until - span.from);
  const raw = length / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw)!,
  );
  const ticks: number[] = [];
  for (let tick = Math.ceil(span.from / step) * step; tick <= span.until; tick += step) ticks.push(tick);
  return ticks;
}

/** The span after zooming by `factor` (below 1: closer), with `at` staying where it is. Never beyond `whole`. */
export function zoom(span: Span, at: number, factor: number, whole: Span): Span {
  const length = span.until - span.from;
  const next = Math.round(Math.min(whole.until - whole.from, Math.max(LEAST, length * factor)));
  const share = length === 0 ? 0 : (at - span.from) / length;
  const from = Math.round(at - share * next);
  return within({ from, until: from + next }, whole);
}

/** The span moved by ticks, as far as there is something to show. */
export function pan(span: Span, by: number, whole: Span): Span {
  return within({ from: Math.round(span.from + by), until: Math.round(span.until + by) }, whole);
}

/** The span moved so that a tick lies in it: unchanged if it does already, else with the tick in the middle. */
export function toShow(tick: number, span: Span, whole: Span): Span {
  if (tick >= span.from && tick <= span.until) return span;
  return pan(span, tick - (span.from + span.until) / 2, whole);
}

/** Whether all there is is shown. */
export function isWhole(span: Span, whole: Span): boolean {
  return span.from <= whole.from && span.until >= whole.until;
}

/** Buckets to ask for: marks that would lie nearer than this many pixels are drawn as one. */
export function bucketsFor(width: number): number {
  return Math.min(2000, Math.max(1, Math.floor(width / 5)));
}

function within(span: Span, whole: Span): Span {
  const length = Math.min(span.until - span.from, whole.until - whole.from);
  const from = Math.min(Math.max(span.from, whole.from), whole.until - length);
  return { from, until: from + length };
}
