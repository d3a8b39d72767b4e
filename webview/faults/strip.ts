import type { FaultsPage } from '../../extension/protocol/messages';
import { h, setAttributes } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { kindLook, kindPath } from './kinds';
import { lanes, scale, tickToX, xToTick, type Span } from './timeline';

const SVG = 'http://www.w3.org/2000/svg';
const LANE = 12;
const SCALE = 16;
const PAD = 8;

/** The strip of time: marks by kind, a lane each. Drag or Shift+arrows choose a range, Escape or a click all. */
export class Strip {
  readonly element = h('div', {
    class: 'strip',
    'data-testid': 'strip',
    role: 'group',
    tabindex: 0,
    'aria-label': 'Time. Drag, or use Shift with the left and right keys, to choose a range; Escape shows all.',
  });
  private readonly svg = document.createElementNS(SVG, 'svg');
  private page: FaultsPage | null = null;
  private range: Span | null = null;
  private selectedTick: number | null = null;

  constructor(private readonly onRange: (range: Span | null) => void) {
    this.svg.setAttribute('aria-hidden', 'true');
    this.element.append(this.svg);
    this.element.addEventListener('pointerdown', (event) => this.drag(event));
    this.element.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  show(page: FaultsPage): void {
    this.page = page;
    this.draw();
  }

  setRange(range: Span | null): void {
    this.range = range;
    this.draw();
  }

  select(tick: number | null): void {
    this.selectedTick = tick;
    this.draw();
  }

  private get width(): number {
    return Math.max(1, this.element.clientWidth - 2 * PAD);
  }

  private get span(): Span {
    return { from: this.page?.firstTick ?? 0, until: Math.max(this.page?.lastTick ?? 1, 1) };
  }

  private draw(): void {
    const { page, span, width } = this;
    if (page === null || this.element.clientWidth === 0) return;
    const kinds = lanes(page.strip.map((mark) => mark.kind));
    const height = Math.max(1, kinds.length) * LANE + 4;
    setAttributes(this.svg, { width: this.element.clientWidth, height: height + SCALE });
    this.svg.replaceChildren();
    if (this.range !== null) {
      const x = PAD + tickToX(this.range.from, span, width);
      this.add('rect', {
        class: 'range',
        x,
        y: 0,
        width: Math.max(2, PAD + tickToX(this.range.until, span, width) - x),
        height,
      });
    }
    for (const tick of scale(span, Math.max(2, Math.floor(width / 90)))) {
      const x = PAD + tickToX(tick, span, width);
      this.add('line', { class: 'tick', x1: x, x2: x, y1: 0, y2: height });
      const text = this.add('text', {
        class: 'tick-text',
        x: Math.min(x, PAD + width),
        y: height + 12,
        'text-anchor': x > width - 30 ? 'end' : x < 30 ? 'start' : 'middle',
      });
      text.textContent = formatCount(tick);
    }
    for (const mark of page.strip) {
      const path = kindPath(mark.kind);
      const x = PAD + tickToX(mark.tick, span, width) - 4;
      path.setAttribute('transform', `translate(${x} ${kinds.indexOf(mark.kind) * LANE + 4}) scale(.8)`);
      const title = document.createElementNS(SVG, 'title');
      title.textContent = `${kindLook(mark.kind).label} at tick ${formatCount(mark.tick)}${mark.count > 1 ? `, ${formatCount(mark.count)} times` : ''}`;
      path.append(title);
      this.svg.append(path);
    }
    if (this.selectedTick !== null) {
      const x = PAD + tickToX(this.selectedTick, span, width);
      this.add('line', { class: 'selected-tick', x1: x, x2: x, y1: 0, y2: height });
    }
  }

  private add(tag: 'rect' | 'line' | 'text', attributes: Parameters<typeof setAttributes>[1]): SVGElement {
    const element = document.createElementNS(SVG, tag);
    setAttributes(element, attributes);
    this.svg.append(element);
    return element;
  }

  private drag(down: PointerEvent): void {
    if (down.button !== 0 || this.page === null) return;
    this.element.setPointerCapture(down.pointerId);
    const left = this.element.getBoundingClientRect().left + PAD;
    const tickAt = (event: PointerEvent): number => xToTick(event.clientX - left, this.span, this.width);
    const start = tickAt(down);
    let moved = false;
    const move = (event: PointerEvent): void => {
      moved ||= Math.abs(event.clientX - down.clientX) > 3;
      const at = tickAt(event);
      if (moved) this.setRange({ from: Math.min(start, at), until: Math.max(start, at) });
    };
    this.element.addEventListener('pointermove', move);
    this.element.addEventListener(
      'lostpointercapture',
      () => {
        this.element.removeEventListener('pointermove', move);
        if (!moved) this.setRange(null);
        this.onRange(this.range);
      },
      { once: true },
    );
  }

  private key(event: KeyboardEvent): void {
    const { from, until } = this.span;
    const step = Math.max(1, Math.round((until - from) / 40));
    const range = this.range ?? { from, until };
    let next: Span | null;
    if (event.key === 'Escape') next = null;
    else if (event.key === 'ArrowLeft')
      next = event.shiftKey
        ? { from: range.from, until: Math.max(range.from, range.until - step) }
        : slide(range, -step, from, until);
    else if (event.key === 'ArrowRight')
      next = event.shiftKey
        ? { from: range.from, until: Math.min(until, range.until + step) }
        : slide(range, step, from, until);
    else return;
    event.preventDefault();
    this.setRange(next);
    this.onRange(next);
  }
}

function slide(range: Span, step: number, least: number, most: number): Span {
  const by = step < 0 ? Math.max(step, least - range.from) : Math.min(step, most - range.until);
  return { from: range.from + by, until: range.until + by };
}
