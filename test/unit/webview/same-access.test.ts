import { expect, test } from 'vitest';
import { alignWalks, countReferences } from '../../../webview/sameAccess/align';
import { sameAccess } from '../../support/view-fixtures/same-access';

const answer = sameAccess({ vm: 0, pid: 1, gva: '0x00007f0000001000', access: 'write', user: true });
const walks = answer.walks.map(({ walk }) => walk);
const [native, nested, , tpt] = walks;

const shape = (rows: ReturnType<typeof alignWalks>): [string, number[]][] =>
  rows.map((row) => [row.label, row.cells.map((cell) => cell.length)]);

test('references stand in the row of the level that they belong to, nested ones before their entry', () => {
  const rows = alignWalks(walks);
  expect(shape(rows)).toEqual([
    ['PML4', [1, 5, 0, 1]],
    ['PDPT', [1, 5, 0, 1]],
    ['PD', [1, 5, 0, 1]],
    ['PT', [1, 5, 0, 1]],
    ['frame', [0, 4, 0, 0]],
  ]);
  expect(rows[0].cells[1].map((group) => group.nested)).toEqual([true, true, true, true, false]);
});

test('a nested walk that stops on its way stands in the row of the table that it looked for', () => {
  const stopped = { ...nested!, steps: nested!.steps.slice(0, 5 + 2) };
  expect(shape(alignWalks([stopped]))).toEqual([
    ['PML4', [5]],
    ['PDPT', [2]],
  ]);
  expect(shape(alignWalks([{ ...nested!, steps: nested!.steps.slice(0, 2) }, native]))).toEqual([
    ['PML4', [2, 1]],
    ['PDPT', [0, 1]],
    ['PD', [0, 1]],
    ['PT', [0, 1]],
  ]);
});

test('behind a large page there is the frame, and no table', () => {
  const { steps } = nested!;
  const large = steps[14];
  const large2M = { ...large, bits: large.bits.map((bit) => (bit.name === 'PS' ? { ...bit, value: '1' } : bit)) };
  const walk = { ...nested!, steps: [...steps.slice(0, 14), large2M, ...steps.slice(20)] };
  expect(shape(alignWalks([walk]))).toEqual([
    ['PML4', [5]],
    ['PDPT', [5]],
    ['PD', [5]],
    ['frame', [4]],
  ]);
});

test('references are counted by what they are, and costs added where there are any', () => {
  expect(countReferences(nested!)).toEqual({ table: 4, nested: 20, tag: 0, cycles: 24 * 4 + 6 * 196 });
  expect(countReferences(tpt!)).toMatchObject({ table: 4, nested: 0, tag: 1 });
  const free = { ...native!, steps: native!.steps.map(({ cycles: _, ...step }) => step) };
  expect(countReferences(free).cycles).toBeNull();
});
