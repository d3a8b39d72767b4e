import { INJECTIONS } from '../../extension/protocol/injections';
import type { FrameCell, FrameDetail, FramesPage, FramesQuery, Owner } from '../../extension/protocol/messages';
import { openAddressMenu } from '../shared/address-menu';
import { iconButton, quietButton, segments } from '../shared/controls';
import { edit } from '../shared/deeds';
import { fill, h } from '../shared/dom';
import { addressOfFrame, formatCount } from '../shared/hex';
import type { Host } from '../shared/host';
import { openInjectMenu } from '../shared/inject-menu';
import { lineHeight } from '../shared/measure';
import { PagedRows } from '../shared/pages';
import { splitter } from '../shared/splitter';
import { frameDetail } from './detail';
import { Legend } from './legend';
import { FrameMap } from './map';
import { FREE } from './paint';
import { installTagMenu } from './tag-menu';

type Zoom = FramesQuery['framesPerCell'];
const ZOOMS: readonly Zoom[] = [262144, 512, 1];
const USES: Readonly<Record<FrameCell['use'], string>> = {
  free: 'free',
  data: 'data',
  'guest-table': 'guest page table',
  'tpt-table': 'TPT table',
  'nested-table': 'nested table',
  'shadow-table': 'shadow table',
  'tag-table': 'tag table',
  map: 'gfn→hfn map',
  host: 'host',
};

interface FramesUi {
  readonly framesPerCell: Zoom;
  readonly owners: readonly number[];
  /** Stays at the chosen frame instead of following the present access. */
  readonly pinned: boolean;
}

/** The Frames view: who owns what of physical memory, and all about one frame. */
export class FramesView {
  readonly element: HTMLElement;
  private readonly map: FrameMap;
  private readonly cells: PagedRows<FrameCell, FramesPage>;
  private readonly legend: Legend;
  private readonly zoom;
  private readonly pin = iconButton(
    'pin',
    'Pin: stop following the present access',
    () => {
      this.saveUi({ pinned: !this.ui.pinned });
      this.stateChanged();
    },
    'pin',
  );
  private readonly detail = h('div', { class: 'detail-pane', tabindex: -1 });
  private ui: FramesUi = { framesPerCell: 1, owners: [], pinned: false };
  private selected: number | null = null;
  private shown: FrameDetail | null = null;
  /** To be brought into sight once it is known how many rows there are. */
  private wanted: number | null = null;

  constructor(private readonly host: Host) {
    this.cells = new PagedRows<FrameCell, FramesPage>({
      fetch: (offset, limit) => this.fetch(offset, limit),
      rows: (page) => page.cells,
      total: (page) => Math.ceil(page.totalFrames / page.framesPerCell),
      onPage: (page) => this.arrived(page),
      pageSize: 4096,
    });
    this.legend = new Legend((owners) => {
      this.saveUi({ owners });
      this.map.refresh();
    });
    this.map = new FrameMap(this.cells, {
      owner: (asid) => this.owner(asid),
      faded: (asid) => this.legend.faded(asid),
      describe: (cell) => this.describe(cell),
      onChoose: (cell) => this.host.select({ frame: cell * this.ui.framesPerCell }),
      onOpen: (cell) => this.lookCloser(cell),
      onMenu: (cell, x, y) =>
        openAddressMenu(host, { kind: 'hpa', address: this.address(cell * this.ui.framesPerCell) }, x, y),
      onZoom: (step) => this.setZoom(ZOOMS[Math.min(2, Math.max(0, ZOOMS.indexOf(this.ui.framesPerCell) + step))]),
    });
    const inject = iconButton(
      'zap',
      'Inject…',
      () =>
        openInjectMenu(host, { vm: null, ...(this.selected === null ? {} : { frame: this.selected }) }, inject.element),
      'inject',
    );
    installTagMenu(host, this.detail, () => this.shown);
    this.zoom = segments<string>(
      'A cell is',
      [
        { value: '1', label: '4K', title: 'One frame per cell' },
        { value: '512', label: '2M', title: '2 MiB per cell, with the shares of its owners' },
        { value: '262144', label: '1G', title: '1 GiB per cell, with the shares of its owners' },
      ],
      (value) => this.setZoom(Number(value) as Zoom),
      'zoom',
    );
    this.element = h(
      'main',
      { 'data-testid': 'frames' },
      h(
        'div',
        { class: 'toolbar' },
        this.zoom.element,
        this.legend.element,
        h('span', { class: 'tools' }, this.pin.element, inject.element),
      ),
      h(
        'div',
        { class: 'split' },
        this.map.element,
        splitter(this.detail, 'x', 'Width of the details', () => undefined),
        this.detail,
      ),
    );
    this.noDetail();
  }

  attach(): void {
    this.host.on('state', () => this.stateChanged());
    this.host.on('selection', ({ selection, from }) => {
      if (selection.frame !== undefined) this.showFrame(selection.frame, from !== 'frames');
    });
    this.host.on('reveal', ({ address }) => {
      if (address.kind !== 'hpa') return;
      this.showFrame(Number(BigInt(address.address) >> 12n), true);
      this.map.focus();
    });
    this.host.on('restoreUi', ({ ui }) => {
      this.ui = readUi(ui);
      this.legend.setShown(this.ui.owners);
      this.stateChanged();
    });
  }

  forget(): void {
    this.cells.clear();
    this.selected = null;
    this.map.setChosen(null, false);
    this.noDetail();
  }

  private stateChanged(): void {
    const { summary, revision } = this.host.state;
    if (summary === null || !this.host.answers) return;
    lineHeight();
    this.zoom.set(String(this.ui.framesPerCell));
    this.map.configure(this.ui.framesPerCell, summary.hpaDigits);
    this.cells.restart(revision);
    const { first, end } = this.map.visibleCells;
    this.cells.ensure(first, end);
    this.pin.set(this.ui.pinned);
    const present = summary.present?.frame ?? null;
    if (present !== null && present !== this.selected && !this.ui.pinned) this.showFrame(present, true);
    else if (this.selected !== null) void this.showDetail(this.selected);
  }

  private async fetch(offset: number, limit: number): Promise<{ revision: number; page: FramesPage } | null> {
    if (!this.host.answers) return null;
    const { framesPerCell } = this.ui;
    const reply = await this.host.query('frames', { first: offset * framesPerCell, framesPerCell, cells: limit });
    return reply.ok ? { revision: reply.revision, page: reply.result } : null;
  }

  private arrived(page: FramesPage | null): void {
    if (page !== null) this.legend.show(page);
    if (page !== null && this.wanted !== null) {
      this.map.setChosen(Math.floor(this.wanted / this.ui.framesPerCell), true);
      this.wanted = null;
    }
    this.map.refresh();
  }

  private setZoom(framesPerCell: Zoom): void {
    if (framesPerCell === this.ui.framesPerCell) return;
    this.saveUi({ framesPerCell });
    this.cells.clear();
    this.stateChanged();
    if (this.selected !== null) this.map.setChosen(Math.floor(this.selected / framesPerCell), true);
  }

  /** From a block to its cells, from a frame to its details. */
  private lookCloser(cell: number): void {
    const closer = ZOOMS[ZOOMS.indexOf(this.ui.framesPerCell) + 1];
    if (closer === undefined) {
      this.detail.focus();
      return;
    }
    this.selected = cell * this.ui.framesPerCell;
    this.setZoom(closer);
  }

  private showFrame(frame: number, reveal: boolean): void {
    this.selected = frame;
    if (reveal) this.wanted = frame;
    this.map.setChosen(Math.floor(frame / this.ui.framesPerCell), reveal);
    void this.showDetail(frame);
  }

  private async showDetail(frame: number): Promise<void> {
    if (!this.host.answers) return;
    const reply = await this.host.query('frame', { frame });
    if (frame !== this.selected || reply.revision !== this.host.state.revision) return;
    this.shown = reply.ok ? reply.result : null;
    const field = (document.activeElement as HTMLElement | null)?.dataset.tagField;
    if (reply.ok)
      fill(
        this.detail,
        frameDetail(reply.result, (line) => this.host.post({ type: 'goToLine', line }), this.deeds(frame)),
      );
    else fill(this.detail, h('div', { class: 'dim' }, reply.error));
    if (field !== undefined) this.detail.querySelector<HTMLElement>(`[data-tag-field="${field}"]`)?.focus();
  }

  private deeds(frame: number): HTMLElement[] {
    const { label, detail } = INJECTIONS['take-frame'];
    return [
      quietButton(
        'debug-breakpoint-function',
        'Break when this frame changes…',
        () => this.host.post({ type: 'breakOn', subject: { kind: 'frame', frame } }),
        'break-frame',
      ),
      quietButton(
        'trash',
        `${label}: ${detail}`,
        () => void edit(this.host, { kind: 'take-frame', frame }),
        'take-frame',
      ),
    ];
  }

  private noDetail(): void {
    this.shown = null;
    fill(
      this.detail,
      h('div', { class: 'dim' }, 'Choose a frame: its tag-table entry, who maps it and who had it before appear here.'),
    );
  }

  private describe(index: number): string {
    const frame = index * this.ui.framesPerCell;
    const found = this.cells.row(index);
    const place = `${this.address(frame)}  frame 0x${frame.toString(16)}`;
    if (found === null) return place;
    const { asid, use, changed, shares } = found.row;
    const dot = changed === 0 ? '' : shares === undefined ? ' · changed' : ` · ${formatCount(changed)} changed`;
    if (shares !== undefined) {
      const parts = shares.map(
        (share) => `${share.asid === FREE ? 'free' : this.owner(share.asid).name} ${formatCount(share.frames)}`,
      );
      return `${place} · ${parts.join(', ')}${dot}`;
    }
    return use === 'free' ? `${place} · free${dot}` : `${place} · ${this.owner(asid).name} · ${USES[use]}${dot}`;
  }

  private address(frame: number): string {
    return addressOfFrame(frame, this.host.state.summary?.hpaDigits ?? 10);
  }

  private owner(asid: number): Owner {
    return (
      this.host.state.summary?.owners.find((owner: Owner) => owner.asid === asid) ?? { asid, name: `ASID ${asid}` }
    );
  }

  private saveUi(change: Partial<FramesUi>): void {
    this.ui = { ...this.ui, ...change };
    this.host.post({ type: 'saveUi', ui: this.ui });
  }
}

function readUi(saved: unknown): FramesUi {
  const ui = (typeof saved === 'object' && saved !== null ? saved : {}) as Partial<Record<keyof FramesUi, unknown>>;
  return {
    framesPerCell: ZOOMS.find((zoom) => zoom === ui.framesPerCell) ?? 1,
    pinned: ui.pinned === true,
    owners: Array.isArray(ui.owners) ? ui.owners.filter((asid) => typeof asid === 'number') : [],
  };
}
