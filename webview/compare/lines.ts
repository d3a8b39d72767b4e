import { axisX, axisY, dot, gridY, line, plot, text } from '@observablehq/plot';
import type { ComparisonSweep, CostReport } from '../../extension/protocol/compare-view';
import { HALO } from './bars';
import { cyclesPerAccess, sweepLabel } from './figures';
import { lineLook, type LineLook } from './looks';
import { shortFigure } from './numbers';
import { adopt, textWidth } from './svg';

interface Point extends LineLook {
  readonly value: string;
  readonly name: string;
  readonly y: number;
}

/** A label and where it is put, in pixels from the top of the frame. */
interface Label {
  readonly point: Point;
  at: number;
}

const LEAST_HEIGHT = 380;
const MOST_HEIGHT = 640;
const MARGIN = { top: 22, bottom: 44, left: 56 };
/** Labels of one column are at least so far apart. */
const APART = 15;

/** One line for each scheme over the values of the parameter, with the figures beside the points. */
export function sweepLines(
  sweep: ComparisonSweep,
  reports: readonly CostReport[],
  width: number,
  room: number,
): SVGSVGElement {
  const height = Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, room));
  const points = sweep.points.flatMap(({ value, reports: at }) =>
    at.flatMap((report): Point[] => {
      const y = cyclesPerAccess(report);
      return y === null ? [] : [{ value, name: report.variant.name, y, ...lineLook(report.variant, reports) }];
    }),
  );
  const names = [...new Set(points.map((point) => point.name))];
  const right = Math.ceil(Math.max(...names.map((name) => textWidth(name)), 0)) + 64;
  const [least, most] = limits(points.map((point) => point.y));
  const inner = height - MARGIN.top - MARGIN.bottom;
  const scaled = (y: number): number => inner * (1 - (y - least) / (most - least));
  const values = sweep.points.map((point) => point.value);
  const labels = values.flatMap((value) =>
    spread(
      points.filter((point) => point.value === value).map((point) => ({ point, at: scaled(point.y) })),
      // Not on the names of the values.
      inner - 6,
    ),
  );
  const ends = new Map(names.map((name) => [name, points.findLast((point) => point.name === name)]));
  const isEnd = ({ point }: Label): boolean => ends.get(point.name) === point && point.value === values.at(-1);
  // Where columns are too close for figures, the last column alone has them.
  const roomy = (width - MARGIN.left - right) / Math.max(1, values.length - 1) > 64;
  const shown = labels.filter((label) => roomy || isEnd(label));
  const chart = plot({
    width,
    height,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight: right,
    x: { type: 'point', domain: values, label: null, padding: 0.1 },
    y: { domain: [least, most], label: 'cycles per access' },
    color: { type: 'identity' },
    symbol: { type: 'identity' },
    marks: [
      gridY({ ticks: 6 }),
      axisX({
        tickSize: 0,
        tickPadding: 8,
        label: sweepLabel(sweep.parameter),
        labelAnchor: 'center',
        labelArrow: 'none',
      }),
      axisY({ ticks: 6, tickSize: 0, label: 'cycles per access', labelArrow: 'none' }),
      ...names.map((name) => {
        const own = points.filter((point) => point.name === name);
        return line(own, {
          x: 'value',
          y: 'y',
          stroke: own[0].stroke,
          strokeWidth: 2,
          strokeDasharray: own[0].dash,
          className: 'line',
        });
      }),
      dot(points, {
        x: 'value',
        y: 'y',
        r: 4.5,
        symbol: 'symbol',
        stroke: 'stroke',
        fill: HALO,
        strokeWidth: 1.8,
        title: (d: Point) => `${d.name} at ${d.value}: ${shortFigure(d.y)} cycles per access`,
        className: 'points',
      }),
      ...shown.map((label) =>
        text([label.point], {
          x: 'value',
          y: (d: Point) => d.y,
          dx: 10,
          dy: label.at - scaled(label.point.y),
          text: (d: Point) => (isEnd(label) ? `${shortFigure(d.y)}  ${d.name}` : shortFigure(d.y)),
          textAnchor: 'start',
          fill: 'currentColor',
          stroke: HALO,
          strokeWidth: 5,
          className: 'figures',
        }),
      ),
    ],
  });
  return adopt(chart);
}

/** Of the scale: lines are compared by where they lie, not by their length, so it need not begin at zero. */
function limits(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const air = Math.max((most - least) * 0.08, most * 0.02, Number.MIN_VALUE);
  return [Math.max(0, least - air), most + air];
}

/** Moves labels of one column apart, in the order of their points, and keeps them inside. */
export function spread<T extends { at: number }>(labels: readonly T[], height: number): T[] {
  const sorted = [...labels].sort((a, b) => a.at - b.at);
  for (let i = 1; i < sorted.length; i++) sorted[i].at = Math.max(sorted[i].at, sorted[i - 1].at + APART);
  let limit = height;
  for (const label of sorted.toReversed()) {
    label.at = Math.min(label.at, limit);
    limit = label.at - APART;
  }
  return sorted;
}
