/** What machine/tlb.ts does, in the same arrays. */
import * as bits from '../../machine/tlb-bits';
import * as at from '../layout';

// What the last hit found: the array, the way in it, and the code of its page size.
export let hitArray: usize = 0;
export let hitWay: i32 = -1;
export let hitCode: i32 = 0;

/** Finds an entry for an address. Nothing changes. @returns the level that has it, or 0. */
export function find(cpu: usize, hi: i32, lo: i32, fetch: bool): i32 {
  const asid = load<i32>(cpu, at.CPU_ASID);
  const pcid = load<i32>(cpu, at.CPU_PCID);
  let probe = load<usize>(load<usize>(cpu, at.CPU_TLB) + (kindOf(hi, fetch) << 2), at.TLB_PROBES);
  for (let array = load<usize>(probe); array != 0; probe += at.PROBE_BYTES, array = load<usize>(probe)) {
    const code = load<i32>(probe, 4);
    const way = findIn(array, vpnLow(hi, lo, code), code, keyOf(hi, code, asid), pcid);
    if (way < 0) continue;
    hitArray = array;
    hitWay = way;
    hitCode = code;
    return load<i32>(array, at.ARRAY_LEVEL);
  }
  return 0;
}

/**
 * The array where data of the lower half is looked for first, if it is of the first level, has held pages of 4 KiB, and has
 * a power of two of sets; else 0.
 */
export function firstSmall(cpu: usize): usize {
  const probe = load<usize>(load<usize>(cpu, at.CPU_TLB), at.TLB_PROBES);
  const array = load<usize>(probe);
  if (array == 0 || load<i32>(probe, 4) != 0 || load<i32>(array, at.ARRAY_LEVEL) != 1) return 0;
  return load<u32>(array, at.ARRAY_SETS) == load<u32>(array, at.ARRAY_SET_MASK) + 1 ? array : 0;
}

/** Finds a 4 KiB page in that array. @returns the way, or -1. */
export function findSmall(cpu: usize, array: usize, hi: i32, lo: i32): i32 {
  return findIn(array, vpnLow(hi, lo, 0), 0, keyOf(hi, 0, load<i32>(cpu, at.CPU_ASID)), load<i32>(cpu, at.CPU_PCID));
}

export function flagsIn(array: usize, way: i32): i32 {
  return load<i32>(load<usize>(array, at.ARRAY_FLAGS) + (way << 2));
}

export function frameIn(array: usize, way: i32): u32 {
  return load<u32>(load<usize>(array, at.ARRAY_FRAMES) + (way << 2));
}

export function hitFlags(): i32 {
  return load<i32>(load<usize>(hitArray, at.ARRAY_FLAGS) + (hitWay << 2));
}

/** The 4 KiB frame that the last hit gives for an address. */
export function hitFrame(lo: i32): u32 {
  const base = load<u32>(load<usize>(hitArray, at.ARRAY_FRAMES) + (hitWay << 2));
  if (hitCode == 0) return base;
  return base + (((<u32>lo) >>> 12) & (hitCode == 1 ? 511 : 0x3ffff));
}

/** Makes what the last look-up found the most recent of its set; from the second level it is copied to the first. */
export function useHit(cpu: usize, hi: i32, lo: i32, fetch: bool, level: i32): void {
  const page = vpnLow(hi, lo, hitCode);
  use(hitArray, page >>> (9 * hitCode), hitWay);
  if (level < 2) return;
  const target = load<usize>(targetsOf(cpu, hi, fetch, hitCode));
  if (target == 0) return;
  const word = hitWay << 2;
  const key = load<i32>(load<usize>(hitArray, at.ARRAY_KEYS) + word);
  insertInto(target, page, hitCode, key, hitFlags(), load<u32>(load<usize>(hitArray, at.ARRAY_FRAMES) + word));
}

/** True if an array has yet to hold such a page: what a fill then changes is not the engine's business. */
export function isNew(cpu: usize, hi: i32, fetch: bool, code: i32): bool {
  const targets = targetsOf(cpu, hi, fetch, code);
  const unseen = <usize>at.TARGET_UNSEEN;
  return load<usize>(targets) == unseen || load<usize>(targets, at.TARGETS_LEVEL_BYTES) == unseen;
}

/** Fills a translation into both levels. */
export function fill(cpu: usize, hi: i32, lo: i32, fetch: bool, code: i32, frame: u32, flags: i32, global: bool): void {
  const targets = targetsOf(cpu, hi, fetch, code);
  const first = load<usize>(targets);
  const second = load<usize>(targets, at.TARGETS_LEVEL_BYTES);
  const vpn = vpnLow(hi, lo, code);
  const key = keyOf(hi, code, load<i32>(cpu, at.CPU_ASID)) | (global ? bits.GLOBAL : 0);
  const word = (load<i32>(cpu, at.CPU_PCID) << bits.PCID_SHIFT) | flags;
  const base = frame & ~((1 << (9 * code)) - 1);
  if (first != 0) insertInto(first, vpn, code, key, word, base);
  if (second != 0) insertInto(second, vpn, code, key, word, base);
}

/** Data or fetches, lower or upper half of the address space. */
function kindOf(hi: i32, fetch: bool): i32 {
  return (fetch ? 2 : 0) | (hi >>> 31);
}

/** Where it says which array of the first level holds pages of a size, and behind it which of the second. */
function targetsOf(cpu: usize, hi: i32, fetch: bool, code: i32): usize {
  return load<usize>(cpu, at.CPU_TLB) + at.TLB_TARGETS + kindOf(hi, fetch) * at.TARGETS_KIND_BYTES + (code << 2);
}

export function setOf(array: usize, page: u32): u32 {
  const mask = load<u32>(array, at.ARRAY_SET_MASK);
  if (mask != 0) return page & mask;
  const sets = load<u32>(array, at.ARRAY_SETS);
  return sets == 1 ? 0 : page % sets;
}

function findIn(array: usize, vpn: i32, code: i32, key: i32, pcid: i32): i32 {
  const vpns = load<usize>(array, at.ARRAY_VPNS);
  const stride = load<u32>(array, at.ARRAY_STRIDE);
  const first = setOf(array, (<u32>vpn) >>> (9 * code)) * stride;
  const wanted = i32x4.splat(vpn);
  const end = first + stride;
  for (let i = first; i != end; i += 4) {
    let found = i32x4.bitmask(i32x4.eq(v128.load(vpns + (i << 2)), wanted));
    for (; found != 0; found &= found - 1) {
      const way = <i32>i + ctz(found);
      if (matches(array, way, key, pcid)) return way;
    }
  }
  return -1;
}

function matches(array: usize, way: i32, key: i32, pcid: i32): bool {
  const word = load<i32>(load<usize>(array, at.ARRAY_KEYS) + (way << 2));
  if (((word ^ key) & ~bits.GLOBAL) != 0) return false;
  if ((word & bits.GLOBAL) != 0) return true;
  return load<i32>(load<usize>(array, at.ARRAY_FLAGS) + (way << 2)) >>> bits.PCID_SHIFT == pcid;
}

/** The oldest way of the set makes room, and is then the newest. */
function insertInto(array: usize, vpn: i32, code: i32, key: i32, flags: i32, frame: u32): void {
  const set = setOf(array, (<u32>vpn) >>> (9 * code));
  const recent = load<usize>(array, at.ARRAY_RECENT) + (set << 2);
  const way = load<i32>(load<usize>(array, at.ARRAY_NEWER) + (load<i32>(recent) << 2));
  const word = way << 2;
  store<i32>(recent, way);
  store<i32>(load<usize>(array, at.ARRAY_VPNS) + word, vpn);
  store<i32>(load<usize>(array, at.ARRAY_KEYS) + word, key);
  store<i32>(load<usize>(array, at.ARRAY_FLAGS) + word, flags);
  store<u32>(load<usize>(array, at.ARRAY_FRAMES) + word, frame);
}

/** Where the most recent way of a page's set is told. */
export function recentOf(array: usize, page: u32): usize {
  return load<usize>(array, at.ARRAY_RECENT) + (setOf(array, page) << 2);
}

/** Makes a way the most recently used one of its set. */
function use(array: usize, page: u32, way: i32): void {
  const recent = recentOf(array, page);
  if (load<i32>(recent) != way) useWay(array, recent, way);
}

/** The same for one that is not. */
export function useWay(array: usize, recent: usize, way: i32): void {
  const first = load<i32>(recent);
  const olders = load<usize>(array, at.ARRAY_OLDER);
  const newers = load<usize>(array, at.ARRAY_NEWER);
  const last = load<i32>(newers + (first << 2));
  if (way != last) {
    const older = load<i32>(olders + (way << 2));
    const newer = load<i32>(newers + (way << 2));
    store<i32>(olders + (newer << 2), older);
    store<i32>(newers + (older << 2), newer);
    store<i32>(olders + (last << 2), way);
    store<i32>(newers + (way << 2), last);
    store<i32>(olders + (way << 2), first);
    store<i32>(newers + (first << 2), way);
  }
  store<i32>(recent, way);
}

export function keyOf(hi: i32, code: i32, asid: i32): i32 {
  return bits.VALID | (code << bits.SIZE_SHIFT) | (asid << bits.ASID_SHIFT) | ((hi >>> 12) & 0x1fff);
}

function vpnLow(hi: i32, lo: i32, code: i32): i32 {
  const vpn = (lo >>> 12) | (hi << 20);
  return code == 0 ? vpn : code == 1 ? vpn & ~0x1ff : vpn & ~0x3ffff;
}
