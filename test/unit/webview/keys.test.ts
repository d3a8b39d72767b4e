import { describe, expect, it } from 'vitest';
import { actionsFor } from '../../../webview/shared/address-menu';
import { filterKey, moveRow, startsFilter } from '../../../webview/shared/list-keys';
import { menuKey } from '../../../webview/shared/menu';

const key = (name: string, more = {}): Parameters<typeof startsFilter>[0] => ({
  key: name,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...more,
});

describe('keys in a list', () => {
  it('move by row, by page and to the ends, and stop there', () => {
    const move = (name: string, at: number): number | null => moveRow(name, at, 100, 20);
    expect([move('ArrowDown', 5), move('ArrowUp', 5), move('PageDown', 5), move('PageUp', 5)]).toEqual([6, 4, 25, 0]);
    expect([move('Home', 50), move('End', 50), move('ArrowDown', 99), move('PageDown', 90)]).toEqual([0, 99, 99, 99]);
    expect(move('x', 5)).toBeNull();
    expect(moveRow('ArrowDown', 0, 0, 20)).toBeNull();
  });

  it('start the filter only where a character is typed', () => {
    expect(startsFilter(key('p'))).toBe(true);
    expect(startsFilter(key('!'))).toBe(true);
    for (const other of [
      key(' '),
      key('Enter'),
      key('F5'),
      key('c', { ctrlKey: true }),
      key('c', { metaKey: true }),
      key('a', { altKey: true }),
    ]) {
      expect(startsFilter(other)).toBe(false);
    }
  });
});

describe('keys in a filter', () => {
  it('Escape takes the filter away first, then leaves', () => {
    expect(filterKey('Escape', 'perm:w')).toBe('clear');
    expect(filterKey('Escape', '')).toBe('leave');
  });

  it('Enter and the down key go to the list; others are typed', () => {
    expect([
      filterKey('Enter', 'x'),
      filterKey('ArrowDown', ''),
      filterKey('a', ''),
      filterKey('ArrowLeft', 'x'),
    ]).toEqual(['leave', 'leave', null, null]);
  });
});

describe('keys in a menu', () => {
  const labels = ['Walk It', 'Show in Frames', 'Show in Memory', 'Copy'];

  it('go round', () => {
    expect([menuKey('ArrowDown', 3, labels), menuKey('ArrowUp', 0, labels), menuKey('End', 0, labels)]).toEqual([
      0, 3, 3,
    ]);
  });

  it('jump to the next item with that letter', () => {
    expect([
      menuKey('s', 0, labels),
      menuKey('s', 1, labels),
      menuKey('s', 2, labels),
      menuKey('z', 0, labels),
    ]).toEqual([1, 2, 1, null]);
  });
});

describe('the address menu', () => {
  it('walks only what is virtual, and shows frames only of what has one', () => {
    expect(actionsFor('gva')).toContain('walk');
    expect(actionsFor('hpa')).not.toContain('walk');
    expect(actionsFor('hpa')).toContain('showInFrames');
    expect(actionsFor('gpa')).not.toContain('showInFrames');
    for (const kind of ['gva', 'gpa', 'hpa'] as const) expect(actionsFor(kind)).toContain('copy');
  });
});
