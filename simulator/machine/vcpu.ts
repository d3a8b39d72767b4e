import * as at from '../engine/layout';
import { HEAP, type Store } from '../engine/store';
import type { Quick } from '../engine/quick';
import { isCanonical } from '../paging/format';
import { learn } from '../paging/learn';
import { Access, Walk, WalkFault } from '../paging/walk';
import { commit, walk, type PagingMode } from '../paging/walker';
import type { Asid, Frame, GuestFrame } from '../units';
import type { PhysicalMemory } from './memory';
import type { Meter } from './meter';
import type { TagTable } from './tags';
import type { Tlb } from './tlb';
import { TLB_D, TLB_FOREIGN, TLB_NX, TLB_PART_1G, TLB_PART_2M, TLB_U, TLB_W } from './tlb-bits';
import type { WalkCaches } from './walk-caches';

/** How a translation was come by, for statistics and the step record. */
export const enum Path {
  TlbL1 = 0,
  TlbL2,
  Walk,
  Fault,
}

/** Which table the CPU's root is; in the order of layout.ts. */
const REGIMES = ['native', 'nested', 'tpt', 'shadow', 'direct'] as const;
export type Regime = (typeof REGIMES)[number];

/**
 * One virtual CPU: the registers that steer translation, its TLB, and the access path TLB → walk → tag check → fill.
 * A task's access is `translate`; what happens on a fault is the caller's business.
 */
export class Vcpu {
  readonly walk = new Walk();
  readonly mode: PagingMode = {
    levels: 4,
    physBits: 46,
    nxe: true,
    wp: true,
    smep: true,
    smap: false,
    pke: true,
    ac: false,
    pkru: 0,
  };
  /** CR3 as the guest set it, in halves (what a CR3 read gives). */
  cr3Lo = 0;
  cr3Hi = 0;
  user = true;
  /** How the last translation was come by. */
  path: Path = Path.TlbL1;
  /** The last hit went through an entry whose frame has another owner by now. */
  foreign = false;

  /** Told after each load of a root; null: nobody asks. */
  rootLoaded: (() => void) | null = null;

  /** Makes accesses that neither fault nor set a bit; null: there is no engine. */
  quick: Quick | null = null;
  /** What the walker keeps between walks; null: nothing. */
  readonly caches: WalkCaches | null;

  /** Registers, and where the engine finds the parts: one block, as words and as numbers. */
  readonly words: Int32Array;
  private readonly numbers: Float64Array;
  // Masks over TLB flags, by access and privilege: what must be set, what must not.
  private readonly need: Int32Array;
  private readonly deny: Int32Array;

  constructor(
    readonly id: number,
    readonly memory: PhysicalMemory,
    readonly tags: TagTable,
    readonly tlb: Tlb,
    /** Counts what accesses cost; null: nobody asks. */
    readonly meter: Meter | null = null,
    store: Store = HEAP,
  ) {
    this.caches = tlb.walkCaches;
    this.words = store.int32(at.CPU_BYTES / 4);
    this.numbers = new Float64Array(this.words.buffer, this.words.byteOffset, 2);
    this.need = this.words.subarray(at.CPU_NEED / 4, at.CPU_NEED / 4 + 6);
    this.deny = this.words.subarray(at.CPU_DENY / 4, at.CPU_DENY / 4 + 6);
    this.nestedRoot = -1;
    this.nestedLevels = 4;
    this.tagged = true;
    this.modeChanged();
  }

  /** Frame of the top table: an hfn, or a gfn in the nested regime. */
  get root(): Frame | GuestFrame {
    return this.numbers[at.CPU_ROOT / 8];
  }

  set root(frame: Frame | GuestFrame) {
    this.numbers[at.CPU_ROOT / 8] = frame;
  }

  /** hfn of the nested root, or -1 outside the nested regime. */
  get nestedRoot(): Frame {
    return this.numbers[at.CPU_NESTED_ROOT / 8];
  }

  set nestedRoot(frame: Frame) {
    this.numbers[at.CPU_NESTED_ROOT / 8] = frame;
  }

  get nestedLevels(): 4 | 5 {
    return this.words[at.CPU_NESTED_LEVELS / 4] as 4 | 5;
  }

  set nestedLevels(levels: 4 | 5) {
    this.words[at.CPU_NESTED_LEVELS / 4] = levels;
  }

  get regime(): Regime {
    return REGIMES[this.words[at.CPU_REGIME / 4]];
  }

  set regime(regime: Regime) {
    this.words[at.CPU_REGIME / 4] = REGIMES.indexOf(regime);
  }

  get asid(): Asid {
    return this.words[at.CPU_ASID / 4];
  }

  set asid(asid: Asid) {
    this.words[at.CPU_ASID / 4] = asid;
  }

  get pcid(): number {
    return this.words[at.CPU_PCID / 4];
  }

  set pcid(pcid: number) {
    this.words[at.CPU_PCID / 4] = pcid;
  }

  /** Tags are checked by hardware. */
  get tagged(): boolean {
    return this.words[at.CPU_TAGGED / 4] !== 0;
  }

  set tagged(tagged: boolean) {
    this.words[at.CPU_TAGGED / 4] = tagged ? 1 : 0;
  }

  /** To be called after any change of `mode`. */
  modeChanged(): void {
    const { levels, physBits, nxe, wp, smep, smap, ac } = this.mode;
    this.words[at.CPU_LEVELS / 4] = levels;
    this.words[at.CPU_PHYS_BITS / 4] = physBits;
    this.words[at.CPU_MODE / 4] =
      (nxe ? at.MODE_NXE : 0) | (wp ? at.MODE_WP : 0) | (smep ? at.MODE_SMEP : 0) | (smap && !ac ? at.MODE_SMAP : 0);
    const set = (access: Access, user: boolean, need: number, deny: number): void => {
      this.need[access + (user ? 3 : 0)] = need;
      this.deny[access + (user ? 3 : 0)] = deny | TLB_FOREIGN;
    };
    set(Access.Read, true, TLB_U, 0);
    set(Access.Write, true, TLB_U | TLB_W | TLB_D, 0);
    set(Access.Fetch, true, TLB_U, TLB_NX);
    const data = smap && !ac ? TLB_U : 0;
    set(Access.Read, false, 0, data);
    set(Access.Write, false, (wp ? TLB_W : 0) | TLB_D, data);
    set(Access.Fetch, false, 0, TLB_NX | (smep ? TLB_U : 0));
  }

  /** True while protection keys restrict accesses. */
  get usesKeys(): boolean {
    return this.mode.pke && this.mode.pkru !== 0;
  }

  /**
   * Translates one access, as the hardware would: TLB, else walk, A/D updates, fill.
   * @returns the 4 KiB frame (hfn), or -1 on a fault, described by `walk`.
   */
  translate(hi: number, lo: number, access: Access, user: boolean): Frame {
    const frame = this.lookup(hi, lo, access, user);
    if (frame >= 0) return frame;
    this.startWalk(hi, lo, access, user);
    if (this.walk.fault !== WalkFault.None) {
      this.abandonWalk(hi, lo);
      return -1;
    }
    this.finishWalk(hi, lo, access);
    return this.walk.resultFrame;
  }

  /**
   * The TLB's part. A hit that does not permit the access is dropped and the tables are walked again, so that a
   * loosened permission needs no flush and a write through a clean entry sets D (APM vol. 2 §5.5.3, SDM vol. 3 §4.10.2.3).
   * @returns the frame, or -1: walk.
   */
  lookup(hi: number, lo: number, access: Access, user: boolean): Frame {
    this.foreign = false;
    const tlb = this.tlb;
    if (!isCanonical(hi, this.mode.levels)) return -1;
    const frame = tlb.lookup(hi, lo, access === Access.Fetch, this.asid, this.pcid);
    if (frame < 0) return -1;
    const i = access + (user ? 3 : 0);
    const flags = tlb.flags;
    const missing = (flags & this.need[i]) ^ this.need[i];
    const denied = flags & this.deny[i];
    if (
      (missing | (denied & ~TLB_FOREIGN)) === 0 &&
      (!this.usesKeys || this.keyAllows(flags, tlb.pkey, access, user))
    ) {
      // A large entry is marked for any of its frames: only the one that is reached counts.
      this.foreign = denied !== 0 && this.tags.ownerOf(frame) !== this.asid;
      this.path = tlb.hitLevel === 1 ? Path.TlbL1 : Path.TlbL2;
      return frame;
    }
    tlb.drop(hi, lo, this.asid, this.pcid);
    return -1;
  }

  /** The walk's part, without effects: steps and outcome are in `walk`. */
  startWalk(hi: number, lo: number, access: Access, user: boolean): void {
    walk(this, hi, lo, access, user, this.walk);
    this.path = this.walk.fault === WalkFault.None ? Path.Walk : Path.Fault;
  }

  /** The effects of a walk that succeeded: A and D bits, TLB fill. */
  finishWalk(hi: number, lo: number, access: Access): void {
    const w = this.walk;
    commit(w, this.memory);
    learn(w);
    const flags = (w.write ? TLB_W : 0) | (w.user ? TLB_U : 0) | (w.noExecute ? TLB_NX : 0) | (w.dirty ? TLB_D : 0);
    const part = w.shift === w.pageShift ? 0 : w.pageShift === 30 ? TLB_PART_1G : TLB_PART_2M;
    this.tlb.fill(
      hi,
      lo,
      access === Access.Fetch,
      this.asid,
      this.pcid,
      w.shift,
      w.resultFrame,
      flags | part,
      w.pkey,
      w.global,
    );
  }

  /**
   * The effect of a walk that faulted: nothing stays cached for its address, also not in a structure that this kind of
   * access does not look at (SDM vol. 3 §4.10.4.1).
   */
  abandonWalk(hi: number, lo: number): void {
    const { fault } = this.walk;
    // An NPF drops nothing that the guest's linear addresses are cached under (SDM vol. 3 §29.4.3.1).
    if (fault === WalkFault.General || fault === WalkFault.Nested) return;
    this.tlb.drop(hi, lo, this.asid, this.pcid);
    this.caches?.drop(hi, lo, this.asid, this.pcid);
  }

  private keyAllows(flags: number, key: number, access: Access, user: boolean): boolean {
    if ((flags & TLB_U) === 0 || access === Access.Fetch) return true;
    const rights = (this.mode.pkru >>> (key * 2)) & 3;
    return (rights & 1) === 0 && !((rights & 2) !== 0 && access === Access.Write && (user || this.mode.wp));
  }
}
