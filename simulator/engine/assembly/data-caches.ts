/** What machine/data-caches.ts does, in the same arrays, four ways at a time. */
import * as at from '../layout';

/** True if the line is the most recent of its set. */
export function holdsFirst(cache: usize, frame: u32, line: u32): bool {
  return load<u32>(setOf(cache, (frame << 6) | line)) == frame + 1;
}

/** Looks a line up and makes it the most recent of its set, in place of the least recent if it was not there. */
export function touch(cache: usize, frame: u32, line: u32): bool {
  const first = setOf(cache, (frame << 6) | line);
  const tag = frame + 1;
  if (load<u32>(first) == tag) return true;
  const wanted = i32x4.splat(tag);
  const last = first + load<usize>(cache, at.LINES_STRIDE) - 16;
  // What moves into the first way of a group is the last way of the group before; first of all, the line itself.
  let before = wanted;
  let group = first;
  while (true) {
    const here = v128.load(group);
    const moved = v128.shuffle<i32>(before, here, 3, 4, 5, 6);
    const found = i32x4.bitmask(i32x4.eq(here, wanted));
    if (found != 0) {
      const upTo = i32x4.le_s(i32x4(0, 1, 2, 3), i32x4.splat(ctz(found)));
      v128.store(group, v128.bitselect(moved, here, upTo));
      return true;
    }
    if (group == last) {
      v128.store(group, v128.and(moved, v128.load(cache, at.LINES_REAL)));
      return false;
    }
    v128.store(group, moved);
    before = here;
    group += 16;
  }
}

function setOf(cache: usize, number: u32): usize {
  return (
    load<usize>(cache, at.LINES_TAGS) + (number & load<u32>(cache, at.LINES_MASK)) * load<u32>(cache, at.LINES_STRIDE)
  );
}
