import type { Comparison } from '../../extension/protocol/compare-view';
import { fill, h, setAttributes } from '../shared/dom';
import { moveRow } from '../shared/list-keys';
import { bestCells, cyclesPerAccess, relativeToNative } from './figures';
import { formatFigure } from './numbers';

/** Sources as rows, schemes as columns: cycles per access, and how much that is against native. One row is selected. */
export class Summary {
  readonly element = h('div', { class: 'summary', 'data-testid': 'summary' });
  private rows: HTMLElement[] = [];
  private selected = 0;

  constructor(private readonly onSelect: (index: number) => void) {
    this.element.addEventListener('keydown', (event) => {
      const next = moveRow(event.key, this.selected, this.rows.length, 10);
      if (next === null) return;
      event.preventDefault();
      this.choose(next);
    });
  }

  show(comparisons: readonly Comparison[], selected: number): void {
    const columns = [...new Set(comparisons.flatMap((c) => c.reports.map((r) => r.variant.name)))];
    this.rows = comparisons.map((comparison, i) => this.row(comparison, i, columns));
    fill(
      this.element,
      h(
        'table',
        { class: 'figures-table', role: 'grid', 'aria-label': 'Cycles per access, a row for each source' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col', class: 'corner' }, 'cycles per access'),
            ...columns.map((column) => h('th', { scope: 'col', colspan: 2 }, column)),
          ),
        ),
        h('tbody', {}, ...this.rows),
      ),
    );
    this.mark(selected);
  }

  private row(comparison: Comparison, index: number, columns: readonly string[]): HTMLElement {
    const { reports } = comparison;
    const found = columns.map((column) => reports.find((r) => r.variant.name === column) ?? null);
    const values = found.map((report) => (report === null ? null : cyclesPerAccess(report)));
    const texts = values.map((value) => formatFigure(value, 2));
    const best = bestCells(values, texts);
    const row = h(
      'tr',
      { 'data-source': comparison.source },
      h('th', { scope: 'row', title: `${comparison.source} · ${comparison.profile.title}` }, comparison.source),
      ...found.flatMap((report, i) => {
        const relative = report === null ? null : relativeToNative(report, reports);
        return [
          h('td', { class: best[i] ? 'best' : null }, best[i] ? h('strong', {}, texts[i]) : texts[i]),
          h('td', { class: 'dim ratio' }, relative === null ? '' : formatFigure(relative, 2, '×')),
        ];
      }),
    );
    row.addEventListener('click', () => this.choose(index));
    return row;
  }

  private choose(index: number): void {
    this.mark(index);
    this.rows[index].focus();
    this.onSelect(index);
  }

  private mark(index: number): void {
    this.selected = index;
    this.rows.forEach((row, i) =>
      setAttributes(row, { 'aria-selected': String(i === index), tabindex: i === index ? 0 : -1 }),
    );
  }
}
