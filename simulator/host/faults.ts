import type { FaultRecord, WalkCopy } from '../history/faults';
import type { Steps } from '../history/journal';
import type { Attempt, Verdict } from '../machine/access';
import { Count } from '../machine/counters';
import { hex, type Frame, type GuestFrame } from '../units';
import { vmExit } from './exits';
import type { Host } from './host';
import { readSlot } from './map';
import { peekNested } from './nested';
import { unshare } from './share';
import type { Vm } from './vm';

/** The host's nested-fault handler: backs the guest frame, bringing back what had been taken. */
export function* handleNestedFault(host: Host, vm: Vm, gpa: number, record: FaultRecord): Steps<Verdict> {
  const { journal } = host;
  const gfn = Math.floor(gpa / 4096);
  yield* journal.enter('nested_fault', `resolve the nested fault at gPA ${hex(gpa)}`);
  yield* vmExit(journal, vm, 'nested-fault');
  yield* journal.step('find-slot');
  let verdict: Verdict = 'give-up';
  if (!vm.hasGuestFrame(gfn)) {
    record.resolution = `gPA ${hex(gpa)} is not memory of ${vm.name}: the host injects #GP`;
    yield* injectGeneral(host, vm, record);
  } else if (host.shared.frameOf(vm, gfn) >= 0) {
    yield* journal.step('unshare');
    vm.events.did('host-back');
    if (yield* unshare(host, vm, gfn)) {
      verdict = 'retry';
      record.resolution = `a store to a page that was merged with others: gfn ${hex(gfn)} lives in frame ${hex(peekNested(host.memory, vm, gfn))} now`;
    } else record.resolution = 'the host is out of memory: the access fails';
  } else {
    yield* journal.step('back');
    vm.events.did('host-back');
    const returning = vm.swapped.has(gfn);
    if (yield* host.back(vm, gfn)) {
      verdict = 'retry';
      record.resolution = `gfn ${hex(gfn)} ${returning ? 'brought back' : 'backed'} with frame ${hex(peekNested(host.memory, vm, gfn))}`;
    } else record.resolution = 'the host is out of memory: the access fails';
  }
  yield* journal.step('resume');
  journal.note(record.resolution);
  journal.leave();
  return verdict;
}

/** Injects #GP after a fault that the host does not resolve. The guest ends the task: the access is given up. */
export function* injectGeneral(host: Host, vm: Vm, cause: FaultRecord): Steps<void> {
  const { journal } = host;
  vm.counters.add(Count.Gps);
  const { tick: _tick, id: _id, chain: _chain, ...rest } = cause;
  const record = journal.faults.add({
    ...rest,
    tick: journal.tick,
    kind: 'gp',
    errorCode: 0,
    errorHigh: 0,
    why: `injected by the host: ${cause.why}`,
    resolution: 'delivered to the guest, which ends the task',
  });
  yield* journal.event('gp', `#GP injected into ${vm.name}`, record.id);
}

/** What the host's books say of a frame that a VM met and does not own. */
type Cause =
  | { readonly kind: 'moved'; readonly gfn: GuestFrame }
  | { readonly kind: 'host-bug'; readonly gfn: GuestFrame }
  | { readonly kind: 'forged' };

/** The host's tag-violation handler (docs/architecture.md): stale entries are resolved, host bugs and forgeries named. */
export function* handleTagViolation(
  host: Host,
  vm: Vm,
  attempt: Attempt,
  walk: WalkCopy,
  record: FaultRecord,
  inject: (errorCode: number) => Steps<Verdict>,
): Steps<Verdict> {
  const { journal } = host;
  const frame = record.frame ?? 0;
  yield* journal.enter('tag_violation', `resolve the tag violation at frame ${hex(frame)}`);
  yield* vmExit(journal, vm, 'tag-violation');
  yield* journal.step('look-up');
  vm.events.did('host-violation');
  const cause = findCause(host, vm, frame);
  let verdict: Verdict = 'give-up';
  const deliver = function* (how: string): Steps<Verdict> {
    yield* journal.step('inject');
    const answer = yield* inject(code);
    // The guest's handler says how it went on its side; the record keeps both.
    record.resolution = answer === 'retry' ? how : `${how}; the guest: ${record.resolution}`;
    return answer;
  };
  const code = (walk.user ? 4 : 0) + (attempt.access === 1 ? 2 : attempt.access === 2 ? 16 : 0) + 1 + 0x8000_0000;
  if (record.errorHigh & 8) {
    if (host.tagAsHuge(vm, frame)) {
      record.resolution = 'the 512 frames are one guest page of 2 MiB: the host tags them as one';
      verdict = 'retry';
    } else {
      journal.note('2 MiB entry over frames tagged one by one: the guest has to use 4 KiB entries');
      verdict = yield* deliver('2 MiB entry over 4 KiB tags: #PF injected, the guest splits the entry');
    }
  } else if (cause.kind === 'moved') {
    journal.note(
      `gfn ${hex(cause.gfn)} of ${vm.name} once lived there; the map now gives ${describeSlot(readSlot(host.memory, vm, cause.gfn))}`,
    );
    if (readSlot(host.memory, vm, cause.gfn) === 0 && (yield* journal.step('back'))) yield* host.back(vm, cause.gfn);
    verdict = yield* deliver(
      `stale entry: gfn ${hex(cause.gfn)} was moved or taken; #PF injected, the guest derives it again and retries`,
    );
  } else if (cause.kind === 'host-bug') {
    journal.note(
      `the map gives frame ${hex(frame)} for gfn ${hex(cause.gfn)}, but its tag is not ${vm.name}'s: the host changed one without the other`,
    );
    verdict = yield* deliver('host bug: map and tag disagree; #PF injected, the guest derives the same entry again');
  } else {
    yield* journal.step('policy');
    const victim = host.ownerName(record.foundOwner ?? 0);
    const what =
      frame === 0
        ? 'frame 0, which the map never gives (an empty slot was used)'
        : `frame ${hex(frame)} of ${victim}, which the map never gave to ${vm.name}`;
    if (vm.config.policy === 'kill') {
      record.resolution = `isolation attempt on ${what}: ${vm.name} killed`;
      journal.note(record.resolution);
      yield* host.kill(vm, record.resolution);
    } else {
      yield* journal.step('inject');
      record.resolution = `isolation attempt on ${what}: #GP injected`;
      yield* injectGeneral(host, vm, record);
    }
  }
  if (!vm.killed) yield* journal.step('resume');
  journal.note(record.resolution);
  journal.leave();
  return verdict;
}

function findCause(host: Host, vm: Vm, frame: Frame): Cause {
  for (const past of host.past.of(frame).reverse()) {
    if (past.vm !== vm.index) continue;
    return readSlot(host.memory, vm, past.gfn) === frame
      ? { kind: 'host-bug', gfn: past.gfn }
      : { kind: 'moved', gfn: past.gfn };
  }
  // Never tagged for the VM. If the map gives it all the same, the guest is not to blame.
  for (let gfn = vm.firstGfn; frame > 0 && gfn < vm.firstGfn + vm.frames; gfn++) {
    if (readSlot(host.memory, vm, gfn) === frame) return { kind: 'host-bug', gfn };
  }
  return { kind: 'forged' };
}

const describeSlot = (hfn: Frame): string => (hfn === 0 ? 'nothing' : `frame ${hex(hfn)}`);
