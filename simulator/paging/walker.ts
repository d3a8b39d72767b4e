import type { MemoryReader, PhysicalMemory } from '../machine/memory';
import type { TagTable } from '../machine/tags';
import { nestedHigh, type NestedTlb, prefixHigh, prefixLow, spaceOf, type WalkCaches } from '../machine/walk-caches';
import type { Asid, Frame, GuestFrame } from '../units';
import * as f from './format';
import { Access, StepKind, type Walk, WalkFault } from './walk';

/** CPU state that decides how a table is read (CR0, CR4, EFER, PKRU, EFLAGS.AC). */
export interface PagingMode {
  levels: 4 | 5;
  /** Physical-address bits; higher address bits of an entry are reserved. */
  physBits: number;
  nxe: boolean;
  wp: boolean;
  smep: boolean;
  smap: boolean;
  pke: boolean;
  ac: boolean;
  pkru: number;
}

/** Where a walk begins and who runs. */
export interface WalkContext {
  readonly memory: MemoryReader;
  readonly tags: TagTable;
  readonly mode: PagingMode;
  /** Frame of the top table: an hfn, or a gfn if `nestedRoot` is set. */
  root: Frame | GuestFrame;
  /** hfn of the nested table's root, or -1: the walk is one-dimensional. */
  nestedRoot: Frame;
  /** Levels of the nested table; 4 unless given. */
  readonly nestedLevels?: 4 | 5;
  asid: Asid;
  readonly pcid?: number;
  /** What the walker has kept from earlier walks; without it every level is read. */
  readonly caches?: WalkCaches | null;
  /** Tag checks apply (not under `tags off`, nor to a machine without VMs). */
  tagged: boolean;
}

/**
 * Walks the tables for one access: a pure function of machine state and access, whose steps and outcome are left in
 * `w`. One loop serves native, TPT, guest-level and nested-level walks; a 2-D walk is this walker with every table
 * frame, and the final one, taken through the nested table by the same loop.
 */
export function walk(c: WalkContext, hi: number, lo: number, access: Access, user: boolean, w: Walk): void {
  w.reset();
  if (!f.isCanonical(hi, c.mode.levels)) {
    w.fault = WalkFault.General;
    return;
  }
  const guest = guestLeaf;
  traverse(c, c.mode, c.root, c.nestedRoot >= 0, c.root, hi, lo, access, user, guest, w);
  if (w.fault !== WalkFault.None) return;
  w.write = (guest.rights & f.RW) !== 0;
  w.user = (guest.rights & f.US) !== 0;
  w.noExecute = (guest.rights & NO_EXECUTE) !== 0;
  w.global = guest.global;
  w.dirty = guest.dirty;
  w.pkey = guest.pkey;
  w.shift = guest.shift;
  w.pageShift = guest.shift;
  w.resultFrame = guest.frame;
  if (c.nestedRoot >= 0) finishNested(c, guest, access, w);
  if (w.fault === WalkFault.None && c.tagged) checkFinal(c, guest.frame, access, user, w);
}

/** Writes the A and D bits that the walk decided on. */
export function commit(w: Walk, memory: Pick<PhysicalMemory, 'word' | 'setWord'>): void {
  for (let i = 0; i < w.updates; i++) {
    const word = w.updateIndex[i] * 2;
    const frame = w.updateFrame[i];
    const bits = w.updateBits[i];
    const now = memory.word(frame, word);
    if ((now & bits) !== bits) memory.setWord(frame, word, now | bits);
  }
}

/** Among rights: bit 0, which would be P in an entry, says that a level forbids fetches. */
const NO_EXECUTE = 1;
/** The nested TLB keeps beside the rights that D is set. */
const DIRTY = f.D;

/** Attributes gathered over the levels of one traversal. */
interface Leaf {
  frame: Frame;
  shift: number;
  /** Of all levels together: RW and US as in an entry, and NO_EXECUTE. */
  rights: number;
  global: boolean;
  dirty: boolean;
  pkey: number;
}
const newLeaf = (): Leaf => ({
  frame: 0,
  shift: 12,
  rights: 0,
  global: false,
  dirty: false,
  pkey: 0,
});
// Scratch, one for each dimension: a walk allocates nothing.
const guestLeaf = newLeaf();
const nestedLeaf = newLeaf();

/** NPT is walked as ordinary long-mode tables, all accesses as user accesses (APM vol. 2 §15.25.5). */
const NESTED_MODE_4: PagingMode = {
  levels: 4,
  physBits: 52,
  nxe: true,
  wp: true,
  smep: false,
  smap: false,
  pke: false,
  ac: false,
  pkru: 0,
};

const NESTED_MODE_5: PagingMode = { ...NESTED_MODE_4, levels: 5 };

const NO_STRUCTURES: WalkCaches['guest'] = [null, null, null, null, null, null];

function traverse(
  c: WalkContext,
  mode: PagingMode,
  root: Frame | GuestFrame,
  throughNested: boolean,
  gfn: number,
  hi: number,
  lo: number,
  access: Access,
  user: boolean,
  leaf: Leaf,
  w: Walk,
): void {
  const nestedLevel = mode === NESTED_MODE_4 || mode === NESTED_MODE_5;
  const kind = nestedLevel ? StepKind.Nested : StepKind.Entry;
  let table: number = root;
  let rights = f.RW | f.US;
  let level: number = mode.levels;
  let cached = -1;
  const caches = c.caches;
  const structures = !caches ? NO_STRUCTURES : nestedLevel ? caches.nested : caches.guest;
  const space = spaceOf(c.asid, nestedLevel ? 0 : (c.pcid ?? 0));
  for (let l = 2; l <= mode.levels; l++) {
    const cache = structures[l];
    const slot = cache === null ? -1 : cache.find(hi, lo, space);
    if (cache === null || slot < 0) continue;
    cached = cache.frame[slot];
    table = cache.guestFrame[slot];
    rights = cache.rights[slot];
    w.addStep(nestedLevel ? StepKind.NestedStructureHit : StepKind.StructureHit, l, cached, gfn, slot, 0, 0);
    w.addUse(cache, slot);
    level = l - 1;
    break;
  }
  const top = level;
  for (; ; level--) {
    let frame = table;
    if (level === top && cached >= 0) frame = cached;
    else if (throughNested) {
      frame = nestedTableFrame(c, table, f.tableIndex(hi, lo, level), w);
      if (w.fault !== WalkFault.None) return;
    }
    if (level < top) {
      const cache = structures[level + 1];
      if (cache !== null) {
        const keyHi = prefixHigh(hi, level + 1, space);
        w.addLesson(cache, prefixLow(hi, lo, level + 1), keyHi, frame, nestedLevel ? 0 : table, rights, 0);
      }
    }
    if (
      c.tagged &&
      !nestedLevel &&
      !checkTable(c, frame, table, level, level === top, cached >= 0, throughNested, access, user, w)
    )
      return;
    const index = f.tableIndex(hi, lo, level);
    const entryLo = c.memory.word(frame, index * 2);
    const entryHi = c.memory.word(frame, index * 2 + 1);
    w.addStep(kind, level, frame, nestedLevel ? gfn : table, index, entryLo, entryHi);
    w.references++;
    if (nestedLevel) w.nestedReferences++;
    if ((entryLo & f.P) === 0) {
      pageFault(mode, access, user, 0, w);
      return;
    }
    const isLeaf = level === 1 || ((entryLo & f.PS) !== 0 && level <= 3);
    if (reserved(mode, level, isLeaf, entryLo, entryHi)) {
      pageFault(mode, access, user, f.PF_P | f.PF_RSVD, w);
      return;
    }
    rights = (rights & entryLo & (f.RW | f.US)) | ((rights | (entryHi >>> 31)) & NO_EXECUTE);
    if (!isLeaf) {
      if ((entryLo & f.A) === 0) w.addUpdate(frame, index, f.A);
      table = f.frameOf(entryLo, entryHi);
      continue;
    }
    leaf.rights = rights;
    leaf.pkey = f.pkeyOf(entryHi);
    const denied = deny(mode, leaf, access, user);
    if (denied !== 0) {
      pageFault(mode, access, user, denied, w);
      return;
    }
    const bits = access === Access.Write ? f.A | f.D : f.A;
    if ((entryLo & bits) !== bits) w.addUpdate(frame, index, bits);
    leaf.dirty = (entryLo & f.D) !== 0 || access === Access.Write;
    leaf.global = (entryLo & f.G) !== 0;
    leaf.shift = f.leafShift(level);
    const span = f.leafFrames(level);
    const base = f.frameOf(entryLo, entryHi);
    // Low address bits of a large leaf are PAT or reserved, not address.
    leaf.frame = level === 1 ? base : base - (base % span) + (frameNumber(hi, lo) % span);
    return;
  }
}

/** Bits 12 to 51 of an address. */
const frameNumber = (hi: number, lo: number): number => (hi & 0xfffff) * 0x100000 + (lo >>> 12);

/** Where a guest table's frame (gfn) lives. The CPU reads guest tables as user writes of the nested level (APM vol. 2 §15.25.6). */
function nestedTableFrame(c: WalkContext, gfn: number, index: number, w: Walk): Frame {
  nestedWalk(c, gfn, Access.Write, w);
  if (w.fault !== WalkFault.None) {
    w.faultGpa = gfn * 4096 + index * 8;
    w.errorHigh = 2; // bit 33: during a guest-table walk
    return 0;
  }
  return nestedLeaf.frame;
}

function nestedWalk(c: WalkContext, gfn: number, access: Access, w: Walk): void {
  const mode = c.nestedLevels === 5 ? NESTED_MODE_5 : NESTED_MODE_4;
  const tlb = c.caches?.nestedTlb;
  if (tlb && nestedTlbHit(c, tlb, gfn, access, w)) return;
  traverse(
    c,
    mode,
    c.nestedRoot,
    false,
    gfn,
    gfn < 0x100000 ? 0 : Math.floor(gfn / 0x100000),
    (gfn * 4096) >>> 0,
    access,
    true,
    nestedLeaf,
    w,
  );
  if (w.fault === WalkFault.Page) w.fault = WalkFault.Nested;
  else if (tlb) {
    const { frame, shift, rights, dirty } = nestedLeaf;
    w.addLesson(tlb, gfn | 0, nestedHigh(gfn, spaceOf(c.asid, 0)), frame, 0, rights | (dirty ? DIRTY : 0), shift);
  }
}

function nestedTlbHit(c: WalkContext, tlb: NestedTlb, gfn: number, access: Access, w: Walk): boolean {
  const slot = tlb.find(gfn, spaceOf(c.asid, 0));
  if (slot < 0) return false;
  // What the cached translation does not permit, or would have to set D for, is walked again.
  const rights = tlb.rights[slot];
  if (access === Access.Write && ((rights & f.RW) === 0 || (rights & DIRTY) === 0)) return false;
  if (access === Access.Fetch && (rights & NO_EXECUTE) !== 0) return false;
  nestedLeaf.frame = tlb.frame[slot];
  nestedLeaf.shift = tlb.shift[slot];
  nestedLeaf.rights = rights & ~DIRTY;
  nestedLeaf.dirty = (rights & DIRTY) !== 0;
  w.addUse(tlb, slot);
  w.addStep(StepKind.NestedTlbHit, 0, nestedLeaf.frame, gfn, slot, 0, 0);
  return true;
}

/** Takes the final guest frame through the nested table; the cached page is the smaller of the two. */
function finishNested(c: WalkContext, guest: Leaf, access: Access, w: Walk): void {
  nestedWalk(c, guest.frame, access, w);
  if (w.fault !== WalkFault.None) {
    w.faultGpa = guest.frame * 4096;
    w.errorHigh = 1; // bit 32: the final address
    return;
  }
  w.resultFrame = nestedLeaf.frame;
  w.shift = Math.min(w.shift, nestedLeaf.shift);
  const mayWrite = (nestedLeaf.rights & f.RW) !== 0;
  w.write &&= mayWrite;
  w.noExecute ||= (nestedLeaf.rights & NO_EXECUTE) !== 0;
  // A write by the cached page must walk if it would set D in the nested table, or if the nested table refuses it: to a
  // supervisor without CR0.WP the guest's R/W means nothing, the host's always does.
  w.dirty &&= nestedLeaf.dirty && mayWrite;
}

/**
 * The frame that holds a table must belong to the running VM; so no upper entry or CR3 can be aimed at a foreign
 * frame. Behind a nested table the host's own frames are allowed: the host itself put them there (shared pages).
 */
function checkTable(
  c: WalkContext,
  frame: Frame,
  table: number,
  level: number,
  first: boolean,
  cached: boolean,
  throughNested: boolean,
  access: Access,
  user: boolean,
  w: Walk,
): boolean {
  // One look-up with each reference is for the frame that the entry names. The first table of a walk is then known to be
  // good: a cached entry's was looked up when it was read, the root's when CR3 was loaded (its tag is looked at here, free).
  const free = c.tags.lookup === 'per-reference' && first;
  if (free && cached) return true;
  const owner = c.tags.ownerOf(frame);
  if (!free) {
    w.tagLookups++;
    w.addStep(StepKind.TableTag, level, frame, table, owner, 0, 0);
  }
  if (owner === c.asid ? !misplaced(c, frame, table) : throughNested && owner === 0) return true;
  if (free) w.addStep(StepKind.TableTag, level, frame, table, owner, 0, 0);
  tagFault(c, frame, owner, access, user, w);
  w.errorHigh = throughNested ? 2 : 0; // bit 33: during a guest-table walk
  return false;
}

/** @param gfn final frame of the guest's own table, which the nested table took to the frame that is checked */
function checkFinal(c: WalkContext, gfn: number, access: Access, user: boolean, w: Walk): void {
  const frame = w.resultFrame;
  const owner = c.tags.ownerOf(frame);
  w.tagLookups++;
  w.addStep(StepKind.FinalTag, 0, frame, gfn, owner, 0, 0);
  if (owner === c.asid ? misplaced(c, frame, gfn) : !(c.nestedRoot >= 0 && owner === 0)) {
    tagFault(c, frame, owner, access, user, w);
    w.errorHigh = c.nestedRoot >= 0 ? 1 : 0; // bit 32: the final address
    return;
  }
  if (w.shift > 12 && !(w.shift === 21 && c.tags.hugeOwnedBy(frame, c.asid))) {
    // RMP: a 2 MiB fill over 4 KiB tags is a size mismatch; 1 GiB pages are checked as 2 MiB. Under `asid` there are
    // no page sizes to mismatch, and only what was checked is cached.
    if (w.shift === 30 && c.tags.hugeOwnedBy(frame, c.asid)) w.shift = 21;
    else if (c.tags.mode === 'rmp' && c.nestedRoot < 0) {
      tagFault(c, frame, owner, access, user, w);
      w.errorHigh = 8; // bit 35: SIZEM
    } else w.shift = 12;
  }
}

/** Under `rmp`, the entry must also name the guest frame at which the nested table has put the frame (APM vol. 2 §15.36). */
const misplaced = (c: WalkContext, frame: Frame, gfn: number): boolean =>
  c.tags.mode === 'rmp' && c.nestedRoot >= 0 && c.tags.read(frame).gfn !== gfn;

function tagFault(c: WalkContext, frame: Frame, owner: Asid, access: Access, user: boolean, w: Walk): void {
  w.fault = WalkFault.Tag;
  w.faultFrame = frame;
  w.foundOwner = owner;
  w.faultStep = w.steps - 1;
  w.errorCode = f.PF_RMP + (f.PF_P | accessBits(c.mode, access, user));
  w.updates = 0;
}

function pageFault(mode: PagingMode, access: Access, user: boolean, cause: number, w: Walk): void {
  w.fault = WalkFault.Page;
  w.faultStep = w.steps - 1;
  w.updates = 0;
  w.errorCode = cause | accessBits(mode, access, user);
}

/** What was tried, as the error code says it. I/D is reported only where fetches can fault for their own reasons (SDM vol. 3 §4.7). */
const accessBits = (mode: PagingMode, access: Access, user: boolean): number =>
  (access === Access.Write ? f.PF_W : 0) |
  (user ? f.PF_U : 0) |
  (access === Access.Fetch && (mode.nxe || mode.smep) ? f.PF_I : 0);

/** Reserved bits of an entry (SDM vol. 3 §4.5): address bits from physBits up to 51, NX without NXE, PS where there is no such page, low address bits of large pages. */
function reserved(mode: PagingMode, level: number, isLeaf: boolean, lo: number, hi: number): boolean {
  const address = mode.physBits >= 52 ? 0 : hi & 0xfffff & ~((1 << (mode.physBits - 32)) - 1);
  if (address !== 0) return true;
  if (hi >>> 31 !== 0 && !mode.nxe) return true;
  if (level >= 4) return (lo & f.PS) !== 0;
  if (level === 2 && isLeaf) return (lo & 0x001f_e000) !== 0;
  if (level === 3 && isLeaf) return (lo & 0x3fff_e000) !== 0;
  return false;
}

/** @returns 0 if the access is allowed, else the error-code bits that say why not. */
function deny(mode: PagingMode, leaf: Leaf, access: Access, user: boolean): number {
  const isUser = (leaf.rights & f.US) !== 0;
  if (user && !isUser) return f.PF_P;
  if (access === Access.Fetch) {
    if ((leaf.rights & NO_EXECUTE) !== 0) return f.PF_P;
    return !user && mode.smep && isUser ? f.PF_P : 0;
  }
  let denied = !user && isUser && mode.smap && !mode.ac ? f.PF_P : 0;
  if (access === Access.Write && (leaf.rights & f.RW) === 0 && (user || mode.wp)) denied = f.PF_P;
  // Protection keys follow the page's U/S bit, not CPL, and are reported beside other causes (SDM vol. 3 §4.6.2, §4.7).
  if (mode.pke && isUser) {
    const rights = (mode.pkru >>> (leaf.pkey * 2)) & 3;
    const noAccess = (rights & 1) !== 0;
    const noWrite = (rights & 2) !== 0 && access === Access.Write && (user || mode.wp);
    if (noAccess || noWrite) denied = f.PF_P | f.PF_PK;
  }
  return denied;
}
