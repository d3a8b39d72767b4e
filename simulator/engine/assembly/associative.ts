/** What machine/associative.ts does, in the same arrays. */
import * as at from '../layout';

function bucketOf(cache: usize, lo: i32, hi: i32): i32 {
  const space = (hi * <i32>0x9e3779b1) >>> 16;
  return (lo ^ (lo >>> 9) ^ (lo >>> 18) ^ space) & load<i32>(cache, at.CACHE_MASK);
}

/** The slot of a key, or -1. */
export function findKey(cache: usize, lo: i32, hi: i32): i32 {
  const keyLo = load<usize>(cache, at.CACHE_KEY_LO);
  const keyHi = load<usize>(cache, at.CACHE_KEY_HI);
  const next = load<usize>(cache, at.CACHE_NEXT);
  let slot = load<i32>(load<usize>(cache, at.CACHE_HEADS) + (bucketOf(cache, lo, hi) << 2));
  while (slot >= 0 && (load<i32>(keyLo + (slot << 2)) != lo || load<i32>(keyHi + (slot << 2)) != hi))
    slot = load<i32>(next + (slot << 2));
  return slot;
}

/** Makes a slot the most recently used one. */
export function touchSlot(cache: usize, slot: i32): void {
  if (slot == load<i32>(load<usize>(cache, at.CACHE_ENDS), at.ENDS_NEWEST)) return;
  unlink(cache, slot);
  pushNewest(cache, slot);
}

/** Takes a slot for a key that is not there. */
export function insertKey(cache: usize, lo: i32, hi: i32): i32 {
  const ends = load<usize>(cache, at.CACHE_ENDS);
  const live = load<usize>(cache, at.CACHE_LIVE);
  const heads = load<usize>(cache, at.CACHE_HEADS);
  let slot = load<i32>(ends, at.ENDS_USED);
  if (slot < load<i32>(cache, at.CACHE_CAPACITY)) store<i32>(ends, slot + 1, at.ENDS_USED);
  else {
    slot = load<i32>(ends, at.ENDS_OLDEST);
    unlink(cache, slot);
    if (load<u8>(live + slot) != 0) unchain(cache, slot);
  }
  const bucket = bucketOf(cache, lo, hi) << 2;
  store<i32>(load<usize>(cache, at.CACHE_KEY_LO) + (slot << 2), lo);
  store<i32>(load<usize>(cache, at.CACHE_KEY_HI) + (slot << 2), hi);
  store<u8>(live + slot, 1);
  store<i32>(load<usize>(cache, at.CACHE_NEXT) + (slot << 2), load<i32>(heads + bucket));
  store<i32>(heads + bucket, slot);
  pushNewest(cache, slot);
  return slot;
}

function unchain(cache: usize, slot: i32): void {
  const next = load<usize>(cache, at.CACHE_NEXT);
  const lo = load<i32>(load<usize>(cache, at.CACHE_KEY_LO) + (slot << 2));
  const hi = load<i32>(load<usize>(cache, at.CACHE_KEY_HI) + (slot << 2));
  // Where the slot's number is kept: the head of its chain, or the link of the one before it.
  let link = load<usize>(cache, at.CACHE_HEADS) + (bucketOf(cache, lo, hi) << 2);
  while (load<i32>(link) != slot) link = next + (load<i32>(link) << 2);
  store<i32>(link, load<i32>(next + (slot << 2)));
}

function unlink(cache: usize, slot: i32): void {
  const ends = load<usize>(cache, at.CACHE_ENDS);
  const olders = load<usize>(cache, at.CACHE_OLDER);
  const newers = load<usize>(cache, at.CACHE_NEWER);
  const older = load<i32>(olders + (slot << 2));
  const newer = load<i32>(newers + (slot << 2));
  if (newer >= 0) store<i32>(olders + (newer << 2), older);
  else store<i32>(ends, older, at.ENDS_NEWEST);
  if (older >= 0) store<i32>(newers + (older << 2), newer);
  else store<i32>(ends, newer, at.ENDS_OLDEST);
}

function pushNewest(cache: usize, slot: i32): void {
  const ends = load<usize>(cache, at.CACHE_ENDS);
  const newers = load<usize>(cache, at.CACHE_NEWER);
  const newest = load<i32>(ends, at.ENDS_NEWEST);
  store<i32>(load<usize>(cache, at.CACHE_OLDER) + (slot << 2), newest);
  store<i32>(newers + (slot << 2), -1);
  if (newest >= 0) store<i32>(newers + (newest << 2), slot);
  else store<i32>(ends, slot, at.ENDS_OLDEST);
  store<i32>(ends, slot, at.ENDS_NEWEST);
}
