/** The charts of a comparison: which there are, and how each is drawn. */
import type { Comparison, CostReport } from '../../extension/protocol/compare-view';
import { stackedBars, type Bar, type Segment } from './bars';
import { cyclesPerAccess, exitsPerThousand, referenceLabels } from './figures';
import { sweepLines } from './lines';
import { lookOf } from './looks';
import { missBars, missedCaches } from './misses';
import { CAUSES, nameOf, REASONS } from './names';
import { formatFigure, shortFigure } from './numbers';
import { picture, type LegendItem } from './svg';

export type ChartKind = 'references' | 'cycles' | 'exits' | 'misses' | 'sweep';

export const CHARTS: readonly { readonly kind: ChartKind; readonly label: string; readonly title: string }[] = [
  { kind: 'references', label: 'references', title: 'Memory references per walk, by level' },
  { kind: 'cycles', label: 'cycles', title: 'Cycles per access, by cause' },
  { kind: 'exits', label: 'exits', title: 'VM exits per 1,000 accesses, by reason' },
  { kind: 'misses', label: 'misses', title: 'Misses of TLBs and caches' },
  { kind: 'sweep', label: 'sweep', title: 'Cycles per access, over one parameter' },
];

/** A chart as wide as told and, if it can be, as high as there is `room`; or, where there is nothing to draw, why, in words. */
export function drawChart(
  kind: ChartKind,
  comparison: Comparison,
  width: number,
  room: number,
): SVGSVGElement | string {
  const { reports, sweep, source, profile } = comparison;
  const { title } = CHARTS.find((chart) => chart.kind === kind)!;
  const subtitle = `${source} · ${profile.title}`;
  const bars = (all: readonly Bar[], legend: readonly LegendItem[], axis: string, named: boolean): SVGSVGElement =>
    picture(title, subtitle, legend, stackedBars(all, { axis, width, height: room - HEAD, named }), width);
  switch (kind) {
    case 'references': {
      if (reports.every((r) => r.walks === 0)) return 'No walk was made: every access hit a TLB.';
      const used = (['table', 'nested', 'tag'] as const).filter((cause) =>
        reports.some((r) => r.references.some((share) => share.cause === cause && share.count > 0)),
      );
      return bars(
        reports.map(referenceBar),
        used.map((cause) => legendItem(cause, WALKED[cause])),
        'references per walk',
        true,
      );
    }
    case 'cycles': {
      const used = Object.keys(CAUSES).filter((cause) =>
        reports.some((r) => r.byCause[cause as keyof typeof CAUSES] > 0),
      );
      if (used.length === 0) return 'Nothing was charged: the comparison has no cycles.';
      return bars(
        reports.map(cycleBar),
        used.map((cause) => legendItem(cause, nameOf(CAUSES, cause).label)),
        'cycles per access',
        false,
      );
    }
    case 'exits': {
      const used = Object.keys(REASONS).filter((reason) =>
        reports.some((r) => r.exits.some((e) => e.reason === reason && e.count > 0)),
      );
      if (used.length === 0) return 'No VM exit was made under any of these schemes.';
      return bars(
        reports.map(exitBar),
        used.map((reason) => legendItem(reason, nameOf(REASONS, reason).label)),
        'VM exits per 1,000 accesses',
        false,
      );
    }
    case 'misses':
      return missedCaches(reports).length === 0
        ? 'Nothing was looked up in a cache.'
        : picture(title, subtitle, [], missBars(reports, width), width);
    case 'sweep':
      return sweep === null
        ? 'Nothing was swept. Choose a parameter and values above, and run again.'
        : picture(title, subtitle, [], sweepLines(sweep, reports, width, room - HEAD), width);
  }
}

/** Title and legend. */
const HEAD = 100;

const WALKED = { table: 'tables', nested: 'nested tables', tag: 'tag look-ups' } as const;

const legendItem = (key: string, label: string): LegendItem => ({ label, look: lookOf(key) });

function referenceBar(report: CostReport): Bar {
  const { name } = report.variant;
  const segments = referenceLabels([report]).flatMap((label) =>
    report.references
      .filter((share) => share.label === label && report.walks > 0)
      .map((share): Segment => {
        const value = share.count / report.walks;
        return {
          label,
          title: `${name}, ${label}: ${shortFigure(value)} references per walk`,
          value,
          look: lookOf(share.cause),
        };
      }),
  );
  return { name, segments, total: report.walks === 0 ? 'no walk' : totalOf(segments) };
}

function cycleBar(report: CostReport): Bar {
  const { name } = report.variant;
  const segments = Object.entries(CAUSES).map(([cause, { label }]): Segment => {
    const value = report.accesses > 0 ? report.byCause[cause as keyof typeof CAUSES] / report.accesses : 0;
    return { label, title: `${name}, ${label}: ${shortFigure(value)} cycles per access`, value, look: lookOf(cause) };
  });
  return { name, segments, total: formatFigure(cyclesPerAccess(report), 2) };
}

function exitBar(report: CostReport): Bar {
  const { name } = report.variant;
  const segments = report.exits.map(({ reason, count, cycles }): Segment => {
    const value = report.accesses > 0 ? (1000 * count) / report.accesses : 0;
    const { label } = nameOf(REASONS, reason);
    return {
      label,
      title: `${name}, ${label}: ${count.toLocaleString('en-US')} exits, ${shortFigure(count > 0 ? cycles / count : 0)} cycles each`,
      value,
      look: lookOf(reason),
    };
  });
  return { name, segments, total: shortFigure(exitsPerThousand(report) ?? 0) };
}

function totalOf(segments: readonly Segment[]): string {
  return formatFigure(
    segments.reduce((sum, segment) => sum + segment.value, 0),
    2,
  );
}
