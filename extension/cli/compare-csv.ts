/** Comparisons as CSV: one line for each run. */
import { COST_CAUSES, EXIT_REASONS, WORK_KINDS, type Comparison, type CostReport } from '../../simulator/index';
import { baseOf, perAccess, referencesPerWalk, relative } from '../compare/figures';

type Cell = string | number | null;
type Column = readonly [name: string, of: (report: CostReport, base: CostReport | null) => Cell];

const SETUP: readonly Column[] = [
  ['column', (r) => r.variant.name],
  ['scheme', (r) => r.variant.scheme],
  ['tags', (r) => r.variant.tags],
  ['lookup', (r) => r.variant.lookup],
  ['backing', (r) => r.variant.backing],
  ['page', (r) => r.variant.page],
  ['profile', (r) => r.profile],
];

const COUNTED: readonly Column[] = [
  ['problem', (r) => r.problem],
  ['accesses', (r) => r.accesses],
  ['kernel_accesses', (r) => r.kernelAccesses],
  ['cycles', (r) => r.cycles],
  ['cycles_per_access', (r) => perAccess(r)],
  ['relative_to_native', relative],
  ...COST_CAUSES.map((cause): Column => [`cycles_${cause}`, (r) => r.byCause[cause]]),
  ['walks', (r) => r.walks],
  ...(['table', 'nested', 'tag'] as const).map((cause): Column => [
    `${cause}_references_per_walk`,
    (r) => referencesPerWalk(r, cause),
  ]),
  ...EXIT_REASONS.map((reason): Column => [
    `exits_${underlined(reason)}`,
    (r) => r.exits.find((exit) => exit.reason === reason)?.count ?? 0,
  ]),
  ...WORK_KINDS.map((kind): Column => [
    `work_${underlined(kind)}`,
    (r) => r.work.find((work) => work.kind === kind)?.count ?? 0,
  ]),
];

/** With a heading line. A cell without a figure is empty; lookups and misses of caches come last, one pair for each cache. */
export function csvOf(comparisons: readonly Comparison[]): string {
  const all = comparisons.flatMap((c) => [...c.reports, ...(c.sweep?.points.flatMap((p) => p.reports) ?? [])]);
  const caches = [...new Set(all.flatMap((report) => report.caches.map((cache) => cache.name)))];
  const columns: readonly Column[] = [
    ...SETUP,
    ...COUNTED,
    ...caches.flatMap((name): Column[] => {
      const cache = (r: CostReport): CostReport['caches'][number] | undefined => r.caches.find((c) => c.name === name);
      const key = underlined(name.toLowerCase());
      return [
        [`${key}_lookups`, (r) => cache(r)?.lookups ?? null],
        [`${key}_misses`, (r) => cache(r)?.misses ?? null],
      ];
    }),
  ];
  const lines = comparisons.flatMap((comparison) => {
    const rows = (parameter: string, value: string, reports: readonly CostReport[]): Cell[][] =>
      reports.map((report) => [
        comparison.source,
        parameter,
        value,
        ...columns.map(([, of]) => of(report, baseOf(reports))),
      ]);
    const { sweep } = comparison;
    return [
      ...rows('', '', comparison.reports),
      ...(sweep?.points.flatMap((point) => rows(sweep.parameter, point.value, point.reports)) ?? []),
    ];
  });
  const head = ['source', 'parameter', 'value', ...columns.map(([name]) => name)];
  return [head, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

function underlined(name: string): string {
  return name.replace(/[^a-z0-9]+/g, '_');
}

function csvCell(cell: Cell): string {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
