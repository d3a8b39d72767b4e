import type { ChosenSide, DifferenceRow, Differences, DifferencesQuery } from '../../extension/protocol/messages';
import { openAddressMenu } from '../shared/address-menu';
import { busySign, iconButton } from '../shared/controls';
import { template } from '../shared/columns';
import { fill, h } from '../shared/dom';
import { count, formatCount, frameOf } from '../shared/hex';
import type { Host } from '../shared/host';
import { characterWidth, lineHeight } from '../shared/measure';
import { VirtualList } from '../shared/virtual-list';
import { CHANGES, tally, targetOf, type Change } from './changes';
import { layoutFor, type Layout } from './columns';
import { addressAt, renderRow, type RowContext } from './row';
import { askedSide, validSide, type Moments } from './moments';
import { SidePicker } from './side';
import { differencesCsv, differencesText } from './text';

/** Differences between the mappings of two sides: what was added, removed, moved, and what has other rights or owners. */
export class DifferencesView {
  readonly element: HTMLElement;
  private readonly pickers: { readonly a: SidePicker; readonly b: SidePicker };
  private readonly chips = h('div', { class: 'legend', role: 'group', 'aria-label': 'Changes; press to filter' });
  private readonly heads = h('div', { class: 'heads', role: 'presentation', hidden: true });
  private readonly note = h('div', { class: 'note', role: 'status', 'data-testid': 'note' });
  private readonly footer = h('div', { class: 'footer', role: 'status', 'data-testid': 'footer' });
  private readonly list: VirtualList<DifferenceRow>;
  private sides: { readonly a: ChosenSide; readonly b: ChosenSide } | null = null;
  private moments: Moments = { lastStop: null, bookmarks: [] };
  private result: Differences | null = null;
  /** Rows in sight: those of the chosen changes. */
  private rows: readonly DifferenceRow[] = [];
  /** Changes to show; empty = all. */
  private shown = new Set<Change>();
  private layout: Layout = [[]];
  private asked = '';
  private asking = 0;

  constructor(private readonly host: Host) {
    this.pickers = {
      a: new SidePicker('first side', 'side-a', (a) => this.change({ a })),
      b: new SidePicker('second side', 'side-b', (b) => this.change({ b })),
    };
    this.list = new VirtualList<DifferenceRow>({
      role: 'grid',
      label: 'Differences',
      testId: 'rows',
      source: this.source(),
      key: (row) => `${row.gva}/${row.pageSize}`,
      columns: () => this.layout.flat().length,
      render: (row, element) => renderRow(row, element, this.context()),
      onActive: (row) => this.select(row),
      onEnter: (row) =>
        host.post({ type: 'addressAction', action: 'walk', address: addressAt(row, undefined, this.context()) }),
      onMenu: (row, element, column) => {
        const box = (element.querySelector('.active-cell') ?? element).getBoundingClientRect();
        openAddressMenu(host, addressAt(row, this.layout.flat()[column], this.context()), box.left + 8, box.bottom);
      },
      onType: () => undefined,
    });
    this.element = h(
      'main',
      { class: 'differences', 'data-testid': 'differences' },
      h(
        'div',
        { class: 'toolbar' },
        this.pickers.a.element,
        iconButton('arrow-swap', 'Swap the sides', () => this.swap(), 'swap').element,
        this.pickers.b.element,
        h('span', { class: 'grow' }),
        h(
          'span',
          { class: 'tools' },
          iconButton('copy', 'Copy as text', () => this.copy(), 'copy').element,
          iconButton('save', 'Save as text…', () => this.save('txt'), 'save-text').element,
          iconButton('table', 'Save as CSV…', () => this.save('csv'), 'save-csv').element,
        ),
      ),
      h('div', { class: 'toolbar chips' }, this.chips),
      h('div', { class: 'table' }, this.heads, h('div', { class: 'table' }, this.note, this.list.element)),
      this.footer,
    );
  }

  attach(): void {
    new ResizeObserver(() => this.relayout()).observe(this.element);
    this.host.on('differences', ({ a, b }) => {
      this.sides = { a, b };
      this.shown.clear();
      this.refresh();
    });
    this.host.on('moments', ({ lastStop, bookmarks }) => {
      this.moments = { lastStop, bookmarks };
      this.refresh();
    });
    this.host.on('state', () => this.refresh());
  }

  /** Another session: nothing of the last one may be seen. */
  forget(): void {
    this.sides = null;
    this.asked = '';
    this.asking++;
    this.show(null);
  }

  private refresh(): void {
    const { summary } = this.host.state;
    if (summary === null) return;
    if (this.sides === null) {
      this.note.textContent = 'Choose “Differences…” in the toolbar of Translations, or the command of that name.';
      return;
    }
    this.sides = { a: validSide(this.sides.a, summary), b: validSide(this.sides.b, summary) };
    this.pickers.a.show(this.sides.a, summary, this.moments);
    this.pickers.b.show(this.sides.b, summary, this.moments);
    if (this.host.answers) void this.ask(this.sides);
  }

  private change(change: Partial<{ a: ChosenSide; b: ChosenSide }>): void {
    if (this.sides === null) return;
    this.sides = { ...this.sides, ...change };
    this.refresh();
  }

  private swap(): void {
    if (this.sides !== null) this.change({ a: this.sides.b, b: this.sides.a });
  }

  /** Rows of the last answer stay until those of this one are there. The same question is not asked twice. */
  private async ask(sides: { readonly a: ChosenSide; readonly b: ChosenSide }): Promise<void> {
    const a = askedSide(sides.a, this.moments);
    const b = askedSide(sides.b, this.moments);
    if (a === null || b === null) {
      this.asking++;
      this.asked = '';
      this.show(null);
      this.note.textContent = 'There was no stop before this one. Step on, or choose a tick.';
      return;
    }
    const query: DifferencesQuery = { a, b };
    const question = `${this.host.state.revision} ${JSON.stringify(query)}`;
    if (question === this.asked) return;
    this.asked = question;
    const mine = ++this.asking;
    this.element.setAttribute('data-asking', 'true');
    fill(this.footer, busySign(), h('span', {}, 'Comparing…'));
    const reply = await this.host.query('differences', query);
    if (mine !== this.asking) return;
    this.element.removeAttribute('data-asking');
    if (reply.ok) this.show(reply.result);
    else this.refuse(reply.error);
  }

  private refuse(error: string): void {
    this.asked = '';
    this.show(null);
    fill(
      this.note,
      h('div', { class: 'wrong', 'data-testid': 'problem' }, error),
      h('div', {}, 'Choose other sides above.'),
    );
  }

  private show(result: Differences | null): void {
    this.result = result;
    fill(this.footer);
    this.drawChips();
    this.filter();
    this.relayout();
    this.drawHeads();
    if (result === null) {
      fill(this.note);
      return;
    }
    fill(this.note, result.total === 0 ? `No difference: ${count(result.equal, 'equal mapping')}.` : null);
    const cut = result.rows.length < result.total;
    fill(
      this.footer,
      h('span', {}, count(result.total, 'difference')),
      cut ? h('span', { class: 'wrong' }, `· the first ${formatCount(result.rows.length)} are here`) : null,
      h('span', {}, `· ${count(result.equal, 'equal mapping')}`),
    );
  }

  private drawChips(): void {
    const tallied = this.result === null ? [] : tally(this.result.rows);
    for (const change of CHANGES) if (!tallied.some((item) => item.change === change)) this.shown.delete(change);
    fill(
      this.chips,
      ...tallied.map(({ change, rows }) => {
        const chip = h(
          'button',
          { type: 'button', class: 'legend-item', 'data-key': change, 'aria-pressed': String(this.shown.has(change)) },
          change,
          h('span', { class: 'dim' }, formatCount(rows)),
        );
        chip.addEventListener('click', () => {
          if (!this.shown.delete(change)) this.shown.add(change);
          chip.setAttribute('aria-pressed', String(this.shown.has(change)));
          this.filter();
        });
        return chip;
      }),
    );
  }

  private filter(): void {
    this.rows = (this.result?.rows ?? []).filter(({ change }) => this.shown.size === 0 || this.shown.has(change));
    this.list.scrollToTop();
    this.list.setActive(-1, false);
    this.list.refresh(true);
  }

  private relayout(): void {
    const { summary } = this.host.state;
    const width = this.element.clientWidth;
    if (summary === null || width === 0) return;
    const next = layoutFor((width - 28) / characterWidth(), summary.hpaDigits);
    const height = lineHeight();
    this.list.setRowHeight(next.length === 1 ? height : next.length * 20 + 3);
    if (JSON.stringify(next) === JSON.stringify(this.layout)) return;
    this.layout = next;
    this.list.element.classList.toggle('stacked', next.length > 1);
    this.drawHeads();
    this.list.refresh(true);
  }

  /** Titles of the sides stand over their columns. */
  private drawHeads(): void {
    const { result, layout } = this;
    this.heads.hidden = result === null || result.total === 0;
    if (result === null) return;
    const titles = { a: result.titleA, b: result.titleB };
    if (layout.length > 1) {
      fill(this.heads, ...(['a', 'b'] as const).map((side) => h('div', { class: `title-${side}` }, titles[side])));
      return;
    }
    const line = (cells: readonly HTMLElement[], role: string | null): HTMLElement => {
      const box = h('div', { class: 'line', role }, ...cells);
      box.style.gridTemplateColumns = template(layout[0]);
      return box;
    };
    const before = layout[0].findIndex(({ id }) => id === 'aTarget');
    const title = (side: 'a' | 'b', start: number): HTMLElement => {
      const head = h('div', { class: 'head side-title', title: titles[side] }, titles[side]);
      head.style.gridColumn = `${start + 1} / span 3`;
      return head;
    };
    fill(
      this.heads,
      line([title('a', before), title('b', before + 3)], null),
      line(
        layout[0].map(({ label, right }) =>
          h('div', { class: `head${right === true ? ' right' : ''}`, role: 'columnheader' }, label),
        ),
        'row',
      ),
    );
  }

  private select(row: DifferenceRow): void {
    const side = row.b ?? row.a;
    const target = side === null ? null : targetOf(side);
    const space = row.b === null ? this.sides?.a : this.sides?.b;
    if (space === undefined) return;
    this.host.select({
      vm: space.vm,
      pid: space.pid,
      gva: row.gva,
      ...(target?.kind === 'hpa' ? { frame: frameOf(target.address) } : {}),
    });
  }

  private copy(): void {
    if (this.result !== null) this.host.post({ type: 'copy', text: differencesText(this.result, this.rows) });
  }

  private save(ending: 'txt' | 'csv'): void {
    if (this.result === null) return;
    const text = (ending === 'txt' ? differencesText : differencesCsv)(this.result, this.rows);
    this.host.post({ type: 'save', name: `differences.${ending}`, text });
  }

  private context(): RowContext {
    const { a, b } = this.sides!;
    const space = ({ vm, pid }: ChosenSide): { vm: number; pid: number } => ({ vm, pid });
    return { layout: this.layout, a: space(a), b: space(b) };
  }

  private source(): { readonly total: number; row: VirtualSource['row']; ensure: () => void } {
    const rows = (): readonly DifferenceRow[] => this.rows;
    return {
      get total() {
        return rows().length;
      },
      row: (index) => (index < rows().length ? { row: rows()[index], stale: false } : null),
      ensure: () => undefined,
    };
  }
}

interface VirtualSource {
  row(index: number): { readonly row: DifferenceRow; readonly stale: boolean } | null;
}
