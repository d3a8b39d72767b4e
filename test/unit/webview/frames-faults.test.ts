import { describe, expect, it } from 'vitest';
import { walkGroups } from '../../../webview/shared/walk-groups';
import { screenFor } from '../../../webview/shared/screens';
import { BLOCK, beginsBlock, cellAt, geometryFor, moveCell } from '../../../webview/frames/geometry';
import { walk } from '../../support/view-fixtures/walks';

describe('the map of frames', () => {
  it('has 64 columns where they fit, else a smaller power of two', () => {
    expect([1400, 700, 420, 250, 90].map((width) => geometryFor(width, 90, 9, 14).columns)).toEqual([
      64, 64, 32, 16, 8,
    ]);
  });

  it('draws its line exactly each 512 cells', () => {
    for (const width of [250, 420, 1400]) {
      const g = geometryFor(width, 90, 9, 14);
      const rows = Array.from({ length: 200 }, (_, row) => row).filter((row) => beginsBlock(g, row));
      expect(rows.every((row) => (row * g.columns) % BLOCK === 0)).toBe(true);
      expect(rows.length).toBe(Math.ceil((200 * g.columns) / BLOCK));
    }
  });

  it('finds the cell at a point and none outside', () => {
    const g = { columns: 64, pitch: 10, gutter: 90 };
    expect(cellAt(g, 90, 0, 1000)).toBe(0);
    expect(cellAt(g, 90 + 639, 19, 1000)).toBe(127);
    expect([cellAt(g, 89, 0, 1000), cellAt(g, 90 + 640, 0, 1000), cellAt(g, 95, 500, 1000)]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('moves its cursor by cell, row and page, and stays on the map', () => {
    expect(
      ['ArrowRight', 'ArrowDown', 'PageDown', 'Home', 'End', 'ArrowUp', 'q'].map((key) =>
        moveCell(key, 10, 1000, 64, 5),
      ),
    ).toEqual([11, 74, 330, 0, 999, 10, null]);
    expect([
      moveCell('PageUp', 130, 1000, 64, 5),
      moveCell('PageDown', 990, 1000, 64, 5),
      moveCell('ArrowRight', 999, 1000, 64, 5),
    ]).toEqual([2, 999, 999]);
  });
});

describe('a walk', () => {
  const answer = walk({ vm: 0, pid: 1, gva: '0x00007f0000001000', access: 'write', user: true, root: 'tpt' });

  it('puts each check with the entry it is about', () => {
    const groups = walkGroups(answer);
    expect(groups.map((group) => group.entry?.levelName)).toEqual(['PML4', 'PDPT', 'PD', 'PT']);
    expect(groups.map((group) => group.ok)).toEqual([true, true, true, false]);
    expect(groups[3].checks).toHaveLength(1);
  });

  it('keeps a check that comes before any entry', () => {
    const check = { ...answer.steps[0], kind: 'cached' as const, ok: false };
    expect(walkGroups({ ...answer, steps: [check] })).toEqual([
      { entry: null, checks: [check], nested: false, ok: false },
    ]);
  });
});

describe('what fills a view', () => {
  it('offers a way on where there is nothing to see', () => {
    expect(screenFor('none', null, false, 'about').deeds).toEqual(['openSample', 'startDebugging']);
    expect(screenFor('terminated', null, true, 'about')).toMatchObject({ rows: true, deeds: ['restart'] });
    expect(screenFor('failed', 'line 12: too large', false, 'about')).toMatchObject({
      rows: false,
      failed: true,
      words: ['line 12: too large'],
    });
  });

  it('keeps the rows while the machine runs, and drops them with the session', () => {
    expect(screenFor('running', null, true, '').rows).toBe(true);
    expect(screenFor('none', 'The debug adapter ended unexpectedly.', true, 'about')).toMatchObject({
      rows: false,
      failed: true,
    });
  });
});
