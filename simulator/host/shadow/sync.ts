import { A, P, frameOf } from '../../paging/format';
import type { GuestFrame } from '../../units';
import { leafEntry } from './entries';
import type { GuestTables } from './guest-tables';
import type { ShadowPage } from './page';
import type { ShadowPages } from './pages';

/**
 * Out-of-sync tables: a guest table of level 1 that the guest may write without the host's knowing, since a processor
 * too may go on with old translations until INVLPG or a CR3 load. The shadow entries are compared then.
 */
export class Sync {
  constructor(
    private readonly pages: ShadowPages,
    private readonly guest: GuestTables,
    private readonly homeOf: (gfn: GuestFrame) => number,
    private readonly compared: (entries: number) => void,
  ) {}

  /** Gives a guest table to the guest to write. Only for frames that are tables of level 1 and nothing else. */
  release(gfn: GuestFrame): void {
    for (const page of this.pages.of(gfn)) {
      page.unsync = true;
      this.pages.unsync.add(page);
    }
  }

  /** Brings a table back: write-protected, and no entry says what the guest's does not. */
  resync(page: ShadowPage): void {
    if (!page.unsync) return;
    page.unsync = false;
    this.pages.unsync.delete(page);
    this.pages.writeProtect(page.gfn);
    let entries = 0;
    for (let i = 0; i < 512; i++) if (this.compare(page, i)) entries++;
    if (entries > 0) this.compared(entries);
  }

  /** Compares one entry; the table stays as it is. */
  resyncEntry(page: ShadowPage, index: number): void {
    if (page.unsync && this.compare(page, index)) this.compared(1);
  }

  /** Brings back every table that can be reached from a root. @returns how many. */
  resyncUnder(root: ShadowPage): number {
    const found = [...this.pages.unsync].filter((page) => this.isUnder(page, root));
    for (const page of found) this.resync(page);
    return found.length;
  }

  /** Brings back all tables. @returns how many. */
  resyncAll(): number {
    const found = [...this.pages.unsync];
    for (const page of found) this.resync(page);
    return found.length;
  }

  private isUnder(page: ShadowPage, root: ShadowPage): boolean {
    return page === root || [...page.parents].some((place) => this.isUnder(this.pages.at(place), root));
  }

  /** @returns false if there was no entry to compare. */
  private compare(page: ShadowPage, index: number): boolean {
    if ((this.pages.entry(page, index).lo & P) === 0) return false;
    const guest = this.guest.entry(page.gfn, index);
    const gfn = frameOf(guest.lo, guest.hi);
    if ((guest.lo & (P | A)) !== (P | A) || gfn !== page.leaves[index]) this.pages.drop(page, index);
    else {
      const entry = leafEntry(guest, this.homeOf(gfn), this.pages.mayWrite(gfn), false);
      this.pages.setLeaf(page, index, gfn, entry);
    }
    return true;
  }
}
