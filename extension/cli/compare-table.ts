/** A comparison as people read it in a terminal. */
import { COST_CAUSES, EXIT_REASONS, type Comparison, type CostCause, type CostReport } from '../../simulator/index';
import { baseOf, perAccess, referencesPerWalk, relative } from '../compare/figures';
import { count, figure, percent, tableLines, type Row } from './table';

const CAUSE_NAMES: Readonly<Record<CostCause, string>> = {
  data: 'data',
  kernel: 'kernel data',
  tlb: 'second-level TLB',
  structure: 'structure caches',
  table: 'table references',
  nested: 'nested references',
  tag: 'tag look-ups',
  faults: 'faults and calls',
  exits: 'VM exits',
  host: 'work of the host',
};

/** One comparison: all that was counted, schemes as columns, and the sweep. */
export function describeComparison(comparison: Comparison): string {
  const { source, profile, reports, sweep, warning } = comparison;
  const lines = [
    `${source} · ${profile.name}: ${profile.title}, ${profile.ghz} GHz`,
    ...(warning === null ? [] : [`warning: ${warning}`]),
    ...tableLines(
      reports.map((report) => report.variant.name),
      rowsOf(reports, profile.ghz),
    ),
    ...problemLines(reports, ''),
  ];
  if (sweep) {
    lines.push('', `cycles per access by ${sweep.parameter}`);
    const rows = sweep.points.map((point) => ({
      label: `  ${point.value}`,
      cells: point.reports.map((report) => figure(perAccess(report))),
    }));
    lines.push(
      ...tableLines(
        reports.map((report) => report.variant.name),
        rows,
      ),
      ...sweep.points.flatMap((point) => problemLines(point.reports, `${sweep.parameter}=${point.value}, `)),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Several comparisons in one table: cycles per access, and in brackets as a multiple of native's. */
export function describeSummary(comparisons: readonly Comparison[]): string {
  const names = [...new Set(comparisons.flatMap((c) => c.reports.map((report) => report.variant.name)))];
  const rows = comparisons.map(({ source, reports }): Row => {
    const base = baseOf(reports);
    const cell = (name: string): string => {
      const report = reports.find((candidate) => candidate.variant.name === name);
      return report === undefined ? '–' : `${figure(perAccess(report))} (${figure(relative(report, base))})`;
    };
    return { label: source, cells: names.map(cell) };
  });
  return `${['cycles per access (relative to native)', ...tableLines(names, rows)].join('\n')}\n`;
}

function rowsOf(reports: readonly CostReport[], ghz: number): Row[] {
  const base = baseOf(reports);
  const row = (label: string, of: (report: CostReport) => string): Row => ({ label, cells: reports.map(of) });
  const heading = (label: string): Row => ({ label, cells: [] });
  return [
    row('accesses', (r) => count(r.accesses)),
    row('cycles per access', (r) => figure(perAccess(r))),
    row('ns per access', (r) => figure(perAccess(r) / ghz)),
    row('relative to native', (r) => figure(relative(r, base))),
    heading('cycles per access by cause'),
    ...COST_CAUSES.filter((cause) => reports.some((r) => r.byCause[cause] > 0)).map((cause) =>
      row(`  ${CAUSE_NAMES[cause]}`, (r) => figure(perAccess(r, r.byCause[cause]))),
    ),
    row('walks per 1,000 accesses', (r) => figure((1000 * r.walks) / r.accesses)),
    heading('references per walk'),
    ...(['table', 'nested', 'tag'] as const).map((cause) =>
      row(`  ${cause === 'tag' ? 'tag look-ups' : cause}`, (r) => figure(referencesPerWalk(r, cause))),
    ),
    row('tag look-ups', (r) => count(r.counters['tag_lookups'] ?? 0)),
    row('page faults of the guest', (r) => count(r.counters['page_faults'] ?? 0)),
    row('VM exits', (r) => count(r.exits.reduce((sum, exit) => sum + exit.count, 0))),
    ...EXIT_REASONS.filter((reason) => reports.some((r) => exitCount(r, reason) > 0)).map((reason) =>
      row(`  ${reason}`, (r) => count(exitCount(r, reason))),
    ),
    heading('miss rates'),
    ...cacheNames(reports).map((name) => row(`  ${name}`, (r) => missRate(r, name))),
  ];
}

const exitCount = (report: CostReport, reason: string): number =>
  report.exits.find((exit) => exit.reason === reason)?.count ?? 0;

/** Of all reports, in the order in which they come. */
function cacheNames(reports: readonly CostReport[]): string[] {
  return [...new Set(reports.flatMap((report) => report.caches.map((cache) => cache.name)))];
}

function missRate(report: CostReport, name: string): string {
  const cache = report.caches.find((candidate) => candidate.name === name);
  return cache === undefined ? '–' : percent(cache.misses, cache.lookups);
}

function problemLines(reports: readonly CostReport[], where: string): string[] {
  return reports.flatMap(({ problem, variant }) => (problem === null ? [] : [`! ${where}${variant.name}: ${problem}`]));
}
