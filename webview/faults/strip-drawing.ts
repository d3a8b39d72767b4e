import type { Bookmark, TimelinePage } from '../../extension/protocol/messages';
import { setAttributes } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { kindLook, kindOutline } from './kinds';
import { byGravity, laneOf, lanesFor, type Lane, type Mark } from './marks';
import { scale, tickToX, type Span } from './timeline';

const SVG = 'http://www.w3.org/2000/svg';
/** Margin for the names of the lanes. */
export const GUTTER = 50;
/** Margin at the right, so that the last mark is whole. */
export const RIGHT = 8;
/** Room for flags of bookmarks and the number of the present tick. */
export const TOP = 17;
export const LANE = 13;
/** A shape of 10 × 10 is drawn this much smaller. */
const SHAPE = 0.8;
/** Room for the scale. */
const AXIS = 17;

/** All that the drawing depends on. */
export interface StripPicture {
  readonly page: TimelinePage;
  readonly span: Span;
  /** Of the whole strip, in pixels. */
  readonly width: number;
  readonly range: Span | null;
  /** Where the keys are. */
  readonly caret: number | null;
  /** Of the fault that is selected in the list. */
  readonly selected: number | null;
  readonly bookmarks: readonly Bookmark[];
}

/** Width of the part in which time runs. */
export function plotWidth(width: number): number {
  return Math.max(1, width - GUTTER - RIGHT);
}

/** Draws the strip anew into an `svg`, from the back to the front. Colours are of the style sheet. */
export function drawStrip(svg: SVGSVGElement, picture: StripPicture): void {
  const { page, span, width } = picture;
  const lanes = lanesFor(page.counts);
  const bottom = TOP + lanes.length * LANE + 2;
  setAttributes(svg, { width, height: bottom + AXIS });
  svg.replaceChildren();
  const pen = new Pen(svg, span, width, bottom);
  drawRange(pen, picture.range);
  drawAxis(pen);
  drawAhead(pen, page);
  drawLanes(pen, lanes);
  drawMarks(pen, picture, lanes);
  for (const [tick, name] of [
    [page.end, 'end-line'],
    [picture.selected, 'selected-tick'],
    [picture.caret, 'caret'],
  ] as const) {
    if (tick !== null && pen.shows(tick)) pen.vertical(tick, name);
  }
  drawBookmarks(pen, picture.bookmarks, page.now);
  drawNow(pen, page.now);
}

/** What all parts draw with: positions in the plot, and new elements. */
class Pen {
  readonly left = GUTTER;
  readonly right: number;

  constructor(
    private readonly svg: SVGSVGElement,
    readonly span: Span,
    readonly width: number,
    readonly bottom: number,
  ) {
    this.right = GUTTER + plotWidth(width);
  }

  x(tick: number): number {
    return GUTTER + tickToX(tick, this.span, plotWidth(this.width));
  }

  shows(tick: number): boolean {
    return tick >= this.span.from && tick <= this.span.until;
  }

  add(tag: 'rect' | 'line' | 'text' | 'path', attributes: Parameters<typeof setAttributes>[1]): SVGElement {
    const element = document.createElementNS(SVG, tag);
    setAttributes(element, attributes);
    this.svg.append(element);
    return element;
  }

  vertical(tick: number, className: string): void {
    const x = Math.round(this.x(tick)) + 0.5;
    this.add('line', { class: className, x1: x, x2: x, y1: TOP, y2: this.bottom });
  }

  /** A rectangle over all lanes, as far as it lies in the plot. */
  block(from: number, until: number, className: string): void {
    const x = Math.max(this.left, this.x(from));
    const end = Math.min(this.right, this.x(until));
    if (end >= x)
      this.add('rect', { class: className, x, y: TOP, width: Math.max(2, end - x), height: this.bottom - TOP });
  }

  text(words: string, x: number, y: number, attributes: Parameters<typeof setAttributes>[1]): SVGElement {
    const element = this.add('text', { x, y, ...attributes });
    element.textContent = words;
    return element;
  }
}

function drawRange(pen: Pen, range: Span | null): void {
  if (range !== null) pen.block(range.from, range.until, 'range');
}

/** Numbers as dense as they fit: the longest says how many. */
function drawAxis(pen: Pen): void {
  const room = formatCount(Math.max(1, pen.span.until)).length * 6.6 + 22;
  const most = Math.max(1, Math.floor((pen.right - pen.left) / room));
  pen.add('line', { class: 'axis', x1: pen.left, x2: pen.right, y1: pen.bottom + 0.5, y2: pen.bottom + 0.5 });
  for (const tick of scale(pen.span, most)) {
    const x = pen.x(tick);
    pen.vertical(tick, 'tick');
    const half = formatCount(tick).length * 3.3;
    const anchor = x + half > pen.width - 2 ? 'end' : x - half < 2 ? 'start' : 'middle';
    pen.text(formatCount(tick), anchor === 'end' ? pen.width - 2 : x, pen.bottom + 13, {
      class: 'tick-text',
      'text-anchor': anchor,
    });
  }
}

/** What the machine has gone back from. */
function drawAhead(pen: Pen, { now, end }: TimelinePage): void {
  if (end > now && end > pen.span.from && now < pen.span.until) pen.block(now, end, 'ahead-zone');
}

function drawLanes(pen: Pen, lanes: readonly Lane[]): void {
  lanes.forEach((lane, i) => {
    const y = TOP + i * LANE;
    pen.text(lane.label, pen.left - 8, y + LANE - 2, { class: 'lane-name', 'text-anchor': 'end' });
    if (i > 0) pen.add('line', { class: 'lane-line', x1: pen.left, x2: pen.right, y1: y + 0.5, y2: y + 0.5 });
  });
}

/**
 * A shape for a single mark; several in one are a column, the higher the more they are. All marks of a kind are one path:
 * thousands of elements would take longer to make than a frame lasts.
 */
function drawMarks(pen: Pen, { page }: StripPicture, lanes: readonly Lane[]): void {
  const most = page.marks.reduce((max, mark) => Math.max(max, mark.count), 2);
  const seen = page.marks.filter(({ tick, lastTick }) => lastTick >= pen.span.from && tick <= pen.span.until);
  for (const kind of byGravity(seen.map((mark) => mark.kind)).reverse()) {
    const top = TOP + lanes.findIndex(({ id }) => id === laneOf(kind)) * LANE;
    const marks = seen.filter((mark) => mark.kind === kind);
    for (const ahead of [true, false]) {
      const outlines = marks
        .filter(({ tick }) => tick > page.now === ahead)
        .map((mark) => outline(pen, mark, top, Math.sqrt(mark.count / most)));
      if (outlines.length === 0) continue;
      pen.add('path', {
        class: `mark ${kindLook(kind).className}${ahead ? ' ahead' : ''}`,
        transform: `scale(${SHAPE})`,
        d: outlines.join(''),
        'data-kind': kind,
        'data-marks': outlines.length,
      });
    }
  }
}

/** A mark's piece of the path, in units of which a shape has ten. `share`: of the largest column. */
function outline(pen: Pen, { tick, lastTick, kind, count }: Mark, top: number, share: number): string {
  const x = pen.x(tick);
  if (count === 1) return x < pen.left - 4 ? '' : kindOutline(kind, (x - 4) / SHAPE, (top + 2.5) / SHAPE);
  const start = Math.max(pen.left, x - 1);
  const width = Math.max(3, Math.min(pen.right, pen.x(lastTick) + 1) - start) / SHAPE;
  const height = (4 + Math.round((LANE - 6) * share)) / SHAPE;
  return `M${start / SHAPE} ${(top + LANE - 1) / SHAPE}v${-height}h${width}v${height}z`;
}

/** A flag with as much of the name as there is room before the next one and before the number of the present tick. */
function drawBookmarks(pen: Pen, bookmarks: readonly Bookmark[], now: number): void {
  const shown = bookmarks.filter(({ tick }) => pen.shows(tick));
  const label = nowLabel(pen, now);
  shown.forEach(({ tick, name }, i) => {
    const x = Math.round(pen.x(tick)) + 0.5;
    pen.add('line', { class: 'bookmark-line', x1: x, x2: x, y1: 3, y2: pen.bottom });
    pen.add('path', { class: 'bookmark-flag', d: `M${x} 3h7l-2 3.5l2 3.5h-7z` });
    const next = i + 1 < shown.length ? pen.x(shown[i + 1].tick) : pen.width;
    const end = x + 10 < label.x + label.width ? Math.min(next, label.x) : next;
    const letters = Math.floor((end - x - 14) / 6.2);
    if (letters < 3) return;
    const words = name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
    pen.text(words, x + 10, 12, { class: 'bookmark-name' });
  });
}

/** Where the machine stands, with its number; out of sight, an arrow towards it. */
function drawNow(pen: Pen, now: number): void {
  const { words, x, width } = nowLabel(pen, now);
  if (pen.shows(now)) {
    const line = Math.round(pen.x(now));
    pen.add('line', { class: 'now-line', x1: line, x2: line, y1: TOP - 2, y2: pen.bottom + 3 });
  }
  pen.add('rect', { class: 'now-box', x, y: 1, width, height: 14, rx: 2 });
  pen.text(words, x + width / 2, 12, { class: 'now-text', 'text-anchor': 'middle' });
}

function nowLabel(pen: Pen, now: number): { readonly words: string; readonly x: number; readonly width: number } {
  const { from, until } = pen.span;
  const tick = formatCount(now);
  const words = now < from ? `◂ ${tick}` : now > until ? `${tick} ▸` : tick;
  const width = words.length * 6.8 + 8;
  const at = Math.min(Math.max(pen.x(now), pen.left), pen.right);
  return { words, width, x: Math.min(Math.max(pen.left - 6, at - width / 2), pen.width - width - 1) };
}
