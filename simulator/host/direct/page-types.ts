import { TrackedArray } from '../../machine/tracked';
import { hex, type Frame } from '../../units';

/** What a frame of a VM under direct paging is used as; never more than one thing at a time. */
export const enum PageType {
  None = 0,
  /** A table of the level with this number. */
  L1,
  L2,
  L3,
  L4,
  L5,
  /** Mapped writable somewhere. */
  Writable,
}

const TYPE_SHIFT = 28;
const PINNED = 1 << 27;
const VALIDATED = 1 << 26;
const COUNT = VALIDATED - 1;

/**
 * The books on frames of VMs under direct paging (Xen: type_info and count_info of struct page_info): a type with a
 * count of those who need the frame to have it, and a count of all references. They hold no translation.
 */
export class PageTypes {
  private readonly info: TrackedArray<Uint32Array>;
  private readonly refs: TrackedArray<Uint32Array>;

  /** @param frames all frames of the machine. */
  constructor(readonly frames: number) {
    this.info = new TrackedArray(new Uint32Array(frames));
    this.refs = new TrackedArray(new Uint32Array(frames));
  }

  typeOf(frame: Frame): PageType {
    return this.info.data[frame] >>> TYPE_SHIFT;
  }
  /** References that need the frame's type. */
  countOf(frame: Frame): number {
    return this.info.data[frame] & COUNT;
  }
  /** All references: entries that name the frame, pins, and vCPUs whose root it is. */
  referencesOf(frame: Frame): number {
    return this.refs.data[frame];
  }
  isPinned(frame: Frame): boolean {
    return (this.info.data[frame] & PINNED) !== 0;
  }
  /** True if every entry of the table was checked, and its references taken. */
  isValidated(frame: Frame): boolean {
    return (this.info.data[frame] & VALIDATED) !== 0;
  }

  setPinned(frame: Frame, pinned: boolean): void {
    this.info.touch(frame);
    this.info.data[frame] = pinned ? this.info.data[frame] | PINNED : this.info.data[frame] & ~PINNED;
  }
  setValidated(frame: Frame): void {
    this.info.touch(frame);
    this.info.data[frame] |= VALIDATED;
  }

  /** Takes a reference that needs no type: a read-only mapping. */
  takeAny(frame: Frame): void {
    this.refs.touch(frame);
    this.refs.data[frame]++;
  }
  dropAny(frame: Frame): void {
    if (this.refs.data[frame] === 0) return;
    this.refs.touch(frame);
    this.refs.data[frame]--;
  }

  /** Takes a reference of a type that the frame has, or may have because it has none. */
  take(frame: Frame, type: PageType): void {
    this.info.touch(frame);
    this.info.data[frame] = ((this.info.data[frame] & ~(-1 << TYPE_SHIFT)) | (type << TYPE_SHIFT)) + 1;
    this.refs.touch(frame);
    this.refs.data[frame]++;
  }

  /**
   * Drops a reference of a frame's type; the type goes with the last. One that the books do not have (somebody wrote
   * to a table behind the host's back) is none.
   * @returns true if it was the last.
   */
  drop(frame: Frame): boolean {
    this.dropAny(frame);
    if (this.countOf(frame) === 0) return false;
    this.info.touch(frame);
    this.info.data[frame]--;
    if (this.countOf(frame) > 0) return false;
    this.info.data[frame] = 0;
    return true;
  }

  /** The VM that had the frame is gone. */
  forget(frame: Frame): void {
    this.info.touch(frame);
    this.info.data[frame] = 0;
    this.refs.touch(frame);
    this.refs.data[frame] = 0;
  }

  /** A frame's type and counts, in words. */
  describe(frame: Frame): string {
    const type = this.typeOf(frame);
    const name = type === PageType.None ? 'no type' : type === PageType.Writable ? 'writable' : tableName(type);
    return `${name}, ${this.countOf(frame)} type references, ${this.referencesOf(frame)} in all${this.isPinned(frame) ? ', pinned' : ''}`;
  }

  /** Why a frame cannot get a type; null if it can. */
  refusal(frame: Frame, wanted: PageType): string | null {
    const type = this.typeOf(frame);
    if (type === PageType.None || type === wanted) return null;
    if (type === PageType.Writable)
      return `frame ${hex(frame)} is mapped writable: it cannot become ${withArticle(wanted)}`;
    return wanted === PageType.Writable
      ? `frame ${hex(frame)} is ${withArticle(type)}: it cannot be mapped writable`
      : `frame ${hex(frame)} is ${withArticle(type)}: it cannot become ${withArticle(wanted)} as well`;
  }
}

const tableName = (level: number): string => `L${level} table`;
const withArticle = (level: number): string => `an ${tableName(level)}`;
