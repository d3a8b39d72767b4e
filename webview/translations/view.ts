import type {
  MachineSummary,
  SpaceRef,
  TranslationRow,
  TranslationsPage,
  TranslationsQuery,
  WalkQuery,
} from '../../extension/protocol/messages';
import { openAddressMenu } from '../shared/address-menu';
import { template } from '../shared/columns';
import { fill, h } from '../shared/dom';
import { openEntryMenu } from '../shared/entry-menu';
import { addressOfFrame, count, covers, frameOf, isKernelHalf } from '../shared/hex';
import type { Host, RevealMessage } from '../shared/host';
import { openInjectMenu, type InjectionTarget } from '../shared/inject-menu';
import { characterWidth, lineHeight } from '../shared/measure';
import { PagedRows } from '../shared/pages';
import { setSize, splitter } from '../shared/splitter';
import { VirtualList } from '../shared/virtual-list';
import { WalkStrip } from '../shared/walk';
import { addressAt, renderRow, targetOf } from './cells';
import { layoutFor, type Layout } from './columns';
import { entryOfRow, openDifferencesMenu } from './deeds';
import { locate } from './locate';
import { derivedRoot, ROOT_LABELS, rootsOf, spaceId, validRoot, validSpace } from './spaces';
import { Toolbar } from './toolbar';
import { INITIAL_UI, readUi, type TranslationsUi } from './ui';

/** The Translations view: rows of a page table, and the walk of the address one looks at. */
export class TranslationsView {
  readonly element: HTMLElement;
  private readonly toolbar: Toolbar;
  private readonly list: VirtualList<TranslationRow>;
  private readonly rows: PagedRows<TranslationRow, TranslationsPage>;
  private readonly heads = h('div', { class: 'heads', role: 'presentation' });
  private readonly note = h('div', { class: 'note', 'data-testid': 'note' });
  private readonly footer = h('div', { class: 'footer', role: 'status', 'data-testid': 'footer' });
  private readonly walk: WalkStrip;
  private readonly walkPane: HTMLElement;
  private ui: TranslationsUi = INITIAL_UI;
  private space: SpaceRef | null = null;
  private layout: Layout = { lines: [[]] };
  /** The address one looks at: what the walk strip shows. */
  private looked: Omit<WalkQuery, 'root'> | null = null;
  /** Address to bring into sight once the rows are there. */
  private wanted: string | null = null;
  private selectedFrame: number | null = null;

  constructor(private readonly host: Host) {
    this.walk = new WalkStrip(host);
    this.toolbar = new Toolbar({
      change: (change) => this.change(change),
      leaveFilter: () => this.list.focus(),
      differences: (button) => {
        if (this.space !== null) openDifferencesMenu(host, this.space, button);
      },
      inject: (button) => openInjectMenu(host, { vm: this.space?.vm ?? null, ...this.cached() }, button),
      breakOn: () => {
        if (this.space !== null) host.post({ type: 'breakOn', subject: { kind: 'process', ...this.space } });
      },
    });
    this.rows = new PagedRows<TranslationRow, TranslationsPage>({
      fetch: (offset, limit) => this.fetch(offset, limit),
      rows: (page) => page.rows,
      total: (page) => page.total,
      onPage: (page) => this.arrived(page),
    });
    this.list = new VirtualList<TranslationRow>({
      role: 'grid',
      label: 'Translations',
      testId: 'rows',
      source: this.rows,
      key: (row) => row.key,
      columns: () => this.layout.lines.flat().length,
      render: (row, element) =>
        renderRow(row, element, {
          layout: this.layout,
          derived: this.derived(),
          space: this.space!,
          presentGva: this.presentGva(),
          selectedHpa: this.selectedHpa(),
        }),
      onActive: (row) => this.lookAtRow(row),
      onEnter: (row) => (row.tree !== null && !row.tree.leaf ? this.toggle(row) : this.lookAtRow(row)),
      onMenu: (row, element, column) => {
        const box = (element.querySelector('.active-cell') ?? element).getBoundingClientRect();
        const cell = this.layout.lines.flat()[column];
        const entry = cell?.id === 'value' || cell?.id === 'entry' ? entryOfRow(row) : null;
        if (entry !== null) openEntryMenu(host, entry, null, box.left + 8, box.bottom);
        else openAddressMenu(host, addressAt(row, cell, this.space!), box.left + 8, box.bottom);
      },
      onType: (character) => this.toolbar.filter.type(character),
      onKey: (event, row) => this.treeKey(event, row),
    });
    this.walkPane = h('div', { class: 'walk-pane' }, this.walk.element);
    this.element = h(
      'main',
      { 'data-testid': 'translations' },
      this.toolbar.element,
      h('div', { class: 'table' }, this.heads, h('div', { class: 'table' }, this.note, this.list.element)),
      this.footer,
      splitter(this.walkPane, 'y', 'Height of the walk', (walkHeight) => this.saveUi({ walkHeight })),
      this.walkPane,
    );
    this.list.element.addEventListener('click', (event) => this.twistyClicked(event));
    this.walk.clear('Choose a row to walk its address.');
  }

  /** Listens to the host: after the page is built. */
  attach(): void {
    new ResizeObserver(() => this.relayout()).observe(this.element);
    this.host.on('state', () => this.stateChanged());
    this.host.on('selection', ({ selection }) => {
      this.selectedFrame = selection.frame ?? null;
      this.list.refresh(true);
    });
    this.host.on('reveal', (message) => this.reveal(message));
    this.host.on('restoreUi', ({ ui }) => {
      this.ui = readUi(ui);
      if (this.ui.walkHeight !== null) setSize(this.walkPane, 'y', this.ui.walkHeight);
      this.stateChanged();
    });
  }

  /** Another session: nothing of the last one may be seen. */
  forget(): void {
    this.rows.clear();
    this.looked = null;
    this.space = null;
    this.selectedFrame = null;
    this.ui = { ...this.ui, space: null, expanded: [], pinned: false };
    this.walk.clear('Choose a row to walk its address.');
    fill(this.footer);
  }

  // --- What is shown ---------------------------------------------------------------------------------------------

  private stateChanged(): void {
    const { summary } = this.host.state;
    if (!this.host.answers || summary === null) return;
    const { present } = summary;
    if (present !== null && !this.ui.pinned) {
      this.ui = { ...this.ui, space: { vm: present.vm, pid: present.pid } };
      this.looked = { ...present, user: !isKernelHalf(present.gva) };
      this.wanted = present.gva;
    }
    this.reload();
  }

  /** Asks for everything that is in sight anew. */
  private reload(): void {
    const { summary, revision } = this.host.state;
    if (summary === null) return;
    this.space = validSpace(summary, this.ui.space);
    if (this.space === null) {
      this.note.textContent = 'No process yet. Step on: a process appears when its task begins.';
      return;
    }
    this.toolbar.show(this.ui, summary, this.space);
    this.list.setRole(this.ui.mode === 'tree' ? 'treegrid' : 'grid');
    this.relayout();
    if (!this.host.answers) return;
    this.rows.restart(revision);
    this.rows.ensure(this.list.visible.first, this.list.visible.end);
    this.list.refresh();
    void this.showWalk();
  }

  private change(change: Partial<TranslationsUi>): void {
    this.saveUi(change);
    if (change.pinned === false) this.stateChanged();
    else if (change.pinned === true && change.space === undefined) this.reload();
    else {
      if (change.filter !== undefined || change.space !== undefined) this.list.scrollToTop();
      this.wanted = this.looked?.gva ?? null;
      this.reload();
    }
  }

  private saveUi(change: Partial<TranslationsUi>): void {
    this.ui = { ...this.ui, ...change };
    this.host.post({ type: 'saveUi', ui: this.ui });
  }

  private query(offset: number, limit: number): TranslationsQuery {
    const { mode, filter, expanded, kernelHalf } = this.ui;
    return { ...this.space!, root: this.root(), mode, filter, expanded, kernelHalf, offset, limit };
  }

  private async fetch(offset: number, limit: number): Promise<{ revision: number; page: TranslationsPage } | null> {
    if (!this.host.answers || this.space === null) return null;
    const reply = await this.host.query('translations', this.query(offset, limit));
    return reply.ok ? { revision: reply.revision, page: reply.result } : null;
  }

  private arrived(page: TranslationsPage | null): void {
    this.list.refresh();
    if (page === null) return;
    this.toolbar.filter.setError(page.filterError);
    this.note.textContent = page.total === 0 ? (page.note ?? 'Nothing is mapped here.') : '';
    fill(
      this.footer,
      h('span', {}, `${count(page.mappings, 'mapping')} in ${count(page.ranges, 'range')}`),
      ...tally(page.changed, 'changed'),
      ...tally(page.wrong, 'wrong'),
    );
    if (this.wanted !== null) void this.bringIntoSight(this.wanted);
  }

  private relayout(): void {
    const { summary } = this.host.state;
    const width = this.element.clientWidth;
    if (summary === null || width === 0 || this.space === null) return;
    const next = layoutFor((width - 28) / characterWidth(), {
      mode: this.ui.mode,
      root: this.root(),
      hpaDigits: summary.hpaDigits,
      derived: this.derived(),
    });
    const lines = next.lines.length;
    const height = lineHeight();
    const same = JSON.stringify(next) === JSON.stringify(this.layout);
    this.list.setRowHeight(lines === 1 ? height : lines * 20 + 3);
    if (same) return;
    this.layout = next;
    this.list.element.classList.toggle('stacked', lines > 1);
    this.list.element.classList.toggle('both', this.root() === 'both');
    this.drawHeads();
    this.list.refresh(true);
  }

  private drawHeads(): void {
    this.heads.hidden = this.layout.lines.length > 1;
    const line = h('div', { class: 'line', role: 'row' });
    line.style.gridTemplateColumns = template(this.layout.lines[0]);
    for (const column of this.layout.lines[0]) {
      const label =
        column.short === true ? { owner: '', agreement: '=' }[column.id as 'owner' | 'agreement'] : column.label;
      line.append(
        h(
          'div',
          { class: `head${column.right === true ? ' right' : ''}`, role: 'columnheader', title: column.label },
          label,
        ),
      );
    }
    fill(this.heads, line);
  }

  // --- The address one looks at ----------------------------------------------------------------------------------

  private lookAtRow(row: TranslationRow): void {
    if (this.space === null) return;
    const { present } = this.host.state.summary!;
    const isPresent =
      present !== null && spaceId(present) === spaceId(this.space) && covers(row.gva, row.bytes, present.gva);
    this.looked = isPresent
      ? { ...present, user: !isKernelHalf(present.gva) }
      : {
          ...this.space,
          gva: row.gva,
          access: row.perm.execute && !row.perm.write ? 'fetch' : 'read',
          user: row.perm.user,
        };
    const hpa = targetOf(row);
    this.host.select({
      ...this.space,
      gva: row.gva,
      ...(hpa === null || (row.tree !== null && !row.tree.leaf) ? {} : { frame: frameOf(hpa) }),
    });
    void this.showWalk();
  }

  private async showWalk(): Promise<void> {
    const { looked, space } = this;
    if (looked === null || space === null) {
      this.walk.clear('Choose a row to walk its address.');
      return;
    }
    if (!this.host.answers) return;
    const root = this.root();
    const reply = await this.host.query('walk', { ...looked, root: root === 'both' ? 'active' : root });
    if (looked !== this.looked || reply.revision !== this.host.state.revision) return;
    if (reply.ok) this.walk.show(reply.result, looked);
    else this.walk.clear(reply.error);
  }

  /** The address that is walked, if a TLB holds it. */
  private cached(): Pick<InjectionTarget, 'cached'> {
    const { looked } = this;
    return looked === null || this.walk.tlb === null
      ? {}
      : { cached: { vm: looked.vm, pid: looked.pid, gva: looked.gva } };
  }

  private reveal({ address, action }: RevealMessage): void {
    if (address.kind !== 'gva') {
      // No table is sorted by physical address: the filter finds who leads there.
      this.toolbar.filter.set(`pa:${address.address}`);
      this.change({ filter: `pa:${address.address}` });
      return;
    }
    const space =
      address.vm === undefined || address.pid === undefined ? this.space : { vm: address.vm, pid: address.pid };
    if (space === null) return;
    const { present } = this.host.state.summary ?? { present: null };
    const isPresent = present !== null && present.gva === address.address && spaceId(present) === spaceId(space);
    this.looked = {
      ...space,
      gva: address.address,
      access: isPresent ? present.access : 'read',
      user: !isKernelHalf(address.address),
    };
    this.wanted = address.address;
    const elsewhere = this.space === null || spaceId(space) !== spaceId(this.space);
    if (elsewhere) this.saveUi({ space, pinned: true });
    if (elsewhere || action === 'select') this.reload();
    else {
      void this.showWalk();
      void this.bringIntoSight(address.address);
    }
  }

  /** Makes the row of an address the active one; in a tree its levels are opened, one per answer. */
  private async bringIntoSight(gva: string): Promise<void> {
    this.wanted = null;
    const { revision } = this.host.state;
    const { ui, space } = this;
    const { active } = this.list;
    const index = await locate(
      this.rows.total,
      gva,
      async (i) => this.rows.row(i)?.row ?? (await this.fetch(i, 1))?.page.rows[0] ?? null,
    );
    if (revision !== this.host.state.revision || ui !== this.ui || space !== this.space) return;
    // Whoever moved the cursor meanwhile wants to be where he went.
    if (active !== this.list.active) return;
    const found = index < 0 ? null : this.rows.row(index);
    if (found?.row.tree != null && !found.row.tree.leaf && !found.row.tree.expanded && !found.stale) {
      this.saveUi({ expanded: [...this.ui.expanded, found.row.key] });
      this.wanted = gva;
      this.reload();
      return;
    }
    this.list.setActive(index, true);
  }

  // --- Tree ------------------------------------------------------------------------------------------------------

  private toggle(row: TranslationRow): void {
    const { expanded } = this.ui;
    this.saveUi({
      expanded: row.tree?.expanded === true ? expanded.filter((key) => key !== row.key) : [...expanded, row.key],
    });
    this.reload();
  }

  private treeKey(event: KeyboardEvent, row: TranslationRow): boolean {
    const { tree } = row;
    if (event.key === 'F2') return this.editEntry(row);
    if (tree === null || tree.leaf) return false;
    const opens = event.key === 'ArrowRight' && !tree.expanded;
    const closes = event.key === 'ArrowLeft' && tree.expanded;
    if (opens || closes) this.toggle(row);
    return opens || closes;
  }

  private editEntry(row: TranslationRow): boolean {
    const entry = entryOfRow(row);
    const box = this.list.element.querySelector('.row.active')?.getBoundingClientRect();
    if (entry === null || box === undefined) return false;
    openEntryMenu(this.host, entry, null, box.left + 8, box.bottom);
    return true;
  }

  private twistyClicked(event: MouseEvent): void {
    const entry = (event.target as Element).closest('.twisty-entry')?.closest<HTMLElement>('.row');
    const row = entry == null ? null : this.rows.row(Number(entry.dataset.index));
    if (row != null) this.toggle(row.row);
  }

  private root(): TranslationsQuery['root'] {
    return validRoot(this.ui.root, this.roots());
  }

  private derived(): string {
    return ROOT_LABELS[derivedRoot(this.roots()) ?? 'tpt'];
  }

  private roots(): NonNullable<ReturnType<typeof rootsOf>> {
    const { summary } = this.host.state;
    return (summary === null || this.space === null ? null : rootsOf(summary, this.space)) ?? {};
  }

  private presentGva(): string | null {
    const present = this.host.state.summary?.present ?? null;
    return present !== null && this.space !== null && spaceId(present) === spaceId(this.space) ? present.gva : null;
  }

  private selectedHpa(): string | null {
    const summary: MachineSummary | null = this.host.state.summary;
    return this.selectedFrame === null || summary === null
      ? null
      : addressOfFrame(this.selectedFrame, summary.hpaDigits);
  }
}

/** `· 3 changed`; nothing for none, so that the eye goes where something is. */
function tally(number: number, word: 'changed' | 'wrong'): readonly (string | HTMLElement)[] {
  return number === 0
    ? []
    : [' · ', h('span', { class: `count-${word}` }, `${number.toLocaleString('en-US')} ${word}`)];
}
