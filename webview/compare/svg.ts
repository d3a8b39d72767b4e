/** Parts that every chart has: elements, patterns, title and legend. */
import { setAttributes, type Attributes } from '../shared/dom';
import { HUES, type Look } from './looks';

const SVG = 'http://www.w3.org/2000/svg';

export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** What `fill` is for a look: the colour, or its pattern, which must be in the `defs` of the same picture. */
export function fillOf({ hue, pattern }: Look): string {
  return pattern === 'solid' ? HUES[hue] : `url(#${patternId({ hue, pattern })})`;
}

const patternId = ({ hue, pattern }: Look): string => `pattern-${hue}-${pattern}`;

const MARKS: Readonly<Record<Exclude<Look['pattern'], 'solid'>, string>> = {
  rising: 'M-1 1l2-2M0 6l6-6M5 7l2-2',
  falling: 'M-1 5l2 2M0 0l6 6M5-1l2 2',
  level: 'M0 1.5h6M0 4.5h6',
  cross: 'M0 0l6 6M6 0l-6 6',
  dots: 'M1.5 1.5h.01M4.5 4.5h.01',
};

/** The patterns that looks use, once each. */
export function patterns(looks: readonly Look[]): SVGDefsElement {
  const wanted = new Map(looks.filter((l) => l.pattern !== 'solid').map((l) => [patternId(l), l]));
  return s(
    'defs',
    {},
    ...[...wanted].map(([id, { hue, pattern }]) =>
      s(
        'pattern',
        { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
        s('rect', { width: 6, height: 6, fill: 'var(--vscode-editor-background)' }),
        s('rect', { width: 6, height: 6, fill: HUES[hue], 'fill-opacity': 0.3 }),
        s('path', {
          d: MARKS[pattern as keyof typeof MARKS],
          fill: 'none',
          stroke: HUES[hue],
          'stroke-width': pattern === 'dots' ? 2.2 : 1.4,
          'stroke-linecap': pattern === 'dots' ? 'round' : 'butt',
        }),
      ),
    ),
  );
}

export interface LegendItem {
  readonly label: string;
  readonly look: Look;
}

const ROW = 20;
const SWATCH = 14;

/** Puts heading, legend and chart into one picture, which can stand alone. */
export function picture(
  title: string,
  subtitle: string,
  legend: readonly LegendItem[],
  chart: SVGSVGElement,
  width: number,
): SVGSVGElement {
  const root = s('svg', { class: 'picture', role: 'img', 'aria-label': `${title}. ${subtitle}` });
  root.append(
    patterns(legend.map((item) => item.look)),
    s('text', { class: 'chart-title', x: 0, y: 16 }, title),
    s('text', { class: 'chart-subtitle', x: 0, y: 34 }, subtitle),
  );
  let [x, y] = [0, 48];
  for (const item of legend) {
    const wide = SWATCH + 6 + textWidth(item.label) + 18;
    if (x > 0 && x + wide - 18 > width) [x, y] = [0, y + ROW];
    root.append(
      s('rect', { class: 'swatch', x: x + 0.5, y: y + 1.5, width: SWATCH, height: 11, fill: fillOf(item.look) }),
      s('text', { class: 'legend-text', x: x + SWATCH + 6, y: y + 11 }, item.label),
    );
    x += wide;
  }
  const top = y + (legend.length > 0 ? ROW + 6 : 0);
  setAttributes(chart, { y: top });
  const height = top + Number(chart.getAttribute('height'));
  setAttributes(root, { width, height, viewBox: `0 0 ${width} ${height}` });
  root.append(chart);
  return root;
}

let canvas: CanvasRenderingContext2D | null = null;

/** Width of a label in the font of the charts, in pixels. */
export function textWidth(text: string, size = 12): number {
  canvas ??= document.createElement('canvas').getContext('2d');
  if (canvas === null) return text.length * size * 0.6;
  canvas.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  return canvas.measureText(text).width;
}

/**
 * A chart as the library made it, ready for the page: its own style element would breach the page's CSP, and what it
 * says is in main.css.
 */
export function adopt(chart: Element): SVGSVGElement {
  for (const style of chart.querySelectorAll('style')) style.remove();
  chart.setAttribute('class', 'plot');
  return chart as SVGSVGElement;
}
