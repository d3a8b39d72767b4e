/** What machine/data-caches.ts does, in the same arrays, up to sixteen ways at a time. */
import * as at from '../layout';

/** The set of a frame's first line; those of its other lines follow. */
export function firstLineOf(cache: usize, frame: u32): usize {
  return setOf(cache, frame << 6);
}

export function tagOf(cache: usize, frame: u32): u32 {
  return (frame >>> load<u32>(cache, at.LINES_KNOWN_BITS)) + 1;
}

/** Looks a line up and makes it the most recent of its set, in place of the least recent if it was not there. */
@inline
export function touch(cache: usize, frame: u32, line: u32): bool {
  const set = setOf(cache, (frame << 6) | line);
  const tag = tagOf(cache, frame);
  const last = load<u32>(cache, at.LINES_LAST);
  const shape = load<i32>(cache, at.LINES_SHAPE);
  // The usual ones first: those of a first, second and last level.
  if (shape == at.SHAPE_8_LONG) return touch8Long(set, tag, last);
  if (shape == at.SHAPE_16_LONG) return touch16Long(set, tag, last);
  if (shape == at.SHAPE_12_SHORT) return touch12Short(set, tag, last);
  if (shape == at.SHAPE_16_SHORT) return touch16Short(set, tag, last);
  if (shape == at.SHAPE_8_SHORT) return touch8Short(set, tag, last);
  return touchOneByOne(set, tag, set + load<u32>(cache, at.LINES_STRIDE));
}

// Where in its set a line is cannot be foreseen, so that nothing branches on it: for each way is chosen what it held or what
// the one before it held. Whether it is there can be foreseen for the smaller caches alone: there a miss goes its own way.

@inline
function touch8Short(set: usize, tag: u32, last: u32): bool {
  const wanted = i16x8.splat(<i16>tag);
  const here = v128.load(set);
  const found = i16x8.bitmask(i16x8.eq(here, wanted));
  v128.store(set, v128.bitselect(behindShort(wanted, here), here, v128.load(slideShort(found, last))));
  return found != 0;
}

@inline
function touch12Short(set: usize, tag: u32, last: u32): bool {
  const wanted = i16x8.splat(<i16>tag);
  const here0 = v128.load(set);
  const here1 = v128.load64_zero(set, 16);
  const found = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.eq(here0, wanted), i16x8.eq(here1, wanted)));
  const slide = slideShort(found, last);
  v128.store(set, v128.bitselect(behindShort(wanted, here0), here0, v128.load(slide)));
  v128.store64_lane(set, v128.bitselect(behindShort(here0, here1), here1, v128.load(slide, 16)), 0, 16);
  return found != 0;
}

@inline
function touch16Short(set: usize, tag: u32, last: u32): bool {
  const wanted = i16x8.splat(<i16>tag);
  const here0 = v128.load(set);
  const here1 = v128.load(set, 16);
  const found = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.eq(here0, wanted), i16x8.eq(here1, wanted)));
  const slide = slideShort(found, last);
  v128.store(set, v128.bitselect(behindShort(wanted, here0), here0, v128.load(slide)));
  v128.store(set, v128.bitselect(behindShort(here0, here1), here1, v128.load(slide, 16)), 16);
  return found != 0;
}

@inline
function touch8Long(set: usize, tag: u32, last: u32): bool {
  const wanted = i32x4.splat(tag);
  const here0 = v128.load(set);
  const here1 = v128.load(set, 16);
  const found = i16x8.bitmask(i16x8.narrow_i32x4_s(i32x4.eq(here0, wanted), i32x4.eq(here1, wanted)));
  if (found == 0 && last == 0x80) {
    v128.store(set, behindLong(wanted, here0));
    v128.store(set, behindLong(here0, here1), 16);
    return false;
  }
  const slide = slideLong(found, last);
  v128.store(set, v128.bitselect(behindLong(wanted, here0), here0, v128.load(slide)));
  v128.store(set, v128.bitselect(behindLong(here0, here1), here1, v128.load(slide, 16)), 16);
  return found != 0;
}

@inline
function touch16Long(set: usize, tag: u32, last: u32): bool {
  const wanted = i32x4.splat(tag);
  const here0 = v128.load(set);
  const here1 = v128.load(set, 16);
  const here2 = v128.load(set, 32);
  const here3 = v128.load(set, 48);
  const found = i8x16.bitmask(
    i8x16.narrow_i16x8_s(
      i16x8.narrow_i32x4_s(i32x4.eq(here0, wanted), i32x4.eq(here1, wanted)),
      i16x8.narrow_i32x4_s(i32x4.eq(here2, wanted), i32x4.eq(here3, wanted)),
    ),
  );
  if (found == 0 && last == 0x8000) {
    v128.store(set, behindLong(wanted, here0));
    v128.store(set, behindLong(here0, here1), 16);
    v128.store(set, behindLong(here1, here2), 32);
    v128.store(set, behindLong(here2, here3), 48);
    return false;
  }
  const slide = slideLong(found, last);
  v128.store(set, v128.bitselect(behindLong(wanted, here0), here0, v128.load(slide)));
  v128.store(set, v128.bitselect(behindLong(here0, here1), here1, v128.load(slide, 16)), 16);
  v128.store(set, v128.bitselect(behindLong(here1, here2), here2, v128.load(slide, 32)), 32);
  v128.store(set, v128.bitselect(behindLong(here2, here3), here3, v128.load(slide, 48)), 48);
  return found != 0;
}

function touchOneByOne(set: usize, tag: u32, end: usize): bool {
  let moved = tag;
  for (; set != end; set += 4) {
    const here = load<u32>(set);
    store<u32>(set, moved);
    if (here == tag) return true;
    moved = here;
  }
  return false;
}

/** Ways of a set, each with what the one before it held. */
function behindShort(before: v128, here: v128): v128 {
  return v128.shuffle<i16>(before, here, 7, 8, 9, 10, 11, 12, 13, 14);
}

function behindLong(before: v128, here: v128): v128 {
  return v128.shuffle<i32>(before, here, 3, 4, 5, 6);
}

/** Where -1 lies for each way up to the one that was found (else the last), and 0 for those after it. */
function slideShort(found: i32, last: u32): usize {
  return at.SLIDE_SHORT + 30 - (ctz(found | last) << 1);
}

function slideLong(found: i32, last: u32): usize {
  return at.SLIDE_LONG + 60 - (ctz(found | last) << 2);
}

function setOf(cache: usize, number: u32): usize {
  return (
    load<usize>(cache, at.LINES_TAGS) + (number & load<u32>(cache, at.LINES_MASK)) * load<u32>(cache, at.LINES_STRIDE)
  );
}
