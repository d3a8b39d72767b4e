import type { FaultRecord } from '../history/faults';
import type { Steps } from '../history/journal';
import type { Attempt, Verdict } from '../machine/access';
import { A, D, NX, P, PF_I, PF_PK, PF_RMP, PF_W, PS, RW, frameHigh, frameLow, frameOf } from '../paging/format';
import type { Vcpu } from '../machine/vcpu';
import { FRAMES_2M, hex, hex64 } from '../units';
import { leafFlags, type Kernel } from './kernel';
import { remirrorPage } from './mirror';
import { swapIn } from './pageout';
import { findArea, type Area, type Process } from './process';
import { isSwapped, slotOf, findEntry, isProtNone, PROT_NONE, type EntryPlace } from './tables';
import { splitHuge } from './huge';

/** The guest's page-fault handler: demand paging, copy-on-write, TPT entries that fell behind; else the access is refused. */
export function* handlePageFault(
  kernel: Kernel,
  attempt: Attempt,
  errorCode: number,
  record: FaultRecord,
): Steps<Verdict> {
  const { cpu } = attempt;
  const { journal } = kernel.machine;
  const process = kernel.current.get(cpu);
  const page = (attempt.hi >>> 0) * 0x100000 + (attempt.lo >>> 12);
  if (kernel.vm.direct) yield* kernel.vm.direct.reflect('#PF');
  yield* journal.enter('page_fault', `handle #PF at ${hex64(attempt.hi, attempt.lo)}`);
  yield* journal.step('enter');
  kernel.vm.events.did('fault-delivery');
  kernel.vm.events.did('fault-handler');
  const interrupted = yield* kernel.beginException(cpu);
  const ofKernel = attempt.hi < 0;
  const resolution = ofKernel
    ? yield* resolveKernel(kernel, cpu, page, errorCode)
    : process
      ? yield* resolve(kernel, attempt, process, page, errorCode)
      : null;
  yield* journal.step('leave');
  yield* kernel.endException(cpu, interrupted);
  record.resolution =
    resolution ?? `refused: ${process && !ofKernel ? refusal(process, page, errorCode) : 'a kernel address'}`;
  journal.note(record.resolution);
  journal.leave();
  if (kernel.vm.direct) yield* kernel.vm.direct.iret();
  return resolution === null ? 'give-up' : 'retry';
}

/** @returns how it was resolved, in words, or null if the access is refused. */
function* resolve(
  kernel: Kernel,
  attempt: Attempt,
  process: Process,
  page: number,
  errorCode: number,
): Steps<string | null> {
  const { cpu } = attempt;
  const { journal } = kernel.machine;
  // A tag violation says nothing of permissions: the stale entries go first, and the CPU then decides on fresh ones.
  if ((errorCode & PF_RMP) !== 0 && kernel.mirrors) return yield* deriveAgain(kernel, cpu, process, page);
  yield* journal.step('find-area');
  const area = findArea(process, page);
  if (!area || !allows(area, errorCode) || (errorCode & PF_PK) !== 0) return null;
  yield* journal.step('read-entry');
  const place = yield* findEntry(kernel, cpu, process, page, 1, false);
  const { lo, hi } = kernel.memory;
  if (place && (lo & P) !== 0 && entryAllows(lo, hi, errorCode)) {
    if (kernel.mirrors) return yield* deriveAgain(kernel, cpu, process, page);
    yield* journal.step('invlpg');
    yield* kernel.invlpg(cpu, process, page);
    return 'spurious: the tables allow it by now';
  }
  if (place && (lo & P) !== 0) return yield* copyOnWrite(kernel, attempt, process, page, place, area, lo, hi);
  if (place && isProtNone(lo)) return null;
  if (place && isSwapped(lo)) return yield* swapIn(kernel, attempt, process, place, area, slotOf(lo, hi));
  return yield* demand(kernel, attempt, process, page, area);
}

/** A kernel address: only what the host has moved comes back; a mapping that is missing is the kernel's own mistake. */
function* resolveKernel(kernel: Kernel, cpu: Vcpu, page: number, errorCode: number): Steps<string | null> {
  if ((errorCode & PF_RMP) === 0 || !kernel.mirrors || !kernel.vmalloc.holds(page)) return null;
  yield* kernel.machine.journal.step('remirror');
  yield* kernel.vmalloc.deriveAgain(cpu, page);
  return 'the TPT entry of the kernel half was derived again from the map';
}

/** Brings the TPT entries on the way to a page back in step with the native ones and the map. */
function* deriveAgain(kernel: Kernel, cpu: Vcpu, process: Process, page: number): Steps<string> {
  const { journal } = kernel.machine;
  yield* journal.step('remirror');
  yield* remirrorPage(kernel, cpu, process, page);
  yield* journal.step('invlpg');
  yield* kernel.invlpg(cpu, process, page);
  return 'the TPT entry was derived again from the map';
}

/** First touch: a cleared frame, or 2 MiB of them where the area asks for it and there is room. */
function* demand(kernel: Kernel, attempt: Attempt, process: Process, page: number, area: Area): Steps<string | null> {
  const { cpu } = attempt;
  const { journal } = kernel.machine;
  const head = page - (page % FRAMES_2M);
  const wantsHuge = kernel.hugePages && area.huge && head >= area.start && head + FRAMES_2M <= area.end;
  const upper = wantsHuge ? yield* findEntry(kernel, cpu, process, page, 2, true) : null;
  const huge = upper !== null && (kernel.memory.lo & (P | PROT_NONE)) === 0;
  yield* journal.step('allocate');
  const first = huge ? kernel.frames.takeHuge() : -1;
  const gfn = first >= 0 ? first : kernel.frames.take();
  if (gfn < 0) {
    journal.note('the guest has no free frame');
    return null;
  }
  yield* journal.step('zero');
  for (let i = 0; i < (first >= 0 ? FRAMES_2M : 1); i++) yield* kernel.memory.zero(cpu, gfn + i);
  const place = first >= 0 ? upper : yield* findEntry(kernel, cpu, process, page, 1, true);
  if (!place) return null;
  const flags = leafFlags(area);
  yield* journal.step('set-entry');
  yield* kernel.setEntry(
    cpu,
    process,
    place,
    frameLow(gfn) | flags.lo | (first >= 0 ? PS : 0),
    frameHigh(gfn) | flags.hi,
    null,
  );
  return `first touch: gfn ${hex(gfn)}${first >= 0 ? ' (2 MiB)' : ''} given`;
}

/** A write to a page that is read-only in the table but writable by its area: copy it, or take it over if nobody shares it. */
function* copyOnWrite(
  kernel: Kernel,
  attempt: Attempt,
  process: Process,
  page: number,
  found: EntryPlace,
  area: Area,
  lo: number,
  hi: number,
): Steps<string | null> {
  const { cpu } = attempt;
  const { journal } = kernel.machine;
  let place = found;
  let entryLo = lo;
  let entryHi = hi;
  if (place.level === 2) {
    if (!(yield* splitHuge(kernel, cpu, process, page))) return null;
    const small = yield* findEntry(kernel, cpu, process, page, 1, false);
    if (!small) return null;
    place = small;
    entryLo = kernel.memory.lo;
    entryHi = kernel.memory.hi;
  }
  const old = frameOf(entryLo, entryHi);
  let gfn = old;
  if (kernel.frames.count(old) > 1) {
    yield* journal.step('allocate');
    gfn = kernel.frames.take();
    if (gfn < 0) return null;
    yield* journal.step('copy');
    yield* kernel.memory.copy(cpu, old, gfn);
    kernel.frames.drop(old);
  }
  const flags = leafFlags(area);
  yield* journal.step('set-entry');
  yield* kernel.setEntry(cpu, process, place, frameLow(gfn) | flags.lo | A | D, frameHigh(gfn) | flags.hi, null);
  yield* journal.step('invlpg');
  yield* kernel.invlpg(cpu, process, page);
  return gfn === old
    ? `copy-on-write: nobody else has gfn ${hex(old)}, made writable`
    : `copy-on-write: gfn ${hex(old)} copied to ${hex(gfn)}`;
}

const allows = (area: Area, code: number): boolean =>
  code & PF_I ? (area.perm & 4) !== 0 : code & PF_W ? (area.perm & 2) !== 0 : (area.perm & 1) !== 0;

const entryAllows = (lo: number, hi: number, code: number): boolean =>
  code & PF_I ? (hi & NX) === 0 : code & PF_W ? (lo & RW) !== 0 : true;

function refusal(process: Process, page: number, code: number): string {
  const area = findArea(process, page);
  if (!area) return 'no area of the process holds the address';
  if (code & PF_PK) return `protection key ${area.pkey} denies it`;
  if (allows(area, code)) return 'the guest has no free frame';
  return `the area is ${['---', 'r--', '-w-', 'rw-', '--x', 'r-x', '-wx', 'rwx'][area.perm]}`;
}
