import type { Page } from '../machine/memory';
import type { GuestFrame } from '../units';

interface Slot {
  contents: Page | null;
  /** Entries that name it, and frames that hold what it holds. */
  references: number;
}

/**
 * The guest's swap space, and which frames still hold what one of its slots holds (Linux: the swap cache). Such a frame, as
 * long as it is clean, is given up without being written again. It is a disk: no translation is kept here.
 */
export class Swap {
  private readonly slots = new Map<number, Slot>();
  private readonly copies = new Map<GuestFrame, number>();
  private next = 1;

  /** A free slot, with one reference. */
  take(): number {
    const slot = this.next++;
    this.slots.set(slot, { contents: null, references: 1 });
    return slot;
  }

  share(slot: number): void {
    const found = this.slots.get(slot);
    if (found) found.references++;
  }

  drop(slot: number): void {
    const found = this.slots.get(slot);
    if (found && --found.references === 0) this.slots.delete(slot);
  }

  write(slot: number, contents: Page): void {
    const found = this.slots.get(slot);
    if (found) found.contents = contents.slice();
  }

  /** Contents of a slot, or null if nothing was ever written to it. */
  read(slot: number): Page | null {
    return this.slots.get(slot)?.contents ?? null;
  }

  /** Slot that held what a frame held when it was last clean; 0 if there is none. */
  copyOf(gfn: GuestFrame): number {
    return this.copies.get(gfn) ?? 0;
  }

  /** A frame was filled from a slot: the reference of the entry that named it is the frame's now. */
  filled(gfn: GuestFrame, slot: number): void {
    this.copies.set(gfn, slot);
  }

  /** A frame is free. */
  forget(gfn: GuestFrame): void {
    const slot = this.copies.get(gfn);
    if (slot === undefined) return;
    this.copies.delete(gfn);
    this.drop(slot);
  }

  /** References by slot: what is counted, and how many of them are frames'. */
  counts(): ReadonlyMap<number, { readonly references: number; readonly frames: number }> {
    const frames = new Map<number, number>();
    for (const slot of this.copies.values()) frames.set(slot, (frames.get(slot) ?? 0) + 1);
    return new Map(
      [...this.slots].map(([slot, { references }]) => [slot, { references, frames: frames.get(slot) ?? 0 }]),
    );
  }

  /** For a digest of the machine's state: calls back for every word. */
  forEachWord(visit: (word: number) => void): void {
    for (const [slot, { contents, references }] of this.slots) {
      visit(slot);
      visit(references);
      contents?.forEach(visit);
    }
    for (const [gfn, slot] of this.copies) {
      visit(gfn);
      visit(slot);
    }
  }
}
