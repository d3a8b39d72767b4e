import type { Comparison } from '../../extension/protocol/compare-view';
import { csvLine } from '../shared/csv';
import { figureGroups } from './figures';

/** The table as comma-separated values, in full precision; an empty cell where there is no figure. */
export function tableCsv(comparisons: readonly Comparison[]): string {
  const columns = [...new Set(comparisons.flatMap((c) => c.reports.map((r) => r.variant.name)))];
  const lines = [['source', 'profile', 'group', 'figure', ...columns]];
  for (const comparison of comparisons) {
    for (const group of figureGroups(comparison)) {
      for (const figure of group.figures) {
        const cells = columns.map((column) => {
          const at = comparison.reports.findIndex((r) => r.variant.name === column);
          const value = at < 0 ? null : figure.values[at];
          return value === null ? '' : String(value);
        });
        lines.push([comparison.source, comparison.profile.name, group.title, figure.label, ...cells]);
      }
    }
  }
  return lines.map(csvLine).join('');
}
