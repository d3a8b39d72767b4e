import type { EntryHistory, EntryRef, WriteView } from '../../extension/protocol/messages';
import { addressLink, hexValue } from '../shared/address';
import { iconButton } from '../shared/controls';
import { fill, h, icon, setAttributes } from '../shared/dom';
import { count, formatCount } from '../shared/hex';
import type { Host } from '../shared/host';
import { characterWidth, lineHeight } from '../shared/measure';
import { PagedRows } from '../shared/pages';
import { VirtualList } from '../shared/virtual-list';
import { flags } from '../shared/walk';
import { beforeWrite, tickLink, type HistoryDeeds } from './deeds';
import { entryText } from './text';
import { renderWrite } from './write-row';
import { lastChanges, neighbours } from './writes';

/** Least widths, in pixels, at which a write fits one line and two lines. */
const ONE_LINE = 900;
const TWO_LINES = 640;

/** What the pane asks of the view beside the deeds. */
export interface EntryDeeds extends HistoryDeeds {
  /** The recording answered, or refused in words. */
  readonly onAnswer: (problem: string | null) => void;
}

/** The history of one entry: what it is and holds, bit by bit, and every write to it, newest first. */
export class EntryPane {
  readonly element: HTMLElement;
  private readonly head = h('div', { class: 'entry-head', 'data-testid': 'entry' });
  private readonly summary = h('span', { class: 'dim' });
  private readonly note = h('div', { class: 'note' });
  private readonly rows: PagedRows<WriteView, EntryHistory>;
  private readonly list: VirtualList<WriteView>;
  private readonly previous;
  private readonly next;
  private entry: EntryRef | null = null;
  private page: EntryHistory | null = null;
  /** The newest writes: what buttons and bits are told from. */
  private newest: readonly WriteView[] = [];
  private lines: 1 | 2 | 3 = 1;
  private opened = false;
  /** The write that the machine stands just before, if it went there from here. */
  private stands: number | null = null;

  constructor(
    private readonly host: Host,
    private readonly deeds: EntryDeeds,
  ) {
    this.rows = new PagedRows<WriteView, EntryHistory>({
      fetch: (offset, limit) => this.fetch(offset, limit),
      rows: (page) => page.writes,
      total: (page) => page.total,
      onPage: (page) => this.arrived(page),
    });
    this.list = new VirtualList<WriteView>({
      role: 'listbox',
      label: 'Writes, newest first. Enter goes to just before a write.',
      testId: 'rows',
      source: this.rows,
      key: (write) => String(write.id),
      columns: () => 1,
      render: (write, element) => this.drawWrite(write, element),
      onActive: () => undefined,
      onEnter: (write) => this.travel(beforeWrite(write).target),
      onMenu: () => undefined,
      onType: () => undefined,
    });
    this.previous = iconButton('arrow-down', 'Go to the write before', () => this.goTo('previous'), 'previous-write');
    this.next = iconButton('arrow-up', 'Go to the next write', () => this.goTo('next'), 'next-write');
    this.element = h(
      'div',
      { class: 'entry-pane' },
      this.head,
      h(
        'div',
        { class: 'writes-bar' },
        h('h2', {}, 'Writes', h('span', { class: 'order' }, ', newest first')),
        this.summary,
        h('span', { class: 'grow' }),
        this.previous.element,
        this.next.element,
      ),
      h('div', { class: 'table' }, this.note, this.list.element),
    );
    new ResizeObserver(() => this.relayout()).observe(this.element);
  }

  /** Asks for an entry, or for the same one again at another revision. */
  ask(entry: EntryRef): void {
    if (this.entry?.frame !== entry.frame || this.entry.index !== entry.index) {
      this.forget();
      this.entry = entry;
    }
    this.rows.restart(this.host.state.revision);
    this.rows.ensure(0, 1);
    this.rows.ensure(this.list.visible.first, this.list.visible.end);
    this.list.refresh();
  }

  forget(): void {
    this.rows.clear();
    this.entry = null;
    this.page = null;
    this.newest = [];
    this.stands = null;
    this.opened = false;
    fill(this.head);
    this.summary.textContent = '';
    this.note.textContent = '';
    this.list.setActive(-1, false);
    this.list.scrollToTop();
  }

  text(): string {
    return this.page === null ? '' : entryText(this.page, this.newest);
  }

  private async fetch(offset: number, limit: number): Promise<{ revision: number; page: EntryHistory } | null> {
    const { entry } = this;
    if (entry === null || !this.host.answers) return null;
    const reply = await this.host.query('entryHistory', { ...entry, offset, limit });
    if (entry !== this.entry) return null;
    this.deeds.onAnswer(reply.ok ? null : reply.error);
    if (!reply.ok) return null;
    if (offset === 0) this.newest = reply.result.writes;
    return { revision: reply.revision, page: reply.result };
  }

  private arrived(page: EntryHistory | null): void {
    // Refused: the view says so. To draw the list would be to ask again at once.
    if (page === null) return;
    this.page = page;
    this.draw();
    this.relayout();
    this.list.refresh();
  }

  private draw(): void {
    const { page } = this;
    if (page === null) return;
    const { writes, total, completeFrom } = page;
    const ahead = this.newest.filter((write) => write.ahead).length;
    fill(this.head, ...this.headParts(page));
    this.summary.textContent = [
      count(total, 'write'),
      ...(ahead === 0 ? [] : [`${formatCount(ahead)}${ahead === this.newest.length ? ' or more' : ''} ahead`]),
      ...(completeFrom === null ? [] : [`complete from tick ${formatCount(completeFrom)}`]),
    ].join(' · ');
    this.note.textContent =
      total > 0 || writes.length > 0
        ? ''
        : completeFrom === null
          ? 'Nothing has written this entry since the recording began.'
          : `No write is kept. Those before tick ${formatCount(completeFrom)} were dropped to save memory.`;
    const { previous, next } = neighbours(this.newest, this.stands);
    setAttributes(this.previous.element, { disabled: previous === null });
    setAttributes(this.next.element, { disabled: next === null });
  }

  /** A line lies between the writes that are ahead of the machine and those behind. */
  private drawWrite(write: WriteView, element: HTMLElement): void {
    const { previous, next } = neighbours(this.newest, null);
    element.classList.toggle('after-now', next !== null && previous?.id === write.id);
    renderWrite(write, element, this.lines, { ...this.deeds, travel: (to) => this.travel(to) });
  }

  private headParts(page: EntryHistory): HTMLElement[] {
    const toggle = h(
      'button',
      { type: 'button', class: 'bits-toggle', 'aria-expanded': String(this.opened), 'data-testid': 'bits' },
      icon(this.opened ? 'chevron-down' : 'chevron-right'),
      'Bits',
    );
    toggle.addEventListener('click', () => {
      this.opened = !this.opened;
      this.draw();
      this.head.querySelector<HTMLElement>('.bits-toggle')?.focus();
    });
    return [
      h('div', { class: 'what' }, page.text),
      h(
        'div',
        { class: 'entry-value' },
        addressLink({ kind: 'hpa', address: page.address, entry: true }, { title: 'Where the entry lies' }),
        h('span', { class: 'dim mono' }, ' = '),
        hexValue(page.value),
      ),
      h('div', { class: 'walk-bits' }, toggle, ...flags(page)),
      ...(this.opened ? [this.bitTable(page)] : []),
    ];
  }

  /** Bits with what they mean and the write that made them so. */
  private bitTable(page: EntryHistory): HTMLElement {
    const last = lastChanges(this.newest);
    return h(
      'dl',
      { class: 'entry-bits' },
      ...page.bits.flatMap((bit) => {
        const write = last.get(bit.name);
        const wrong = bit.wrong ? 'wrong' : null;
        return [
          h('dt', { class: wrong }, bit.name),
          h('dd', { class: `mono ${wrong ?? ''}` }, bit.value),
          h('dd', { class: wrong ?? 'dim' }, bit.meaning),
          h(
            'dd',
            { class: 'since' },
            write === undefined ? null : h('span', { class: 'dim' }, 'since '),
            write === undefined ? null : tickLink(write.tick, beforeWrite(write).target, (to) => this.travel(to)),
          ),
        ];
      }),
    );
  }

  private goTo(which: 'previous' | 'next'): void {
    const write = neighbours(this.newest, this.stands)[which];
    if (write !== null) this.travel(beforeWrite(write).target);
  }

  private travel(target: Parameters<HistoryDeeds['travel']>[0]): void {
    this.stands = target.kind === 'write' ? target.write : null;
    this.deeds.travel(target);
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
}
