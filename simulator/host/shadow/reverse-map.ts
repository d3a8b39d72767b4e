import { TrackedArray } from '../../machine/tracked';
import { FRAMES_2M, type GuestFrame } from '../../units';
import type { Place, ShadowPage } from './page';

/** From a guest frame to the shadow leaf entries that map it: which are there, not where they lead. */
export class ReverseMap {
  /** First leaf entry for each guest frame; the others follow in the pages' chains. */
  private readonly small: TrackedArray<Int32Array>;
  /** The same for leaf entries of 2 MiB, by number of the 2 MiB. */
  private readonly large: TrackedArray<Int32Array>;

  constructor(
    frames: number,
    private readonly pageOf: (place: Place) => ShadowPage,
  ) {
    this.small = new TrackedArray(new Int32Array(frames));
    this.large = new TrackedArray(new Int32Array(Math.ceil(frames / FRAMES_2M)));
  }

  /** Notes a leaf entry. @param gfn first guest frame that it maps; frames that are not the VM's memory have no chain. */
  add(page: ShadowPage, index: number, gfn: GuestFrame): void {
    page.leaves[index] = gfn;
    if (gfn >= this.small.data.length) return;
    const { heads, at } = this.chain(page, gfn);
    page.next[index] = heads.data[at];
    heads.touch(at);
    heads.data[at] = page.place(index);
  }

  remove(page: ShadowPage, index: number): void {
    const gfn = page.leaves[index];
    page.leaves[index] = -1;
    if (gfn < 0 || gfn >= this.small.data.length) return;
    const { heads, at } = this.chain(page, gfn);
    const place = page.place(index);
    if (heads.data[at] === place) {
      heads.touch(at);
      heads.data[at] = page.next[index];
      return;
    }
    for (let p = heads.data[at]; p !== 0; p = this.pageOf(p).next[p % 512]) {
      const other = this.pageOf(p);
      if (other.next[p % 512] !== place) continue;
      other.next[p % 512] = page.next[index];
      return;
    }
  }

  /** Leaf entries of 4 KiB for a guest frame, and those of 2 MiB around it. */
  of(gfn: GuestFrame): { small: Place[]; large: Place[] } {
    if (gfn >= this.small.data.length) return { small: [], large: [] };
    return {
      small: this.follow(this.small.data[gfn]),
      large: this.follow(this.large.data[Math.floor(gfn / FRAMES_2M)]),
    };
  }

  private chain(page: ShadowPage, gfn: GuestFrame): { heads: TrackedArray<Int32Array>; at: number } {
    return page.level === 1 ? { heads: this.small, at: gfn } : { heads: this.large, at: Math.floor(gfn / FRAMES_2M) };
  }

  private follow(first: Place): Place[] {
    const places: Place[] = [];
    for (let p = first; p !== 0; p = this.pageOf(p).next[p % 512]) places.push(p);
    return places;
  }
}
