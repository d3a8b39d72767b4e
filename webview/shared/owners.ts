import type { Owner } from '../../extension/protocol/messages';
import { h } from './dom';

/** How one owner is drawn, the same in every view for the whole session. */
export interface OwnerLook {
  /** Class that carries the colour: `owner-host`, `owner-1`… (shared/owners.css). */
  readonly className: string;
  /** Letter of the chip: the first of the name if no other owner has it, else the ASID. */
  readonly letter: string;
  /** "evil (ASID 2)". */
  readonly label: string;
}

/** Colours that owners.css defines; further VMs begin again and are told apart by their letters. */
export const OWNER_COLOURS = 7;

/**
 * Gives each owner its colour and letter by ASID. Colours follow from the ASID alone and letters are never taken
 * back, so what a reader has learnt stays true when VMs come and go.
 */
export class OwnerLooks {
  private readonly looks = new Map<number, OwnerLook>();
  private readonly letters = new Set<string>();

  /** Learns owners; known ones keep what they have. A new session calls `clear` first. */
  learn(owners: readonly Owner[]): void {
    for (const owner of [...owners].sort((a, b) => a.asid - b.asid)) this.look(owner);
  }

  clear(): void {
    this.looks.clear();
    this.letters.clear();
  }

  look(owner: Owner): OwnerLook {
    const known = this.looks.get(owner.asid);
    if (known !== undefined) return known;
    const look = {
      className: owner.asid === 0 ? 'owner-host' : `owner-${((owner.asid - 1) % OWNER_COLOURS) + 1}`,
      letter: this.letter(owner),
      label: owner.asid === 0 ? 'host (ASID 0)' : `${owner.name} (ASID ${owner.asid})`,
    };
    this.looks.set(owner.asid, look);
    this.letters.add(look.letter);
    return look;
  }

  private letter(owner: Owner): string {
    if (owner.asid === 0) return 'H';
    const first = owner.name.charAt(0).toUpperCase();
    return first !== '' && first !== 'H' && !this.letters.has(first) ? first : String(owner.asid);
  }
}

/** The looks of this page's session. */
export const ownerLooks = new OwnerLooks();

/** A chip with the owner's letter, and its name beside it if there is room. */
export function ownerChip(owner: Owner, withName: boolean): HTMLElement {
  const look = ownerLooks.look(owner);
  return h(
    'span',
    { class: `owner ${look.className}`, title: look.label, 'data-owner': owner.name },
    h('span', { class: 'owner-chip', 'aria-hidden': withName }, look.letter),
    withName ? h('span', { class: 'owner-name' }, owner.name) : h('span', { class: 'sr-only' }, owner.name),
  );
}
