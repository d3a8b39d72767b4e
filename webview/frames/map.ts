import type { FrameCell, Owner } from '../../extension/protocol/messages';
import { isMenuKey } from '../shared/address-menu';
import { h, setAttributes } from '../shared/dom';
import { addressOfFrame } from '../shared/hex';
import { Scroller } from '../shared/scroller';
import { beginsBlock, cellAt, geometryFor, moveCell, type Geometry } from './geometry';
import { paintCell } from './paint';
import { readPalette, type Palette } from './palette';

export interface MapSource {
  readonly total: number;
  row(index: number): { readonly row: FrameCell; readonly stale: boolean } | null;
  ensure(first: number, end: number): void;
}

export interface MapEvents {
  readonly owner: (asid: number) => Owner;
  readonly faded: (asid: number) => boolean;
  /** One line on a cell, for the tooltip and for screen readers. */
  readonly describe: (cell: number) => string;
  readonly onChoose: (cell: number) => void;
  /** Enter or a double click: look closer. */
  readonly onOpen: (cell: number) => void;
  readonly onMenu: (cell: number, x: number, y: number) => void;
  readonly onZoom: (step: 1 | -1) => void;
}

/** The map: a canvas the size of the viewport, drawn anew as one scrolls. */
export class FrameMap {
  readonly element: HTMLElement;
  private readonly scroller = new Scroller(() => this.draw());
  private readonly canvas = h('canvas', { class: 'map-canvas', 'aria-hidden': 'true' });
  private readonly tip = h('div', { class: 'map-tip', role: 'tooltip', hidden: true });
  private readonly spoken = h('div', { class: 'sr-only', 'aria-live': 'polite', 'data-testid': 'map-cursor' });
  private geometry: Geometry = { columns: 64, pitch: 12, gutter: 0 };
  private palette: Palette | null = null;
  private framesPerCell = 1;
  private hpaDigits = 10;
  private cursor = 0;
  private chosen: number | null = null;
  private frame = 0;

  constructor(
    private readonly source: MapSource,
    private readonly events: MapEvents,
  ) {
    this.scroller.stage.append(this.canvas);
    setAttributes(this.scroller.element, {
      tabindex: 0,
      role: 'application',
      'aria-roledescription': 'map of frames',
      'aria-label': 'Frames. Arrow keys move, Enter looks closer, plus and minus zoom.',
      'data-testid': 'map',
    });
    this.element = h('div', { class: 'map' }, this.scroller.element, this.tip, this.spoken);
    const { element } = this.scroller;
    element.addEventListener('keydown', (event) => this.key(event));
    element.addEventListener('mousemove', (event) => this.hover(event));
    element.addEventListener('mouseleave', () => (this.tip.hidden = true));
    element.addEventListener('click', (event) => this.at(event, (cell) => this.choose(cell)));
    element.addEventListener('dblclick', (event) => this.at(event, this.events.onOpen));
    element.addEventListener('contextmenu', (event) =>
      this.at(event, (cell) => this.events.onMenu(cell, event.clientX, event.clientY)),
    );
    element.addEventListener('focus', () => this.draw());
    element.addEventListener('blur', () => this.draw());
    // VS Code changes the theme by changing classes and variables of the page.
    new MutationObserver(() => this.themeChanged()).observe(document.body, {
      attributes: true,
      attributeFilter: ['class', 'data-vscode-theme-id'],
    });
    new MutationObserver(() => this.themeChanged()).observe(document.documentElement, {
      attributes: true,
      attributeFilter: ['style'],
    });
  }

  configure(framesPerCell: number, hpaDigits: number): void {
    this.framesPerCell = framesPerCell;
    this.hpaDigits = hpaDigits;
    this.refresh();
  }

  /** The cell that is outlined; brought into sight if asked. */
  setChosen(cell: number | null, reveal: boolean): void {
    this.chosen = cell;
    if (cell !== null) this.cursor = cell;
    if (reveal && cell !== null) {
      this.layout();
      this.scroller.centre(Math.floor(cell / this.geometry.columns));
    }
    this.refresh();
  }

  get visibleCells(): { readonly first: number; readonly end: number } {
    const { first, end } = this.scroller.visible;
    return { first: first * this.geometry.columns, end: Math.max(1, end * this.geometry.columns) };
  }

  refresh(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.layout();
      this.draw();
    });
  }

  focus(): void {
    this.scroller.element.focus();
  }

  private themeChanged(): void {
    this.palette = null;
    this.refresh();
  }

  private layout(): void {
    const width = this.scroller.element.clientWidth;
    const gutter = Math.ceil((this.hpaDigits + 2) * 6.7) + 8;
    this.geometry = this.framesPerCell === 1 ? geometryFor(width, gutter, 9, 14) : geometryFor(width, gutter, 14, 20);
    this.scroller.configure({
      total: Math.ceil(this.source.total / this.geometry.columns),
      rowHeight: this.geometry.pitch,
    });
  }

  private draw(): void {
    this.palette ??= readPalette(this.element);
    const { palette } = this;
    const { columns, pitch, gutter } = this.geometry;
    const { first, end } = this.scroller.visible;
    this.source.ensure(first * columns, Math.min(this.source.total, end * columns));
    const ctx = this.prepare();
    for (let row = first; row < end; row++) {
      const y = row * pitch - this.scroller.top;
      for (let column = 0; column < columns; column++) {
        const index = row * columns + column;
        if (index >= this.source.total) break;
        const cell = this.source.row(index)?.row ?? null;
        paintCell(
          ctx,
          palette,
          { cell, owner: this.events.owner, faded: this.events.faded },
          { x: gutter + column * pitch, y, size: pitch - 1 },
        );
      }
      if (beginsBlock(this.geometry, row)) this.drawBlockLine(ctx, palette, row, y);
    }
    if (this.chosen !== null) this.outline(ctx, this.chosen, palette.foreground, 2);
    if (document.activeElement === this.scroller.element) this.outline(ctx, this.cursor, palette.focus, 2);
  }

  /** Sizes the canvas in device pixels, so that lines are sharp at any zoom of the window. */
  private prepare(): CanvasRenderingContext2D {
    const { clientWidth: width, clientHeight: height } = this.scroller.element;
    const ratio = devicePixelRatio;
    const [w, hgt] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== hgt) {
      this.canvas.width = w;
      this.canvas.height = hgt;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    const ctx = this.canvas.getContext('2d')!;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    ctx.lineWidth = 1;
    return ctx;
  }

  private drawBlockLine(ctx: CanvasRenderingContext2D, palette: Palette, row: number, y: number): void {
    const { columns, pitch, gutter } = this.geometry;
    ctx.fillStyle = palette.line;
    ctx.fillRect(0, Math.round(y) - 1, gutter + columns * pitch, 1);
    ctx.font = `11px ${palette.mono}`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    ctx.fillStyle = palette.dim;
    const address = addressOfFrame(row * columns * this.framesPerCell, this.hpaDigits);
    const zeros = /^0x0*/.exec(address)![0];
    ctx.fillText(address, 4, y + 1);
    ctx.fillStyle = palette.foreground;
    ctx.fillText(address.slice(zeros.length), 4 + ctx.measureText(zeros).width, y + 1);
  }

  private outline(ctx: CanvasRenderingContext2D, cell: number, colour: string, width: number): void {
    const { columns, pitch, gutter } = this.geometry;
    const x = gutter + (cell % columns) * pitch;
    const y = Math.floor(cell / columns) * pitch - this.scroller.top;
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.strokeRect(x - 1, y - 1, pitch + 1, pitch + 1);
    ctx.lineWidth = 1;
  }

  private choose(cell: number): void {
    this.cursor = cell;
    this.chosen = cell;
    this.speak();
    this.events.onChoose(cell);
    this.draw();
  }

  private speak(): void {
    this.spoken.textContent = this.events.describe(this.cursor);
  }

  private at(event: MouseEvent, act: (cell: number) => void): void {
    const box = this.scroller.element.getBoundingClientRect();
    const cell = cellAt(
      this.geometry,
      event.clientX - box.left,
      event.clientY - box.top + this.scroller.top,
      this.source.total,
    );
    if (cell === null) return;
    if (event.type === 'contextmenu') event.preventDefault();
    act(cell);
  }

  private hover(event: MouseEvent): void {
    this.tip.hidden = true;
    this.at(event, (cell) => {
      const box = this.element.getBoundingClientRect();
      this.tip.textContent = this.events.describe(cell);
      this.tip.hidden = false;
      const x = Math.min(event.clientX - box.left + 12, box.width - this.tip.offsetWidth - 4);
      const below = event.clientY - box.top + 16;
      this.tip.style.left = `${Math.max(2, x)}px`;
      this.tip.style.top = `${below + this.tip.offsetHeight > box.height ? below - this.tip.offsetHeight - 26 : below}px`;
    });
  }

  private key(event: KeyboardEvent): void {
    const { columns, pitch, gutter } = this.geometry;
    const rowsPerPage = Math.max(1, Math.floor(this.scroller.metrics.viewport / pitch) - 1);
    const to = moveCell(event.key, this.cursor, this.source.total, columns, rowsPerPage);
    if (to !== null) {
      this.cursor = to;
      this.scroller.reveal(Math.floor(to / columns));
      this.speak();
    } else if (event.key === ' ') this.choose(this.cursor);
    else if (event.key === 'Enter') {
      this.choose(this.cursor);
      this.events.onOpen(this.cursor);
    } else if (event.key === '+' || event.key === '=') this.events.onZoom(1);
    else if (event.key === '-') this.events.onZoom(-1);
    else if (isMenuKey(event)) {
      const box = this.scroller.element.getBoundingClientRect();
      this.events.onMenu(
        this.cursor,
        box.left + gutter + (this.cursor % columns) * pitch,
        box.top + (Math.floor(this.cursor / columns) + 1) * pitch - this.scroller.top,
      );
    } else return;
    event.preventDefault();
  }
}
