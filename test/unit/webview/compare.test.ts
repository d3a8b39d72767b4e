import { describe, expect, test } from 'vitest';
import { COLUMN_CHOICES, PROFILE_CHOICES } from '../../../extension/protocol/compare-view';
import { COST_CAUSES, EXIT_REASONS, WORK_KINDS } from '../../../simulator/index';
import { COST_PROFILE_NAMES } from '../../../simulator/costs/profiles';
import { tableCsv } from '../../../webview/compare/csv';
import { bestCells, figureGroups, referenceLabels, relativeToNative } from '../../../webview/compare/figures';
import { spread } from '../../../webview/compare/lines';
import { CAUSES, REASONS, WORK } from '../../../webview/compare/names';
import { formatFigure, shortFigure } from '../../../webview/compare/numbers';
import { gups } from '../../support/view-fixtures/comparisons';

describe('what the comparison view offers', () => {
  test('is what the simulator has', () => {
    expect(PROFILE_CHOICES).toEqual(COST_PROFILE_NAMES);
    expect(COLUMN_CHOICES.filter((column) => !column.includes(':'))).toEqual([
      'native',
      'nested',
      'shadow',
      'direct',
      'tpt',
    ]);
  });

  test('has a name for every cause, reason and kind, in their order', () => {
    expect(Object.keys(CAUSES)).toEqual([...COST_CAUSES]);
    expect(Object.keys(REASONS)).toEqual([...EXIT_REASONS]);
    expect(Object.keys(WORK)).toEqual([...WORK_KINDS]);
  });
});

describe('figures', () => {
  test('the best are the least as far as can be seen; none if all are equal or only one is known', () => {
    expect(bestCells([1, 2, 3], ['1', '2', '3'])).toEqual([true, false, false]);
    expect(bestCells([1.001, 1.002, 3], ['1.00', '1.00', '3.00'])).toEqual([true, true, false]);
    expect(bestCells([2, 2], ['2', '2'])).toEqual([false, false]);
    expect(bestCells([null, 2], ['–', '2'])).toEqual([false, false]);
    expect(bestCells([null, 2, 3], ['–', '2', '3'])).toEqual([false, true, false]);
    expect(bestCells([null, null], ['–', '–'])).toEqual([false, false]);
  });

  test('what there is nothing to divide by has no figure', () => {
    const [native] = gups.reports;
    const none = { ...native, accesses: 0, cycles: 0, walks: 0, caches: [{ name: 'L1 TLB', lookups: 0, misses: 0 }] };
    const groups = figureGroups({ ...gups, reports: [none, native], sweep: null });
    const texts = (id: string): readonly string[] => groups.flatMap((g) => g.figures).find((f) => f.id === id)!.texts;
    expect(texts('cycles-per-access')[0]).toBe('–');
    expect(texts('references-per-walk')[0]).toBe('–');
    expect(texts('miss:L1 TLB')[0]).toBe('–');
    expect(relativeToNative(native, [none, native])).toBeNull();
  });

  test('causes that this version does not know are shown by their own name', () => {
    const [native] = gups.reports;
    const newer = { ...native, byCause: { ...native.byCause, prefetch: native.accesses } };
    const causes = figureGroups({ ...gups, reports: [native, newer] }).find((g) => g.id === 'causes')!;
    expect(causes.figures.at(-1)).toMatchObject({ label: 'prefetch', values: [0, 1] });
  });

  test('references go from the root down, nested ones after, tags last', () => {
    const [native] = gups.reports;
    const share = (label: string) => ({ label, cause: 'table', count: 1 }) as const;
    const mixed = { ...native, references: ['tag', 'N1', 'L1', 'N4', 'L5', 'L4'].map(share) };
    expect(referenceLabels([mixed])).toEqual(['L5', 'L4', 'L1', 'N4', 'N1', 'tag']);
  });
});

describe('numbers', () => {
  test('little is not nothing', () => {
    expect(formatFigure(0, 2)).toBe('0');
    expect(formatFigure(0.0004, 3)).toBe('<0.001');
    expect(formatFigure(0.0005, 3)).toBe('0.001');
    expect(formatFigure(1234567.8, 1)).toBe('1,234,567.8');
    expect(formatFigure(null, 2, '×')).toBe('–');
  });

  test('labels of charts are short', () => {
    expect([0, 0.004, 0.25, 9.996, 12.34, 161.4, 4321, 53_210, 12_345_678].map(shortFigure)).toEqual([
      '0',
      '<0.01',
      '0.25',
      '10.00',
      '12.3',
      '161',
      '4,321',
      '53k',
      '12.3M',
    ]);
  });
});

test('labels that are too close are moved apart and kept inside', () => {
  const at = (values: number[]): number[] =>
    spread(
      values.map((value) => ({ at: value })),
      100,
    ).map((label) => label.at);
  expect(at([50, 20, 51])).toEqual([20, 50, 65]);
  expect(at([95, 99, 100])).toEqual([70, 85, 100]);
});

test('a cell of a CSV file is quoted where it must be', () => {
  const csv = tableCsv([{ ...gups, source: 'a "b", c.tpt', sweep: null }]);
  expect(csv.split('\r\n')[1]).toMatch(/^"a ""b"", c\.tpt",skylake-sp,Cost,cycles per access,83\.11,/);
});
