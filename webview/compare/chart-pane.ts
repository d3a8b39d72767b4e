import type { Comparison } from '../../extension/protocol/compare-view';
import { button, segments } from '../shared/controls';
import { fill, h } from '../shared/dom';
import { CHARTS, drawChart, type ChartKind } from './charts';
import { standAlone } from './svg-export';

const LEAST_WIDTH = 320;
const MOST_WIDTH = 1100;
/** As in main.css. */
const NARROW = '(max-width: 1180px)';

/** One chart at a time, as wide as there is room. */
export class ChartPane {
  readonly element: HTMLElement;
  private readonly stage = h('div', { class: 'chart', 'data-testid': 'chart' });
  private readonly kinds;
  private shown: Comparison | null = null;
  private kind: ChartKind = 'cycles';
  private drawnSize = '';

  /** @param onExport with the name of the chart and its picture as a file. */
  constructor(
    private readonly onKind: (kind: ChartKind) => void,
    onExport: (kind: ChartKind, svg: string) => void,
  ) {
    this.kinds = segments(
      'Chart',
      CHARTS.map(({ kind, label, title }) => ({ value: kind, label, title })),
      (kind) => {
        this.setKind(kind);
        this.onKind(kind);
      },
      'kinds',
    );
    const save = button(
      'Save SVG…',
      'secondary',
      () => {
        const picture = this.stage.querySelector<SVGSVGElement>('svg.picture');
        if (picture !== null) onExport(this.kind, standAlone(picture));
      },
      'export-svg',
    );
    this.element = h(
      'section',
      { class: 'chart-pane', 'aria-label': 'Chart' },
      h('div', { class: 'toolbar' }, this.kinds.element, h('span', { class: 'grow' }), save),
      this.stage,
    );
    this.kinds.set(this.kind);
    new ResizeObserver(() => {
      if (this.size !== this.drawnSize) this.draw();
    }).observe(this.stage);
  }

  setKind(kind: ChartKind): void {
    this.kind = kind;
    this.kinds.set(kind);
    this.draw();
  }

  show(comparison: Comparison): void {
    this.shown = comparison;
    // The chart that was shown last may have nothing to show here.
    this.setKind(this.kind === 'sweep' && comparison.sweep === null ? 'cycles' : this.kind);
  }

  private get width(): number {
    const style = getComputedStyle(this.stage);
    const inner = this.stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, Math.floor(inner)));
  }

  /** Height that a chart can use; 0 where the page as a whole scrolls, and the chart makes its own room. */
  private get room(): number {
    if (matchMedia(NARROW).matches) return 0;
    const style = getComputedStyle(this.stage);
    return this.stage.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  }

  private get size(): string {
    return `${this.width} ${this.room}`;
  }

  private draw(): void {
    if (this.shown === null || this.stage.clientWidth === 0) return;
    this.drawnSize = this.size;
    const drawn = drawChart(this.kind, this.shown, this.width, this.room);
    this.stage.dataset.kind = this.kind;
    fill(this.stage, typeof drawn === 'string' ? h('p', { class: 'dim no-chart' }, drawn) : drawn);
  }
}
