import { expect, test } from 'vitest';
import { ColumnLog } from '../../../simulator/history/log';

const BLOCK = 8192;

test('a log that has dropped what lies before the machine begins anew there', () => {
  const log = new ColumnLog(1, BLOCK);
  const add = (value: number): void => {
    if (log.advance()) log.append([value]);
  };
  for (let i = 0; i < 3 * BLOCK; i++) add(i);
  const { first, bytes } = log;
  expect(first).toBeGreaterThan(100);
  log.cursor = 100;
  log.truncate()();
  expect([log.first, log.count, log.bytes, log.get(first, 0)]).toEqual([first, 3 * BLOCK, bytes, first]);

  log.truncate();
  expect([log.first, log.count, log.bytes]).toEqual([100, 100, 0]);
  for (let i = 0; i < BLOCK; i++) add(-i);
  expect([log.first, log.count, log.get(100, 0), log.get(100 + BLOCK - 1, 0)]).toEqual([
    100,
    100 + BLOCK,
    -0,
    1 - BLOCK,
  ]);
  expect(log.bytes).toBe(2 * BLOCK * 8);
});
