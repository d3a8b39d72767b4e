import type { PhysicalMemory } from '../../machine/memory';
import type { TagTable } from '../../machine/tags';
import { P, PS, RW, frameOf } from '../../paging/format';
import { hex, type Frame } from '../../units';
import { Use, type HostFrames } from '../frames';
import type { ForeignFrame } from '../refusal';
import type { Vm } from '../vm';
import { PageType, type PageTypes } from './page-types';

export const EPERM = -1;
export const EINVAL = -22;

/** Why the host does not do what a guest asks. */
export interface Refusal {
  readonly errno: number;
  readonly why: string;
  /** Set if the reason is whose frame it is. */
  readonly foreign?: ForeignFrame;
}

/**
 * The rules of direct paging for one VM: what an entry may say, and the references that it takes and gives back. A
 * table is checked as a whole when it is first linked, pinned or loaded, and entry by entry from then on.
 */
export class Validation {
  /** Entries looked at since somebody last asked. */
  private looked = 0;
  /**
   * Frames that lost their type since the VM's TLBs were last flushed: a translation from before may still be cached,
   * so such a frame gets a new type only with a flush (Xen: tlbflush_timestamp).
   */
  private readonly unflushed = new Set<Frame>();
  /** A flush is due before the guest runs on. */
  flushDue = false;

  constructor(
    private readonly vm: Vm,
    private readonly memory: PhysicalMemory,
    private readonly tags: TagTable,
    private readonly frames: HostFrames,
    private readonly types: PageTypes,
    private readonly ownerName: (asid: number) => string,
  ) {}

  /** Takes the references of an entry in a table of a level. Nothing is taken if it is refused. */
  takeEntry(level: number, lo: number, hi: number): Refusal | null {
    if ((lo & P) === 0) return null;
    this.looked++;
    const frame = frameOf(lo, hi);
    if (level > 1 && (lo & PS) !== 0)
      return { errno: EINVAL, why: `the entry maps ${level === 2 ? '2 MiB' : 'a large page'}: only 4 KiB are allowed` };
    const foreign = this.foreign(frame);
    if (foreign) return level === 1 && this.isShared(frame) ? sharedRefusal(frame, lo) : foreign;
    if (level > 1) return this.takeTable(frame, level - 1);
    if ((lo & RW) === 0) {
      this.types.takeAny(frame);
      return null;
    }
    return this.takeType(frame, PageType.Writable);
  }

  /** Gives back what an entry took. */
  dropEntry(level: number, lo: number, hi: number): void {
    if ((lo & P) === 0) return;
    const frame = frameOf(lo, hi);
    if (frame >= this.types.frames || this.tags.ownerOf(frame) !== this.vm.asid) return;
    if (level > 1) this.dropTable(frame, level - 1);
    else if ((lo & RW) === 0) this.types.dropAny(frame);
    else this.dropType(frame, PageType.Writable);
  }

  /** Takes a reference to a frame as a table of a level. The first one checks all its entries. */
  takeTable(frame: Frame, level: number): Refusal | null {
    const foreign = this.foreign(frame);
    if (foreign) return foreign;
    const refusal = this.takeType(frame, level);
    if (refusal || this.types.isValidated(frame)) return refusal;
    // A table that links itself, by whatever way, meets a frame of another type: no check goes round in circles.
    const page = this.memory.page(frame);
    for (let i = 0; i < 512; i++) {
      const wrong = this.takeEntry(level, page[i * 2], page[i * 2 + 1]);
      if (!wrong) continue;
      this.dropEntries(frame, level, i);
      this.types.drop(frame);
      return { ...wrong, why: `entry ${i} of the L${level} table in frame ${hex(frame)}: ${wrong.why}` };
    }
    this.types.setValidated(frame);
    return null;
  }

  /** Drops a reference to a table; with the last one go those that its entries took. */
  dropTable(frame: Frame, level: number): void {
    if (this.dropType(frame, level)) this.dropEntries(frame, level, 512);
  }

  /** Why a frame is not this VM's to name; null if it is. */
  foreign(frame: Frame): Refusal | null {
    if (frame >= this.types.frames) return { errno: EINVAL, why: `frame ${hex(frame)} is outside memory` };
    const owner = this.tags.ownerOf(frame);
    if (owner === this.vm.asid) return null;
    return { errno: EPERM, why: `frame ${hex(frame)} belongs to ${this.ownerName(owner)}`, foreign: { frame, owner } };
  }

  /** @returns entries looked at since the last call. */
  takeLooked(): number {
    const { looked } = this;
    this.looked = 0;
    return looked;
  }

  /** All TLBs of the VM were flushed. */
  flushed(): void {
    this.flushDue = false;
    this.unflushed.clear();
  }

  private takeType(frame: Frame, type: PageType): Refusal | null {
    const why = this.types.refusal(frame, type);
    if (why !== null) return { errno: EINVAL, why };
    if (this.types.countOf(frame) === 0 && this.unflushed.has(frame)) this.flushDue = true;
    this.types.take(frame, type);
    return null;
  }

  /** @returns true if the frame has no type any more. */
  private dropType(frame: Frame, type: PageType): boolean {
    if (this.types.typeOf(frame) !== type || !this.types.drop(frame)) return false;
    this.unflushed.add(frame);
    return true;
  }

  private dropEntries(frame: Frame, level: number, end: number): void {
    const page = this.memory.page(frame);
    for (let i = 0; i < end; i++) this.dropEntry(level, page[i * 2], page[i * 2 + 1]);
  }

  /** The host's maps, which the guest may read. */
  private isShared(frame: Frame): boolean {
    if (this.frames.useOf(frame) !== Use.Map) return false;
    const { direct, mapFrame, mapFrames } = this.vm;
    const within = (first: Frame, count: number): boolean => frame >= first && frame < first + count;
    return (
      within(mapFrame, mapFrames) || (direct !== null && within(direct.reverseMap.frame, direct.reverseMap.frames))
    );
  }
}

/** The host's maps can be read, and nothing else. */
const sharedRefusal = (frame: Frame, lo: number): Refusal | null =>
  (lo & RW) === 0
    ? null
    : { errno: EPERM, why: `frame ${hex(frame)} is a map of the host: it can only be mapped read-only` };
