/** The figures of a comparison's table, from its reports. Decisions only, no DOM. */
import { SWEEP_CHOICES, type Comparison, type CostReport } from '../../extension/protocol/compare-view';
import { CAUSES, nameOf, REASONS, WORK, type Name } from './names';
import { decimalsFor, formatFigure, ratio } from './numbers';

/** One row: a figure for each report. */
export interface Figure {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  /** Null where the report has no such figure. */
  readonly values: readonly (number | null)[];
  /** Cells as they are shown. */
  readonly texts: readonly string[];
  /** Cells in bold: the least of the row, unless all are equal. */
  readonly best: readonly boolean[];
}

export interface FigureGroup {
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Figure[];
}

/** Groups whose rows are left out where nobody has any of it. */
const SPARSE: ReadonlySet<string> = new Set(['references', 'exits', 'work', 'misses']);

/** Groups made of names whose rows say which scheme is best; in the others a scheme that has none of it is no better for it. */
const RANKED: ReadonlySet<string> = new Set(['causes']);

type Pick = (report: CostReport) => number | null;

export function figureGroups(comparison: Comparison): FigureGroup[] {
  const { reports } = comparison;
  const groups = [
    cost(comparison),
    group(
      'causes',
      'Cycles per access, by cause',
      named(CAUSES, reports, (r) => Object.keys(r.byCause)),
      reports,
      (key) => perAccess((r) => (r.byCause as Readonly<Record<string, number>>)[key] ?? 0),
    ),
    walks(reports),
    group(
      'references',
      'References per walk, by level',
      levels(reports),
      reports,
      (key) => (r) =>
        ratio(sum(r.references.filter((share) => share.label === key).map((share) => share.count)), r.walks),
    ),
    exits(reports),
    group(
      'work',
      'Work of kernel and host, times per 1,000 accesses',
      named(WORK, reports, (r) => r.work.map((w) => w.kind)),
      reports,
      (key) => perThousand((r) => sum(r.work.filter((w) => w.kind === key).map((w) => w.count))),
    ),
    misses(reports),
    sweep(comparison),
    run(reports),
  ];
  return groups
    .filter((g) => g !== null)
    .map((g) => (SPARSE.has(g.id) ? { ...g, figures: g.figures.filter((f) => f.values.some((value) => value)) } : g))
    .filter((g) => g.figures.length > 0);
}

/** Cycles of one access, all causes together. */
export const cyclesPerAccess: Pick = (r) => ratio(r.cycles, r.accesses);

export const exitsPerThousand: Pick = (r) => ratio(1000 * sum(r.exits.map((exit) => exit.count)), r.accesses);

/** How much a report's access costs against the native one; null without a native report. */
export function relativeToNative(report: CostReport, reports: readonly CostReport[]): number | null {
  const native =
    reports.find((other) => other.variant.name === 'native') ??
    reports.find((other) => other.variant.scheme === 'native');
  const base = native === undefined ? null : cyclesPerAccess(native);
  const own = cyclesPerAccess(report);
  return base === null || own === null ? null : ratio(own, base);
}

/** `TLB entries` for `tlb`. */
export function sweepLabel(parameter: string): string {
  return SWEEP_CHOICES.find((choice) => choice.parameter === parameter)?.label ?? parameter;
}

/** Labels of walk references, guest levels from the root down, then nested ones, then tags. */
export function referenceLabels(reports: readonly CostReport[]): string[] {
  const rank = (label: string): number =>
    label === 'tag' ? 300 : (label.startsWith('N') ? 200 : 100) - Number(label.slice(1));
  return [...new Set(reports.flatMap((r) => r.references.map((share) => share.label)))].sort(
    (a, b) => rank(a) - rank(b),
  );
}

/** Which cells of a row are the least, as far as it can be seen: equal texts are equal. None if all are. */
export function bestCells(values: readonly (number | null)[], texts: readonly string[]): boolean[] {
  const known = values.filter((value) => value !== null);
  const least = texts[values.indexOf(Math.min(...known))];
  const equal = texts.every((text, i) => values[i] === null || text === least);
  return texts.map((text, i) => known.length > 1 && !equal && values[i] !== null && text === least);
}

// --- groups ------------------------------------------------------------------------------------------------------

function cost({ reports, profile }: Comparison): FigureGroup {
  const relative = reports.map((r) => relativeToNative(r, reports));
  return {
    id: 'cost',
    title: 'Cost',
    figures: [
      figure(
        'cycles-per-access',
        'cycles per access',
        'All cycles, by accesses of the tasks',
        reports.map(cyclesPerAccess),
      ),
      ...(relative.every((value) => value === null)
        ? []
        : [
            figure('relative', 'relative to native', 'Cycles per access, by those of native', relative, {
              decimals: 2,
              suffix: '×',
            }),
          ]),
      figure(
        'nanoseconds',
        'ns per access',
        `At ${profile.ghz} GHz`,
        reports.map((r) => ratio(r.cycles / profile.ghz, r.accesses)),
      ),
      figure(
        'cycles',
        'million cycles',
        'All cycles of the run',
        reports.map((r) => r.cycles / 1e6),
      ),
    ],
  };
}

function walks(reports: readonly CostReport[]): FigureGroup {
  const references =
    (tag: boolean): Pick =>
    (r) =>
      ratio(sum(r.references.filter((share) => (share.cause === 'tag') === tag).map((share) => share.count)), r.walks);
  return {
    id: 'walks',
    title: 'Walks',
    figures: [
      figure('walks', 'walks per 1,000 accesses', 'Of tasks and kernel', reports.map(perThousand((r) => r.walks))),
      figure(
        'references-per-walk',
        'references per walk',
        'To tables and nested tables',
        reports.map(references(false)),
      ),
      figure('tags-per-walk', 'tag look-ups per walk', 'References to the tag table', reports.map(references(true))),
    ],
  };
}

function exits(reports: readonly CostReport[]): FigureGroup {
  const byReason = group(
    'exits',
    'VM exits per 1,000 accesses',
    named(REASONS, reports, (r) => r.exits.map((e) => e.reason)),
    reports,
    (key) => perThousand((r) => sum(r.exits.filter((e) => e.reason === key).map((e) => e.count))),
  );
  const all = figure('exits', 'all', 'For all reasons', reports.map(exitsPerThousand), { decimals: 3 });
  return { ...byReason, figures: [all, ...byReason.figures] };
}

function misses(reports: readonly CostReport[]): FigureGroup {
  const names = [...new Set(reports.flatMap((r) => r.caches.map((cache) => cache.name)))];
  return {
    id: 'misses',
    title: 'Misses, of 100 look-ups',
    figures: names.map((name) =>
      figure(
        `miss:${name}`,
        name,
        `Look-ups: ${reports.map((r) => `${r.variant.name} ${(cacheOf(r, name)?.lookups ?? 0).toLocaleString('en-US')}`).join(', ')}`,
        reports.map((r) => missRate(r, name)),
        { decimals: 2 },
      ),
    ),
  };
}

/** Misses of 100 look-ups; null if nothing was looked up. */
export function missRate(report: CostReport, cache: string): number | null {
  const found = cacheOf(report, cache);
  return found === undefined ? null : ratio(100 * found.misses, found.lookups);
}

function sweep({ sweep: swept, reports }: Comparison): FigureGroup | null {
  if (swept === null) return null;
  return {
    id: 'sweep',
    title: `Cycles per access, by ${sweepLabel(swept.parameter)}`,
    figures: swept.points.map((point) =>
      figure(
        `sweep:${point.value}`,
        point.value,
        `${swept.parameter} = ${point.value}`,
        reports.map(({ variant }) => {
          const report = point.reports.find((r) => r.variant.name === variant.name);
          return report === undefined ? null : cyclesPerAccess(report);
        }),
      ),
    ),
  };
}

function run(reports: readonly CostReport[]): FigureGroup {
  const plain = (id: string, label: string, title: string, pick: Pick): Figure =>
    figure(id, label, title, reports.map(pick), { decimals: 0, ranked: false });
  return {
    id: 'run',
    title: 'Run',
    figures: [
      plain('accesses', 'accesses', 'Of the tasks, in user and kernel mode', (r) => r.accesses),
      plain('kernel-accesses', 'kernel accesses', 'That the guest kernel made for them', (r) => r.kernelAccesses),
    ],
  };
}

// --- helpers -----------------------------------------------------------------------------------------------------

type Names = readonly (readonly [string, Name])[];

function group(
  id: string,
  title: string,
  names: Names,
  reports: readonly CostReport[],
  pick: (key: string) => Pick,
): FigureGroup {
  return {
    id,
    title,
    figures: names.map(([key, name]) =>
      figure(`${id}:${key}`, name.label, name.title, reports.map(pick(key)), {
        ranked: RANKED.has(id),
        decimals: id === 'causes' ? 2 : 3,
      }),
    ),
  };
}

/** Known names in their order, then unknown ones; only what some report has. */
function named(
  names: Readonly<Record<string, Name>>,
  reports: readonly CostReport[],
  keys: (report: CostReport) => readonly string[],
): Names {
  const present = new Set(reports.flatMap(keys));
  const known = Object.keys(names).filter((key) => present.has(key));
  return [...known, ...[...present].filter((key) => !Object.hasOwn(names, key))].map((key) => [
    key,
    nameOf(names, key),
  ]);
}

function levels(reports: readonly CostReport[]): Names {
  return referenceLabels(reports).map((label) => [
    label,
    {
      label,
      title:
        label === 'tag'
          ? 'Tag look-ups'
          : `${label.startsWith('N') ? 'Nested table' : 'Table'}, level ${label.slice(1)}`,
    },
  ]);
}

function figure(
  id: string,
  label: string,
  title: string,
  values: readonly (number | null)[],
  options: { readonly decimals?: number; readonly suffix?: string; readonly ranked?: boolean } = {},
): Figure {
  const decimals = options.decimals ?? decimalsFor(values);
  const texts = values.map((value) => formatFigure(value, decimals, options.suffix));
  const best = options.ranked === false ? values.map(() => false) : bestCells(values, texts);
  return { id, label, title, values, texts, best };
}

const perAccess =
  (pick: (report: CostReport) => number): Pick =>
  (r) =>
    ratio(pick(r), r.accesses);

const perThousand =
  (pick: (report: CostReport) => number): Pick =>
  (r) =>
    ratio(1000 * pick(r), r.accesses);

const cacheOf = (report: CostReport, name: string): CostReport['caches'][number] | undefined =>
  report.caches.find((cache) => cache.name === name);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
