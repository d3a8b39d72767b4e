import { Cause } from '../costs/causes';
import type { Vm } from '../host/vm';
import type { Journal } from '../history/journal';
import { Count } from '../machine/counters';
import { mixA, mixB } from '../machine/hash';
import type { Vcpu } from '../machine/vcpu';
import { Access } from '../paging/walk';
import { type TraceBatch, TraceKind } from '../trace/batch';

/**
 * Makes those accesses of a batch, from one record on, that hit the first-level data TLB: the common case, without a
 * call for each. The first that does not is left to the access path. What both do is the same: TLB, counts, ticks and
 * trace (a test replays each trace both ways).
 *
 * @returns the first record that was not made.
 */
export function runHits(cpu: Vcpu, vm: Vm, journal: Journal, batch: TraceBatch, from: number): number {
  const structure = cpu.tlb.smallPages;
  if (structure === null || (cpu.mode.pke && cpu.mode.pkru !== 0)) return from;
  const { vpns, keys, flags, frames, recent, setMask } = structure;
  const { kind, lo, hi, bytes, count } = batch;
  const { meter, pcid } = cpu;
  const lines = meter?.firstLevel ?? null;
  if (meter !== null && lines === null) return from;
  const asidKey = cpu.tlb.keyOfSmallPage(cpu.asid);
  const read = cpu.rights(Access.Read, true);
  const write = cpu.rights(Access.Write, true);
  const counts = vm.counters.values;
  const { trace } = journal;
  let { a, b } = trace;
  let writes = 0;
  let made = 0;
  let nearest = 0;
  let at = from;
  // The page of the record before: it is the most recent of its set, and is not looked up again.
  let lastVpn = -1;
  let lastHigh = -1;
  let frame = 0;
  let word = 0;
  for (; at < count; at++) {
    const low = lo[at];
    const high = hi[at];
    const what = kind[at];
    if (what === (TraceKind.Fetch as number) || high < 0 || (low & 4095) + bytes[at] > 4096) break;
    const vpn = (low >>> 12) | (high << 20);
    if (vpn !== lastVpn || high !== lastHigh) {
      // The key of a user page that is not global: valid, 4 KiB, this ASID, the upper bits of the page number.
      const key = asidKey | ((high >>> 12) & 0x1fff);
      let slot = recent[vpn & setMask];
      if (vpns[slot] !== vpn || keys[slot] !== key || flags[slot] >>> 20 !== pcid) {
        slot = structure.find(vpn, 0, key, pcid);
        if (slot < 0) break;
      }
      word = flags[slot];
      frame = frames[slot];
      lastVpn = vpn;
      lastHigh = high;
    }
    const rights = what === (TraceKind.Load as number) ? read : write;
    if ((word & rights.need) !== rights.need || (word & rights.deny) !== 0 || (word & 0xff) !== 0) break;
    a = mixA(mixA(a, low), frame);
    b = mixB(mixB(b, low), frame);
    made++;
    if (what === (TraceKind.Modify as number)) {
      // The store behind the load finds all as the load left it.
      a = mixA(mixA(a, low), frame);
      b = mixB(mixB(b, low), frame);
      made++;
      nearest++;
    }
    if (what !== (TraceKind.Load as number)) writes++;
    if (lines === null) continue;
    if (lines.holdsFirst(frame, (low >>> 6) & 63)) nearest++;
    else meter!.data(Cause.Data, frame, low);
  }
  trace.a = a;
  trace.b = b;
  journal.tick += made;
  counts[Count.Accesses] += made;
  counts[Count.Reads] += made - writes;
  counts[Count.Writes] += writes;
  counts[Count.TlbL1Hits] += made;
  meter?.answeredAtOnce(Cause.Data, nearest);
  return at;
}
