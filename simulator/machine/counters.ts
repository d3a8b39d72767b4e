import { HEAP, type Store } from '../engine/store';
import { COUNTERS, type CounterName } from '../language/builtins';
import { Count } from './count';

export { Count };

/** Counters of one VM, by index in COUNTERS. */
export class Counters {
  readonly values: Float64Array;

  constructor(store: Store = HEAP) {
    this.values = store.float64(COUNTERS.length);
  }

  add(counter: Count, by = 1): void {
    this.values[counter] += by;
  }

  get(name: CounterName): number {
    return this.values[COUNTERS.indexOf(name)];
  }
}
