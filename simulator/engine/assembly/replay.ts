/** The accesses of a trace, one after the other. */
import { Cause } from '../../costs/cause';
import { Count } from '../../machine/count';
import { Access } from '../../paging/kinds';
import { TraceKind } from '../../trace/kind';
import * as at from '../layout';
import { attemptNext, levelHit, pageCode } from './access';
import { count, mixA, mixB, together } from './clock';
import { forgetSet, memoOf, newTurn, remember } from './memos';
import { reference } from './meter';
import { firstSmall, useWay } from './tlb';
import { beginTurn } from './walk-caches';

/** After so many records in a row that did not hit the first level, runs of hits are not tried before one does. */
const MISSES_IN_A_ROW = 4;
const BYTES = (1 << at.WHAT_KIND_SHIFT) - 1;

/** Did the record that was made last begin with a hit of the first level? */
let hit: bool = false;
/** Of the record that could not be made, the load was, and not the store behind it. */
let half: bool = false;

/**
 * Makes the accesses of a batch for a user, from one record on, until one is for the machine to make. What is done is what
 * `attempt` does; counts of what hits the first levels, most of a trace, are kept at hand.
 * @returns the record that is next, times two, plus one if the load of its load and store was made.
 */
export function replay(cpu: usize, batch: usize, from: i32, end: i32): i32 {
  const memos = load<usize>(cpu, at.CPU_MEMOS);
  newTurn(memos);
  beginTurn();
  let misses = 0;
  for (let i = from; i < end;) {
    const first = i;
    i = runHits(cpu, batch, i, end);
    if (i == end) break;
    misses = i == first ? misses + 1 : 0;
    const many = misses >= MISSES_IN_A_ROW;
    do {
      if (!makeAny(cpu, batch, i)) return (i << 1) | i32(half);
      i++;
    } while (many && !hit && i != end);
    if (many) {
      newTurn(memos);
      misses = 0;
    } else forgetSet(cpu, pageCode, addressOf(batch, i - 1));
  }
  return end << 1;
}

/** Makes any record. @returns false if it, or half of it, is for the machine to make. */
function makeAny(cpu: usize, batch: usize, i: i32): bool {
  const what = <i32>load<u16>(load<usize>(batch, at.BATCH_WHAT) + (i << 1));
  const kind = what >>> at.WHAT_KIND_SHIFT;
  const address = addressOf(batch, i);
  const lo = <i32>address;
  const hi = <i32>(address >> 32);
  half = false;
  if ((lo & 4095) + (what & BYTES) > 4096) return false;
  const access = kind == TraceKind.Fetch ? Access.Fetch : kind == TraceKind.Store ? Access.Write : Access.Read;
  if (attemptNext(cpu, hi, lo, access, true, Cause.Data) < 0) return false;
  hit = levelHit == 1;
  half = kind == TraceKind.Modify && attemptNext(cpu, hi, lo, Access.Write, true, Cause.Data) < 0;
  return !half;
}

function addressOf(batch: usize, i: i32): u64 {
  return load<u64>(load<usize>(batch, at.BATCH_ADDRESSES) + (i << 3));
}

/**
 * Loads and stores of pages that the first level of the TLB holds, as long as there is nothing else.
 * @returns the first record that was not made.
 */
function runHits(cpu: usize, batch: usize, from: i32, end: i32): i32 {
  const array = firstSmall(cpu);
  if (array == 0) return from;
  const whats = load<usize>(batch, at.BATCH_WHAT);
  const addresses = load<usize>(batch, at.BATCH_ADDRESSES);
  const clock = load<usize>(cpu, at.CPU_CLOCK);
  const meter = load<usize>(cpu, at.CPU_METER);
  const lines = meter != 0 ? load<usize>(meter, at.METER_L1) : 0;
  const stride = lines != 0 ? load<u32>(lines, at.LINES_STRIDE) : 0;
  const memos = load<usize>(cpu, at.CPU_MEMOS);
  const turn = <u64>load<i32>(memos, at.MEMOS_TURN);
  let a = load<i32>(clock, at.CLOCK_A);
  let b = load<i32>(clock, at.CLOCK_B);
  // Stores, and above them those of loads and stores.
  let stores: u64 = 0;
  let elsewhere = 0;
  let i = from;
  for (;;) {
    let memo: usize = 0;
    let address: u64 = 0;
    let kind = 0;
    // What most records are, with as little in the loop as can be.
    for (; i < end; i++) {
      address = load<u64>(addresses + (i << 3));
      const what = <i32>load<u16>(whats + (i << 1));
      kind = what >>> at.WHAT_KIND_SHIFT;
      memo = memoOf(memos, <u32>(address >> 12));
      if ((<i32>address & 4095) + (what & BYTES) > 4096) break;
      if (load<u64>(memo, at.MEMO_PAGE) != ((address & ~4095) | turn)) break;
      const frameAndMore = load<u32>(memo, at.MEMO_FRAME);
      if (((frameAndMore >>> (at.MEMO_ALLOWED_SHIFT + kind)) & 1) == 0) break;
      if (load<i32>(load<usize>(memo, at.MEMO_RECENT)) != load<i32>(memo, at.MEMO_WAY)) break;
      const line = (<u32>address >>> 6) & 63;
      if (load<u32>(load<usize>(memo, at.MEMO_LINES) + line * stride) != load<u32>(memo, at.MEMO_TAG)) break;
      const word = together(<i32>address, frameAndMore & (at.FRAME_LIMIT - 1));
      a = mixA(a, word);
      b = mixB(b, word);
      stores += u64(kind != TraceKind.Load);
      if (kind == TraceKind.Modify) {
        // The store behind the load finds all as the load left it.
        a = mixA(a, word);
        b = mixB(b, word);
        stores += <u64>1 << 32;
      }
    }
    if (i == end) break;
    // Not the page used last in its set, or not the line.
    const what = <i32>load<u16>(whats + (i << 1));
    if ((<i32>address & 4095) + (what & BYTES) > 4096) break;
    if (load<u64>(memo, at.MEMO_PAGE) != ((address & ~4095) | turn)) {
      if (!remember(cpu, array, lines, memo, address, turn, kind)) break;
    }
    const frameAndMore = load<u32>(memo, at.MEMO_FRAME);
    if (((frameAndMore >>> (at.MEMO_ALLOWED_SHIFT + kind)) & 1) == 0) break;
    const frame = frameAndMore & (at.FRAME_LIMIT - 1);
    const way = load<i32>(memo, at.MEMO_WAY);
    const recent = load<usize>(memo, at.MEMO_RECENT);
    if (load<i32>(recent) != way) useWay(array, recent, way);
    const line = (<u32>address >>> 6) & 63;
    if (load<u32>(load<usize>(memo, at.MEMO_LINES) + line * stride) == load<u32>(memo, at.MEMO_TAG)) continue;
    // Now it is the one used last, and the loop above makes the access, but for what answered it.
    reference(meter, Cause.Data, frame, line);
    elsewhere++;
  }
  const modifies = <i32>(stores >> 32);
  const made = i - from + modifies;
  const writes = <i32>stores;
  const counters = load<usize>(cpu, at.CPU_COUNTERS);
  store<i32>(clock, a, at.CLOCK_A);
  store<i32>(clock, b, at.CLOCK_B);
  count(clock + at.CLOCK_TICK, made);
  count(counters + (Count.Accesses << 3), made);
  count(counters + (Count.Reads << 3), made - writes);
  count(counters + (Count.Writes << 3), writes);
  count(counters + (Count.TlbL1Hits << 3), made);
  // Without data caches every reference goes to memory.
  if (meter != 0)
    count(meter + at.METER_ANSWERED + (((Cause.Data << 2) + (lines != 0 ? 0 : 3)) << 3), made - elsewhere);
  return i;
}
