/** Bits of entries and addresses, against plain bigint arithmetic. */
import { describe, expect, it } from 'vitest';
import * as f from '../../../simulator/paging/format';
import { Random } from '../../../simulator/machine/random';
import { high32, low32 } from '../../../simulator/units';

const random = new Random(1);
const values = Array.from({ length: 500 }, () => (BigInt(random.next()) << 32n) | BigInt(random.next()));
values.push(0n, 2n ** 64n - 1n, 2n ** 47n, 2n ** 47n - 1n, 2n ** 56n, 2n ** 56n - 1n, 0xffff_8000_0000_0000n);

function check(of: (hi: number, lo: number) => number | boolean, wanted: (value: bigint) => number | boolean): void {
  for (const value of values) {
    expect(of(high32(value), low32(value)), value.toString(16)).toBe(wanted(value));
  }
}

describe('entry format', () => {
  it('frame: bits 12 to 51', () => {
    check(
      (hi, lo) => f.frameOf(lo, hi),
      (v) => Number((v >> 12n) & 0xff_ffff_ffffn),
    );
  });

  it('frame halves are put together again', () => {
    for (const value of values) {
      const frame = Number((value >> 12n) & 0xff_ffff_ffffn);
      expect(f.frameOf(f.frameLow(frame) | 0xfff, f.frameHigh(frame) | f.NX)).toBe(frame);
    }
  });

  it('key: bits 59 to 62', () => {
    check(
      (hi) => f.pkeyOf(hi),
      (v) => Number((v >> 59n) & 15n),
    );
  });

  it.each([1, 2, 3, 4, 5])('index at level %i', (level) => {
    check(
      (hi, lo) => f.tableIndex(hi, lo, level),
      (v) => Number((v >> BigInt(12 + 9 * (level - 1))) & 511n),
    );
  });

  it.each([4, 5])('canonical under %i levels', (levels) => {
    const extra = values.map((v) => BigInt.asUintN(64, BigInt.asIntN(12 + 9 * levels, v)));
    for (const value of [...values, ...extra]) {
      const canonical = BigInt.asUintN(64, BigInt.asIntN(12 + 9 * levels, value)) === value;
      expect(f.isCanonical(high32(value), levels), value.toString(16)).toBe(canonical);
    }
  });

  it('sizes of leaves', () => {
    expect([1, 2, 3].map(f.leafShift)).toEqual([12, 21, 30]);
    expect([1, 2, 3].map(f.leafFrames)).toEqual([1, 512, 512 * 512]);
  });
});
