/**
 * What holds of a whole machine after every statement of an honest scenario: one that forges nothing and leaves no step
 * out. For tests; it looks at everything, and touches nothing.
 */
import { checkDirect } from './direct-invariants';
import type { Kernel } from './guest/kernel';
import { mirrorOf, type Process } from './guest/process';
import { PROT_NONE, isSwapped, slotOf } from './guest/tables';
import { Use } from './host/frames';
import { readSlot } from './host/map';
import { forEachNested, isWritable, peekNested } from './host/nested';
import { TPT_PCID } from './host/roots';
import { checkShadow } from './host/shadow/check';
import { ShadowPaging } from './host/shadow/shadow';
import type { Vm } from './host/vm';
import { frameGfn, frameHome, peekWalk } from './inspect/peek';
import type { Page } from './machine/memory';
import type { TlbEntry } from './machine/tlb';
import { NX, P, PS, RW, frameOf, pkeyOf } from './paging/format';
import type { Executor } from './run/executor';
import { hex } from './units';

/** @returns what does not hold, in words; nothing if all is well. */
export function checkInvariants(x: Executor): string[] {
  const wrong: string[] = [];
  const backed = new Map<number, string>();
  for (const vm of x.vms) {
    if (vm.killed) continue;
    if (vm.direct) checkDirect(x, vm, vm.direct, backed, wrong);
    else if (vm.nestedRoot >= 0) checkBacking(x, vm, backed, wrong);
  }
  checkHostFrames(x, backed, wrong);
  for (const kernel of x.kernels) {
    if (kernel.vm.killed) continue;
    checkGuestFrames(x, kernel, wrong);
    if (kernel.mirrors) {
      for (const p of kernel.processes.values()) if (p.state === 'running') checkMirror(x, kernel, p, wrong);
    }
    checkTlb(x, kernel, wrong);
    if (kernel.vm.intercepts instanceof ShadowPaging) wrong.push(...checkShadow(kernel.vm.intercepts));
  }
  return wrong;
}

/** Nested table, map and tag table say the same of every guest frame, and no frame backs two. */
function checkBacking(x: Executor, vm: Vm, backed: Map<number, string>, wrong: string[]): void {
  forEachNested(x.memory, vm, (gfn, hfn, count) => {
    for (let i = 0; i < count; i++) {
      const name = `gfn ${hex(gfn + i)} of ${vm.name}`;
      if (!vm.hasGuestFrame(gfn + i)) {
        if (x.host.frames.useOf(hfn + i) !== Use.Map) wrong.push(`${name} is outside its memory, and no map`);
        continue;
      }
      const other = backed.get(hfn + i);
      if (x.host.shared.frameOf(vm, gfn + i) === hfn + i) {
        backed.set(hfn + i, name);
        checkShared(x, vm, gfn + i, hfn + i, wrong);
        continue;
      }
      if (other !== undefined) wrong.push(`frame ${hex(hfn + i)} backs ${other} and ${name}`);
      backed.set(hfn + i, name);
      const tag = x.tags.read(hfn + i);
      if (tag.asid !== vm.asid || !tag.assigned) wrong.push(`${name}: frame ${hex(hfn + i)} is tagged ${tag.asid}`);
      else if (tag.gfn !== gfn + i) wrong.push(`${name}: the tag of frame ${hex(hfn + i)} says gfn ${hex(tag.gfn)}`);
      if (vm.swapped.has(gfn + i)) wrong.push(`${name} is backed, and swapped out too`);
    }
  });
  for (let gfn = vm.firstGfn; gfn < vm.firstGfn + vm.frames; gfn++) {
    const nested = Math.max(peekNested(x.memory, vm, gfn), 0);
    const slot = readSlot(x.memory, vm, gfn);
    if (nested !== slot) wrong.push(`gfn ${hex(gfn)} of ${vm.name}: map ${hex(slot)}, nested table ${hex(nested)}`);
  }
}

/** A frame with several pages is the host's, and read-only for all of them. */
function checkShared(x: Executor, vm: Vm, gfn: number, hfn: number, wrong: string[]): void {
  const name = `gfn ${hex(gfn)} of ${vm.name}, in the shared frame ${hex(hfn)},`;
  if (x.tags.ownerOf(hfn) !== 0) wrong.push(`${name} is tagged ${x.tags.ownerOf(hfn)}`);
  if (isWritable(x.memory, vm, gfn)) wrong.push(`${name} is writable`);
}

/** A frame is tagged for a VM, and in use for one, only if it backs something. */
function checkHostFrames(x: Executor, backed: ReadonlyMap<number, string>, wrong: string[]): void {
  const { frames } = x.host;
  let free = 0;
  for (let frame = 0; frame < frames.end; frame++) {
    const use = frames.useOf(frame);
    if (use === Use.Free) free++;
    const owner = x.vms[x.tags.ownerOf(frame) - 1];
    if (owner?.config.scheme === 'native') continue;
    if (owner && !backed.has(frame)) wrong.push(`frame ${hex(frame)} is tagged for ${owner.name} and backs nothing`);
    if (backed.has(frame) !== (use === Use.Guest) && !nativeFrame(x, frame)) {
      wrong.push(`frame ${hex(frame)}: use ${use}, ${backed.get(frame) ?? 'backs nothing'}`);
    }
  }
  if (free !== frames.free) wrong.push(`${free} host frames are free, the allocator says ${frames.free}`);
}

const nativeFrame = (x: Executor, frame: number): boolean =>
  x.vms.some((vm) => vm.config.scheme === 'native' && vm.hasGuestFrame(frame));

/** Reference counts are those of the native mappings and tables; what nothing refers to is free. */
function checkGuestFrames(x: Executor, kernel: Kernel, wrong: string[]): void {
  const counts = new Map<number, number>();
  const slots = new Map<number, number>();
  const use = (gfn: number, by = 1): void => void counts.set(gfn, (counts.get(gfn) ?? 0) + by);
  use(kernel.vm.firstGfn);
  kernelTables(x, kernel, use);
  for (const p of kernel.processes.values()) {
    if (p.state === 'exited') continue;
    for (let i = 0; i < kernel.rootPages; i++) use(p.rootGfn + i);
    for (const table of p.splits.values()) use(table);
    userTree(
      x,
      kernel,
      p,
      (table, isRoot) => {
        if (isRoot) return;
        use(table);
        if (kernel.mirrors) use(table + 1);
      },
      (leaf) => {
        for (let i = 0; i < leaf.frames; i++) use(leaf.gfn + i);
      },
      (_page, slot) => slots.set(slot, (slots.get(slot) ?? 0) + 1),
    );
  }
  let free = 0;
  const { vm } = kernel;
  for (let gfn = vm.firstGfn; gfn < vm.firstGfn + vm.frames; gfn++) {
    const held = kernel.frames.count(gfn);
    if (held === 0) free++;
    const found = counts.get(gfn) ?? 0;
    if (held !== found) wrong.push(`gfn ${hex(gfn)} of ${vm.name}: count ${held}, ${found} references found`);
  }
  for (const [slot, { references, frames }] of kernel.swap.counts()) {
    const entries = slots.get(slot) ?? 0;
    if (references !== entries + frames)
      wrong.push(`swap slot ${slot} of ${vm.name}: count ${references}, ${entries} entries and ${frames} frames`);
  }
  if (free !== kernel.frames.free)
    wrong.push(`${vm.name}: ${free} frames are free, its kernel says ${kernel.frames.free}`);
}

/** Contents of a guest frame, also where the host has taken it. */
export function guestPage(x: Executor, vm: Vm, gfn: number): Page {
  const home = peekNested(x.memory, vm, gfn);
  return home >= 0 ? x.memory.page(home) : (vm.swapped.get(gfn)?.words ?? new Uint32Array(1024));
}

/** Guest frame that an entry of a native table names; one that is not present holds a guest frame under every scheme. */
const namedBy = (x: Executor, kernel: Kernel, lo: number, hi: number): number =>
  (lo & P) === 0 ? frameOf(lo, hi) : frameGfn(x.memory, kernel.vm, frameOf(lo, hi));

/** Frames of the kernel's own tables, with the mirrors of those made by vmalloc and what these map. */
function kernelTables(x: Executor, kernel: Kernel, use: (gfn: number) => void): void {
  const later = kernel.vmalloc.root;
  if (later && kernel.mirrors) use(later.tpt);
  const visit = (table: number, level: number, from: number, vmalloc: boolean): void => {
    use(table);
    if (vmalloc && kernel.mirrors) use(table + 1);
    const page = guestPage(x, kernel.vm, table);
    for (let i = from; i < 512; i++) {
      const lo = page[i * 2];
      if ((lo & P) === 0 || (lo & PS) !== 0) continue;
      const inside = vmalloc || (level === kernel.levels && i === later?.index);
      const gfn = level > 1 || inside ? namedBy(x, kernel, lo, page[i * 2 + 1]) : -1;
      if (level > 1) visit(gfn, level - 1, 0, inside);
      else if (inside) use(gfn);
    }
  };
  visit(kernel.initRoot, kernel.levels, 256, false);
}

interface NativeLeaf {
  readonly page: number;
  readonly frames: number;
  readonly gfn: number;
  readonly lo: number;
  readonly hi: number;
}

/** The user half of a native table: each table, and each leaf, also those that PROT_NONE hides. */
export function userTree(
  x: Executor,
  kernel: Kernel,
  process: Process,
  onTable: (gfn: number, isRoot: boolean, level: number) => void,
  onLeaf: (leaf: NativeLeaf) => void,
  onSwapped: (page: number, slot: number) => void = () => undefined,
): void {
  const visit = (table: number, level: number, first: number): void => {
    onTable(table, level === kernel.levels, level);
    const page = guestPage(x, kernel.vm, table);
    const span = 512 ** (level - 1);
    for (let i = 0; i < (level === kernel.levels ? 256 : 512); i++) {
      const lo = page[i * 2];
      const hi = page[i * 2 + 1];
      if (level === 1 && isSwapped(lo)) onSwapped(first + i, slotOf(lo, hi));
      if ((lo & (P | PROT_NONE)) === 0) continue;
      const leaf = level === 1 || (level <= 3 && (lo & PS) !== 0);
      const gfn = namedBy(x, kernel, lo, hi);
      if (leaf) onLeaf({ page: first + i * span, frames: span, gfn, lo, hi });
      else visit(gfn, level - 1, first + i * span);
    }
  };
  visit(process.rootGfn, kernel.levels, 0);
}

/**
 * A TPT leaf leads where the native leaf and the map lead, with no more rights; or else to a frame that is not the VM's
 * own, so that its use is noticed.
 */
function checkMirror(x: Executor, kernel: Kernel, process: Process, wrong: string[]): void {
  const { vm } = kernel;
  const native = new Map<number, NativeLeaf>();
  userTree(
    x,
    kernel,
    process,
    () => undefined,
    (leaf) => {
      for (let i = 0; i < leaf.frames; i++) native.set(leaf.page + i, { ...leaf, gfn: leaf.gfn + i });
    },
  );
  const root = mirrorOf(process, process.rootGfn);
  tptLeaves(x, kernel, peekNested(x.memory, vm, root), (page, hfn, lo, hi) => {
    const place = `${process.name} ${hex(page * 4096)}`;
    const leaf = native.get(page);
    const mine = x.tags.ownerOf(hfn) === vm.asid;
    if (!leaf || (leaf.lo & P) === 0) {
      wrong.push(`${place}: TPT maps frame ${hex(hfn)}, native maps nothing`);
      return;
    }
    const slot = readSlot(x.memory, vm, leaf.gfn);
    if (hfn !== slot && mine) wrong.push(`${place}: TPT ${hex(hfn)}, map ${hex(slot)}, and the frame is the VM's own`);
    if ((lo & RW & ~leaf.lo) !== 0) wrong.push(`${place}: TPT is writable, native is not`);
    if ((~hi & leaf.hi & NX) !== 0) wrong.push(`${place}: TPT is executable, native is not`);
    if (pkeyOf(hi) !== pkeyOf(leaf.hi)) wrong.push(`${place}: protection keys differ`);
  });
}

function tptLeaves(
  x: Executor,
  kernel: Kernel,
  root: number,
  visit: (page: number, hfn: number, lo: number, hi: number) => void,
): void {
  const go = (table: number, level: number, first: number): void => {
    // A stale table that is not the VM's any more cannot be walked.
    if (table < 0 || x.tags.ownerOf(table) !== kernel.vm.asid) return;
    const page = x.memory.page(table);
    const span = 512 ** (level - 1);
    for (let i = 0; i < (level === kernel.levels ? 256 : 512); i++) {
      const lo = page[i * 2];
      const hi = page[i * 2 + 1];
      if ((lo & P) === 0) continue;
      if (level > 1 && (lo & PS) === 0) go(frameOf(lo, hi), level - 1, first + i * span);
      else for (let n = 0; n < span; n++) visit(first + i * span + n, frameOf(lo, hi) + n, lo, hi);
    }
  };
  go(root, kernel.levels, 0);
}

/** A TLB entry says what the tables say, or less; none is left of a process that is gone, or for a frame that is. */
function checkTlb(x: Executor, kernel: Kernel, wrong: string[]): void {
  const { vm } = kernel;
  if (vm.config.scheme === 'native') return;
  const byPcid = new Map([...kernel.processes.values()].map((p) => [p.pcid, p]));
  for (const cpu of vm.vcpus) {
    for (const e of cpu.tlb.entries()) {
      const place = `TLB of vCPU ${cpu.id}, ${hex(e.vpnHi)}:${hex(e.vpnLo)} PCID ${e.pcid}`;
      const owner = x.tags.ownerOf(e.frame);
      const shared = owner === 0 && (x.host.frames.useOf(e.frame) === Use.Map || x.host.shared.of(e.frame).length > 0);
      if (e.asid !== vm.asid) wrong.push(`${place}: ASID ${e.asid} on a vCPU of ${vm.name}`);
      else if (owner !== vm.asid && !shared) wrong.push(`${place}: frame ${hex(e.frame)} is tagged ${owner}`);
      if (e.global || !e.user) continue;
      const process = byPcid.get(e.pcid & ~TPT_PCID);
      if (!process || process.state === 'exited') wrong.push(`${place}: left of a process that is gone`);
      else checkUserEntry(x, kernel, process, e, place, wrong);
    }
  }
}

function checkUserEntry(
  x: Executor,
  kernel: Kernel,
  process: Process,
  e: TlbEntry,
  place: string,
  wrong: string[],
): void {
  const { vm } = kernel;
  const tpt = (e.pcid & TPT_PCID) !== 0;
  const lo = (e.vpnLo << 12) | 0;
  const hi = (e.vpnLo >>> 20) | (e.vpnHi << 12) | 0;
  const { leaf } = peekWalk(x.memory, vm, process, tpt ? 'tpt' : 'native', kernel.levels, hi, lo);
  if (!leaf) {
    wrong.push(`${place}: the tables map nothing there`);
    return;
  }
  const frame = frameHome(x.memory, vm, tpt ? 'tpt' : 'native', leaf.frame);
  if (frame !== e.frame) wrong.push(`${place}: frame ${hex(e.frame)}, by the tables ${hex(frame)}`);
  if (e.write && !leaf.write) wrong.push(`${place}: writable, the tables are not`);
  if (!e.noExecute && leaf.noExecute) wrong.push(`${place}: executable, the tables are not`);
  if (e.dirty && !leaf.dirty) wrong.push(`${place}: dirty, the entry is not`);
  if (e.pkey !== leaf.pkey) wrong.push(`${place}: another protection key than the entry`);
}
