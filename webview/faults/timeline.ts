/** Positions on the strip of time: decisions only, no DOM. */

export interface Span {
  readonly from: number;
  readonly until: number;
}

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

/** Lanes by kind, so that frequent kinds do not hide rare ones; the gravest on top. */
const ORDER = [
  'breach',
  'livelock',
  'tag_violation',
  'gp',
  'hypercall_failure',
  'npf',
  'shadow_write',
  'shadow_miss',
  'page_fault',
];

export function lanes(kinds: readonly string[]): string[] {
  const rank = (kind: string): number => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
  return [...new Set(kinds)].sort((a, b) => rank(a) - rank(b));
}
