/** The differences as text to be kept: aligned for people, comma-separated for programs. */
import type { DifferenceRow, Differences, MappingSide } from '../../extension/protocol/messages';
import { csvLine } from '../shared/csv';
import { count, formatBytes, formatCount } from '../shared/hex';
import { sign, targetOf } from './changes';

/**
 * As a diff: `---` and `+++` name the sides, `+`, `-` and `~` begin the rows, columns are aligned, and the last line
 * counts. `all` is what the rows were taken from.
 */
export function differencesText(all: Differences, rows: readonly DifferenceRow[] = all.rows): string {
  const cells = rows.map((row) => [
    sign(row),
    row.gva,
    formatBytes(row.bytes),
    row.count > 1 ? `${formatCount(row.count)}×${row.pageSize}` : row.pageSize,
    ...sideCells(row.a),
    row.a !== null && row.b !== null ? '→' : '',
    ...sideCells(row.b),
    row.text,
  ]);
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  const lines = cells.map((line) =>
    line
      .map((cell, i) => (RIGHT.has(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join(' ')
      .trimEnd(),
  );
  return [`--- ${all.titleA}`, `+++ ${all.titleB}`, ...lines, summary(all, rows), ''].join('\n');
}

/** One row for each difference, addresses in full, sizes in bytes. */
export function differencesCsv(all: Differences, rows: readonly DifferenceRow[] = all.rows): string {
  const side = (name: string): string[] => ['gpa', 'hpa', 'perm', 'owner'].map((field) => `${name} ${field}`);
  const head = ['change', 'gva', 'bytes', 'page', 'count', ...side(all.titleA), ...side(all.titleB), 'text'];
  const values = (mapping: MappingSide | null): string[] =>
    mapping === null
      ? ['', '', '', '']
      : [mapping.gpa ?? '', mapping.hpa ?? '', mapping.perm.text, mapping.owner?.name ?? ''];
  return [
    head,
    ...rows.map((row) => [
      row.change,
      row.gva,
      String(row.bytes),
      row.pageSize,
      String(row.count),
      ...values(row.a),
      ...values(row.b),
      row.text,
    ]),
  ]
    .map(csvLine)
    .join('');
}

/** Sizes are aligned at the right. */
const RIGHT = new Set([2, 3]);

function sideCells(side: MappingSide | null): string[] {
  return side === null ? ['', '', ''] : [targetOf(side)?.address ?? '—', side.perm.text, side.owner?.name ?? '—'];
}

function summary({ total, equal }: Differences, rows: readonly DifferenceRow[]): string {
  const shown = rows.length === total ? '' : `${formatCount(rows.length)} of `;
  return `${shown}${count(total, 'difference')}, ${count(equal, 'equal mapping')}`;
}
