import type { Comparison, ExportFormat, ToCompareView } from '../../extension/protocol/compare-view';
import { button, busySign } from '../shared/controls';
import { fill, h, setAttributes } from '../shared/dom';
import { count } from '../shared/hex';
import { ChartPane } from './chart-pane';
import { CHARTS, type ChartKind } from './charts';
import { tableCsv } from './csv';
import type { CompareHost } from './host';
import { SettingsForm } from './settings';
import { Summary } from './summary';
import { comparisonTable } from './table';

type Progress = Extract<ToCompareView, { type: 'progress' }>;
type Stopped = Extract<ToCompareView, { type: 'stopped' }>;

const ABOUT =
  'Compares what one scenario or trace costs under native, nested, shadow, direct and TPT translation: references, tag look-ups, VM exits, cycles.';

/** The comparison: controls on top, then the sources if there are several, then table and chart of one. */
export class CompareView {
  readonly element: HTMLElement;
  private readonly title = h('h1', { class: 'source' });
  private readonly meta = h('span', { class: 'dim meta' });
  private readonly form: SettingsForm;
  private readonly runButton = h('span', { class: 'deed' });
  private readonly exports: HTMLElement;
  private readonly summary: Summary;
  private readonly warnings = h('ul', { class: 'warnings', 'data-testid': 'warnings' });
  private readonly table = h('div', { class: 'table-pane', tabindex: 0, role: 'region', 'aria-label': 'Figures' });
  private readonly chart: ChartPane;
  private readonly results: HTMLElement;
  private readonly empty = h('div', { class: 'empty', 'data-testid': 'empty' });
  private readonly notice = h('div', { class: 'notice', role: 'status', 'data-testid': 'notice' });
  private file: string | null = null;
  private comparisons: readonly Comparison[] = [];
  private selected = 0;
  private progress: Progress | null = null;
  private stopped: Stopped | null = null;

  constructor(private readonly host: CompareHost) {
    this.form = new SettingsForm(() => this.update());
    this.summary = new Summary((index) => {
      this.selected = index;
      this.showSelected();
    });
    this.chart = new ChartPane(
      (chart) => host.post({ type: 'saveUi', ui: { chart } }),
      (kind, svg) => this.save('svg', svg, `-${kind}`),
    );
    this.exports = h(
      'span',
      { class: 'deeds' },
      button('Save CSV…', 'secondary', () => this.save('csv', tableCsv(this.comparisons)), 'export-csv'),
      button('Save JSON…', 'secondary', () => this.save('json', this.json()), 'export-json'),
    );
    this.results = h(
      'div',
      { class: 'results' },
      this.summary.element,
      this.warnings,
      h('div', { class: 'panes' }, this.table, this.chart.element),
    );
    this.element = h(
      'main',
      { class: 'compare', 'data-testid': 'compare' },
      h('div', { class: 'toolbar head' }, this.title, this.meta, h('span', { class: 'grow' }), this.exports),
      this.form.element,
      this.results,
      this.empty,
      this.notice,
    );
    this.form.element.append(this.runButton);
    // Nothing until the host has said how things stand: else the empty state would flash at every opening.
    this.element.hidden = true;
  }

  receive(message: ToCompareView): void {
    switch (message.type) {
      case 'setup': {
        this.file = message.file;
        this.form.set(message.settings);
        this.host.remember(message.remember);
        break;
      }
      case 'progress': {
        this.progress = message;
        this.stopped = null;
        break;
      }
      case 'comparisons': {
        this.comparisons = message.comparisons;
        this.selected = 0;
        this.progress = null;
        this.stopped = null;
        this.element.hidden = false;
        this.update();
        this.showAll();
        return;
      }
      case 'stopped': {
        this.progress = null;
        this.stopped = message;
        break;
      }
      case 'restoreUi': {
        const chart = chartOf(message.ui);
        if (chart !== null) this.chart.setKind(chart);
        return;
      }
    }
    this.element.hidden = false;
    this.update();
  }

  // --- States ------------------------------------------------------------------------------------------------------

  private get state(): 'empty' | 'ready' | 'running' | 'shown' | 'failed' {
    if (this.progress !== null) return 'running';
    if (this.stopped?.failed === true) return 'failed';
    if (this.comparisons.length > 0) return 'shown';
    return this.file === null ? 'empty' : 'ready';
  }

  private update(): void {
    const has = this.comparisons.length > 0;
    const { state } = this;
    document.body.dataset.state = state;
    this.exports.hidden = !has;
    this.results.hidden = !has;
    this.results.setAttribute('aria-busy', String(state === 'running'));
    this.form.element.hidden = this.file === null;
    this.title.hidden = !has && this.file === null;
    this.empty.hidden = has;
    this.drawHead();
    this.drawRun();
    if (!has) fill(this.empty, ...this.emptyContent());
    const notice = has ? this.noticeContent() : [];
    this.notice.hidden = notice.length === 0;
    fill(this.notice, ...notice);
  }

  private drawHead(): void {
    const { comparisons } = this;
    const [first] = comparisons;
    this.title.textContent =
      comparisons.length > 1 ? count(comparisons.length, 'source') : (first?.source ?? this.file ?? '');
    this.meta.textContent =
      first === undefined
        ? ''
        : [...(comparisons.length > 1 ? [] : [first.kind]), `${first.profile.title}, ${first.profile.ghz} GHz`].join(
            ' · ',
          );
  }

  private drawRun(): void {
    const running = this.progress !== null;
    const columns = this.form.value.columns.length;
    const run = running
      ? button('Cancel', 'secondary', () => this.host.post({ type: 'cancel' }), 'cancel')
      : button(this.comparisons.length > 0 ? 'Run Again' : 'Run', 'primary', () => this.run(), 'run');
    setAttributes(run, { disabled: !running && columns === 0, title: columns === 0 ? 'Choose a column first' : null });
    const before = this.runButton.firstElementChild;
    if (before?.textContent === run.textContent && before.hasAttribute('disabled') === run.hasAttribute('disabled'))
      return;
    const focused = before !== null && before === document.activeElement;
    fill(this.runButton, run);
    if (focused) run.focus();
  }

  private run(): void {
    this.host.post({ type: 'run', settings: this.form.value });
  }

  private emptyContent(): (HTMLElement | null)[] {
    const { progress, stopped, file } = this;
    if (progress !== null) return [busySign(), h('p', {}, progress.label), progressBar(progress)];
    const choose = [
      button(
        'Compare a Scenario or Trace…',
        'primary',
        () => this.host.post({ type: 'choose', what: 'source' }),
        'choose-source',
      ),
      button(
        'Open a Comparison File…',
        'secondary',
        () => this.host.post({ type: 'choose', what: 'comparison' }),
        'choose-comparison',
      ),
    ];
    if (stopped !== null) {
      return [
        h('p', { class: stopped.failed ? 'failed' : 'dim', 'data-testid': 'problem' }, stopped.message),
        file === null ? h('div', { class: 'buttons' }, ...choose) : null,
      ];
    }
    return file === null
      ? [h('p', {}, ABOUT), h('div', { class: 'buttons' }, ...choose)]
      : [h('p', {}, `${file} was not run yet. Choose what to compare, then run it.`)];
  }

  private noticeContent(): HTMLElement[] {
    const { progress, stopped } = this;
    if (progress !== null)
      return [
        busySign(),
        h('span', { class: 'dim' }, progress.label),
        progressBar(progress),
        h('span', { class: 'grow' }),
      ];
    if (stopped === null) return [];
    return [
      h(
        'span',
        { class: `message ${stopped.failed ? 'wrong' : 'dim'}`, 'data-testid': 'problem' },
        stopped.message,
        ' The figures are of the last run.',
      ),
    ];
  }

  // --- Results -----------------------------------------------------------------------------------------------------

  private showAll(): void {
    const several = this.comparisons.length > 1;
    this.summary.element.hidden = !several;
    if (several) this.summary.show(this.comparisons, this.selected);
    this.showSelected();
  }

  private showSelected(): void {
    const comparison = this.comparisons[this.selected];
    const problems = comparison.reports.filter((r) => r.problem !== null).map((r) => `${r.variant.name}: ${r.problem}`);
    const words = [...(comparison.warning === null ? [] : [comparison.warning]), ...problems];
    this.warnings.hidden = words.length === 0;
    fill(this.warnings, ...words.map((text) => h('li', { class: 'wrong' }, text)));
    fill(this.table, comparisonTable(comparison));
    this.chart.show(comparison);
  }

  private save(format: ExportFormat, text: string, what = ''): void {
    const { comparisons } = this;
    const source = comparisons.length > 1 && format !== 'svg' ? 'comparison' : comparisons[this.selected].source;
    this.host.post({ type: 'export', format, name: `${source.replace(/\.[a-z.]+$/i, '')}${what}`, text });
  }

  /** As the command line writes it: one comparison, or a list of them. */
  private json(): string {
    const { comparisons } = this;
    return `${JSON.stringify(comparisons.length === 1 ? comparisons[0] : comparisons, null, 2)}\n`;
  }
}

function progressBar({ done, total, label }: Progress): HTMLElement {
  const bar = h('progress', {
    'aria-label': label,
    'data-testid': 'progress',
    ...(total === null ? {} : { max: total, value: done }),
  });
  const words = total === null ? done.toLocaleString('en-US') : `${Math.floor((100 * done) / Math.max(1, total))} %`;
  return h('span', { class: 'progress' }, bar, h('span', { class: 'dim' }, words));
}

function chartOf(ui: unknown): ChartKind | null {
  const chart = typeof ui === 'object' && ui !== null && 'chart' in ui ? ui.chart : null;
  return CHARTS.find(({ kind }) => kind === chart)?.kind ?? null;
}
