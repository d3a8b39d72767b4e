/** How figures of a comparison are written. */

/** Decimals that tell figures of this size apart and keep a row aligned. */
export function decimalsFor(values: readonly (number | null)[]): number {
  const most = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  return most >= 10_000 ? 0 : most >= 1000 ? 1 : 2;
}

/** `12,345.6`; a dash for what there is no figure of. Exactly none is a plain 0. */
export function formatFigure(value: number | null, decimals: number, suffix = ''): string {
  if (value === null) return '–';
  if (value === 0) return `0${suffix}`;
  // Little is not nothing.
  if (value > 0 && value < 0.5 * 10 ** -decimals) return `<${(10 ** -decimals).toFixed(decimals)}${suffix}`;
  const text = value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return `${text}${suffix}`;
}

/** For labels in charts, where room is short: three digits, no more. */
export function shortFigure(value: number): string {
  if (value === 0) return '0';
  if (value < 0.01) return '<0.01';
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  if (value >= 1e4) return `${Math.round(value / 1e3)}k`;
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Null where there is nothing to divide by. */
export function ratio(value: number, by: number): number | null {
  return by > 0 ? value / by : null;
}
