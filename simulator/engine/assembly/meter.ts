/** What machine/meter.ts counts. */
import { Cause } from '../../costs/cause';
import { Count } from '../../machine/count';
import { StepKind } from '../../paging/kinds';
import * as at from '../layout';
import { count } from './clock';
import { touch } from './data-caches';
import { nextStep } from './record';
import { homeOf } from './tags';
import { lastTable, resultFrame } from './walk';

/** One reference. */
export function reference(meter: usize, cause: Cause, frame: u32, line: u32): void {
  countAt(meter + (((cause << 2) + answeredBy(meter, frame, line)) << 3), at.METER_ANSWERED);
}

/** Counts the recorded walk, and makes its references in their order. @returns its steps. */
export function countWalk(cpu: usize, counters: usize, meter: usize): i32 {
  const first = load<usize>(cpu, at.CPU_STEPS);
  let tables = 0;
  let nested = 0;
  let tags = 0;
  let inside = false;
  if (meter != 0) countAt(meter, at.METER_WALKS);
  for (let step = first; step != nextStep; step += at.STEP_BYTES) {
    const what = load<u32>(step, at.STEP_WHAT);
    const kind = <StepKind>(what & 15);
    const level = meter + (((what >>> at.STEP_LEVEL_SHIFT) & 15) << 3);
    const begins = !inside;
    let cause = Cause.Table;
    inside = kind == StepKind.Nested || kind == StepKind.NestedStructureHit;
    switch (kind) {
      case StepKind.Entry:
        tables++;
        if (meter != 0) countAt(level, at.METER_TABLE_LEVELS);
        break;
      case StepKind.Nested:
        nested++;
        cause = Cause.Nested;
        if (meter == 0) continue;
        countAt(level, at.METER_NESTED_LEVELS);
        if (begins) countAt(meter, at.METER_NESTED_WALKS);
        break;
      case StepKind.StructureHit:
        if (meter != 0) countAt(level, at.METER_STRUCTURE_HITS);
        continue;
      case StepKind.NestedStructureHit:
        if (meter == 0) continue;
        countAt(meter, at.METER_NESTED_WALKS);
        countAt(level, at.METER_NESTED_STRUCTURE_HITS);
        continue;
      case StepKind.NestedTlbHit:
        if (meter == 0) continue;
        countAt(meter, at.METER_NESTED_WALKS);
        countAt(meter, at.METER_NESTED_TLB_HITS);
        continue;
      default:
        tags++;
        cause = Cause.Tag;
        if (meter != 0) countAt(meter, at.METER_TAG_LOOKUPS);
    }
    if (meter != 0) reference(meter, cause, load<u32>(step, at.STEP_FRAME), what >>> at.STEP_LINE_SHIFT);
  }
  count(counters + (Count.TableReferences << 3), tables + nested);
  count(counters + (Count.NestedReferences << 3), nested);
  count(counters + (Count.TagLookups << 3), tags);
  return <i32>(nextStep - first) / at.STEP_BYTES;
}

/** The same for a walk of the last level alone. */
export function countLast(cpu: usize, lo: i32, counters: usize, meter: usize): i32 {
  const final = load<i32>(cpu, at.CPU_TAGGED);
  const table = load<i32>(cpu, at.CPU_TAG_PER_REFERENCE) != 0 ? 0 : final;
  count(counters + (Count.TableReferences << 3), 1);
  count(counters + (Count.TagLookups << 3), table + final);
  if (meter != 0) {
    countAt(meter, at.METER_WALKS);
    countAt(meter, at.METER_STRUCTURE_HITS + 2 * 8);
    countAt(meter, at.METER_TABLE_LEVELS + 1 * 8);
    count(meter + at.METER_TAG_LOOKUPS, table + final);
    if (table != 0) reference(meter, Cause.Tag, homeOf(cpu, lastTable), (lastTable >>> 2) & 63);
    reference(meter, Cause.Table, lastTable, ((<u32>lo) >>> 15) & 63);
    if (final != 0) reference(meter, Cause.Tag, homeOf(cpu, resultFrame), (resultFrame >>> 2) & 63);
  }
  return 2 + table + final;
}

/** Index into CACHE_LEVELS. */
function answeredBy(meter: usize, frame: u32, line: u32): i32 {
  const l1 = load<usize>(meter, at.METER_L1);
  if (l1 == 0) return 3;
  if (touch(l1, frame, line)) return 0;
  if (touch(load<usize>(meter, at.METER_L2), frame, line)) return 1;
  return touch(load<usize>(meter, at.METER_LLC), frame, line) ? 2 : 3;
}

function countAt(place: usize, offset: usize): void {
  store<f64>(place + offset, load<f64>(place + offset) + 1);
}
