/** The accesses of a trace, one after the other. */
import { Cause } from '../../costs/cause';
import { Count } from '../../machine/count';
import * as bits from '../../machine/tlb-bits';
import { Access } from '../../paging/kinds';
import { TraceKind } from '../../trace/kind';
import * as at from '../layout';
import { attempt, missed } from './access';
import { count, mixA, mixB, together } from './clock';
import { firstLineOf } from './data-caches';
import { reference } from './meter';
import { findSmall, firstSmall, flagsIn, frameIn, keyOf, useSmall } from './tlb';

const BYTES = (1 << at.WHAT_KIND_SHIFT) - 1;

/**
 * Makes the accesses of a batch for a user, from one record on, until one is for the machine to make.
 * @returns the record that is next, times two, plus one if the load of its load and store was made.
 */
export function replay(cpu: usize, batch: usize, from: i32, end: i32): i32 {
  const whats = load<usize>(batch, at.BATCH_WHAT);
  const addresses = load<usize>(batch, at.BATCH_ADDRESSES);
  for (let i = from; i < end; i++) {
    // What missed tells of more that does, and what hit, of more that hits.
    if (!missed) i = runHits(cpu, batch, i, end);
    if (i == end) break;
    const what = <i32>load<u16>(whats + (i << 1));
    const kind = what >>> at.WHAT_KIND_SHIFT;
    const lo = load<i32>(addresses + (i << 3));
    const hi = load<i32>(addresses + (i << 3), 4);
    if ((lo & 4095) + (what & BYTES) > 4096) return i << 1;
    const access = kind == TraceKind.Fetch ? Access.Fetch : kind == TraceKind.Store ? Access.Write : Access.Read;
    if (attempt(cpu, hi, lo, access, true, Cause.Data) < 0) return i << 1;
    if (kind == TraceKind.Modify && attempt(cpu, hi, lo, Access.Write, true, Cause.Data) < 0) return (i << 1) | 1;
  }
  return end << 1;
}

/**
 * Loads and stores that hit the first level of the TLB, as long as there is nothing else: most of a trace is that. What is
 * done is what `attempt` does; counts are kept at hand.
 * @returns the first record that was not made.
 */
function runHits(cpu: usize, batch: usize, from: i32, end: i32): i32 {
  const array = firstSmall(cpu);
  if (array == 0) return from;
  const setMask = load<u32>(array, at.ARRAY_SETS) - 1;
  const whats = load<usize>(batch, at.BATCH_WHAT);
  const addresses = load<usize>(batch, at.BATCH_ADDRESSES);
  const clock = load<usize>(cpu, at.CPU_CLOCK);
  const meter = load<usize>(cpu, at.CPU_METER);
  const lines = meter != 0 ? load<usize>(meter, at.METER_L1) : 0;
  const stride = lines != 0 ? load<u32>(lines, at.LINES_STRIDE) : 0;
  let a = load<i32>(clock, at.CLOCK_A);
  let b = load<i32>(clock, at.CLOCK_B);
  let modifies = 0;
  let writes = 0;
  let nearest = 0;
  const memos = load<usize>(cpu, at.CPU_MEMOS);
  const turn = <u64>newTurn(memos);
  let i = from;
  for (; i < end; i++) {
    const address = load<u64>(addresses + (i << 3));
    const what = <i32>load<u16>(whats + (i << 1));
    const kind = what >>> at.WHAT_KIND_SHIFT;
    if ((<i32>address & 4095) + (what & BYTES) > 4096) break;
    // What was used last in a set is its most recent page, and need not be looked up again.
    const memo = memos + ((((<u32>(address >> 12)) & setMask) % at.MEMOS) << 4);
    if (load<u64>(memo, at.MEMOS_FIRST + at.MEMO_PAGE) != ((address & ~4095) | turn)) {
      if (!remember(cpu, array, lines, memo, address, turn, kind)) break;
    }
    const frameAndMore = load<u32>(memo, at.MEMOS_FIRST + at.MEMO_FRAME);
    if (((frameAndMore >>> (at.MEMO_ALLOWED_SHIFT + kind)) & 1) == 0) break;
    const frame = frameAndMore & (at.FRAME_LIMIT - 1);
    const word = together(<i32>address, frame);
    a = mixA(a, word);
    b = mixB(b, word);
    writes += i32(kind != TraceKind.Load);
    if (kind == TraceKind.Modify) {
      // The store behind the load finds all as the load left it.
      a = mixA(a, word);
      b = mixB(b, word);
      modifies++;
    }
    const line = (<u32>address >>> 6) & 63;
    if (lines != 0 && load<u32>(load<u32>(memo, at.MEMOS_FIRST + at.MEMO_LINES) + line * stride) == frame + 1) nearest++;
    else if (meter != 0) reference(meter, Cause.Data, frame, line);
  }
  const made = i - from + modifies;
  const counters = load<usize>(cpu, at.CPU_COUNTERS);
  store<i32>(clock, a, at.CLOCK_A);
  store<i32>(clock, b, at.CLOCK_B);
  count(clock + at.CLOCK_TICK, made);
  count(counters + (Count.Accesses << 3), made);
  count(counters + (Count.Reads << 3), made - writes);
  count(counters + (Count.Writes << 3), writes);
  count(counters + (Count.TlbL1Hits << 3), made);
  if (meter != 0) countNearest(meter, nearest + modifies, lines != 0);
  return i;
}

/** Forgets all memos. @returns what their pages have in their low bits from now on. */
function newTurn(memos: usize): i32 {
  const turn = (load<i32>(memos, at.MEMOS_TURN) + 1) & 4095;
  store<i32>(memos, turn, at.MEMOS_TURN);
  // All turns have been: what is left of them must not be taken for new.
  if (turn == 0) memory.fill(memos + at.MEMOS_FIRST, 0xff, at.MEMOS * at.MEMO_BYTES);
  return turn;
}

/**
 * Looks a page up, and remembers it if it does what the record of this kind wants; then it is the most recent of its set.
 * @returns false if that is not a hit of the first level.
 */
function remember(
  cpu: usize,
  array: usize,
  lines: usize,
  memo: usize,
  address: u64,
  turn: u64,
  kind: i32,
): bool {
  const hi = <i32>(address >> 32);
  const lo = <i32>address;
  if (hi < 0) return false;
  const way = findSmall(array, hi, lo, keyOf(hi, 0, load<i32>(cpu, at.CPU_ASID)), load<i32>(cpu, at.CPU_PCID));
  if (way < 0) return false;
  const allowed = allowedBy(cpu, flagsIn(array, way));
  const frame = frameIn(array, way);
  if (((allowed >>> kind) & 1) == 0 || frame >= <u32>at.FRAME_LIMIT) return false;
  useSmall(array, hi, lo, way);
  store<u64>(memo, (address & ~4095) | turn, at.MEMOS_FIRST + at.MEMO_PAGE);
  store<u32>(memo, frame | (allowed << at.MEMO_ALLOWED_SHIFT), at.MEMOS_FIRST + at.MEMO_FRAME);
  if (lines != 0) store<u32>(memo, firstLineOf(lines, frame), at.MEMOS_FIRST + at.MEMO_LINES);
  return true;
}

/** What an entry with these flags lets a user do, one bit for each TraceKind; nothing if it is not the engine's business. Never a fetch. */
function allowedBy(cpu: usize, flags: i32): i32 {
  if ((flags & bits.FRAME_HIGH) != 0) return 0;
  const user = cpu + (3 << 2);
  return (
    (permits(user + (Access.Read << 2), flags) ? 1 << TraceKind.Load : 0) |
    (permits(user + (Access.Write << 2), flags) ? (1 << TraceKind.Store) | (1 << TraceKind.Modify) : 0)
  );
}

function permits(which: usize, flags: i32): bool {
  const need = load<i32>(which, at.CPU_NEED);
  return (flags & need) == need && (flags & load<i32>(which, at.CPU_DENY)) == 0;
}

/** References that the first level answered; without data caches every one goes to memory. */
function countNearest(meter: usize, times: i32, cached: bool): void {
  count(meter + at.METER_ANSWERED + (((Cause.Data << 2) + (cached ? 0 : 3)) << 3), times);
}
