import { describe, expect, it } from 'vitest';
import * as math from '../../../webview/shared/virtual-math';

const MILLION: math.Metrics = { total: 1_000_000, rowHeight: 22, viewport: 660, bulge: null };
const SMALL: math.Metrics = { total: 100, rowHeight: 20, viewport: 200, bulge: null };

describe('a list of a million rows', () => {
  it('never asks the browser for more height than it can give', () => {
    expect(math.contentHeight(MILLION)).toBe(22_000_000);
    expect(math.nativeHeight(MILLION)).toBe(math.MAX_NATIVE_HEIGHT);
    expect(math.nativeHeight({ ...MILLION, total: 300_000_000 })).toBe(math.MAX_NATIVE_HEIGHT);
  });

  it('reaches the first and the last row with the scroll bar', () => {
    expect(math.visibleRows(MILLION, math.nativeToTop(MILLION, 0)).first).toBe(0);
    const bottom = math.nativeHeight(MILLION) - MILLION.viewport;
    expect(math.visibleRows(MILLION, math.nativeToTop(MILLION, bottom))).toEqual({ first: 999_970, end: 1_000_000 });
  });

  it('comes back to the same row by way of the native position', () => {
    for (const row of [0, 1, 17, 499_999, 777_777, 999_900]) {
      const top = math.rowTop(MILLION, row);
      expect(math.nativeToTop(MILLION, math.topToNative(MILLION, top))).toBeCloseTo(top, 3);
    }
  });

  it('reveals every row whole', () => {
    for (const row of [0, 1, 29, 30, 31, 500_000, 999_999]) {
      const top = math.topToReveal(MILLION, 5_000_000, row);
      expect(math.rowTop(MILLION, row)).toBeGreaterThanOrEqual(top);
      expect(math.rowTop(MILLION, row) + 22).toBeLessThanOrEqual(top + 660);
    }
  });
});

describe('a list that fits the browser', () => {
  it('scrolls one to one', () => {
    expect(math.isScaled(SMALL)).toBe(false);
    expect(math.topToNative(SMALL, 137)).toBe(137);
    expect(math.nativeToTop(SMALL, 137)).toBe(137);
  });

  it('shows the rows that touch the viewport, cut ones included', () => {
    expect(math.visibleRows(SMALL, 0)).toEqual({ first: 0, end: 10 });
    expect(math.visibleRows(SMALL, 10)).toEqual({ first: 0, end: 11 });
    expect(math.visibleRows({ ...SMALL, total: 3 }, 0)).toEqual({ first: 0, end: 3 });
    expect(math.visibleRows({ ...SMALL, total: 0 }, 0)).toEqual({ first: 0, end: 0 });
  });

  it('leaves the offset alone for a row in sight, and centres one that is not', () => {
    expect(math.topToCentre(SMALL, 100, 7)).toBe(100);
    expect(math.topToCentre(SMALL, 0, 50)).toBe(50 * 20 - (200 - 20) / 2);
  });
});

describe('an expanded row', () => {
  const open = { ...SMALL, bulge: { after: 4, height: 300 } };

  it('pushes the rows below it down, not those above', () => {
    expect(math.rowTop(open, 4)).toBe(80);
    expect(math.rowTop(open, 5)).toBe(400);
    expect(math.contentHeight(open)).toBe(2300);
  });

  it('finds the row at an offset before, in and after what is expanded', () => {
    expect(math.rowAt(open, 99)).toBe(4);
    expect(math.rowAt(open, 100)).toBe(4);
    expect(math.rowAt(open, 399)).toBe(4);
    expect(math.rowAt(open, 400)).toBe(5);
    expect(math.visibleRows(open, 150)).toEqual({ first: 4, end: 5 });
  });
});
