import { describe, expect, it } from 'vitest';
import { COUNTERS, type CounterName } from '../../../simulator/language/builtins';
import { Count, Counters } from '../../../simulator/machine/counters';

/** The compiler cannot list a const enum: this record must name each of its members once. */
const BY_NAME: Record<CounterName, Count> = {
  accesses: Count.Accesses,
  reads: Count.Reads,
  writes: Count.Writes,
  fetches: Count.Fetches,
  tlb_l1_hits: Count.TlbL1Hits,
  tlb_l2_hits: Count.TlbL2Hits,
  tlb_misses: Count.TlbMisses,
  walks: Count.Walks,
  table_references: Count.TableReferences,
  nested_references: Count.NestedReferences,
  tag_lookups: Count.TagLookups,
  fills: Count.Fills,
  page_faults: Count.PageFaults,
  npfs: Count.Npfs,
  tag_violations: Count.TagViolations,
  gps: Count.Gps,
  breaches: Count.Breaches,
  vm_exits: Count.VmExits,
  hypercalls: Count.Hypercalls,
  tlb_flushes: Count.TlbFlushes,
  map_reads: Count.MapReads,
  shadow_misses: Count.ShadowMisses,
  shadow_writes: Count.ShadowWrites,
};

describe('counters', () => {
  it.each(Object.entries(BY_NAME))('%s is at its place in COUNTERS', (name, count) => {
    expect(COUNTERS[count]).toBe(name);
    const counters = new Counters();
    counters.add(count, 5);
    counters.add(count);
    expect(counters.get(name as CounterName)).toBe(6);
    expect(counters.values.reduce((sum, n) => sum + n, 0)).toBe(6);
  });

  it('are as many', () => {
    expect(COUNTERS).toHaveLength(Object.keys(BY_NAME).length);
  });
});
