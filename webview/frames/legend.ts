import type { FramesPage, Owner } from '../../extension/protocol/messages';
import { fill, h } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { ownerChip } from '../shared/owners';
import { FREE } from './paint';

/** Who has how many frames; a click leaves all others faded. */
export class Legend {
  readonly element = h('div', {
    class: 'legend',
    role: 'group',
    'aria-label': 'Owners; press to filter the map',
    'data-testid': 'legend',
  });
  /** ASIDs to show; empty = all. */
  private shown = new Set<number>();

  constructor(private readonly onChange: (shown: readonly number[]) => void) {}

  setShown(asids: readonly number[]): void {
    this.shown = new Set(asids);
  }

  faded(asid: number): boolean {
    return this.shown.size > 0 && !this.shown.has(asid);
  }

  show(page: FramesPage): void {
    fill(
      this.element,
      ...page.legend.map(({ owner, frames }) => this.item(owner.asid, frames, ownerItem(owner))),
      this.item(
        FREE,
        page.free,
        h('span', { class: 'owner' }, h('span', { class: 'free-chip' }), h('span', { class: 'owner-name' }, 'free')),
      ),
    );
  }

  private item(asid: number, frames: number, label: HTMLElement): HTMLElement {
    const item = h(
      'button',
      { type: 'button', class: 'legend-item', 'aria-pressed': String(this.shown.has(asid)), 'data-key': asid },
      label,
      h('span', { class: 'dim' }, formatCount(frames)),
    );
    item.addEventListener('click', () => {
      if (!this.shown.delete(asid)) this.shown.add(asid);
      for (const other of this.element.children)
        other.setAttribute('aria-pressed', String(this.shown.has(Number((other as HTMLElement).dataset.key))));
      this.onChange([...this.shown]);
    });
    return item;
  }
}

function ownerItem(owner: Owner): HTMLElement {
  return ownerChip(owner, true);
}
