import { describe, expect, it } from 'vitest';
import { bookmarkTarget } from '../../../extension/protocol/bookmark-target';
import {
  bookmarkTitle,
  named,
  parseTick,
  readBookmarks,
  removed,
  tickProblem,
} from '../../../extension/views/bookmark-list';
import { historyQuestion, parseAddress, whyQuestion } from '../../../extension/views/questions';

const PRESENT = { vm: 1, pid: 2, gva: '0x00007f0000001000', access: 'read', frame: null } as const;

describe('bookmarks', () => {
  const list = [
    { tick: 5, name: 'five' },
    { tick: 9, name: 'nine' },
  ];

  it('are kept by tick, one at each', () => {
    expect(named(list, { tick: 7, name: 'seven' }).map(({ tick }) => tick)).toEqual([5, 7, 9]);
    expect(named(list, { tick: 5, name: 'new' })).toEqual([{ tick: 5, name: 'new' }, list[1]]);
    expect(removed(list, 5)).toEqual([list[1]]);
  });

  it('are read as far as they can be', () => {
    expect(readBookmarks([...list, { tick: 'x', name: 'bad' }, null, { tick: 1 }])).toEqual(list);
    expect([readBookmarks(undefined), readBookmarks('x')]).toEqual([[], []]);
  });

  it('keep a place, and the tick alone where what was stored is no place', () => {
    const exact = { ...list[0], place: { statements: -1, moment: 3 } };
    expect(readBookmarks([{ ...exact, more: 1, place: { ...exact.place, more: 1 } }])).toEqual([exact]);
    for (const place of [null, 7, {}, { statements: 2 }, { statements: -2, moment: 0 }, { statements: 0, moment: 1.5 }])
      expect(readBookmarks([{ ...list[0], place }])).toEqual([list[0]]);
    expect(readBookmarks([{ name: 'x', place: exact.place }])).toEqual([]);
  });

  it('lead to their place, or to their tick', () => {
    expect(bookmarkTarget(list[0])).toEqual({ kind: 'tick', tick: 5 });
    const place = { statements: 4, moment: 2 };
    expect(bookmarkTarget({ ...list[0], place })).toEqual({ kind: 'place', statements: 4, moment: 2, tick: 5 });
  });

  it('are named, renamed, or moved to where the machine stands', () => {
    const place = { statements: 4, moment: 2 };
    const before = { tick: 1205, name: 'x' };
    expect(bookmarkTitle(1205, undefined, place)).toBe('Bookmark Tick 1,205');
    expect(bookmarkTitle(1205, before, null)).toBe('Rename the Bookmark at Tick 1,205');
    expect(bookmarkTitle(1205, { ...before, place }, { ...place })).toBe('Rename the Bookmark at Tick 1,205');
    expect(bookmarkTitle(1205, { ...before, place }, { ...place, moment: 0 })).toBe(
      'Move the Bookmark at Tick 1,205 Here',
    );
    expect(bookmarkTitle(1205, before, place)).toBe('Move the Bookmark at Tick 1,205 Here');
  });
});

describe('a typed tick', () => {
  it('may have separators', () => {
    expect(['48213', ' 48,213 ', '48 213', '48_213'].map(parseTick)).toEqual([48213, 48213, 48213, 48213]);
    expect(['', '-1', '1.5', '0x10', '99999999999999999999'].map(parseTick)).toEqual([null, null, null, null, null]);
  });

  it('is told what is wrong with it', () => {
    expect(tickProblem('12', 100)).toBeNull();
    expect(tickProblem('x', 100)).toBe('A tick is a whole number, like 48,213.');
    expect(tickProblem('48,214', 48_213)).toBe('The recording ends at tick 48,213.');
    expect(tickProblem('48,214', null)).toBeNull();
  });
});

describe('what an address is asked', () => {
  const gva = '0x00007f0000001000';

  it('of a gVA: its translation, if it is known whose', () => {
    expect(historyQuestion({ kind: 'gva', address: gva, vm: 0, pid: 1 }, null)).toEqual({
      kind: 'translation',
      vm: 0,
      pid: 1,
      gva,
      root: 'active',
    });
    expect(historyQuestion({ kind: 'gva', address: gva }, null)).toBeNull();
    expect(whyQuestion({ kind: 'gva', address: gva, vm: 0, pid: 1 })).toMatchObject({ subject: { gva, pid: 1 } });
    expect(whyQuestion({ kind: 'gpa', address: '0x1000' })).toBeNull();
  });

  it('of an hPA: the entry that lies there, else its frame', () => {
    const ref = { kind: 'hpa', address: '0x0000061008' } as const;
    expect(historyQuestion(ref, 'tpt-table')).toEqual({ kind: 'entry', frame: 0x61, index: 1 });
    expect(historyQuestion(ref, 'data')).toEqual({ kind: 'frame', frame: 0x61 });
    expect(historyQuestion({ ...ref, address: '0x61000' }, 'tpt-table')).toEqual({ kind: 'frame', frame: 0x61 });
    expect(historyQuestion({ ...ref, address: '0x61000', entry: true }, null)).toEqual({
      kind: 'entry',
      frame: 0x61,
      index: 0,
    });
    expect(whyQuestion(ref)).toEqual({ kind: 'causes', subject: { kind: 'frame', frame: 0x61 } });
  });

  it('is found in what is typed', () => {
    expect(parseAddress('0x7f0000001000', PRESENT)).toEqual({ kind: 'gva', address: gva, vm: 1, pid: 2 });
    expect(parseAddress('gva 7f0000001000', PRESENT)).toMatchObject({ kind: 'gva', address: gva });
    expect(parseAddress('hpa: 0x61008', null)).toEqual({ kind: 'hpa', address: '0x61008' });
    expect(parseAddress('Frame 1b00', null)).toEqual({ kind: 'hpa', address: '0x1b00000' });
    expect(['0x7f0000001000', 'frame 0xffffffffffff', 'hello', ''].map((text) => parseAddress(text, null))).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
