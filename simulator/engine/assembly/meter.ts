/** What machine/meter.ts counts. */
import { Cause } from '../../costs/cause';
import { StepKind } from '../../paging/kinds';
import * as at from '../layout';
import { touch } from './data-caches';
import { steps } from './record';

/** One reference. */
export function reference(meter: usize, cause: Cause, frame: u32, line: u32): void {
  const level = answeredBy(meter, frame, line);
  count(load<usize>(meter, at.METER_ANSWERED) + (((cause << 2) + level) << 3), 1);
}

/** The references of the recorded walk, in their order. */
export function meterWalk(cpu: usize, meter: usize): void {
  const totals = load<usize>(meter, at.METER_TOTALS);
  count(totals + at.TOTAL_WALKS, 1);
  let inside = false;
  let step = load<usize>(cpu, at.CPU_STEPS);
  for (let i = 0; i < steps; i++, step += at.STEP_BYTES) {
    const kind = load<i32>(step, at.STEP_KIND);
    const level = load<i32>(step, at.STEP_LEVEL) << 3;
    const begins = !inside;
    let cause = Cause.Table;
    inside = kind == StepKind.Nested || kind == StepKind.NestedStructureHit;
    switch (kind) {
      case StepKind.Entry:
        count(load<usize>(meter, at.METER_TABLE_LEVELS) + level, 1);
        break;
      case StepKind.Nested:
        count(load<usize>(meter, at.METER_NESTED_LEVELS) + level, 1);
        if (begins) count(totals + at.TOTAL_NESTED_WALKS, 1);
        cause = Cause.Nested;
        break;
      case StepKind.StructureHit:
        count(load<usize>(meter, at.METER_STRUCTURE_HITS) + level, 1);
        continue;
      case StepKind.NestedStructureHit:
        count(totals + at.TOTAL_NESTED_WALKS, 1);
        count(load<usize>(meter, at.METER_NESTED_STRUCTURE_HITS) + level, 1);
        continue;
      case StepKind.NestedTlbHit:
        count(totals + at.TOTAL_NESTED_WALKS, 1);
        count(totals + at.TOTAL_NESTED_TLB_HITS, 1);
        continue;
      default:
        count(totals + at.TOTAL_TAG_LOOKUPS, 1);
        cause = Cause.Tag;
    }
    reference(meter, cause, load<u32>(step, at.STEP_FRAME), load<u32>(step, at.STEP_LINE));
  }
}

/** Adds to a count. */
export function count(place: usize, times: f64): void {
  store<f64>(place, load<f64>(place) + times);
}

/** Index into CACHE_LEVELS. */
function answeredBy(meter: usize, frame: u32, line: u32): i32 {
  const l1 = load<usize>(meter, at.METER_L1);
  if (l1 == 0) return 3;
  if (touch(l1, frame, line)) return 0;
  if (touch(load<usize>(meter, at.METER_L2), frame, line)) return 1;
  return touch(load<usize>(meter, at.METER_LLC), frame, line) ? 2 : 3;
}
