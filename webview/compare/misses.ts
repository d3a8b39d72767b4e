import { axisX, axisY, barX, plot, ruleX, text } from '@observablehq/plot';
import type { CostReport } from '../../extension/protocol/compare-view';
import { missRate } from './figures';
import { HUES, lineLook } from './looks';
import { formatFigure } from './numbers';
import { adopt, textWidth } from './svg';

interface Rate {
  readonly cache: string;
  readonly name: string;
  readonly rate: number;
  readonly text: string;
  readonly title: string;
  readonly fill: string;
}

const ROW = 17;
const HEAD = 24;

/** Caches that some report looked anything up in. */
export function missedCaches(reports: readonly CostReport[]): string[] {
  const names = [...new Set(reports.flatMap((r) => r.caches.map((cache) => cache.name)))];
  return names.filter((name) => reports.some((r) => missRate(r, name) !== null));
}

/** Misses of 100 look-ups: a group of bars for each cache, a bar for each scheme that has looked something up in it. */
export function missBars(reports: readonly CostReport[], width: number): SVGSVGElement {
  const caches = missedCaches(reports);
  const rates = caches.flatMap((cache) =>
    reports.flatMap((report): Rate[] => {
      const rate = missRate(report, cache);
      if (rate === null) return [];
      const { name } = report.variant;
      const shown = formatFigure(rate, 2, ' %');
      return [
        {
          cache,
          name,
          rate,
          text: shown,
          title: `${cache} under ${name}: ${shown} of look-ups miss`,
          fill: lineLook(report.variant, reports).stroke,
        },
      ];
    }),
  );
  const names = reports.map((report) => report.variant.name);
  const left = Math.ceil(Math.max(...names.map((name) => textWidth(name)))) + 18;
  const most = Math.max(...rates.map((rate) => rate.rate), Number.MIN_VALUE);
  const facet = names.length * ROW + HEAD;
  const chart = plot({
    width,
    height: caches.length * facet + 44,
    marginLeft: left,
    marginRight: 66,
    marginTop: 0,
    marginBottom: 40,
    x: { domain: [0, most], label: null },
    y: { domain: names, label: null, padding: 0.15 },
    fy: { domain: caches, label: null, axis: null, padding: HEAD / facet, paddingOuter: HEAD / facet / 2, align: 1 },
    color: { type: 'identity' },
    marks: [
      axisX({
        ticks: Math.max(2, Math.floor((width - left) / 110)),
        tickSize: 0,
        label: 'misses, of 100 look-ups',
        labelAnchor: 'center',
        labelArrow: 'none',
        anchor: 'bottom',
      }),
      axisY({ tickSize: 0, tickPadding: 8 }),
      text(caches, {
        fy: (cache: string) => cache,
        text: (cache: string) => cache,
        frameAnchor: 'top-left',
        dx: 2,
        dy: -16,
        fill: 'currentColor',
        className: 'facets',
      }),
      barX(rates, { x: 'rate', y: 'name', fy: 'cache', fill: 'fill', title: 'title', className: 'segments' }),
      text(rates, {
        x: 'rate',
        y: 'name',
        fy: 'cache',
        text: 'text',
        textAnchor: 'start',
        dx: 6,
        fill: 'currentColor',
        className: 'totals',
      }),
      ruleX([0], { stroke: HUES.ink }),
    ],
  });
  return adopt(chart);
}
