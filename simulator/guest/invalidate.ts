import type { Steps } from '../history/journal';
import type { Kernel } from './kernel';
import type { Process } from './process';

/** Beyond this many pages one flush is cheaper than single INVLPGs (Linux's tlb_single_page_flush_ceiling). */
const FLUSH_CEILING = 33;

/** Drops the translations of a range of pages on every vCPU. */
export function* invalidate(kernel: Kernel, process: Process, start: number, end: number): Steps<void> {
  if (end - start > FLUSH_CEILING) {
    yield* kernel.flushProcess(process);
    return;
  }
  // The other vCPUs of the VM are told too (shoot-down).
  for (const other of kernel.vm.vcpus)
    for (let page = start; page < end; page++) yield* kernel.invlpg(other, process, page);
}
