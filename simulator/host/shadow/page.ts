import type { Frame, GuestFrame } from '../../units';

/** Where an entry is, as one number: shadow page and index. 0 is no place. */
export type Place = number;

/** What the host knows of one shadow page besides its 512 entries, which are in its frame. */
export class ShadowPage {
  /** Entries that lead here. */
  readonly parents = new Set<Place>();
  /** The guest writes the table freely; entries may be older than it says (only tables of level 1). */
  unsync = false;
  /** Emulated stores since a walk last came through. */
  writes = 0;
  /** Guest frame that each leaf entry maps, -1 for none, and the next leaf entry for the same frame (ReverseMap). */
  readonly leaves = new Int32Array(512).fill(-1);
  readonly next = new Int32Array(512);

  /**
   * @param gfn guest table it stands for; of a direct page the first frame it maps
   * @param direct maps a part of one large guest page: it stands for no guest table
   */
  constructor(
    readonly id: number,
    readonly hfn: Frame,
    readonly gfn: GuestFrame,
    readonly level: number,
    readonly direct: boolean,
  ) {}

  place(index: number): Place {
    return this.id * 512 + index;
  }
}
