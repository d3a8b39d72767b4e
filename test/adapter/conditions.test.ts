import { describe, expect, test } from 'vitest';
import { formatLogMessage, isTrue, parseHitCondition } from '../../extension/adapter/conditions';

describe('hit conditions', () => {
  const hits = (text: string): number[] => {
    const counts = parseHitCondition(text);
    return counts ? [1, 2, 3, 4, 5, 6].filter(counts) : [-1];
  };

  test.each([
    ['3', [3]],
    ['=3', [3]],
    [' == 3 ', [3]],
    ['>=5', [5, 6]],
    ['> 5', [6]],
    ['<=2', [1, 2]],
    ['<2', [1]],
    ['%3', [3, 6]],
    ['', [-1]],
    ['often', [-1]],
    ['%0', [-1]],
    ['-1', [-1]],
    ['3 4', [-1]],
    ['=>3', [-1]],
  ])('%j', (text, expected) => expect(hits(text)).toEqual(expected));
});

test.each([
  ['0', false],
  ['0x0', false],
  ['0x0000', false],
  ['false', false],
  ['0x0 (host)', false],
  ['1', true],
  ['0x10', true],
  ['true', true],
  ['0x01', true],
  ['web (1)', true],
])('%j is true: %s', (value, expected) => expect(isTrue(value)).toBe(expected));

test('log messages: values, escapes, and what cannot be evaluated', () => {
  const evaluate = (text: string) =>
    text === 'heap'
      ? ({ ok: true, value: '0x10', type: '', children: [], memory: null } as const)
      : ({ ok: false, error: 'no such name' } as const);
  expect(formatLogMessage('at {heap}, \\{heap\\}, {nobody}, {', evaluate)).toBe(
    'at 0x10, {heap}, {nobody: no such name}, {',
  );
});
