import { isCanonical } from '../paging/format';
import { learn } from '../paging/learn';
import { Access, Walk, WalkFault } from '../paging/walk';
import { commit, walk, type PagingMode } from '../paging/walker';
import type { Asid, Frame, GuestFrame } from '../units';
import type { PhysicalMemory } from './memory';
import type { Meter } from './meter';
import type { TagTable } from './tags';
import { type Tlb, TLB_D, TLB_FOREIGN, TLB_NX, TLB_PART_1G, TLB_PART_2M, TLB_U, TLB_W } from './tlb';
import type { WalkCaches } from './walk-caches';

/** How a translation was come by, for statistics and the step record. */
export const enum Path {
  TlbL1 = 0,
  TlbL2,
  Walk,
  Fault,
}

/** Which table the CPU's root is. */
export type Regime = 'native' | 'nested' | 'tpt' | 'shadow' | 'direct';

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
  /** Frame of the top table: an hfn, or a gfn in the nested regime. */
  root: Frame | GuestFrame = 0;
  /** hfn of the nested root, or -1 outside the nested regime. */
  nestedRoot: Frame = -1;
  nestedLevels: 4 | 5 = 4;
  regime: Regime = 'native';
  asid: Asid = 0;
  pcid = 0;
  /** CR3 as the guest set it, in halves (what a CR3 read gives). */
  cr3Lo = 0;
  cr3Hi = 0;
  tagged = true;
  user = true;
  /** How the last translation was come by. */
  path: Path = Path.TlbL1;
  /** The last hit went through an entry whose frame has another owner by now. */
  foreign = false;

  /** Told after each load of a root; null: nobody asks. */
  rootLoaded: (() => void) | null = null;

  /** What the walker keeps between walks; null: nothing. */
  readonly caches: WalkCaches | null;

  // Masks over TLB flags, by access and privilege: what must be set, what must not.
  private readonly need = new Uint32Array(6);
  private readonly deny = new Uint32Array(6);

  constructor(
    readonly id: number,
    readonly memory: PhysicalMemory,
    readonly tags: TagTable,
    readonly tlb: Tlb,
    /** Counts what accesses cost; null: nobody asks. */
    readonly meter: Meter | null = null,
  ) {
    this.caches = tlb.walkCaches;
    this.modeChanged();
  }

  /** To be called after any change of `mode`. */
  modeChanged(): void {
    const { wp, smep, smap, ac } = this.mode;
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

  /** What an entry's TLB flags must have, and must not have, for an access. */
  rights(access: Access, user: boolean): { readonly need: number; readonly deny: number } {
    const i = access + (user ? 3 : 0);
    return { need: this.need[i], deny: this.deny[i] };
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
      (this.mode.pkru === 0 || !this.mode.pke || this.keyAllows(flags, tlb.pkey, access, user))
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
