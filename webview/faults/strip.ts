import type { Bookmark, BookmarkDeed, Target, TimelinePage } from '../../extension/protocol/messages';
import { h, setAttributes } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { laneOf, lanesFor, marksIn, neighbour, targetAt, type Mark } from './marks';
import { StripBar } from './strip-bar';
import { drawStrip, GUTTER, LANE, plotWidth, TOP } from './strip-drawing';
import { openStripMenu } from './strip-menu';
import { markLines, StripTip } from './strip-tip';
import { bucketsFor, isWhole, pan, tickToX, toShow, xToTick, zoom, type Span } from './timeline';

/** What the strip asks of the view. */
export interface StripHost {
  /** Marks at the width of the strip are wanted: of a part of time, or all of it. The answer comes through `show`. */
  readonly ask: (span: Span | null, buckets: number) => void;
  readonly travel: (target: Target) => void;
  readonly onRange: (range: Span | null) => void;
  readonly bookmark: (tick: number, deed: BookmarkDeed) => void;
}

const SVG = 'http://www.w3.org/2000/svg';
/** Pixels either side of the pointer in which a mark is meant. */
const NEAR = 5;
/** Pixels that a pointer may move in a click. */
const STILL = 3;

/**
 * The strip of time: marks by kind in lanes, where the machine stands, bookmarks. A click travels; a drag chooses a range
 * for the list, on the scale it moves the strip; the wheel zooms. To a screen reader it is a slider over the marks.
 */
export class Strip {
  readonly element: HTMLElement;
  private readonly svg = document.createElementNS(SVG, 'svg');
  private readonly plot = h('div', { class: 'strip-plot', role: 'slider', tabindex: 0, 'data-testid': 'strip' });
  private readonly tip = new StripTip();
  private readonly problem = h('div', { class: 'strip-problem wrong', role: 'alert', hidden: true });
  private readonly bar: StripBar;
  private page: TimelinePage | null = null;
  /** Why travelling is not possible; null: it is. */
  private refused: string | null = null;
  /** The part that is shown; null: all. */
  private part: Span | null = null;
  private range: Span | null = null;
  private caret: number | null = null;
  private selected: number | null = null;
  private bookmarks: readonly Bookmark[] = [];
  /** The keys went over the edge of what is shown: take the next mark when it is here. */
  private waiting: 1 | -1 | null = null;

  constructor(private readonly host: StripHost) {
    this.svg.setAttribute('aria-hidden', 'true');
    this.bar = new StripBar({
      zoom: (factor) => this.zoomBy(factor, this.caret ?? this.page?.now ?? 0),
      fit: () => this.showPart(null),
      bookmark: () => this.host.bookmark(this.page?.now ?? 0, 'name'),
    });
    this.plot.append(this.svg, this.tip.element);
    this.element = h('div', { class: 'strip' }, this.bar.element, this.plot, this.problem);
    setAttributes(this.plot, {
      'aria-label': 'Time',
      'aria-orientation': 'horizontal',
      'aria-description':
        'Left and right go from mark to mark, Home and End to the ends, Enter travels, B sets a bookmark, plus, minus and 0 zoom, Shift with left and right chooses a range, Escape shows all.',
    });
    this.plot.addEventListener('pointerdown', (event) => this.press(event));
    this.plot.addEventListener('pointermove', (event) => this.hover(event));
    this.plot.addEventListener('pointerleave', () => this.tip.hide());
    this.plot.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    this.plot.addEventListener('keydown', (event) => this.key(event));
    this.plot.addEventListener('contextmenu', (event) => this.menu(event));
    new ResizeObserver(() => this.resized()).observe(this.plot);
  }

  /** `refused`: the marks are those of the faults alone, since there is no recording to travel in; why, in words. */
  show(page: TimelinePage, refused: string | null): void {
    this.page = page;
    this.refused = refused;
    this.bar.show(page, refused);
    this.tell(null);
    if (this.waiting !== null) {
      const direction = this.waiting;
      this.waiting = null;
      this.step(direction, false);
    }
    this.draw();
  }

  setBookmarks(bookmarks: readonly Bookmark[]): void {
    this.bookmarks = bookmarks;
    this.draw();
  }

  setRange(range: Span | null): void {
    this.range = range;
    this.draw();
  }

  select(tick: number | null): void {
    this.selected = tick;
    this.draw();
  }

  /** Something could not be done: said over the list until the next deed. */
  tell(problem: string | null): void {
    this.problem.hidden = problem === null;
    this.problem.textContent = problem ?? '';
  }

  /** Asks for the marks of what is shown. */
  ask(): void {
    if (this.plot.clientWidth > 0) this.host.ask(this.part, bucketsFor(this.width));
  }

  forget(): void {
    this.page = null;
    this.part = null;
    this.caret = null;
    this.selected = null;
    this.range = null;
    this.tell(null);
    this.svg.replaceChildren();
  }

  private get width(): number {
    return plotWidth(this.plot.clientWidth);
  }

  private get whole(): Span {
    return { from: 0, until: Math.max(this.page?.end ?? 0, this.page?.now ?? 0, 1) };
  }

  private get span(): Span {
    return this.part ?? this.whole;
  }

  private resized(): void {
    this.draw();
    this.ask();
  }

  private draw(): void {
    const { page, span, range, caret, selected, bookmarks } = this;
    const width = this.plot.clientWidth;
    if (page === null || width === 0) return;
    drawStrip(this.svg, { page, span, width, range, caret, selected, bookmarks });
    const at = caret ?? page.now;
    setAttributes(this.plot, {
      'aria-valuemin': this.whole.from,
      'aria-valuemax': this.whole.until,
      'aria-valuenow': at,
      'aria-valuetext': this.wordsAt(at),
      'data-now': page.now,
      'data-from': span.from,
      'data-until': span.until,
    });
  }

  // --- What is shown -----------------------------------------------------------------------------------------------

  private showPart(part: Span | null): void {
    this.part = part !== null && isWhole(part, this.whole) ? null : part;
    this.draw();
    this.ask();
  }

  private zoomBy(factor: number, at: number): void {
    const within = Math.min(Math.max(at, this.span.from), this.span.until);
    this.showPart(zoom(this.span, within, factor, this.whole));
  }

  private wheel(event: WheelEvent): void {
    if (this.page === null) return;
    event.preventDefault();
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const { from, until } = this.span;
    const delta = event.deltaX !== 0 && sideways ? event.deltaX : event.deltaY;
    if (sideways) this.showPart(pan(this.span, (delta / this.width) * (until - from), this.whole));
    else this.zoomBy(delta > 0 ? 1.25 : 0.8, this.tickAt(event));
    this.hover(event);
  }

  // --- Mouse -------------------------------------------------------------------------------------------------------

  private tickAt(event: MouseEvent): number {
    return xToTick(event.clientX - this.plot.getBoundingClientRect().left - GUTTER, this.span, this.width);
  }

  /** Marks under the pointer: of its lane, or of all lanes above and below them. */
  private marksAt(event: MouseEvent): Mark[] {
    if (this.page === null) return [];
    const box = this.plot.getBoundingClientRect();
    const x = event.clientX - box.left - GUTTER;
    const lane = lanesFor(this.page.counts)[Math.floor((event.clientY - box.top - TOP) / LANE)];
    const found = marksIn(
      this.page.marks,
      xToTick(x - NEAR, this.span, this.width),
      xToTick(x + NEAR, this.span, this.width),
    );
    return lane === undefined ? found : found.filter((mark) => laneOf(mark.kind) === lane.id);
  }

  private bookmarkAt(event: MouseEvent): Bookmark | null {
    const x = event.clientX - this.plot.getBoundingClientRect().left - GUTTER;
    const distance = ({ tick }: Bookmark): number => x - tickToX(tick, this.span, this.width);
    return this.bookmarks.find((bookmark) => distance(bookmark) > -NEAR && distance(bookmark) < 2 * NEAR) ?? null;
  }

  private flagOf(tick: number): Bookmark | null {
    return this.bookmarks.find((bookmark) => bookmark.tick === tick) ?? null;
  }

  private press(down: PointerEvent): void {
    if (down.button !== 0 || this.page === null) return;
    this.plot.setPointerCapture(down.pointerId);
    const onScale = down.clientY - this.plot.getBoundingClientRect().top > this.svg.clientHeight - 16;
    const before = this.span;
    const start = this.tickAt(down);
    let moved = false;
    const move = (event: PointerEvent): void => {
      moved ||= Math.abs(event.clientX - down.clientX) > STILL;
      if (!moved) return;
      if (onScale) {
        const by = ((down.clientX - event.clientX) / this.width) * (before.until - before.from);
        this.showPart(pan(before, by, this.whole));
      } else {
        const at = this.tickAt(event);
        this.setRange({ from: Math.min(start, at), until: Math.max(start, at) });
      }
    };
    this.plot.addEventListener('pointermove', move);
    this.plot.addEventListener(
      'lostpointercapture',
      () => {
        this.plot.removeEventListener('pointermove', move);
        if (!moved) this.clicked(down, start);
        else if (!onScale) this.host.onRange(this.range);
      },
      { once: true },
    );
  }

  private clicked(event: PointerEvent, tick: number): void {
    const flag = event.clientY - this.plot.getBoundingClientRect().top < TOP ? this.bookmarkAt(event) : null;
    const mark = flag === null ? this.marksAt(event)[0] : undefined;
    this.caret = flag?.tick ?? mark?.tick ?? tick;
    this.draw();
    this.travel(targetAt(this.caret, mark === undefined ? [] : [mark], flag));
  }

  private travel(target: Target): void {
    this.tell(this.refused);
    if (this.refused === null) this.host.travel(target);
  }

  private hover(event: MouseEvent): void {
    if (this.page === null || event.buttons !== 0) {
      this.tip.hide();
      return;
    }
    const left = event.clientX - this.plot.getBoundingClientRect().left;
    this.tip.show(this.tickAt(event), this.bookmarkAt(event), this.marksAt(event), left, this.plot.clientWidth);
  }

  private menu(event: MouseEvent): void {
    event.stopPropagation();
    event.preventDefault();
    if (this.page === null) return;
    const flag = this.bookmarkAt(event);
    const mark = flag === null ? this.marksAt(event)[0] : undefined;
    const tick = flag?.tick ?? mark?.tick ?? this.tickAt(event);
    openStripMenu(tick, flag !== null, event, {
      travel: () => this.travel(targetAt(tick, mark === undefined ? [] : [mark], flag)),
      bookmark: (deed) => this.host.bookmark(tick, deed),
    });
  }

  // --- Keys --------------------------------------------------------------------------------------------------------

  private key(event: KeyboardEvent): void {
    if (this.page === null || event.ctrlKey || event.altKey || event.metaKey) return;
    const { page, whole } = this;
    const at = this.caret ?? page.now;
    const arrow = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : null;
    if (arrow !== null && event.shiftKey) this.extend(arrow);
    else if (arrow !== null) this.step(arrow, true);
    else if (event.key === 'Home') this.moveTo(whole.from);
    else if (event.key === 'End') this.moveTo(page.end);
    else if (event.key === 'Enter') this.travel(targetAt(at, page.marks, this.flagOf(at)));
    else if (event.key === 'b' || event.key === 'B') this.host.bookmark(at, 'name');
    else if (event.key === '+' || event.key === '=') this.zoomBy(0.5, at);
    else if (event.key === '-') this.zoomBy(2, at);
    else if (event.key === '0') this.showPart(null);
    else if (event.key === 'Escape') this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** To the next mark; where none is left in what is shown, the strip moves on first. */
  private step(direction: 1 | -1, mayMove: boolean): void {
    const at = this.caret ?? this.page!.now;
    const ticks = [...this.page!.marks, ...this.bookmarks.map(({ tick }) => ({ tick, lastTick: tick }) as Mark)];
    const next = neighbour(ticks, at, direction);
    const { from, until } = this.span;
    if (next !== null && next >= from && next <= until) this.moveTo(next);
    else if (mayMove && (direction < 0 ? from > this.whole.from : until < this.whole.until)) {
      this.waiting = direction;
      this.showPart(pan(this.span, direction * (until - from) * 0.5, this.whole));
    }
  }

  private moveTo(tick: number): void {
    this.caret = tick;
    const part = this.part === null ? null : toShow(tick, this.part, this.whole);
    if (part !== this.part) this.showPart(part);
    else this.draw();
  }

  /** Moves the end of the range; a first press begins it where the keys are. */
  private extend(direction: 1 | -1): void {
    const { from, until } = this.span;
    const at = this.caret ?? this.page!.now;
    const by = direction * Math.max(1, Math.round((until - from) / 40));
    const range = this.range ?? { from: at, until: at };
    const moved = Math.min(this.whole.until, Math.max(this.whole.from, range.until + by));
    this.setRange({ from: Math.min(range.from, moved), until: Math.max(range.from, moved) });
    this.host.onRange(this.range);
  }

  private clear(): void {
    this.caret = null;
    this.tell(null);
    this.setRange(null);
    this.host.onRange(null);
  }

  private wordsAt(tick: number): string {
    const words = [
      ...this.bookmarks.filter((bookmark) => bookmark.tick === tick).map(({ name }) => `bookmark ${name}`),
      ...markLines(marksIn(this.page!.marks, tick, tick)),
    ];
    const here = tick === this.page!.now ? ', where the machine stands' : '';
    return [`tick ${formatCount(tick)}${here}`, ...words].join('; ');
  }
}
