import type { FaultRecord } from '../../history/faults';
import type { Steps } from '../../history/journal';
import type { Attempt, Verdict } from '../../machine/access';
import { Access, WalkFault } from '../../paging/walk';
import { hex, hex64, type GuestFrame } from '../../units';
import { vmExit } from '../exits';
import { injectGeneral } from '../faults';
import { unshare } from '../share';
import type { ShadowPaging } from './shadow';

/** Emulated stores to one table, without a walk through it in between, after which it is taken for a table no more (Linux, mmu.c). */
const FLOOD = 3;
/** The widest store of an instruction that writes page tables. */
const WIDEST = 8;

/**
 * The host's handler of a page fault under shadow paging: reflects what the guest's own tables deny; else fills the shadow
 * entries that are missing, or deals with a store to a guest table.
 */
export function* handleShadowFault(
  shadow: ShadowPaging,
  attempt: Attempt,
  record: FaultRecord,
  deliver: (errorCode: number) => Steps<Verdict>,
): Steps<Verdict> {
  const { host, vm } = shadow;
  const { journal } = host;
  yield* journal.enter('shadow_fault', `look into the page fault at ${hex64(attempt.hi, attempt.lo)}`);
  yield* vmExit(journal, vm, record.kind === 'shadow_write' ? 'shadow-write' : 'shadow-fault');
  yield* journal.step('walk-guest');
  if (record.kind === 'page_fault') {
    yield* journal.step('reflect');
    journal.note(`the tables of ${vm.name} deny the access: the fault is the guest's`);
    journal.leave();
    return yield* deliver(record.errorCode ?? 0);
  }
  const verdict = yield* resolve(shadow, attempt, record);
  shadow.settle();
  yield* journal.step('resume');
  journal.note(record.resolution);
  journal.leave();
  return verdict;
}

function* resolve(shadow: ShadowPaging, attempt: Attempt, record: FaultRecord): Steps<Verdict> {
  const { host, vm, tables } = shadow;
  const { journal } = host;
  for (;;) {
    const missing = tables.run(attempt);
    if (missing < 0 && tables.walk.fault !== WalkFault.None) {
      // Only what was missing kept this from being seen: the next fault is reflected.
      record.resolution = "the tables it needs were backed; the guest's own tables deny the access";
      return 'retry';
    }
    const gfn: GuestFrame = missing >= 0 ? missing : tables.result;
    const home = shadow.home(gfn);
    const asTable = missing >= 0;
    if (!vm.hasGuestFrame(gfn) && (home < 0 || asTable || attempt.access === Access.Write)) {
      record.resolution = `gPA ${hex(gfn * 4096)} is not memory of ${vm.name}: the host injects #GP`;
      yield* injectGeneral(host, vm, record);
      return 'give-up';
    }
    if (home >= 0) break;
    yield* journal.step('back');
    if (!(yield* host.back(vm, gfn))) {
      record.resolution = 'the host is out of memory: the access fails';
      return 'give-up';
    }
  }
  const gfn = tables.result;
  // The host's own walk writes A and D into guest tables: they must be the guest's alone, as must be what it stores to.
  const stored = [
    ...tables.walk.frame.subarray(0, tables.walk.steps),
    ...(attempt.access === Access.Write ? [gfn] : []),
  ];
  for (const each of stored.filter((g) => shadow.pages.isShared(g))) {
    yield* journal.step('unshare');
    if (yield* unshare(host, vm, each)) continue;
    record.resolution = 'the host is out of memory: the access fails';
    return 'give-up';
  }
  tables.commit();
  if (attempt.access === Access.Write && shadow.pages.isProtected(gfn)) {
    const verdict = yield* storeToTable(shadow, attempt, record, gfn);
    if (verdict) return verdict;
  } else record.resolution = `entry derived: gfn ${hex(gfn)} is frame ${hex(shadow.home(gfn))}`;
  return yield* fill(shadow, attempt, record);
}

/** A store to a guest table. @returns a verdict if it was emulated; null if the page may now be mapped for writing. */
function* storeToTable(
  shadow: ShadowPaging,
  attempt: Attempt,
  record: FaultRecord,
  gfn: GuestFrame,
): Steps<Verdict | null> {
  const { pages } = shadow;
  const { journal } = shadow.host;
  const name = `gfn ${hex(gfn)}`;
  const shadowed = pages.of(gfn);
  if (shadowed.every((page) => page.level === 1)) {
    yield* journal.step('unsync');
    shadow.sync.release(gfn);
    record.resolution = `${name}, a table of level 1, is the guest's to write until the next INVLPG or CR3 load`;
    return null;
  }
  const width = attempt.bytes ?? WIDEST;
  for (const page of shadowed) page.writes++;
  const flooded = shadowed.some((page) => page.writes >= FLOOD);
  // A table that the store itself needs would be shadowed again at once.
  const { walk } = shadow.tables;
  const needed = walk.frame.subarray(0, walk.steps).includes(gfn);
  if (!needed && (flooded || width > WIDEST)) {
    yield* journal.step('zap');
    const count = pages.zapTable(gfn);
    record.resolution = `${name}: ${flooded ? `${FLOOD} stores in a row` : 'a store of a whole page'}, so it is a table no more; ${count} shadow pages zapped`;
    return null;
  }
  return yield* emulate(shadow, attempt, record, gfn, width);
}

function* emulate(
  shadow: ShadowPaging,
  attempt: Attempt,
  record: FaultRecord,
  gfn: GuestFrame,
  width: number,
): Steps<Verdict> {
  yield* shadow.host.journal.step('emulate');
  shadow.vm.events.did('shadow-emulate');
  const offset = attempt.lo & 4095;
  record.resolution = `store to the table in gfn ${hex(gfn)} emulated; the shadow entries made of what it hits go`;
  return {
    frame: shadow.home(gfn),
    stored: () => {
      shadow.wrote(gfn, offset, Math.min(width, 4096 - offset));
    },
  };
}

function* fill(shadow: ShadowPaging, attempt: Attempt, record: FaultRecord): Steps<Verdict> {
  const { cpu } = attempt;
  const { pages, filler, tables, vm } = shadow;
  const { journal } = shadow.host;
  const { levels } = cpu.mode;
  yield* journal.step('fill');
  const zapped = pages.makeRoom(levels);
  if (zapped > 0) journal.note(`${zapped} of the oldest shadow pages zapped to make room`);
  const root = shadow.root(cpu);
  const done = root !== null && filler.fill(root, levels, attempt.hi, attempt.lo, tables.walk);
  vm.events.did('shadow-fill', filler.written);
  if (root) cpu.root = root.hfn;
  if (done) return 'retry';
  record.resolution = 'the host has no frame for a shadow table: the access fails';
  return 'give-up';
}
