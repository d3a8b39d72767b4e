/** Time and the trace hash: what machine/hash.ts does. */
import * as at from '../layout';

export function mixA(a: i32, word: i32): i32 {
  const mixed = (a ^ word) * <i32>0x85ebca6b;
  return mixed ^ (mixed >>> 13);
}

export function mixB(b: i32, word: i32): i32 {
  const mixed = (b + word) * <i32>0xc2b2ae35;
  return mixed ^ (mixed >>> 16);
}

/** Two words as one, for the hash. */
export function together(first: i32, second: i32): i32 {
  return first + second * <i32>0x9e3779b1;
}

/** Adds to a count of the machine. */
export function count(place: usize, times: f64): void {
  store<f64>(place, load<f64>(place) + times);
}

/** Adds a word to the trace hash. */
export function trace(clock: usize, word: i32): void {
  store<i32>(clock, mixA(load<i32>(clock, at.CLOCK_A), word), at.CLOCK_A);
  store<i32>(clock, mixB(load<i32>(clock, at.CLOCK_B), word), at.CLOCK_B);
}
