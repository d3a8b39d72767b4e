import { describe, expect, it } from 'vitest';
import type { MarkKind } from '../../../extension/protocol/messages';
import {
  byGravity,
  laneOf,
  lanesFor,
  marksIn,
  markWords,
  neighbour,
  targetAt,
  type Mark,
} from '../../../webview/faults/marks';
import { ofFaults } from '../../../webview/faults/recording';
import { bucketsFor, isWhole, pan, scale, tickToX, toShow, xToTick, zoom } from '../../../webview/faults/timeline';
import { faults } from '../../support/view-fixtures/faults';

const mark = (tick: number, kind: MarkKind = 'page_fault', more: Partial<Mark> = {}): Mark => ({
  id: tick,
  tick,
  lastTick: tick,
  kind,
  count: 1,
  text: 'words',
  line: null,
  faultId: null,
  ...more,
});

describe('positions on the strip of time', () => {
  const span = { from: 1000, until: 5000 };

  it('go from ticks to pixels and back', () => {
    expect(tickToX(3000, span, 400)).toBe(200);
    expect(xToTick(200, span, 400)).toBe(3000);
    expect([xToTick(-5, span, 400), xToTick(999, span, 400), xToTick(5, span, 0)]).toEqual([1000, 5000, 1000]);
  });

  it('have round ticks, not too many', () => {
    expect(scale({ from: 0, until: 48_213 }, 5)).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
    expect(scale({ from: 0, until: 0 }, 5)).toEqual([0]);
    expect(scale({ from: 3, until: 5 }, 8)).toEqual([3, 4, 5]);
    expect(scale({ from: 0, until: 100_000_000 }, 5)).toHaveLength(6);
  });

  it('ask for no more buckets than can be told apart, nor than are answered', () => {
    expect([bucketsFor(0), bucketsFor(250), bucketsFor(1400), bucketsFor(40_000)]).toEqual([1, 50, 280, 2000]);
  });
});

describe('zooming and moving', () => {
  const whole = { from: 0, until: 100_000_000 };

  it('keeps the tick under the pointer where it is', () => {
    const near = zoom(whole, 25_000_000, 0.5, whole);
    expect(near).toEqual({ from: 12_500_000, until: 62_500_000 });
    expect(tickToX(25_000_000, near, 400)).toBe(tickToX(25_000_000, whole, 400));
  });

  it('ends at single ticks and at the whole', () => {
    let span = whole;
    for (let i = 0; i < 60; i++) span = zoom(span, 777, 0.5, whole);
    expect(span.until - span.from).toBe(8);
    expect(span.from <= 777 && span.until >= 777).toBe(true);
    for (let i = 0; i < 60; i++) span = zoom(span, 777, 2, whole);
    expect(span).toEqual(whole);
    expect(isWhole(span, whole)).toBe(true);
    expect(zoom({ from: 0, until: 3 }, 1, 0.5, { from: 0, until: 3 })).toEqual({ from: 0, until: 3 });
  });

  it('moves only as far as there is something', () => {
    expect(pan({ from: 10, until: 20 }, -15, { from: 0, until: 100 })).toEqual({ from: 0, until: 10 });
    expect(pan({ from: 10, until: 20 }, 500, { from: 0, until: 100 })).toEqual({ from: 90, until: 100 });
    expect(toShow(15, { from: 10, until: 20 }, { from: 0, until: 100 })).toEqual({ from: 10, until: 20 });
    expect(toShow(50, { from: 10, until: 20 }, { from: 0, until: 100 })).toEqual({ from: 45, until: 55 });
  });
});

describe('marks', () => {
  it('know the gravest kind', () => {
    expect(byGravity(['page_fault', 'tag_violation', 'page_fault', 'breach', 'new_kind'])).toEqual([
      'breach',
      'tag_violation',
      'page_fault',
      'new_kind',
    ]);
  });

  it('have lanes by what they are, which stay for the whole recording', () => {
    expect(lanesFor({}).map(({ id }) => id)).toEqual(['faults']);
    expect(lanesFor({ cr3: 3, npf: 1, edit: 0, owner: 2 }).map(({ id }) => id)).toEqual(['faults', 'owner', 'cr3']);
    expect([laneOf('shadow_miss'), laneOf('failed_expect')]).toEqual(['faults', 'failed_expect']);
  });

  it('are found forwards, backwards and around a tick', () => {
    const marks = [mark(40), mark(10), mark(25, 'host', { lastTick: 30, count: 3 })];
    expect([neighbour(marks, 10, 1), neighbour(marks, 40, 1), neighbour(marks, 40, -1)]).toEqual([25, null, 25]);
    expect(marksIn(marks, 28, 36).map(({ tick }) => tick)).toEqual([25]);
    expect(marksIn(marks, 20, 42).map(({ tick }) => tick)).toEqual([25, 40]);
  });

  it('say what they are', () => {
    expect(markWords(mark(1204, 'host', { line: 12 }), 'host operation')).toBe('tick 1,204 · words · line 12');
    expect(markWords(mark(1204, 'cr3', { lastTick: 1300, count: 2000 }), 'CR3 load')).toBe(
      'ticks 1,204 – 1,300 · 2,000 marks: CR3 load · first: words',
    );
  });

  it('are those of the faults where there is no recording', () => {
    const page = faults({ kinds: [], fromTick: null, untilTick: null, filter: '', fold: true, offset: 0, limit: 10 });
    const stand = ofFaults(page, 48_213);
    expect([stand.now, stand.end, stand.marks.length]).toEqual([48_213, 48_213, page.strip.length]);
    expect(stand.counts).toBe(page.counts);
  });
});

describe('where a click or Enter leads', () => {
  it('to just before what the host does, which begins at the tick at which something else ends', () => {
    const marks = [mark(40, 'owner', { id: 8 }), mark(40, 'host', { id: 7 }), mark(50, 'cr3', { id: 9 })];
    expect(targetAt(40, marks, null)).toEqual({ kind: 'mark', mark: 7 });
    expect(targetAt(50, marks, null)).toEqual({ kind: 'mark', mark: 9 });
  });

  it('to the tick of a fault, where the machine stands at it, and to that of an empty place', () => {
    expect(targetAt(40, [mark(40, 'host'), mark(40, 'npf')], null)).toEqual({ kind: 'tick', tick: 40 });
    expect(targetAt(41, [mark(40, 'host')], null)).toEqual({ kind: 'tick', tick: 41 });
    expect(targetAt(40, [mark(40, 'host', { id: null })], null)).toEqual({ kind: 'tick', tick: 40 });
  });

  it('to the place of a bookmark that has one', () => {
    const flag = { tick: 40, name: 'x' };
    const place = { statements: 3, moment: 2 };
    expect(targetAt(40, [mark(40, 'host', { id: 7 })], { ...flag, place })).toEqual({
      kind: 'place',
      ...place,
      tick: 40,
    });
    expect(targetAt(40, [mark(40, 'host', { id: 7 })], flag)).toEqual({ kind: 'mark', mark: 7 });
  });
});
