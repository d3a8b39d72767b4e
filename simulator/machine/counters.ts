import { COUNTERS, type CounterName } from '../language/builtins';

/** Counters of one VM, by index in COUNTERS. */
export class Counters {
  readonly values = new Float64Array(COUNTERS.length);

  add(counter: Count, by = 1): void {
    this.values[counter] += by;
  }

  get(name: CounterName): number {
    return this.values[COUNTERS.indexOf(name)];
  }
}

/** Indices into COUNTERS, in its order (a test holds the two together). */
export const enum Count {
  Accesses = 0,
  Reads,
  Writes,
  Fetches,
  TlbL1Hits,
  TlbL2Hits,
  TlbMisses,
  Walks,
  TableReferences,
  NestedReferences,
  TagLookups,
  Fills,
  PageFaults,
  Npfs,
  TagViolations,
  Gps,
  Breaches,
  VmExits,
  Hypercalls,
  TlbFlushes,
  MapReads,
  ShadowMisses,
  ShadowWrites,
}
