import { describe, expect, test } from 'vitest';
import { FramePast, type Backing } from '../../../simulator/host/past';

const period = (vm: number, gfn: number, fromTick: number, untilTick: number | null, by = 'boot'): Backing => ({
  vm,
  gfn,
  fromTick,
  untilTick,
  by,
  line: by === 'boot' ? null : 7,
});

describe('the past of frames', () => {
  test('a frame that nobody had has none', () => {
    const past = new FramePast(2048);
    expect(past.present(600)).toBeNull();
    expect(past.of(600)).toEqual([]);
    expect(past.lastOf(600, 0)).toBeNull();
    past.end(600, 5);
    expect(past.of(600)).toEqual([]);
  });

  test('periods of one frame, oldest first, and of its neighbour apart', () => {
    const past = new FramePast(2048);
    past.begin(600, 0, 3, 0, 'boot', null);
    past.begin(601, 1, 4, 0, 'boot', null);
    past.end(600, 10);
    past.begin(600, 1, 9, 12, 'back', 7);
    // What is given again without being taken ends the period before.
    past.begin(600, 0, 2, 20, 'migrate', 7);
    expect(past.of(600)).toEqual([
      period(0, 3, 0, 10),
      period(1, 9, 12, 20, 'back'),
      period(0, 2, 20, null, 'migrate'),
    ]);
    expect(past.of(601)).toEqual([period(1, 4, 0, null)]);
    expect(past.lastOf(600, 1)).toEqual(period(1, 9, 12, 20, 'back'));
    expect(past.lastOf(600, 0)).toEqual(period(0, 2, 20, null, 'migrate'));
  });

  test('tells whether a VM had a frame for another of its pages', () => {
    const past = new FramePast(2048);
    past.begin(5, 0, 3, 0, 'boot', null);
    expect(past.hadForOther(5, 0, 3)).toBe(false);
    expect(past.hadForOther(5, 0, 4)).toBe(true);
    expect(past.hadForOther(5, 1, 4)).toBe(false);
    past.end(5, 1);
    expect(past.hadForOther(5, 0, 4)).toBe(true);
  });
});
