/** What machine/tags.ts reads, and the checks of paging/walker.ts. */
import { StepKind } from '../../paging/kinds';
import * as at from '../layout';
import { entryOf } from './memory';
import { addTagLookup } from './record';

const ASSIGNED: u64 = 1;
const HUGE: u64 = 2;
const ASID_SHIFT: u64 = 51;

/** Frame that holds a frame's entry. */
export function homeOf(cpu: usize, frame: u32): u32 {
  return load<u32>(cpu, at.CPU_TAG_FRAME) + (frame >>> 8);
}

/** The low quadword of a frame's entry. */
function tagOf(cpu: usize, frame: u32): u64 {
  const memory = load<usize>(cpu, at.CPU_MEMORY);
  if (frame >= load<u32>(memory, at.MEMORY_FRAMES)) return 0;
  return entryOf(memory, homeOf(cpu, frame), (frame & 255) << 1);
}

function ownerIn(tag: u64): i32 {
  return tag & ASSIGNED ? <i32>((tag >> ASID_SHIFT) & 0x3ff) : 0;
}

export function ownerOf(cpu: usize, frame: u32): i32 {
  return ownerIn(tagOf(cpu, frame));
}

/** True if the frame is the VM's. */
export function owns(cpu: usize, frame: u32): bool {
  return ownerOf(cpu, frame) == load<i32>(cpu, at.CPU_ASID);
}

/** True if the frame is the VM's, and under `rmp` where the nested table has put it. */
function isInPlace(cpu: usize, tag: u64, gfn: u32, nested: bool): bool {
  if (ownerIn(tag) != load<i32>(cpu, at.CPU_ASID)) return false;
  return !nested || load<i32>(cpu, at.CPU_TAG_CHECKS_PLACE) == 0 || ((tag >> 12) & 0x7f_ffff_ffff) == <u64>gfn;
}

/** May the frame be read as a table? */
export function allowsTable(cpu: usize, frame: u32, table: u32, first: bool, cached: bool, nested: bool): bool {
  const free = first && load<i32>(cpu, at.CPU_TAG_PER_REFERENCE) != 0;
  if (free && cached) return true;
  const tag = tagOf(cpu, frame);
  if (!free) addTagLookup(StepKind.TableTag, homeOf(cpu, frame), frame);
  return isInPlace(cpu, tag, table, nested) || (nested && ownerIn(tag) == 0);
}

/** May the final frame be reached? */
export function allowsFinal(cpu: usize, frame: u32, gfn: u32, nested: bool): bool {
  const tag = tagOf(cpu, frame);
  addTagLookup(StepKind.FinalTag, homeOf(cpu, frame), frame);
  return isInPlace(cpu, tag, gfn, nested) || (nested && ownerIn(tag) == 0);
}

/** True if the 2 MiB-aligned frame of this one is tagged as one 2 MiB page of the VM. */
export function isHuge(cpu: usize, frame: u32): bool {
  const head = tagOf(cpu, frame & ~511);
  return (head & (ASSIGNED | HUGE)) == (ASSIGNED | HUGE) && ownerIn(head) == load<i32>(cpu, at.CPU_ASID);
}
