import type { MemoryReader, PhysicalMemory } from '../../machine/memory';
import type { Frame, GuestFrame } from '../../units';
import { readSlot } from '../map';
import type { Vm } from '../vm';

/**
 * The hfn→gfn map (Xen: M2P), one for the machine: 8 bytes for each host frame in host memory, kept for frames of VMs
 * under direct paging; 0 elsewhere. Those VMs see it read-only, so that they can tell what an entry of theirs stands for.
 */
export interface ReverseMap {
  /** Its first host frame. */
  readonly frame: Frame;
  readonly frames: number;
}

/** Host frames that the map of a machine takes. */
export const reverseMapFrames = (frames: number): number => Math.ceil((frames * 8) / 4096);

export function writeReverse(memory: PhysicalMemory, map: ReverseMap, hfn: Frame, gfn: GuestFrame): void {
  memory.writeEntry(map.frame + Math.floor(hfn / 512), hfn % 512, gfn >>> 0, Math.floor(gfn / 0x1_0000_0000));
}

/**
 * The guest frame that a host frame is for a VM under direct paging: the slot, if the gfn→hfn map says the same.
 * @returns -1 if it is none of its memory.
 */
export function guestFrameAt(memory: MemoryReader, map: ReverseMap, vm: Vm, hfn: Frame): GuestFrame {
  if (hfn >= memory.frames) return -1;
  const home = map.frame + Math.floor(hfn / 512);
  const word = (hfn % 512) * 2;
  const gfn = memory.word(home, word + 1) * 0x1_0000_0000 + memory.word(home, word);
  return hfn > 0 && readSlot(memory, vm, gfn) === hfn ? gfn : -1;
}
