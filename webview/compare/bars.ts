import { axisX, axisY, barX, plot, ruleX, stackX, text } from '@observablehq/plot';
import type { Look } from './looks';
import { shortFigure } from './numbers';
import { adopt, fillOf, textWidth } from './svg';

/** Part of a bar. */
export interface Segment {
  readonly label: string;
  readonly title: string;
  readonly value: number;
  readonly look: Look;
}

export interface Bar {
  readonly name: string;
  readonly segments: readonly Segment[];
  /** Said at its end. */
  readonly total: string;
}

interface Piece extends Segment {
  readonly name: string;
  readonly text: string;
}

const LEAST_ROW = 38;
const MOST_ROW = 68;
/** Scale and its name, below the bars. */
const FOOT = 44;
const GAP = 8;

export interface BarOptions {
  /** What the scale counts. */
  readonly axis: string;
  readonly width: number;
  /** How high the chart may become; it may not fit. */
  readonly height: number;
  /** Whether segments say their names. */
  readonly named: boolean;
}

/** Stacked bars, one for each scheme, with the figures on them. */
export function stackedBars(bars: readonly Bar[], { axis, width, height, named }: BarOptions): SVGSVGElement {
  const row = Math.min(MOST_ROW, Math.max(LEAST_ROW, Math.floor((height - FOOT) / bars.length)));
  const left = Math.ceil(Math.max(...bars.map((bar) => textWidth(bar.name)))) + 14;
  const right = Math.ceil(Math.max(...bars.map((bar) => textWidth(bar.total)))) + 14;
  const most = Math.max(...bars.map((bar) => total(bar)), Number.MIN_VALUE);
  const perUnit = Math.max(1, width - left - right) / most;
  const pieces = bars.flatMap((bar) =>
    bar.segments
      .filter((segment) => segment.value > 0)
      .map((segment): Piece => ({ ...segment, name: bar.name, text: fitting(segment, perUnit, named) })),
  );
  const chart = plot({
    width,
    height: bars.length * row + FOOT,
    marginLeft: left,
    marginRight: right,
    marginTop: 0,
    marginBottom: 40,
    x: { domain: [0, most], label: axis, grid: true, nice: false },
    y: { domain: bars.map((bar) => bar.name), label: null, padding: GAP / row },
    color: { type: 'identity' },
    marks: [
      axisX({
        ticks: Math.max(2, Math.floor((width - left - right) / 90)),
        tickSize: 0,
        label: axis,
        labelAnchor: 'center',
        labelArrow: 'none',
      }),
      axisY({ tickSize: 0, tickPadding: 8 }),
      barX(
        pieces,
        stackX({
          x: 'value',
          y: 'name',
          fill: (d: Piece) => fillOf(d.look),
          title: 'title',
          order: null,
          className: 'segments',
        }),
      ),
      text(
        pieces,
        stackX({
          x: 'value',
          y: 'name',
          text: 'text',
          order: null,
          fill: 'currentColor',
          stroke: HALO,
          strokeWidth: 3,
          className: 'figures',
        }),
      ),
      text(bars, {
        x: total,
        y: 'name',
        text: 'total',
        textAnchor: 'start',
        dx: 7,
        fill: 'currentColor',
        className: 'totals',
      }),
      ruleX([0], { stroke: 'currentColor' }),
    ],
  });
  return adopt(chart);
}

/** Round a figure that lies on a pattern. */
export const HALO = 'var(--vscode-editor-background)';

function total(bar: Bar): number {
  return bar.segments.reduce((sum, segment) => sum + segment.value, 0);
}

/** What there is room for: name and figure, the figure, the name, nothing. */
function fitting({ label, value }: Segment, perUnit: number, named: boolean): string {
  const figure = shortFigure(value);
  const choices = named ? [`${label} ${figure}`, label] : [figure];
  return choices.find((choice) => textWidth(choice) + 8 <= value * perUnit) ?? '';
}
