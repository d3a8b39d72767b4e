import { h, setAttributes } from './dom';
import { moveRow, startsFilter } from './list-keys';
import { Scroller } from './scroller';
import * as math from './virtual-math';

/** What a list shows: rows by index, some of which may not be here yet. */
export interface RowSource<Row> {
  readonly total: number;
  row(index: number): { readonly row: Row; readonly stale: boolean } | null;
  /** Rows [first, end) are in sight and wanted. */
  ensure(first: number, end: number): void;
}

export interface ListOptions<Row> {
  readonly role: 'grid' | 'treegrid' | 'listbox';
  readonly label: string;
  readonly testId: string;
  readonly source: RowSource<Row>;
  readonly key: (row: Row) => string;
  /** Fills a row's empty element. Cells that the cursor can be on carry `data-column`. */
  readonly render: (row: Row, element: HTMLElement) => void;
  /** Columns that the cursor can be on; 1 leaves the left and right keys to `onKey`. */
  readonly columns: () => number;
  /** The row became the active one by key or mouse. */
  readonly onActive: (row: Row, index: number) => void;
  readonly onEnter: (row: Row, index: number) => void;
  readonly onMenu: (row: Row, element: HTMLElement, column: number) => void;
  /** A character was typed: into the filter. */
  readonly onType: (character: string) => void;
  /** Keys the list itself does not take; true if the owner took it. */
  readonly onKey?: (event: KeyboardEvent, row: Row, index: number) => boolean;
  /** Content of the expanded row, if one is. */
  readonly expansion?: () => { readonly after: number; readonly element: HTMLElement } | null;
}

/**
 * A list of any length. Focus stays on the scroller and `aria-activedescendant` names the row, so that rows can come
 * and go while one scrolls.
 */
export class VirtualList<Row> {
  readonly element: HTMLElement;
  private readonly scroller: Scroller;
  private readonly rows = new Map<number, DrawnRow<Row>>();
  private readonly id = `list-${++lists}`;
  private activeIndex = -1;
  private activeColumn = 0;
  private frame = 0;
  /** Raised when rows must be rendered anew though they are the same objects. */
  private version = 0;
  /** The cursor went to a row that was not here yet: say so when it comes. */
  private announce = false;

  constructor(private readonly options: ListOptions<Row>) {
    this.scroller = new Scroller(() => this.draw());
    this.element = this.scroller.element;
    this.element.classList.add('list');
    this.scroller.stage.setAttribute('role', 'presentation');
    setAttributes(this.element, {
      role: options.role,
      tabindex: 0,
      'aria-label': options.label,
      'data-testid': options.testId,
    });
    this.element.addEventListener('keydown', (event) => this.key(event));
    // On click and not on mousedown: what onActive sets off may render rows anew, and would take the click's target away.
    this.element.addEventListener('click', (event) => this.mouse(event));
    this.element.addEventListener('dblclick', (event) => {
      const hit = this.hit(event);
      if (hit !== null) options.onEnter(hit.row, hit.index);
    });
    this.element.addEventListener('contextmenu', (event) => {
      const hit = this.mouse(event);
      // A press on an address itself opens that address's menu.
      if (hit === null || (event.target as Element).closest('[data-address]') !== null) return;
      event.preventDefault();
      event.stopPropagation();
      options.onMenu(hit.row, hit.element, this.activeColumn);
    });
  }

  get active(): number {
    return this.activeIndex;
  }

  get visible(): { readonly first: number; readonly end: number } {
    return this.scroller.visible;
  }

  /** Draws again at the next frame. `anew`: rows that are the same objects may look different. */
  refresh(anew = false): void {
    if (anew) this.version++;
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.configure();
      this.draw();
    });
  }

  setRowHeight(rowHeight: number): void {
    if (rowHeight === this.scroller.metrics.rowHeight) return;
    // Keep the first row in sight where it is.
    const first = this.scroller.visible.first;
    this.scroller.configure({ rowHeight });
    this.scroller.scrollTo(math.rowTop(this.scroller.metrics, first));
    this.refresh();
  }

  setRole(role: 'grid' | 'treegrid'): void {
    this.element.setAttribute('role', role);
  }

  /** Makes a row the active one without calling onActive. */
  setActive(index: number, reveal: boolean): void {
    this.activeIndex = index;
    if (reveal && index >= 0) {
      this.configure();
      this.scroller.centre(index);
    }
    this.refresh();
  }

  scrollToTop(): void {
    this.scroller.scrollTo(0);
  }

  focus(): void {
    this.element.focus();
  }

  private configure(): void {
    const { source, expansion } = this.options;
    const open = expansion?.() ?? null;
    const bulge = open === null ? null : { after: open.after, height: open.element.offsetHeight };
    this.scroller.configure({ total: source.total, bulge });
    setAttributes(this.element, { 'aria-rowcount': this.options.role === 'listbox' ? null : source.total });
    if (this.activeIndex >= source.total) this.activeIndex = source.total - 1;
  }

  private draw(): void {
    const { first, end } = this.scroller.visible;
    this.options.source.ensure(first, end);
    for (const [index, drawn] of this.rows) {
      if (index >= first && index < end) continue;
      drawn.element.remove();
      this.rows.delete(index);
    }
    for (let index = first; index < end; index++) this.drawRow(index);
    this.drawExpansion(this.options.expansion?.() ?? null);
    setAttributes(this.element, { 'aria-activedescendant': this.rows.get(this.activeIndex)?.element.id });
    this.announceActive();
  }

  private drawRow(index: number): void {
    const { source, role, key, render } = this.options;
    const { metrics, top } = this.scroller;
    const drawn = this.rows.get(index) ?? this.newRow(index);
    const { element } = drawn;
    const found = source.row(index);
    const active = index === this.activeIndex;
    element.style.transform = `translateY(${math.rowTop(metrics, index) - top}px)`;
    element.style.height = `${metrics.rowHeight}px`;
    if (drawn.row !== found?.row || drawn.version !== this.version) {
      drawn.row = found?.row;
      drawn.version = this.version;
      element.className = 'row';
      element.replaceChildren();
      if (found !== null) render(found.row, element);
    }
    element.classList.toggle('active', active);
    element.classList.toggle('stale', found?.stale === true);
    element.classList.toggle('pending', found === null);
    setAttributes(element, {
      'aria-rowindex': role === 'listbox' ? null : index + 1,
      'aria-posinset': role === 'listbox' ? index + 1 : null,
      'aria-setsize': role === 'listbox' ? source.total : null,
      'aria-selected': String(active),
      'data-key': found === null ? null : key(found.row),
      'data-index': index,
    });
    for (const cell of element.querySelectorAll('[data-column]')) {
      cell.classList.toggle('active-cell', active && Number(cell.getAttribute('data-column')) === this.activeColumn);
    }
  }

  private newRow(index: number): DrawnRow<Row> {
    const role = this.options.role === 'listbox' ? 'option' : 'row';
    const drawn: DrawnRow<Row> = {
      element: h('div', { class: 'row', role, id: `${this.id}-${index}` }),
      row: undefined,
      version: -1,
    };
    this.rows.set(index, drawn);
    this.scroller.stage.append(drawn.element);
    return drawn;
  }

  private announceActive(): void {
    if (!this.announce) return;
    const found = this.options.source.row(this.activeIndex);
    if (found === null) return;
    this.announce = false;
    this.options.onActive(found.row, this.activeIndex);
  }

  private drawExpansion(open: { readonly after: number; readonly element: HTMLElement } | null): void {
    for (const old of this.scroller.stage.querySelectorAll(':scope > .expansion')) {
      if (old !== open?.element) old.remove();
    }
    if (open === null) return;
    open.element.classList.add('expansion');
    if (open.element.parentElement !== this.scroller.stage) {
      this.scroller.stage.append(open.element);
      this.configure();
    }
    const { metrics, top } = this.scroller;
    open.element.style.transform = `translateY(${(open.after + 1) * metrics.rowHeight - top}px)`;
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.element) return;
    const { options } = this;
    const { source } = options;
    const at = Math.max(0, this.activeIndex);
    const found = source.row(at);
    if (found !== null && this.activeIndex >= 0 && options.onKey?.(event, found.row, at) === true) {
      event.preventDefault();
      return;
    }
    const target =
      this.activeIndex < 0 && event.key === 'ArrowDown'
        ? 0
        : moveRow(event.key, at, source.total, math.pageRows(this.scroller.metrics));
    if (target !== null) this.go(target);
    else if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && options.columns() > 1)
      this.moveColumn(event.key === 'ArrowLeft' ? -1 : 1);
    else if (event.key === 'Enter' && found !== null) options.onEnter(found.row, at);
    else if (((event.key === 'F10' && event.shiftKey) || event.key === 'ContextMenu') && found !== null) {
      const drawn = this.rows.get(at);
      if (drawn !== undefined) options.onMenu(found.row, drawn.element, this.activeColumn);
    } else if (startsFilter(event)) options.onType(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private moveColumn(step: number): void {
    this.activeColumn = Math.min(this.options.columns() - 1, Math.max(0, this.activeColumn + step));
    this.refresh();
  }

  private go(index: number): void {
    this.activeIndex = index;
    this.announce = true;
    this.scroller.reveal(index);
  }

  private mouse(event: MouseEvent): { row: Row; index: number; element: HTMLElement } | null {
    const hit = this.hit(event);
    if (hit === null) return null;
    this.activeIndex = hit.index;
    const cell = (event.target as Element).closest('[data-column]');
    if (cell !== null) this.activeColumn = Number(cell.getAttribute('data-column'));
    if (event.type === 'click') this.options.onActive(hit.row, hit.index);
    this.refresh();
    return hit;
  }

  private hit(event: MouseEvent): { row: Row; index: number; element: HTMLElement } | null {
    const element = (event.target as Element).closest<HTMLElement>('.row');
    if (element === null || !this.element.contains(element)) return null;
    const index = Number(element.dataset.index);
    const found = this.options.source.row(index);
    return found === null ? null : { row: found.row, index, element };
  }
}

interface DrawnRow<Row> {
  readonly element: HTMLElement;
  row: Row | undefined;
  version: number;
}

let lists = 0;
