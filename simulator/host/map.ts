import type { MemoryReader, PhysicalMemory } from '../machine/memory';
import type { Frame, GuestFrame } from '../units';
import type { Vm } from './vm';

/** The gfn→hfn map: 8 bytes for each guest frame in host memory; 0 = not backed. The guest sees it read-only. */

/** @returns the slot of a guest frame: an hfn, or 0. */
export function readSlot(memory: MemoryReader, vm: Vm, gfn: GuestFrame): Frame {
  if (vm.mapFrame < 0) return vm.hasGuestFrame(gfn) ? (gfn as number) : 0;
  if (!vm.hasGuestFrame(gfn)) return 0;
  const at = gfn - vm.firstGfn;
  const home = vm.mapFrame + Math.floor(at / 512);
  const word = (at % 512) * 2;
  return memory.word(home, word + 1) * 0x1_0000_0000 + memory.word(home, word);
}

/** Writes the slot of a guest frame. */
export function writeSlot(memory: PhysicalMemory, vm: Vm, gfn: GuestFrame, hfn: Frame): void {
  if (vm.mapFrame < 0 || !vm.hasGuestFrame(gfn)) return;
  const at = gfn - vm.firstGfn;
  memory.writeEntry(vm.mapFrame + Math.floor(at / 512), at % 512, hfn >>> 0, Math.floor(hfn / 0x1_0000_0000));
}
