/** The nested dimension of paging/walker.ts, for accesses that do not fault and set no bit. */
import { Access, StepKind } from '../../paging/kinds';
import * as f from '../../paging/bits';
import * as at from '../layout';
import { findKey } from './associative';
import { entryOf } from './memory';
import { addLesson, addStep, addUse } from './record';
import { frameIn, prefixHigh, prefixLow, rightsIn, shiftIn, spaceOf, wholeAt } from './walk-caches';

/** Among rights, as the machine keeps them. */
export const NO_EXECUTE: u32 = 1;
const DIRTY: u32 = f.D;

// What the last successful walk found.
export let nestedFrame: u32 = 0;
export let nestedShift: u32 = 0;
export let nestedRights: u32 = 0;
export let nestedDirty: bool = false;

/** Takes a guest frame through the nested table. @returns false if that is not the engine's business. */
export function walkNested(cpu: usize, gfn: u32, access: Access): bool {
  const space = spaceOf(load<i32>(cpu, at.CPU_ASID), 0);
  const tlb = load<usize>(cpu, at.CPU_NESTED_TLB);
  if (tlb != 0 && hits(tlb, gfn, access, space)) return true;
  if (!traverse(cpu, gfn, access, space)) return false;
  if (tlb != 0) addLesson(tlb, gfn, space, nestedFrame, 0, nestedRights | (nestedDirty ? DIRTY : 0), nestedShift);
  return true;
}

function hits(tlb: usize, gfn: u32, access: Access, space: i32): bool {
  const slot = findKey(tlb, gfn, space);
  if (slot < 0) return false;
  const rights = rightsIn(tlb, slot);
  if (access == Access.Write && (rights & (f.RW | DIRTY)) != (f.RW | DIRTY)) return false;
  if (access == Access.Fetch && (rights & NO_EXECUTE) != 0) return false;
  // A frame that is none of the engine's business is met again in the table.
  if (wholeAt(load<usize>(tlb, at.CACHE_FRAME) + (slot << 3)) >= <u64>at.FRAME_LIMIT) return false;
  nestedFrame = frameIn(tlb, slot);
  nestedShift = shiftIn(tlb, slot);
  nestedRights = rights & ~DIRTY;
  nestedDirty = (rights & DIRTY) != 0;
  addUse(tlb, slot);
  addStep(StepKind.NestedTlbHit, 0, nestedFrame, 0);
  return true;
}

function traverse(cpu: usize, gfn: u32, access: Access, space: i32): bool {
  const memory = load<usize>(cpu, at.CPU_MEMORY);
  const structures = cpu + at.CPU_NESTED_STRUCTURES;
  const levels = load<i32>(cpu, at.CPU_NESTED_LEVELS);
  const hi = <i32>(gfn >>> 20);
  const lo = <i32>(gfn << 12);
  let table = <u32>wholeAt(cpu + at.CPU_NESTED_ROOT);
  let rights: u32 = f.RW | f.US;
  let level = levels;
  for (let l = 2; l <= levels; l++) {
    const cache = load<usize>(structures + (l << 2));
    if (cache == 0) continue;
    const slot = findKey(cache, prefixLow(hi, lo, l), prefixHigh(hi, l, space));
    if (slot < 0) continue;
    table = frameIn(cache, slot);
    rights = rightsIn(cache, slot);
    addStep(StepKind.NestedStructureHit, l, table, 0);
    addUse(cache, slot);
    level = l - 1;
    break;
  }
  for (const top = level; ; level--) {
    if (level < top) {
      const cache = load<usize>(structures + ((level + 1) << 2));
      if (cache != 0)
        addLesson(cache, prefixLow(hi, lo, level + 1), prefixHigh(hi, level + 1, space), table, 0, rights, 0);
    }
    const index = (<u32>(gfn >>> (9 * (level - 1)))) & 511;
    const entry = entryOf(memory, table, level > 4 ? 0 : index);
    addStep(StepKind.Nested, level, table, (level > 4 ? 0 : index) >>> 3);
    if ((entry & f.P) == 0 || (entry & f.A) == 0) return false;
    const isLeaf = level == 1 || ((entry & f.PS) != 0 && level <= 3);
    rights = (rights & (<u32>entry) & (f.RW | f.US)) | ((rights | (<u32>(entry >> 63))) & NO_EXECUTE);
    const frame = <u64>((entry >> 12) & 0xff_ffff_ffff);
    if (frame >= <u64>at.FRAME_LIMIT) return false;
    if (!isLeaf) {
      if (level >= 4 && (entry & f.PS) != 0) return false;
      table = <u32>frame;
      continue;
    }
    if (!permits(rights, access)) return false;
    nestedDirty = (entry & f.D) != 0;
    if (access == Access.Write && !nestedDirty) return false;
    const span: u32 = (1 << (9 * (level - 1))) - 1;
    // Low address bits of a large leaf are PAT or reserved, not address.
    if (level > 1 && ((<u32>frame) & span & ~1) != 0) return false;
    nestedFrame = ((<u32>frame) & ~span) | (gfn & span);
    nestedShift = 3 + 9 * level;
    nestedRights = rights;
    return true;
  }
}

/** Every access is a user's for the nested table (APM vol. 2 §15.25.5). */
function permits(rights: u32, access: Access): bool {
  if ((rights & f.US) == 0) return false;
  if (access == Access.Write) return (rights & f.RW) != 0;
  return access != Access.Fetch || (rights & NO_EXECUTE) == 0;
}
