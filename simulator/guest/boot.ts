import { drain } from '../history/journal';
import { buildKernelHalf } from '../host/direct/build';
import type { DirectPaging } from '../host/direct/direct-paging';
import { HYPERCALL_INIT } from '../host/hypercalls';
import { readSlot } from '../host/map';
import { peekNested } from '../host/nested';
import { setRoot } from '../host/roots';
import { A, D, G, NX, P, PS, RW, frameHigh, frameLow, pageIndex } from '../paging/format';
import { hex, type GuestFrame } from '../units';
import type { DirectOps } from './direct-ops';
import type { Kernel } from './kernel';

/** Bit 63 of CR3, in its high half: keep what is cached for the PCID. */
const KEEP_HIGH = 1 << 31;

/**
 * Start-up, with paging off: the kernel's root, a direct map of all memory in 2 MiB pages, and a window on the
 * gfn→hfn map. The host backs what is touched.
 */
export function boot(kernel: Kernel): void {
  if (kernel.direct && kernel.vm.direct) {
    bootDirect(kernel, kernel.direct, kernel.vm.direct);
    return;
  }
  const store = (gfn: GuestFrame, index: number, lo: number, hi: number): void => {
    kernel.machine.memory.writeEntry(bootFrame(kernel, gfn), index, lo, hi);
  };
  const table = (): GuestFrame => {
    const gfn = kernel.frames.take();
    if (gfn < 0) throw new Error(`VM ${kernel.vm.name} has too little memory to boot`);
    bootFrame(kernel, gfn);
    return gfn;
  };
  const made = new Map<string, GuestFrame>();
  kernel.initRoot = table();
  const map = (page: number, gfn: GuestFrame, level: 1 | 2, flags: number): void => {
    let at = kernel.initRoot;
    for (let l: number = kernel.levels; l > level; l--) {
      const index = pageIndex(page, l);
      const key = `${at}:${index}`;
      let next = made.get(key);
      if (next === undefined) {
        next = table();
        made.set(key, next);
        store(at, index, frameLow(next) | P | RW | A, frameHigh(next));
      }
      at = next;
    }
    store(at, pageIndex(page, level), frameLow(gfn) | P | A | G | flags, frameHigh(gfn) | NX);
  };
  const pageOf = (hi: number): number => (hi >>> 0) * 0x100000;
  const direct = pageOf(kernel.memory.directHigh);
  for (let gfn = kernel.vm.firstGfn; gfn < kernel.vm.firstGfn + kernel.vm.frames; gfn += 512)
    map(direct + gfn, gfn, 2, RW | D | PS);
  const window = pageOf(kernel.memory.mapHigh);
  for (let i = 0; i < kernel.vm.mapFrames; i++) map(window + i, kernel.vm.mapGfn + i, 1, 0);
  for (const cpu of kernel.vm.vcpus) {
    const { intercepts } = kernel.vm;
    const native = kernel.vm.config.scheme === 'native';
    cpu.user = false;
    // Where the host writes every entry that the CPU walks, there is nothing for tags to check.
    cpu.tagged = !native && !intercepts && kernel.machine.config.tags !== 'off';
    if (intercepts) drain(kernel.loadCr3(cpu, frameHigh(kernel.initRoot) | KEEP_HIGH, frameLow(kernel.initRoot)));
    else setRoot(cpu, native ? 'native' : 'nested', kernel.initRoot, native ? -1 : kernel.vm.nestedRoot, 0, true);
    if (kernel.mirrors) drain(kernel.machine.hypercalls.call(kernel.vm, cpu, HYPERCALL_INIT, 0, 0));
  }
}

/** Start-up under direct paging: the host has built the kernel's root, and loads it as it would any other. */
function bootDirect(kernel: Kernel, ops: DirectOps, direct: DirectPaging): void {
  const { memory } = kernel.machine;
  const { reverseMap } = direct;
  const take = (): GuestFrame => {
    const gfn = kernel.frames.take();
    if (gfn < 0)
      throw new Error(
        `VM ${kernel.vm.name} has too little memory for its first tables: under direct paging they map all its memory and the maps of the machine in 4 KiB entries; give the VM more memory, or the machine less`,
      );
    return gfn;
  };
  const pageOf = (hi: number): number => (hi >>> 0) * 0x100000;
  const { mapFrame, mapFrames, frames } = kernel.vm;
  const home = (gfn: number): number => readSlot(memory, kernel.vm, gfn);
  const tables = buildKernelHalf(
    memory,
    kernel.vm,
    kernel.levels,
    [
      { page: pageOf(kernel.memory.directHigh), pages: frames, frameAt: home, writable: true },
      { page: pageOf(kernel.memory.mapHigh), pages: mapFrames, frameAt: (i) => mapFrame + i, writable: false },
      {
        page: pageOf(kernel.memory.reverseMapHigh),
        pages: reverseMap.frames,
        frameAt: (i) => reverseMap.frame + i,
        writable: false,
      },
    ],
    take,
  );
  kernel.initRoot = tables[0];
  ops.began(tables);
  const frame = home(kernel.initRoot);
  for (const cpu of kernel.vm.vcpus) {
    const refusal =
      (cpu === kernel.vm.vcpus[0] && direct.carryOut(cpu, { op: 'pin', level: kernel.levels, frame })) ||
      direct.carryOut(cpu, { op: 'new_baseptr', frame, pcid: 0 });
    if (refusal) throw new Error(`the first tables of ${kernel.vm.name} break a rule: ${refusal.why}`);
    cpu.user = false;
    cpu.tagged = false;
  }
}

function bootFrame(kernel: Kernel, gfn: GuestFrame): number {
  if (peekNested(kernel.machine.memory, kernel.vm, gfn) < 0) drain(kernel.machine.host.back(kernel.vm, gfn));
  const hfn = peekNested(kernel.machine.memory, kernel.vm, gfn);
  if (hfn < 0) throw new Error(`the host has no memory to boot ${kernel.vm.name} (gfn ${hex(gfn)})`);
  return hfn;
}
