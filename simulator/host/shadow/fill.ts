import { D, frameOf, tableIndex } from '../../paging/format';
import type { Walk } from '../../paging/walk';
import { FRAMES_2M, type Frame, type GuestFrame } from '../../units';
import { type Entry, directEntry, leafEntry, tableEntry } from './entries';
import type { ShadowPage } from './page';
import type { ShadowPages } from './pages';
import type { Sync } from './sync';

/** Derives shadow entries from guest entries. */
export class Filler {
  /** Entries written by the last call. */
  written = 0;

  constructor(
    private readonly pages: ShadowPages,
    private readonly sync: Sync,
    private readonly homeOf: (gfn: GuestFrame) => Frame,
  ) {}

  /**
   * Writes the shadow entries for an address, from the root down.
   * @param walk the guest's tables for it, walked without a fault; the frame that it led to is backed
   * @returns false if the host has no frame for a shadow page.
   */
  fill(root: ShadowPage, levels: number, hi: number, lo: number, walk: Walk): boolean {
    const result: number = walk.resultFrame;
    const leafLevel = levels - walk.steps + 1;
    this.written = 0;
    let page = root;
    for (let level = levels; ; level--) {
      // A walk came through: the table is in use.
      page.writes = 0;
      const index = tableIndex(hi, lo, level);
      const step = Math.min(levels - level, walk.steps - 1);
      // D as it is since the walk's effects.
      const guest: Entry = { lo: walk.lo[step] | (walk.dirty ? D : 0), hi: walk.hi[step] };
      if (level <= leafLevel && this.leaf(page, index, level, guest, result)) return true;
      const child: ShadowPage | null =
        level > leafLevel
          ? this.table(frameOf(guest.lo, guest.hi), level - 1)
          : this.direct(page, index, level - 1, result);
      if (!child) return false;
      const entry = level > leafLevel ? tableEntry(guest, child.hfn) : directEntry(child.hfn);
      if (this.pages.below(page, index) !== child) this.sync.resync(child);
      if (this.pages.link(page, index, child, entry)) this.written++;
      page = child;
    }
  }

  /**
   * The page for a guest table. For a new one the table's frame is write-protected, and if the guest wrote it freely as
   * a table of another level, that ends.
   */
  table(gfn: GuestFrame, level: number): ShadowPage | null {
    const found = this.pages.find(gfn, level);
    if (found) return found;
    for (const other of this.pages.of(gfn)) this.sync.resync(other);
    const page = this.pages.make(gfn, level, false);
    if (page) this.pages.writeProtect(gfn);
    return page;
  }

  /** The page for a part of a large guest page. */
  private direct(page: ShadowPage, index: number, level: number, gfn: GuestFrame): ShadowPage | null {
    const found = this.pages.below(page, index);
    return found?.direct ? found : this.pages.make(gfn - (gfn % 512 ** level), level, true);
  }

  /** Writes a leaf entry, if the page can be mapped at this level. */
  private leaf(page: ShadowPage, index: number, level: number, guest: Entry, gfn: GuestFrame): boolean {
    const large = level === 2;
    if (level > 2 || (large && !this.is2M(gfn - (gfn % FRAMES_2M)))) return false;
    const first = large ? gfn - (gfn % FRAMES_2M) : gfn;
    const entry = leafEntry(guest, this.homeOf(first), this.pages.mayWrite(first), large);
    this.pages.setLeaf(page, index, first, entry);
    this.written++;
    return true;
  }

  /** True if 2 MiB of the guest are 2 MiB in host memory too, and hold no shadowed table. */
  private is2M(first: GuestFrame): boolean {
    const home = this.homeOf(first);
    if (home < 0 || home % FRAMES_2M !== 0 || this.pages.shadows2M(first)) return false;
    // The last one first: where a guest fills its memory in order, that is the one to be missing.
    for (let i = FRAMES_2M - 1; i > 0; i--) if (this.homeOf(first + i) !== home + i) return false;
    return true;
  }
}
