/** One access, as AccessUnit.attempt of machine/access.ts makes it. */
import { Cause } from '../../costs/cause';
import { Count } from '../../machine/count';
import { Access } from '../../paging/kinds';
import * as f from '../../paging/bits';
import * as bits from '../../machine/tlb-bits';
import * as at from '../layout';
import { count, together, trace } from './clock';
import { touchSlot } from './associative';
import { countLast, countWalk, reference } from './meter';
import { NO_EXECUTE } from './nested-walk';
import { fill, find, hitCode, hitFlags, hitFrame, isNew, useHit } from './tlb';
import { beginTurn, learn } from './walk-caches';
import { dirty, global, lastSlot, pageShift, pkey, resultFrame, rights, shift, walk, walkLast } from './walk';

/** Level of the TLB that the last access hit; 0: it missed. */
export let levelHit: i32 = 0;
/** Code of the page size that the last access found. */
export let pageCode: i32 = 0;

/**
 * Makes an access that hits the TLB, or whose walk neither faults nor sets a bit.
 * @returns the frame; -1: nothing has changed, and the access is for the machine to make.
 */
export function attempt(cpu: usize, hi: i32, lo: i32, access: Access, user: bool, cause: Cause): i32 {
  beginTurn();
  return attemptNext(cpu, hi, lo, access, user, cause);
}

/** The same for one of many. */
export function attemptNext(cpu: usize, hi: i32, lo: i32, access: Access, user: bool, cause: Cause): i32 {
  if (!isCanonical(hi, load<i32>(cpu, at.CPU_LEVELS))) return -1;
  const fetch = access == Access.Fetch;
  const level = find(cpu, hi, lo, fetch);
  levelHit = level;
  let frame: u32;
  let last = false;
  if (level != 0) {
    const flags = hitFlags();
    const which = cpu + ((access + (user ? 3 : 0)) << 2);
    const need = load<i32>(which, at.CPU_NEED);
    if ((flags & need) != need || (flags & load<i32>(which, at.CPU_DENY)) != 0 || (flags & bits.FRAME_HIGH) != 0)
      return -1;
    if (level > 1 && isNew(cpu, hi, fetch, hitCode)) return -1;
    frame = hitFrame(lo);
    if (frame >= load<u32>(cpu, at.CPU_FRAMES)) return -1;
    useHit(cpu, hi, lo, fetch, level);
    pageCode = hitCode;
  } else {
    last = walkLast(cpu, hi, lo, access, user);
    if (!last && (!walk(cpu, hi, lo, access, user) || shift != pageShift)) return -1;
    const code = (shift - 12) / 9;
    if (isNew(cpu, hi, fetch, code)) return -1;
    frame = resultFrame;
    if (frame >= load<u32>(cpu, at.CPU_FRAMES)) return -1;
    if (last) touchSlot(load<usize>(cpu, at.CPU_STRUCTURES + 2 * 4), lastSlot);
    else learn(cpu);
    const flags =
      ((rights & f.RW) != 0 ? bits.TLB_W : 0) |
      ((rights & f.US) != 0 ? bits.TLB_U : 0) |
      ((rights & NO_EXECUTE) != 0 ? bits.TLB_NX : 0) |
      (dirty ? bits.TLB_D : 0) |
      (pkey << bits.KEY_SHIFT);
    fill(cpu, hi, lo, fetch, code, frame, flags, global);
    pageCode = code;
  }
  account(cpu, lo, access, frame, cause, level, last);
  return frame;
}

/** Counts an access. @param level of the TLB that had it; 0: it was walked. @param last by its last level alone. */
function account(cpu: usize, lo: i32, access: Access, frame: u32, cause: Cause, level: i32, last: bool): void {
  const counters = load<usize>(cpu, at.CPU_COUNTERS);
  const clock = load<usize>(cpu, at.CPU_CLOCK);
  const meter = load<usize>(cpu, at.CPU_METER);
  count(clock + at.CLOCK_TICK, 1);
  trace(clock, together(lo, frame));
  count(counters + (Count.Accesses << 3), 1);
  count(counters + ((Count.Reads + access) << 3), 1);
  if (level != 0) count(counters + ((level == 1 ? Count.TlbL1Hits : Count.TlbL2Hits) << 3), 1);
  else {
    count(counters + (Count.TlbMisses << 3), 1);
    count(counters + (Count.Walks << 3), 1);
    count(counters + (Count.Fills << 3), 1);
    const steps = last ? countLast(cpu, lo, counters, meter) : countWalk(cpu, counters, meter);
    count(clock + at.CLOCK_TICK, steps);
    trace(clock, steps);
  }
  if (meter != 0) reference(meter, cause, frame, (lo >>> 6) & 63);
}

/** True if the bits above the sign bit repeat it. */
export function isCanonical(hi: i32, levels: i32): bool {
  const shift = levels == 5 ? 7 : 16;
  return (hi << shift) >> shift == hi;
}
