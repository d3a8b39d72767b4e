import type { FaultDetail, FaultRow, FaultsPage, FrameDetail, Target } from '../../extension/protocol/messages';
import { openAddressMenu } from '../shared/address-menu';
import { checkbox, iconButton } from '../shared/controls';
import { fill, h } from '../shared/dom';
import { FilterField } from '../shared/filter-field';
import { count, covers, formatCount } from '../shared/hex';
import type { Host } from '../shared/host';
import { characterWidth, lineHeight } from '../shared/measure';
import { PagedRows } from '../shared/pages';
import { VirtualList } from '../shared/virtual-list';
import { WalkStrip } from '../shared/walk';
import { faultDetail } from './detail';
import { kindLook, kindMark } from './kinds';
import { faultAddress } from './links';
import { byGravity } from './marks';
import { Recording } from './recording';
import { renderFault } from './row';
import { Strip } from './strip';
import type { Span } from './timeline';

interface FaultsUi {
  readonly filter: string;
  readonly kinds: readonly string[];
  readonly fold: boolean;
}

const PAGE_BYTES = { '4K': 4096, '2M': 2 ** 21, '1G': 2 ** 30 } as const;
/** Least widths, in pixels, at which a fault fits one line and two lines. */
const ONE_LINE = 960;
const TWO_LINES = 400;

/** The Faults view: time on top, the list below, one fault at a time expanded into its chain and its walk. */
export class FaultsView {
  readonly element: HTMLElement;
  private readonly rows: PagedRows<FaultRow, FaultsPage>;
  private readonly list: VirtualList<FaultRow>;
  private readonly strip: Strip;
  private readonly recording: Recording;
  private readonly filter: FilterField;
  private readonly fold;
  private readonly kinds = h('div', { class: 'kinds', role: 'group', 'aria-label': 'Kinds; press to filter' });
  private readonly footer = h('div', { class: 'footer', role: 'status', 'data-testid': 'footer' });
  private readonly note = h('div', { class: 'note', 'data-testid': 'note' });
  private readonly detail = h('div', { class: 'fault-detail', 'data-testid': 'fault-detail' });
  private readonly walk = new WalkStrip();
  private ui: FaultsUi = { filter: '', kinds: [], fold: true };
  private range: Span | null = null;
  private open: { readonly id: number; index: number } | null = null;
  private lines: 1 | 2 | 3 = 1;
  /** Who maps the frame selected in another view: their faults are marked. */
  private mappers: FrameDetail['mappers'] = [];

  constructor(private readonly host: Host) {
    const onLine = (line: number): void => host.post({ type: 'goToLine', line });
    this.rows = new PagedRows<FaultRow, FaultsPage>({
      fetch: (offset, limit) => this.fetch(offset, limit),
      rows: (page) => page.rows,
      total: (page) => page.total,
      onPage: (page) => this.arrived(page),
    });
    this.list = new VirtualList<FaultRow>({
      role: 'listbox',
      label: 'Faults, newest first',
      testId: 'rows',
      source: this.rows,
      key: (row) => String(row.id),
      columns: () => 1,
      render: (row, element) =>
        renderFault(row, element, {
          open: this.open?.id === row.id,
          marked: this.marks(row),
          lines: this.lines,
          onLine,
        }),
      onActive: (row) => this.select(row),
      onEnter: (row, index) => this.toggle(row, index),
      onMenu: (row, element) => {
        const box = element.getBoundingClientRect();
        if (row.gva !== null) openAddressMenu(host, faultAddress(row, row.gva), box.left + 20, box.top + 20);
      },
      onType: (character) => this.filter.type(character),
      onKey: (event, row, index) => this.key(event, row, index),
      expansion: () => (this.open === null ? null : { after: this.open.index, element: this.detail }),
    });
    this.list.element.addEventListener('click', (event) => this.clicked(event));
    this.recording = new Recording(host, (page, refused) => this.strip.show(page, refused));
    this.strip = new Strip({
      ask: (span, buckets) => this.recording.ask(span, buckets, this.ui.kinds),
      travel: (target) => void this.travel(target),
      onRange: (range) => this.setRange(range),
      bookmark: (tick, deed) => host.post({ type: 'bookmark', deed, tick }),
    });
    this.filter = new FilterField(
      'Filter: text in any column',
      'Filter',
      (filter) => this.change({ filter }),
      () => this.list.focus(),
    );
    this.fold = checkbox(
      'fold',
      'Fold equal faults in a row into one with a count',
      (fold) => this.change({ fold }),
      'fold',
    );
    this.element = h(
      'main',
      { 'data-testid': 'faults' },
      h('div', { class: 'toolbar' }, this.kinds, this.fold.element, this.filter.element),
      this.strip.element,
      h('div', { class: 'table' }, this.note, this.list.element),
      this.footer,
    );
    // The expanded part grows as its answer comes: the rows below make room.
    new ResizeObserver(() => this.list.refresh()).observe(this.detail);
  }

  attach(): void {
    new ResizeObserver(() => this.relayout()).observe(this.element);
    this.host.on('state', () => this.reload());
    this.host.on('selection', ({ selection, from }) => {
      if (from === 'faults') return;
      void this.selectionChanged(selection.frame ?? null);
    });
    this.host.on('bookmarks', ({ bookmarks }) => this.strip.setBookmarks(bookmarks));
    this.host.on('restoreUi', ({ ui }) => {
      this.ui = readUi(ui);
      this.reload();
    });
  }

  forget(): void {
    this.rows.clear();
    this.range = null;
    this.strip.forget();
    this.mappers = [];
    this.close();
  }

  private change(change: Partial<FaultsUi>): void {
    this.ui = { ...this.ui, ...change };
    this.host.post({ type: 'saveUi', ui: this.ui });
    this.close();
    this.reload();
  }

  private reload(): void {
    if (!this.host.answers) return;
    this.fold.set(this.ui.fold);
    this.filter.set(this.ui.filter);
    this.relayout();
    this.strip.ask();
    this.rows.restart(this.host.state.revision);
    this.rows.ensure(this.list.visible.first, this.list.visible.end);
    this.list.refresh();
  }

  private relayout(): void {
    const width = this.element.clientWidth;
    if (width === 0) return;
    characterWidth();
    const height = lineHeight();
    const lines = width >= ONE_LINE ? 1 : width >= TWO_LINES ? 2 : 3;
    this.list.setRowHeight(lines === 1 ? height : lines * 20 + 3);
    if (lines === this.lines) return;
    this.lines = lines;
    this.list.element.classList.toggle('stacked', lines > 1);
    this.list.refresh(true);
  }

  private async fetch(offset: number, limit: number): Promise<{ revision: number; page: FaultsPage } | null> {
    if (!this.host.answers) return null;
    const reply = await this.host.query('faults', {
      kinds: this.ui.kinds,
      fromTick: this.range?.from ?? null,
      untilTick: this.range?.until ?? null,
      filter: this.ui.filter,
      fold: this.ui.fold,
      offset,
      limit,
    });
    return reply.ok ? { revision: reply.revision, page: reply.result } : null;
  }

  private arrived(page: FaultsPage | null): void {
    if (page === null) {
      this.list.refresh();
      return;
    }
    this.recording.faultsArrived(page);
    this.drawKinds(page);
    const all = Object.values(page.counts).reduce((sum, n) => sum + n, 0);
    this.note.textContent =
      page.total > 0
        ? ''
        : all === 0
          ? 'No fault so far. Step on: every fault of every VM is listed here.'
          : this.range === null
            ? 'No fault fits the filter.'
            : 'No fault in this range of ticks fits. Escape on the strip shows all.';
    fill(this.footer, h('span', {}, count(all, 'fault')), ...this.rangeWords());
    if (this.open !== null) this.keepOpen();
    this.list.refresh();
  }

  private rangeWords(): (string | HTMLElement)[] {
    if (this.range === null) return [];
    const { from, until } = this.range;
    const clear = iconButton('close', 'Show all ticks', () => {
      this.strip.setRange(null);
      this.setRange(null);
    });
    return [' · ', h('span', {}, `ticks ${formatCount(from)} – ${formatCount(until)}`), clear.element];
  }

  private drawKinds(page: FaultsPage): void {
    fill(
      this.kinds,
      ...byGravity(Object.keys(page.counts)).map((kind) => {
        const item = h(
          'button',
          {
            type: 'button',
            class: 'legend-item',
            'aria-pressed': String(this.ui.kinds.includes(kind)),
            'data-key': kind,
          },
          kindMark(kind),
          kindLook(kind).label,
          h('span', { class: 'dim' }, formatCount(page.counts[kind])),
        );
        item.addEventListener('click', () =>
          this.change({
            kinds: this.ui.kinds.includes(kind) ? this.ui.kinds.filter((k) => k !== kind) : [...this.ui.kinds, kind],
          }),
        );
        return item;
      }),
    );
  }

  // --- Time --------------------------------------------------------------------------------------------------------

  private setRange(range: Span | null): void {
    this.range = range;
    this.close();
    this.reload();
  }

  private async travel(target: Target): Promise<void> {
    const reply = this.host.answers
      ? await this.host.query('travel', target)
      : { ok: false as const, error: 'The machine can travel while it is stopped: pause it first.' };
    if (!reply.ok) this.strip.tell(reply.error);
  }

  // --- One fault ---------------------------------------------------------------------------------------------------

  private select(row: FaultRow): void {
    this.strip.select(row.tick);
    this.host.select({ ...(row.space ?? {}), ...(row.gva === null ? {} : { gva: row.gva }), faultId: row.id });
  }

  private toggle(row: FaultRow, index: number): void {
    if (this.open?.id === row.id) {
      this.close();
      return;
    }
    this.open = { id: row.id, index };
    fill(this.detail, h('div', { class: 'dim' }, 'Reading the chain…'));
    this.list.refresh(true);
    void this.showDetail(row.id);
  }

  private close(): void {
    this.open = null;
    this.list.refresh(true);
  }

  /** New faults push the open one down: it keeps its place in the list, not its row number. */
  private keepOpen(): void {
    const { first, end } = this.list.visible;
    for (let index = first; index < end; index++) {
      if (this.rows.row(index)?.row.id === this.open!.id) this.open!.index = index;
    }
  }

  private async showDetail(id: number): Promise<void> {
    if (!this.host.answers) {
      fill(this.detail, h('div', { class: 'dim' }, 'The chain can be read while the machine is stopped.'));
      return;
    }
    const reply = await this.host.query('fault', { id });
    if (this.open?.id !== id) return;
    if (!reply.ok) {
      fill(this.detail, h('div', { class: 'dim' }, reply.error));
      return;
    }
    this.fillDetail(reply.result);
  }

  private fillDetail(detail: FaultDetail): void {
    const { row, walk } = detail;
    if (walk !== null) this.walk.show(walk, row.space ?? { vm: 0, pid: 0 });
    const parts = faultDetail(detail, walk === null ? null : this.walk.element, (message) => this.host.post(message));
    fill(this.detail, ...parts);
    this.list.refresh();
  }

  private clicked(event: MouseEvent): void {
    const target = event.target as Element;
    if (target.closest('.addr, .line-link, .ask-sign, .expansion') !== null) return;
    const element = target.closest<HTMLElement>('.row');
    const found = element === null ? null : this.rows.row(Number(element.dataset.index));
    if (found !== null) this.toggle(found.row, Number(element!.dataset.index));
  }

  private key(event: KeyboardEvent, row: FaultRow, index: number): boolean {
    const isOpen = this.open?.id === row.id;
    if ((event.key === 'ArrowRight' && !isOpen) || (event.key === 'ArrowLeft' && isOpen)) {
      this.toggle(row, index);
      return true;
    }
    if (event.key === 'ArrowRight' && isOpen) {
      this.detail.querySelector<HTMLElement>('button, [tabindex="0"]')?.focus();
      return true;
    }
    return false;
  }

  // --- What is selected elsewhere ----------------------------------------------------------------------------------

  private async selectionChanged(frame: number | null): Promise<void> {
    const { revision } = this.host.state;
    const reply = frame === null || !this.host.answers ? null : await this.host.query('frame', { frame });
    if (revision !== this.host.state.revision) return;
    this.mappers = reply?.ok === true ? reply.result.mappers : [];
    this.list.refresh(true);
  }

  private marks(row: FaultRow): boolean {
    const { gva, space } = row;
    if (gva === null || space === null) return false;
    return this.mappers.some(
      (mapper) =>
        mapper.space.vm === space.vm &&
        mapper.space.pid === space.pid &&
        mapper.table !== 'nested' &&
        covers(mapper.gva, PAGE_BYTES[mapper.pageSize], gva),
    );
  }
}

function readUi(saved: unknown): FaultsUi {
  const ui = (typeof saved === 'object' && saved !== null ? saved : {}) as Partial<Record<keyof FaultsUi, unknown>>;
  return {
    filter: typeof ui.filter === 'string' ? ui.filter : '',
    kinds: Array.isArray(ui.kinds) ? ui.kinds.filter((kind) => typeof kind === 'string') : [],
    fold: ui.fold !== false,
  };
}
