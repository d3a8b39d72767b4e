import { CostEvents } from '../costs/events';
import { HEAP, type Store } from '../engine/store';
import { Counters } from '../machine/counters';
import type { SavedPage } from '../machine/memory';
import { Random } from '../machine/random';
import type { Vcpu } from '../machine/vcpu';
import type { VmConfig } from '../language/program';
import type { Asid, Frame, GuestFrame } from '../units';
import type { DirectPaging } from './direct/direct-paging';
import type { Intercepts } from './intercepts';

/** What is said of a flush that is dropped by hand. */
export const LOST_FLUSH = 'the flush was lost: it was to be dropped';

/** The host's books on one VM. Translations are in its nested table and its gfn→hfn map, both in host memory. */
export class Vm {
  readonly asid: Asid;
  readonly counters: Counters;
  readonly random: Random;
  readonly vcpus: Vcpu[] = [];
  /** First gfn of its memory: 0, but under `native` guest frames are host frames. */
  firstGfn: GuestFrame = 0;
  readonly frames: number;
  nestedRoot: Frame = -1;
  /** First host frame of the gfn→hfn map. */
  mapFrame: Frame = -1;
  mapFrames = 0;
  /** gfn at which the map is visible to the guest, read-only. */
  mapGfn: GuestFrame = 0;
  /** Contents of guest frames that were taken, by gfn. */
  readonly swapped = new Map<GuestFrame, SavedPage | undefined>();
  /** What the host does when the guest's paging comes to it first; null where the hardware does it alone. */
  intercepts: Intercepts | null = null;
  /** The counters when measuring began. */
  readonly measuredFrom: Float64Array;
  /** The host's part of direct paging; null under every other scheme. */
  direct: DirectPaging | null = null;
  /** Exits and software work, counted for their costs. */
  readonly events = new CostEvents();
  /** Injected by hand: the next flush of a TLB for the VM does nothing. */
  dropFlush = false;
  /** Injected by hand: the next access of a program that its tables allow takes a #PF all the same. */
  spuriousFault = false;
  killed = false;
  killedWhy = '';
  /** Next frame for contiguous backing: guest frame g lives at contiguousBase + g, while that is free. */
  contiguousBase: Frame = -1;

  constructor(
    readonly index: number,
    readonly config: VmConfig,
    store: Store = HEAP,
  ) {
    this.counters = new Counters(store);
    this.measuredFrom = new Float64Array(this.counters.values.length);
    this.asid = index + 1;
    this.frames = Math.floor(config.memory / 4096);
    this.random = new Random(config.backingSeed);
  }

  get name(): string {
    return this.config.name;
  }

  /**
   * To be asked by whoever is about to flush a TLB for the VM. @returns true if this flush is the one to be lost: one
   * INVLPG, INVPCID, flush of a PCID or flushing CR3 load on one vCPU, one hypercall's flush, or one flush by the host.
   */
  losesFlush(): boolean {
    const lost = this.dropFlush;
    this.dropFlush = false;
    return lost;
  }

  /** True if the guest frame is ordinary memory of the VM. */
  hasGuestFrame(gfn: GuestFrame): boolean {
    return gfn >= this.firstGfn && gfn < this.firstGfn + this.frames;
  }
}
