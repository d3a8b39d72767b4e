/** What machine/data-caches.ts does, in the same arrays, four ways at a time. */
import * as at from '../layout';

/** The set of a frame's first line; those of its other lines follow. */
export function firstLineOf(cache: usize, frame: u32): usize {
  return setOf(cache, frame << 6);
}

/**
 * Looks a line up and makes it the most recent of its set, in place of the least recent if it was not there. Where in the
 * set it is cannot be foreseen, so that nothing branches on it.
 */
@inline
export function touch(cache: usize, frame: u32, line: u32): bool {
  const set = setOf(cache, (frame << 6) | line);
  const wanted = i32x4.splat(frame + 1);
  const last = load<u32>(cache, at.LINES_LAST);
  const here0 = v128.load(set);
  const here1 = v128.load(set, 16);
  let found = i32x4.bitmask(i32x4.eq(here0, wanted)) | (i32x4.bitmask(i32x4.eq(here1, wanted)) << 4);
  if (last < 8) {
    const way = i32x4.splat(min<u32>(ctz(found), last));
    v128.store(set, moved(wanted, here0, i32x4(0, 1, 2, 3), way));
    v128.store(set, moved(here0, here1, i32x4(4, 5, 6, 7), way), 16);
    return found != 0;
  }
  const here2 = v128.load(set, 32);
  found |= i32x4.bitmask(i32x4.eq(here2, wanted)) << 8;
  if (last < 12) {
    const way = i32x4.splat(min<u32>(ctz(found), last));
    v128.store(set, moved(wanted, here0, i32x4(0, 1, 2, 3), way));
    v128.store(set, moved(here0, here1, i32x4(4, 5, 6, 7), way), 16);
    v128.store(set, moved(here1, here2, i32x4(8, 9, 10, 11), way), 32);
    return found != 0;
  }
  if (last > 15) return touchOneByOne(set, frame + 1, last);
  const here3 = v128.load(set, 48);
  found |= i32x4.bitmask(i32x4.eq(here3, wanted)) << 12;
  const way = i32x4.splat(min<u32>(ctz(found), last));
  v128.store(set, moved(wanted, here0, i32x4(0, 1, 2, 3), way));
  v128.store(set, moved(here0, here1, i32x4(4, 5, 6, 7), way), 16);
  v128.store(set, moved(here1, here2, i32x4(8, 9, 10, 11), way), 32);
  v128.store(set, moved(here2, here3, i32x4(12, 13, 14, 15), way), 48);
  return found != 0;
}

function touchOneByOne(set: usize, tag: u32, last: u32): bool {
  let moved = tag;
  for (const end = set + (last << 2); set <= end; set += 4) {
    const here = load<u32>(set);
    store<u32>(set, moved);
    if (here == tag) return true;
    moved = here;
  }
  return false;
}

/** Four ways of a set: those up to `way` take what the one before them held. */
function moved(before: v128, here: v128, ways: v128, way: v128): v128 {
  return v128.bitselect(here, v128.shuffle<i32>(before, here, 3, 4, 5, 6), i32x4.gt_s(ways, way));
}

function setOf(cache: usize, number: u32): usize {
  return (
    load<usize>(cache, at.LINES_TAGS) + (number & load<u32>(cache, at.LINES_MASK)) * load<u32>(cache, at.LINES_STRIDE)
  );
}
