/** Tables for a terminal: the first column to the left, figures to the right. */

export interface Row {
  readonly label: string;
  /** One for each column; empty: a heading. */
  readonly cells: readonly string[];
}

/** Lines of a table whose columns are as wide as what is in them. */
export function tableLines(heads: readonly string[], rows: readonly Row[]): string[] {
  const first = Math.max(...rows.map((row) => row.label.length), 0);
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row.cells[i]?.length ?? 0)));
  const line = (label: string, cells: readonly string[]): string =>
    [label.padEnd(first), ...cells.map((cell, i) => cell.padStart(widths[i]))].join('  ').trimEnd();
  return [line('', heads), ...rows.map((row) => line(row.label, row.cells))];
}

/** `1,234,567`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `1,234`, `123.4`, `1.23`: at least three digits that mean something. Plain 0 for nothing at all. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = value === 0 || Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(2)}%`;
}
