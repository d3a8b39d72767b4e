/** The walk of paging/walker.ts, for accesses that do not fault and set no bit. */
import { Access, StepKind } from '../../paging/kinds';
import * as f from '../../paging/bits';
import * as at from '../layout';
import { findKey } from './associative';
import { entryOf } from './memory';
import { NO_EXECUTE, nestedDirty, nestedFrame, nestedRights, nestedShift, walkNested } from './nested-walk';
import { addLesson, addStep, addUse, beginRecord } from './record';
import { allowsFinal, allowsTable, isHuge, ownerOf, owns } from './tags';
import { contentIn, frameIn, guestFrameIn, prefixHigh, prefixLow, rightsIn, spaceOf, wholeAt } from './walk-caches';

// What the last successful walk found.
export let resultFrame: u32 = 0;
export let shift: u32 = 0;
/** log2 of the page that the walked table maps. */
export let pageShift: u32 = 0;
export let rights: u32 = 0;
export let dirty: bool = false;
export let global: bool = false;
export let pkey: u32 = 0;
// Of a walk of the last level alone: the slot that gave its table, and the table.
export let lastSlot: i32 = 0;
export let lastTable: u32 = 0;

/** Walks the tables for an access. Nothing changes but the record. @returns false if that is not the engine's business. */
export function walk(cpu: usize, hi: i32, lo: i32, access: Access, user: bool): bool {
  const nestedRoot = load<f64>(cpu, at.CPU_NESTED_ROOT);
  const root = wholeAt(cpu + at.CPU_ROOT);
  if (root >= <u64>at.FRAME_LIMIT || nestedRoot >= at.FRAME_LIMIT) return false;
  const nested = nestedRoot >= 0;
  const tagged = load<i32>(cpu, at.CPU_TAGGED) != 0;
  beginRecord(cpu);
  if (!traverse(cpu, <u32>root, nested, tagged, hi, lo, access, user)) return false;
  const gfn = resultFrame;
  if (nested) {
    if (!walkNested(cpu, gfn, access)) return false;
    resultFrame = nestedFrame;
    shift = min(shift, nestedShift);
    const mayWrite = (nestedRights & f.RW) != 0;
    rights = (rights & (nestedRights | f.US)) | ((rights | nestedRights) & NO_EXECUTE);
    dirty = dirty && nestedDirty && mayWrite;
  }
  if (!tagged) return !reachesForeign(cpu);
  if (!allowsFinal(cpu, resultFrame, gfn, nested)) return false;
  // Anything but a 2 MiB page over a 2 MiB tag is cut, or a fault.
  return shift == 12 || (shift == 21 && isHuge(cpu, resultFrame));
}

function traverse(
  cpu: usize,
  root: u32,
  nested: bool,
  tagged: bool,
  hi: i32,
  lo: i32,
  access: Access,
  user: bool,
): bool {
  const memory = load<usize>(cpu, at.CPU_MEMORY);
  const structures = cpu + at.CPU_STRUCTURES;
  const levels = load<i32>(cpu, at.CPU_LEVELS);
  const space = spaceOf(load<i32>(cpu, at.CPU_ASID), load<i32>(cpu, at.CPU_PCID));
  const badAddress = reservedAddress(cpu);
  let table = root;
  let gathered: u32 = f.RW | f.US;
  let level = levels;
  let frame: u32 = 0;
  let cached = false;
  for (let l = 2; l <= levels; l++) {
    const cache = load<usize>(structures + (l << 2));
    if (cache == 0) continue;
    const slot = findKey(cache, prefixLow(hi, lo, l), prefixHigh(hi, l, space));
    if (slot < 0) continue;
    frame = frameIn(cache, slot);
    table = guestFrameIn(cache, slot);
    gathered = rightsIn(cache, slot);
    cached = true;
    addStep(StepKind.StructureHit, l, frame, 0);
    addUse(cache, slot);
    level = l - 1;
    break;
  }
  for (const top = level; ; level--) {
    const first = level == top;
    if (!first || !cached) {
      frame = table;
      if (nested) {
        // The CPU reads guest tables as user writes of the nested level (APM vol. 2 §15.25.6).
        if (!walkNested(cpu, table, Access.Write)) return false;
        frame = nestedFrame;
      }
    }
    if (!first) {
      const cache = load<usize>(structures + ((level + 1) << 2));
      if (cache != 0)
        addLesson(cache, prefixLow(hi, lo, level + 1), prefixHigh(hi, level + 1, space), frame, table, gathered, 0);
    }
    if (tagged && !allowsTable(cpu, frame, table, first, cached, nested)) return false;
    const index = indexOf(hi, lo, level);
    const entry = entryOf(memory, frame, index);
    addStep(StepKind.Entry, level, frame, index >>> 3);
    if ((entry & f.P) == 0 || (entry & f.A) == 0 || (entry & badAddress) != 0) return false;
    gathered = (gathered & (<u32>entry) & (f.RW | f.US)) | ((gathered | (<u32>(entry >> 63))) & NO_EXECUTE);
    const named = (entry >> 12) & 0xff_ffff_ffff;
    if (named >= <u64>at.FRAME_LIMIT) return false;
    const isLarge = level > 1 && (entry & f.PS) != 0;
    if (level > 1 && !isLarge) {
      table = <u32>named;
      continue;
    }
    if (level >= 4 || !takeLeaf(cpu, entry, gathered, access, user)) return false;
    const span: u32 = (1 << (9 * (level - 1))) - 1;
    // Low address bits of a large leaf are PAT or reserved, not address.
    if (isLarge && ((<u32>named) & span & ~1) != 0) return false;
    resultFrame = ((<u32>named) & ~span) | (((lo >>> 12) | (hi << 20)) & span);
    shift = 3 + 9 * level;
    pageShift = shift;
    return true;
  }
}

/** What a leaf says besides its frame. @returns false if it does not permit the access, or D would have to be set. */
function takeLeaf(cpu: usize, entry: u64, gathered: u32, access: Access, user: bool): bool {
  if (!permits(cpu, gathered, access, user)) return false;
  dirty = (entry & f.D) != 0;
  if (access == Access.Write && !dirty) return false;
  rights = gathered;
  global = (entry & f.G) != 0;
  pkey = (<u32>(entry >> 59)) & 15;
  return true;
}

/**
 * The same where a paging-structure cache has the table of the last level and no nested table is in between, as it is for most
 * walks: no record is needed for what is known beforehand.
 */
export function walkLast(cpu: usize, hi: i32, lo: i32, access: Access, user: bool): bool {
  const cache = load<usize>(cpu, at.CPU_STRUCTURES + 2 * 4);
  if (cache == 0 || load<f64>(cpu, at.CPU_NESTED_ROOT) >= 0) return false;
  const space = spaceOf(load<i32>(cpu, at.CPU_ASID), load<i32>(cpu, at.CPU_PCID));
  const slot = findKey(cache, prefixLow(hi, lo, 2), prefixHigh(hi, 2, space));
  if (slot < 0) return false;
  const content = contentIn(cpu, cache, slot);
  if (content == 0) return false;
  const entry = load<u64>(content + (((lo >>> 12) & 511) << 3));
  if ((entry & f.P) == 0 || (entry & f.A) == 0 || (entry & reservedAddress(cpu)) != 0) return false;
  const gathered = rightsIn(cache, slot);
  const all = (gathered & (<u32>entry) & (f.RW | f.US)) | ((gathered | (<u32>(entry >> 63))) & NO_EXECUTE);
  if (!takeLeaf(cpu, entry, all, access, user)) return false;
  const named = (entry >> 12) & 0xff_ffff_ffff;
  if (named >= <u64>at.FRAME_LIMIT) return false;
  resultFrame = <u32>named;
  if (load<i32>(cpu, at.CPU_TAGGED) != 0 ? !owns(cpu, resultFrame) : reachesForeign(cpu)) return false;
  lastSlot = slot;
  lastTable = frameIn(cache, slot);
  shift = 12;
  pageShift = 12;
  return true;
}

/** Bits of an entry that must be 0: address bits from physBits on, and NX where it is off. */
function reservedAddress(cpu: usize): u64 {
  const address: u64 = 0x000f_ffff_ffff_f000;
  const bits = load<i32>(cpu, at.CPU_PHYS_BITS);
  const high = bits >= 52 ? 0 : address & ~(((<u64>1) << bits) - 1);
  return (load<i32>(cpu, at.CPU_MODE) & at.MODE_NXE) != 0 ? high : high | ((<u64>1) << 63);
}

function indexOf(hi: i32, lo: i32, level: i32): u32 {
  const address = ((<u64>(<u32>hi)) << 32) | (<u64>(<u32>lo));
  return (<u32>(address >> (3 + 9 * level))) & 511;
}

/** Without protection keys: with them the engine is not asked. */
function permits(cpu: usize, gathered: u32, access: Access, user: bool): bool {
  const mode = load<i32>(cpu, at.CPU_MODE);
  const ofUser = (gathered & f.US) != 0;
  if (user && !ofUser) return false;
  if (access == Access.Fetch) return (gathered & NO_EXECUTE) == 0 && (user || !ofUser || (mode & at.MODE_SMEP) == 0);
  if (!user && ofUser && (mode & at.MODE_SMAP) != 0) return false;
  return access != Access.Write || (gathered & f.RW) != 0 || (!user && (mode & at.MODE_WP) == 0);
}

/** Without tag checks: does it matter to us whose frame was reached? */
function reachesForeign(cpu: usize): bool {
  const regime = load<i32>(cpu, at.CPU_REGIME);
  if (regime == at.REGIME_NATIVE) return false;
  const hostWrites = regime == at.REGIME_NESTED || regime == at.REGIME_SHADOW;
  if (hostWrites && load<i32>(load<usize>(cpu, at.CPU_TAG_OWNERS_CHANGED)) == 0) return false;
  const owner = ownerOf(cpu, resultFrame);
  return owner != load<i32>(cpu, at.CPU_ASID) && (owner != 0 || regime == at.REGIME_TPT);
}
