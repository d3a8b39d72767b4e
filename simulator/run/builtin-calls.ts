import { exitProcess, madvise, mmap, mprotect, munmap } from '../guest/calls';
import { invalidate } from '../guest/invalidate';
import { remirrorRange, tptTable } from '../guest/mirror';
import { findEntry } from '../guest/tables';
import { leafFlags, TPT_MODE_HIGH, type Kernel } from '../guest/kernel';
import type { Steps } from '../history/journal';
import { readSlot, writeSlot } from '../host/map';
import { peekNested } from '../host/nested';
import { share, unshare } from '../host/share';
import { TPT_PCID } from '../host/roots';
import type { Vm } from '../host/vm';
import { derivedKind, frameGfn, frameHome, peekWalk } from '../inspect/peek';
import type { CallSite } from '../language/program';
import { A, P, US, RW, frameHigh, frameLow, pageIndex } from '../paging/format';
import { Access } from '../paging/walk';
import { hex, hex64, highOf, lowOf, toNumber } from '../units';
import { directCall, flushRequest, isDirectCall, stays } from './direct-calls';
import type { Executor } from './executor';
import { replay } from './replay';
import type { Task } from './task';

/** A value in halves. */
export interface Wide {
  readonly hi: number;
  readonly lo: number;
}
const ZERO: Wide = { hi: 0, lo: 0 };
const wide = (value: number): Wide => ({ hi: highOf(value), lo: lowOf(value) });

/** Arguments of one call, fetched from registers. */
export class Arguments {
  constructor(
    private readonly task: Task,
    private readonly site: CallSite,
  ) {}
  value(i: number): Wide {
    const r = this.task.base + this.site.arguments[i];
    return { hi: this.task.hi[r], lo: this.task.lo[r] };
  }
  number(i: number): number {
    const { hi, lo } = this.value(i);
    return toNumber(hi, lo);
  }
  index(i: number): number {
    return this.site.arguments[i];
  }
}

const pageOf = (w: Wide): number => (w.hi >>> 0) * 0x100000 + (w.lo >>> 12);
const endPage = (start: Wide, size: number): number => pageOf(start) + Math.ceil(((start.lo & 4095) + size) / 4096);

/**
 * Performs one builtin for a task.
 * @returns its value, or null if it failed; then `x.fail` has been told why.
 */
export function* performBuiltin(x: Executor, task: Task, site: CallSite): Steps<Wide | null> {
  const a = new Arguments(task, site);
  const skip = site.skip.length > 0 ? new Set(site.skip) : null;
  switch (site.builtin) {
    case 'read':
      return yield* x.loads.load(task, a.value(0), a.number(1));
    case 'write':
      return (yield* x.loads.store(task, a.value(0), a.value(1), a.number(2))) ? ZERO : null;
    case 'fetch':
      return (yield* x.loads.translate(task, a.value(0), Access.Fetch)) >= 0 ? ZERO : null;
    case 'touch':
      return yield* eachPage(x, task, a.value(0), a.number(1));
    case 'fill':
      return yield* fill(x, task, a.value(0), a.number(1), a.value(2));
    case 'replay':
      return yield* replay(x, task, x.program.strings[a.index(0)], a.index(1));
    case 'gpa_of':
      return wide(peek(x, a.index(0), a.value(1)).gpa);
    case 'hpa_of':
      return wide(peek(x, a.index(0), a.value(1)).hpa);
    case 'frame_of':
      return wide(Math.floor(peek(x, a.index(0), a.value(1)).hpa / 4096));
    case 'table_frame':
      return wide(tableFrame(x, a.index(0), a.value(1), a.number(2)));
    case 'owner':
      return wide(x.tags.ownerOf(Math.floor(a.number(0) / 4096)));
    case 'map':
      return wide(x.vms[a.index(0)] ? readSlot(x.memory, x.vms[a.index(0)], a.number(1)) : 0);
    case 'counter':
      return wide(counterSum(x, a.index(0)));
    case 'measure':
      x.beginMeasuring();
      return ZERO;
    case 'random':
      return wide(a.number(0) === 0 ? 0 : x.random.below(a.number(0)));
    case 'cr3_of':
      return cr3Of(x, a.index(0));
    case 'native_root':
    case 'tpt_root':
      return wide(rootOf(x, a.index(0), site.builtin === 'tpt_root'));
    default:
      break;
  }
  if (task.info.kind === 'host') return yield* hostCall(x, site, a, skip);
  return yield* guestCall(x, task, site, a, skip);
}

function* hostCall(x: Executor, site: CallSite, a: Arguments, skip: ReadonlySet<string> | null): Steps<Wide | null> {
  const { host } = x;
  const vm = x.vms[a.index(0)];
  const gfn = (): number => Math.floor(a.number(1) / 4096);
  const known = (v: Vm | undefined, g = gfn()): v is Vm => {
    if (!v) x.complain(`${site.builtin} needs a VM, not the host`);
    else if (v.config.scheme === 'native')
      x.complain(`${v.name} runs natively: its frames are the machine's own, with no host in between`);
    else if (!v.hasGuestFrame(g))
      x.complain(`gPA ${hex(g * 4096)} is not memory of ${v.name} (it has ${hex(v.frames * 4096)} bytes)`);
    else return true;
    return false;
  };
  switch (site.builtin) {
    case 'back':
    case 'reclaim': {
      const count = Math.max(1, Math.ceil(a.number(2) / 4096));
      if (!known(vm) || !known(vm, gfn() + count - 1)) return null;
      for (let i = 0; i < count; i++) {
        if (
          site.builtin === 'back'
            ? !(yield* host.back(vm, gfn() + i, skip))
            : (yield* host.reclaim(vm, gfn() + i, skip), false)
        ) {
          x.complain('the host has no free frame');
          return null;
        }
      }
      return vm.direct && site.builtin === 'reclaim' ? stays(x, site.builtin, vm) : ZERO;
    }
    case 'migrate': {
      if (!known(vm)) return null;
      const to = yield* host.migrate(vm, gfn(), a.number(2), skip);
      if (to > 0) return wide(to);
      if (vm.direct) return stays(x, site.builtin, vm);
      x.complain(
        a.number(2) > 0
          ? `frame ${hex(a.number(2))} is not free, or gPA ${hex(a.number(1))} is not backed`
          : `gPA ${hex(a.number(1))} of ${vm.name} is not backed, or the host is out of memory`,
      );
      return null;
    }
    case 'share': {
      const other = x.vms[a.index(2)];
      const otherGfn = Math.floor(a.number(3) / 4096);
      if (!known(vm) || !known(other, otherGfn)) return null;
      const direct = [vm, other].find((v) => v.direct);
      if (direct) return stays(x, site.builtin, direct);
      return wide(yield* share(host, { vm, gfn: gfn() }, { vm: other, gfn: otherGfn }, skip));
    }
    case 'unshare':
      if (!known(vm)) return null;
      if (yield* unshare(host, vm, gfn(), skip)) return ZERO;
      x.complain('the host has no free frame');
      return null;
    case 'retag': {
      const frame = Math.floor(a.number(0) / 4096);
      if (frame <= 0 || frame >= x.tags.firstFrame) {
        x.complain(`${hex(a.number(0))} is not an address of memory that can be given away`);
        return null;
      }
      const old = x.vms[x.tags.ownerOf(frame) - 1];
      if (old?.config.scheme === 'native') return known(old, old.firstGfn) ? ZERO : null;
      yield* host.retag(frame, x.vms[a.index(1)] ?? null, skip);
      return old?.direct ? stays(x, site.builtin, old) : ZERO;
    }
    case 'flush':
      if (vm) yield* host.flush(vm);
      return ZERO;
    case 'kill':
      if (vm) yield* host.kill(vm, 'asked for by the host task', skip);
      return ZERO;
    case 'set_map':
      if (!known(vm)) return null;
      writeSlot(x.memory, vm, gfn(), a.number(2));
      return ZERO;
    case 'psmash':
      return wide(x.tags.smash(Math.floor(a.number(0) / 4096)));
    case 'host_read': {
      const at = a.number(0);
      x.memory.load(Math.floor(at / 4096), (at % 4096) & ~7, 8);
      return { hi: x.memory.hi, lo: x.memory.lo };
    }
    case 'host_write': {
      const at = a.number(0);
      const frame = Math.floor(at / 4096);
      if (x.tags.mode === 'rmp' && x.tags.ownerOf(frame) !== 0) {
        x.complain(
          `the RMP refuses the host's write to frame ${hex(frame)}, which belongs to ${host.ownerName(x.tags.ownerOf(frame))}`,
        );
        return null;
      }
      x.memory.store(frame, (at % 4096) & ~7, 8, a.value(1).lo, a.value(1).hi);
      return ZERO;
    }
    default:
      throw new Error(`${site.builtin} is not a host operation`);
  }
}

function* guestCall(
  x: Executor,
  task: Task,
  site: CallSite,
  a: Arguments,
  skip: ReadonlySet<string> | null,
): Steps<Wide | null> {
  const cpu = task.cpu!;
  const kernel = x.kernels[task.info.vm];
  const { process } = task;
  if (site.builtin === 'map_slot') return wide(readSlot(x.memory, kernel.vm, a.number(0)));
  if (site.builtin === 'hypercall') {
    const status = yield* x.hypercalls.call(kernel.vm, cpu, a.number(0), a.value(1).hi, a.value(1).lo);
    return { hi: status >> 31, lo: status };
  }
  if (isDirectCall(site.builtin)) {
    const status = yield* directCall(x, kernel.vm, cpu, site.builtin, a, skip);
    return { hi: status >> 31, lo: status };
  }
  if (site.builtin === 'load_cr3') {
    yield* kernel.loadCr3(cpu, a.value(0).hi, a.value(0).lo);
    return ZERO;
  }
  if (site.builtin === 'vmalloc') {
    const page = yield* kernel.vmalloc.map(cpu, Math.max(1, Math.ceil(a.number(0) / 4096)), skip);
    if (page >= 0) return { hi: Math.floor(page / 0x100000), lo: (page % 0x100000) << 12 };
    x.complain(`vmalloc of ${a.number(0)} bytes: the guest has no memory for it`);
    return null;
  }
  if (kernel.vm.direct && (site.builtin === 'invpcid' || (site.builtin === 'invlpg' && !process))) {
    yield* kernel.vm.direct.mmuextOp(cpu, flushRequest(site.builtin, a));
    return ZERO;
  }
  if (site.builtin === 'invpcid') return yield* invpcid(kernel.vm, cpu, a);
  if (site.builtin === 'invlpg' && !process) {
    const { intercepts } = kernel.vm;
    if (kernel.vm.losesFlush()) return ZERO;
    if (intercepts) yield* intercepts.invlpg(cpu, cpu.pcid, a.value(0).hi, a.value(0).lo);
    cpu.tlb.invalidate(a.value(0).hi, a.value(0).lo, cpu.asid, cpu.pcid);
    return ZERO;
  }
  if (!process) {
    x.complain(`${site.builtin} needs a process, and a kernel task has none`);
    return null;
  }
  if (site.builtin === 'wrpkru') {
    process.pkru = a.value(0).lo >>> 0;
    cpu.mode.pkru = process.pkru;
    return ZERO;
  }
  // A system call from user mode goes through the kernel's entry and exit.
  const crosses = !task.kernelMode;
  if (crosses) yield* kernel.beginSystemCall(cpu, site.builtin);
  const value = yield* systemCall(x, kernel, task, site, a, skip);
  if (crosses && process.state === 'running' && !kernel.vm.killed) yield* kernel.endSystemCall(cpu);
  return value;
}

function* systemCall(
  x: Executor,
  kernel: Kernel,
  task: Task,
  site: CallSite,
  a: Arguments,
  skip: ReadonlySet<string> | null,
): Steps<Wide | null> {
  const cpu = task.cpu!;
  const process = task.process!;
  const start = (): number => pageOf(a.value(0));
  const userEnd = kernel.levels === 5 ? 2 ** 44 : 2 ** 35;
  const end = (): number => Math.min(endPage(a.value(0), a.number(1)), userEnd);
  switch (site.builtin) {
    case 'mmap': {
      const page = yield* mmap(kernel, process, Math.ceil(a.number(0) / 4096), a.number(1), pageOf(a.value(2)), skip);
      if (page >= 0) return { hi: Math.floor(page / 0x100000), lo: (page % 0x100000) << 12 };
      x.complain(`mmap of ${a.number(0)} bytes: the range is taken, empty or outside the user half`);
      return null;
    }
    case 'munmap':
      return done(x, yield* munmap(kernel, cpu, process, start(), end(), skip));
    case 'mprotect':
      return done(x, yield* mprotect(kernel, cpu, process, 'mprotect', start(), end(), a.number(2), null, skip));
    case 'pkey_mprotect':
      return done(
        x,
        yield* mprotect(kernel, cpu, process, 'pkey_mprotect', start(), end(), a.number(2), a.number(3) & 15, skip),
      );
    case 'madvise':
      return done(x, yield* madvise(kernel, cpu, process, start(), end(), a.number(2), skip));
    case 'exit':
      yield* exitProcess(kernel, cpu, process, skip);
      x.ended(task, 'exited');
      return ZERO;
    case 'remirror': {
      yield* x.journal.enter('remirror', `mirror again from ${hex64(a.value(0).hi, a.value(0).lo)}`);
      if (kernel.mirrors && (yield* x.journal.step('mirror', skip)))
        yield* remirrorRange(kernel, cpu, process, start(), end(), skip);
      if (yield* x.journal.step('invlpg', skip)) yield* invalidate(kernel, process, start(), end());
      x.journal.leave();
      return ZERO;
    }
    case 'invlpg':
      yield* kernel.invlpg(cpu, process, start());
      return ZERO;
    case 'set_pte':
    case 'set_native_pte':
      return yield* setPte(x, kernel, task, site.builtin === 'set_pte' && holdsHostFrames(kernel), a);
    case 'get_pte':
    case 'get_native_pte': {
      const table = yield* tableOf(kernel, task, start(), a.number(1), site.builtin === 'get_pte' && kernel.mirrors);
      if (table < 0) return ZERO;
      // Entries that hold host frames are looked at as they are.
      if (site.builtin === 'get_pte' && holdsHostFrames(kernel))
        yield* kernel.memory.loadEntry(cpu, table, pageIndex(start(), a.number(1)));
      else yield* kernel.ops.load(cpu, table, pageIndex(start(), a.number(1)));
      return { hi: kernel.memory.hi, lo: kernel.memory.lo };
    }
    default:
      throw new Error(`${site.builtin} is not a guest operation`);
  }
}

/** The result of a call that fails only for want of memory. */
function done(x: Executor, success: boolean): Wide | null {
  if (!success) x.complain('the guest has no free frame for the table that splitting a huge page takes');
  return success ? ZERO : null;
}

/** Guest frame of the table of a level for a page: native, or its TPT counterpart. */
function* tableOf(kernel: Kernel, task: Task, page: number, level: number, tpt: boolean): Steps<number> {
  if (tpt) return yield* tptTable(kernel, task.cpu!, task.process!, page, level);
  const place = yield* findEntry(kernel, task.cpu!, task.process!, page, level, false);
  return place?.level === level ? place.table : -1;
}

/** True if the tables that user mode runs on hold host frames, and are the guest's to look at. */
const holdsHostFrames = (kernel: Kernel): boolean => kernel.mirrors || kernel.direct !== null;

/** @param machine the frame is a host frame, and the table the one that user mode runs on. */
function* setPte(x: Executor, kernel: Kernel, task: Task, machine: boolean, a: Arguments): Steps<Wide | null> {
  const tpt = machine && kernel.mirrors;
  const level = a.number(3);
  const page = pageOf(a.value(0));
  if (level < 1 || level > kernel.levels) {
    x.complain(`level ${level}: there are levels 1 (PT) to ${kernel.levels}`);
    return null;
  }
  // Missing tables are made, as a kernel would before it maps a page.
  const made = yield* findEntry(kernel, task.cpu!, task.process!, page, level, true);
  const table = made ? yield* tableOf(kernel, task, page, level, tpt) : -1;
  if (table < 0) {
    x.complain(
      `there is no table of level ${level} for ${hex64(a.value(0).hi, a.value(0).lo)}: a larger page covers it`,
    );
    return null;
  }
  const perm = a.number(2);
  const flags = leafFlags({ perm, pkey: 0 });
  const frame = a.number(1);
  const leaf = level === 1;
  const lo = perm === 0 ? 0 : frameLow(frame) | (leaf ? flags.lo : P | US | (perm & 2 ? RW : 0) | A);
  const hi = perm === 0 ? 0 : frameHigh(frame) | (leaf ? flags.hi : 0);
  const index = pageIndex(page, level);
  if (kernel.direct) yield* kernel.direct.request(task.cpu!, { table, index, level }, lo, hi, machine);
  else if (tpt) yield* kernel.memory.storeEntry(task.cpu!, table, index, lo, hi);
  else yield* kernel.ops.store(task.cpu!, { table, index, level }, lo, hi);
  return ZERO;
}

function* invpcid(vm: Vm, cpu: NonNullable<Task['cpu']>, a: Arguments): Steps<Wide> {
  const pcid = a.number(1) & 0xfff;
  const type = a.number(0);
  const { intercepts } = vm;
  if (vm.losesFlush()) return ZERO;
  if (intercepts && type === 0) yield* intercepts.invlpg(cpu, pcid, a.value(2).hi, a.value(2).lo);
  else if (intercepts) yield* intercepts.flush(cpu, type === 1 ? pcid : null);
  switch (type) {
    case 0:
      cpu.tlb.invalidate(a.value(2).hi, a.value(2).lo, cpu.asid, pcid, false);
      break;
    case 1:
      cpu.tlb.flush(cpu.asid, pcid, false);
      break;
    case 2:
      cpu.tlb.flush(cpu.asid, null, true);
      break;
    default:
      cpu.tlb.flush(cpu.asid, null, false);
  }
  return ZERO;
}

/** Accesses of one operation between two breaths. */
const BREATH = 4096;

function* eachPage(x: Executor, task: Task, start: Wide, size: number): Steps<Wide | null> {
  const first = pageOf(start);
  const end = endPage(start, size);
  for (let page = first; page < end; page++) {
    const at = { hi: Math.floor(page / 0x100000), lo: page === first ? start.lo : (page % 0x100000) << 12 };
    if ((yield* x.loads.translate(task, at, Access.Read)) < 0) return null;
    if ((page - first) % BREATH === BREATH - 1) yield { kind: 'breath' };
  }
  return ZERO;
}

function* fill(x: Executor, task: Task, start: Wide, size: number, value: Wide): Steps<Wide | null> {
  const base = toNumber(start.hi, start.lo);
  for (let at = 0; at + 8 <= size; at += 8) {
    if (!(yield* x.loads.store(task, wide(base + at), value, 8))) return null;
    if ((at / 8) % BREATH === BREATH - 1) yield { kind: 'breath' };
  }
  return ZERO;
}

function cr3Of(x: Executor, taskIndex: number): Wide {
  const target = x.latest(taskIndex);
  if (!target?.process || !target.cpu) return ZERO;
  const kernel = x.kernels[target.info.vm];
  const { rootGfn: root, tptRootGfn } = target.process;
  const home = (gfn: number): number => Math.max(peekNested(x.memory, kernel.vm, gfn), 0);
  const hfn = kernel.mirrors ? home(tptRootGfn) : kernel.direct ? home(root) : root;
  const { pcid } = target.process;
  return kernel.mirrors
    ? { hi: frameHigh(hfn) | TPT_MODE_HIGH, lo: frameLow(hfn) | pcid | TPT_PCID }
    : { hi: frameHigh(hfn), lo: frameLow(hfn) | pcid };
}

/** Guest frame of the root of a task's process; 0 before it runs. */
function rootOf(x: Executor, taskIndex: number, tpt: boolean): number {
  const target = x.latest(taskIndex);
  if (!target?.process) return 0;
  const { rootGfn, tptRootGfn } = target.process;
  return tpt && tptRootGfn >= 0 ? tptRootGfn : rootGfn;
}

/** Where an address of a task's process leads by its native table and the backing; disturbs nothing. */
function peek(x: Executor, taskIndex: number, address: Wide): { gpa: number; hpa: number } {
  const target = x.latest(taskIndex);
  if (!target?.process) return { gpa: 0, hpa: 0 };
  const { vm } = x.kernels[target.info.vm];
  const found = peekWalk(x.memory, vm, target.process, 'native', x.levels, address.hi, address.lo);
  if (!found.leaf) return { gpa: 0, hpa: 0 };
  const offset = address.lo & 4095;
  const hfn = frameHome(x.memory, vm, 'native', found.leaf.frame);
  const gfn = frameGfn(x.memory, vm, found.leaf.frame);
  return { gpa: gfn < 0 ? 0 : gfn * 4096 + offset, hpa: hfn < 0 ? 0 : hfn * 4096 + offset };
}

function tableFrame(x: Executor, taskIndex: number, address: Wide, level: number): number {
  const target = x.latest(taskIndex);
  if (!target?.process) return 0;
  const { vm } = x.kernels[target.info.vm];
  const kind = derivedKind(vm) ?? 'native';
  const step = peekWalk(x.memory, vm, target.process, kind, x.levels, address.hi, address.lo).steps.find(
    (s) => s.level === level,
  );
  return step?.tableFrame ?? 0;
}

function counterSum(x: Executor, index: number): number {
  return x.vms.reduce((sum, vm) => sum + vm.counters.values[index], 0);
}
