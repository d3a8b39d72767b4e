/** What machine/walk-caches.ts and paging/learn.ts do, in the same arrays. */
import * as at from '../layout';
import { findKey, insertKey, touchSlot } from './associative';
import { contentOf } from './memory';
import { nextLesson } from './record';
import { owns } from './tags';

/** ASID and PCID in one word, as keys hold them. */
export function spaceOf(asid: i32, pcid: i32): i32 {
  return (asid << 20) | (pcid << 8);
}

export function prefixLow(hi: i32, lo: i32, level: i32): i32 {
  if (level == 2) return (lo >>> 21) | (hi << 11);
  if (level == 3) return (lo >>> 30) | (hi << 2);
  return level == 4 ? hi >>> 7 : hi >>> 16;
}

export function prefixHigh(hi: i32, level: i32, space: i32): i32 {
  return (level == 2 ? (hi >>> 21) & 0xff : 0) | space;
}

export function frameIn(cache: usize, slot: i32): u32 {
  return <u32>wholeAt(load<usize>(cache, at.CACHE_FRAME) + (slot << 3));
}

export function guestFrameIn(cache: usize, slot: i32): u32 {
  return <u32>wholeAt(load<usize>(cache, at.CACHE_GUEST_FRAME) + (slot << 3));
}

/** A number that is whole and below 2^52. Added to 2^52 it is there bit by bit: quicker than a conversion. */
export function wholeAt(place: usize): u64 {
  return reinterpret<u64>(load<f64>(place) + 4503599627370496) & 0xf_ffff_ffff_ffff;
}

export function rightsIn(cache: usize, slot: i32): u32 {
  return load<u8>(load<usize>(cache, at.CACHE_RIGHTS) + slot);
}

export function shiftIn(cache: usize, slot: i32): u32 {
  return load<u8>(load<usize>(cache, at.CACHE_SHIFT) + slot);
}

let turn: u64 = 0;

/** From now on memory and tags may be others than before; until then nothing changes them. */
export function beginTurn(): void {
  turn++;
}

/** Where the content of the table in a slot lies; 0: the walk may not read it, or it is all zero. */
export function contentIn(cpu: usize, cache: usize, slot: i32): usize {
  const turns = load<usize>(cache, at.CACHE_TURNS) + (slot << 3);
  const contents = load<usize>(cache, at.CACHE_CONTENTS) + (slot << 2);
  if (load<u64>(turns) == turn) return load<usize>(contents);
  const table = frameIn(cache, slot);
  const checked = load<i32>(cpu, at.CPU_TAGGED) != 0 && load<i32>(cpu, at.CPU_TAG_PER_REFERENCE) == 0;
  const content: usize = checked && !owns(cpu, table) ? 0 : contentOf(load<usize>(cpu, at.CPU_MEMORY), table);
  store<u64>(turns, turn);
  store<usize>(contents, content);
  return content;
}

/** What the walk leaves in the caches. */
export function learn(cpu: usize): void {
  for (let lesson = load<usize>(cpu, at.CPU_LESSONS); lesson != nextLesson; lesson += at.LESSON_BYTES) {
    const cache = load<usize>(lesson, at.LESSON_CACHE);
    const used = load<i32>(lesson, at.LESSON_SLOT);
    if (used >= 0) touchSlot(cache, used);
    else fill(cache, lesson);
  }
}

function fill(cache: usize, lesson: usize): void {
  const lo = load<i32>(lesson, at.LESSON_KEY_LO);
  const hi = load<i32>(lesson, at.LESSON_KEY_HI);
  let slot = findKey(cache, lo, hi);
  if (slot < 0) slot = insertKey(cache, lo, hi);
  else touchSlot(cache, slot);
  store<u64>(load<usize>(cache, at.CACHE_TURNS) + (slot << 3), 0);
  store<f64>(load<usize>(cache, at.CACHE_FRAME) + (slot << 3), load<u32>(lesson, at.LESSON_FRAME));
  store<f64>(load<usize>(cache, at.CACHE_GUEST_FRAME) + (slot << 3), load<u32>(lesson, at.LESSON_GUEST_FRAME));
  store<u8>(load<usize>(cache, at.CACHE_RIGHTS) + slot, <u8>load<u32>(lesson, at.LESSON_RIGHTS));
  store<u8>(load<usize>(cache, at.CACHE_SHIFT) + slot, <u8>load<u32>(lesson, at.LESSON_SHIFT));
}
