import type { Comparison } from '../../extension/protocol/compare-view';
import { h } from '../shared/dom';
import { figureGroups, type Figure, type FigureGroup } from './figures';

/** The table of one comparison: schemes as columns, figures as rows in groups, the best of a row in bold. */
export function comparisonTable(comparison: Comparison): HTMLTableElement {
  const { reports, source } = comparison;
  return h(
    'table',
    {
      class: 'figures-table',
      'aria-label': `Figures of ${source}, a column for each scheme`,
      'data-testid': 'figures',
    },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col', class: 'corner' }, h('span', { class: 'sr-only' }, 'figure')),
        ...reports.map(({ variant, problem }) =>
          h(
            'th',
            { scope: 'col', class: problem === null ? null : 'wrong', title: variantTitle(comparison, variant.name) },
            variant.name,
            problem === null ? null : ' ⚠',
          ),
        ),
      ),
    ),
    ...figureGroups(comparison).map((group) => body(group, reports.length)),
  );
}

function body(group: FigureGroup, columns: number): HTMLTableSectionElement {
  return h(
    'tbody',
    { 'data-group': group.id },
    h(
      'tr',
      { class: 'group' },
      h('th', { scope: 'rowgroup', class: 'group-title', id: `group-${group.id}` }, group.title),
      h('td', { colspan: columns }),
    ),
    ...group.figures.map(row),
  );
}

function row(figure: Figure): HTMLTableRowElement {
  return h(
    'tr',
    { 'data-figure': figure.id },
    h('th', { scope: 'row', title: figure.title }, figure.label),
    ...figure.texts.map((text, i) =>
      h(
        'td',
        { class: figure.best[i] ? 'best' : figure.values[i] === null || figure.values[i] === 0 ? 'dim' : null },
        figure.best[i] ? h('strong', {}, text) : text,
      ),
    ),
  );
}

/** How a column was run, in words. */
function variantTitle({ reports }: Comparison, name: string): string {
  const { variant, problem } = reports.find((r) => r.variant.name === name)!;
  const words = [
    `scheme ${variant.scheme}`,
    `tags ${variant.tags}, look-ups ${variant.lookup}`,
    ...(variant.scheme === 'tpt' ? [`${variant.tptProfile} profile`] : []),
    ...(variant.backing === null ? [] : [`backing ${variant.backing}`]),
    `${variant.page} pages`,
  ];
  return [words.join(' · '), ...(problem === null ? [] : [problem])].join('\n');
}
