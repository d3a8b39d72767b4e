/** The accesses of a trace, one after the other. */
import { Cause } from '../../costs/cause';
import { Count } from '../../machine/count';
import * as bits from '../../machine/tlb-bits';
import { Access } from '../../paging/kinds';
import { TraceKind } from '../../trace/kind';
import * as at from '../layout';
import { attempt } from './access';
import { mixA, mixB } from './clock';
import { holdsFirst } from './data-caches';
import { count, reference } from './meter';
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
  const counters = load<usize>(cpu, at.CPU_COUNTERS);
  const meter = load<usize>(cpu, at.CPU_METER);
  const lines = meter != 0 ? load<usize>(meter, at.METER_L1) : 0;
  const user = cpu + (3 << 2);
  const readNeed = load<i32>(user, at.CPU_NEED);
  const readDeny = load<i32>(user, at.CPU_DENY) | bits.FRAME_HIGH;
  const writeNeed = load<i32>(user + (Access.Write << 2), at.CPU_NEED);
  const writeDeny = load<i32>(user + (Access.Write << 2), at.CPU_DENY) | bits.FRAME_HIGH;
  const levels = load<i32>(cpu, at.CPU_LEVELS);
  let a = load<i32>(clock, at.CLOCK_A);
  let b = load<i32>(clock, at.CLOCK_B);
  let made = 0;
  let writes = 0;
  let nearest = 0;
  // The page of the record before is the most recent of its set, and is not looked up again.
  let lastPage = -1;
  let lastHigh = -1;
  let base: u32 = 0;
  let flags = 0;
  let i = from;
  for (; i < end; i++) {
    const lo = load<i32>(los + (i << 2));
    const hi = load<i32>(his + (i << 2));
    const kind = load<u8>(kinds + i);
    if (kind == TraceKind.Fetch || (lo & 4095) + load<u16>(sizes + (i << 1)) > 4096) break;
    if (((lo ^ lastPage) & ~4095) != 0 || hi != lastHigh) {
      if (!isUsers(hi, levels) || find(cpu, hi, lo, false) != 1) break;
      flags = hitFlags();
    }
    const need = kind == TraceKind.Load ? readNeed : writeNeed;
    if ((flags & need) != need || (flags & (kind == TraceKind.Load ? readDeny : writeDeny)) != 0) break;
    if (((lo ^ lastPage) & ~4095) != 0 || hi != lastHigh) {
      useHit(cpu, hi, lo, false, 1);
      base = hitFrame(lo);
      lastPage = lo;
      lastHigh = hi;
    }
    a = mixA(mixA(a, lo), base);
    b = mixB(mixB(b, lo), base);
    made++;
    if (kind != TraceKind.Load) writes++;
    const line = (lo >>> 6) & 63;
    if (kind == TraceKind.Modify) {
      // The store behind the load finds all as the load left it.
      a = mixA(mixA(a, lo), base);
      b = mixB(mixB(b, lo), base);
      made++;
      nearest++;
    }
    if (lines != 0 && holdsFirst(lines, base, line)) nearest++;
    else if (meter != 0) reference(meter, Cause.Data, base, line);
  }
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

/** References that the first level answered; without data caches every one goes to memory. */
function countNearest(meter: usize, times: i32, cached: bool): void {
  count(load<usize>(meter, at.METER_ANSWERED) + (((Cause.Data << 2) + (cached ? 0 : 3)) << 3), times);
}

/** True if an address is in the lower half. */
function isUsers(hi: i32, levels: i32): bool {
  return hi >= 0 && hi >>> (levels == 5 ? 24 : 15) == 0;
}
