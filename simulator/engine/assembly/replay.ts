/** The accesses of a trace, one after the other. */
import { Cause } from '../../costs/cause';
import { Count } from '../../machine/count';
import * as bits from '../../machine/tlb-bits';
import { Access } from '../../paging/kinds';
import { TraceKind } from '../../trace/kind';
import * as at from '../layout';
import { attempt } from './access';
import { count, mixA, mixB, together } from './clock';
import { holdsFirst } from './data-caches';
import { reference } from './meter';
import { find, hitCode, hitFlags, hitFrame, useHit } from './tlb';

/**
 * Makes the accesses of a batch for a user, from one record on, until one is for the machine to make.
 * @returns the record that is next, times two, plus one if the load of its load and store was made.
 */
export function replay(cpu: usize, batch: usize, from: i32, end: i32): i32 {
  const kinds = load<usize>(batch, at.BATCH_KIND);
  const los = load<usize>(batch, at.BATCH_LO);
  const his = load<usize>(batch, at.BATCH_HI);
  const sizes = load<usize>(batch, at.BATCH_SIZE);
  for (let i = from; i < end; i++) {
    i = runHits(cpu, batch, i, end);
    if (i == end) break;
    const kind = load<u8>(kinds + i);
    const lo = load<i32>(los + (i << 2));
    const hi = load<i32>(his + (i << 2));
    if ((lo & 4095) + load<u16>(sizes + (i << 1)) > 4096) return i << 1;
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
  const kinds = load<usize>(batch, at.BATCH_KIND);
  const los = load<usize>(batch, at.BATCH_LO);
  const his = load<usize>(batch, at.BATCH_HI);
  const sizes = load<usize>(batch, at.BATCH_SIZE);
  const clock = load<usize>(cpu, at.CPU_CLOCK);
  const meter = load<usize>(cpu, at.CPU_METER);
  const lines = meter != 0 ? load<usize>(meter, at.METER_L1) : 0;
  let a = load<i32>(clock, at.CLOCK_A);
  let b = load<i32>(clock, at.CLOCK_B);
  let modifies = 0;
  let writes = 0;
  let nearest = 0;
  // The page of the record before is the most recent of its set, and is not looked up again.
  let page = -1;
  let high = -1;
  let frame: u32 = 0;
  let allowed = 0;
  let i = from;
  for (; i < end; i++) {
    const lo = load<i32>(los + (i << 2));
    const hi = load<i32>(his + (i << 2));
    const kind = load<u8>(kinds + i);
    if ((lo & 4095) + load<u16>(sizes + (i << 1)) > 4096) break;
    if (((lo ^ page) & ~4095) != 0 || hi != high) {
      if (hi < 0 || find(cpu, hi, lo, false) != 1) break;
      const now = allowedBy(cpu, hitFlags());
      if (((now >>> kind) & 1) == 0) break;
      useHit(cpu, hi, lo, false, 1);
      allowed = now;
      frame = hitFrame(lo);
      page = lo;
      high = hi;
    } else if (((allowed >>> kind) & 1) == 0) break;
    const word = together(lo, frame);
    a = mixA(a, word);
    b = mixB(b, word);
    if (kind != TraceKind.Load) {
      writes++;
      if (kind == TraceKind.Modify) {
        // The store behind the load finds all as the load left it.
        a = mixA(a, word);
        b = mixB(b, word);
        modifies++;
        nearest++;
      }
    }
    const line = (lo >>> 6) & 63;
    if (lines != 0 && holdsFirst(lines, frame, line)) nearest++;
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
  if (meter != 0) countNearest(meter, nearest, lines != 0);
  return i;
}

/** What an entry with these flags lets a user do, one bit for each TraceKind; nothing if it is not the engine's business. Never a fetch. */
function allowedBy(cpu: usize, flags: i32): i32 {
  const user = cpu + (3 << 2);
  if ((flags & bits.FRAME_HIGH) != 0) return 0;
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
