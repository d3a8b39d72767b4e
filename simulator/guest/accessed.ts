import type { Steps } from '../history/journal';
import type { Vcpu } from '../machine/vcpu';
import { A, D, P } from '../paging/format';
import { FRAMES_2M, type GuestFrame } from '../units';
import type { Kernel } from './kernel';
import { mirrorOf, type Process } from './process';
import type { EntryPlace } from './tables';

/**
 * Low half of a leaf with A and D as either table has them: user mode sets them in the TPT entry, the kernel's own accesses in
 * the native one. Whoever takes an entry away or writes it anew needs both [artifact].
 */
export function* joinedLow(kernel: Kernel, cpu: Vcpu, process: Process, place: EntryPlace, lo: number): Steps<number> {
  if (!kernel.mirrors || (lo & P) === 0) return lo;
  const { memory } = kernel;
  const mirror = mirrorOf(process, place.table);
  const table = process.splits.get(`${mirror}:${place.index}`);
  const flags = function* (gfn: GuestFrame, index: number): Steps<number> {
    yield* memory.loadEntry(cpu, gfn, index);
    return (memory.lo & P) !== 0 ? memory.lo & (A | D) : 0;
  };
  if (table === undefined) return lo | (yield* flags(mirror, place.index));
  // One native entry stands for all 512.
  let joined = lo;
  for (let i = 0; i < FRAMES_2M; i++) joined |= yield* flags(table, i);
  return joined;
}
