import { describe, expect, test } from 'vitest';
import { isSynthetic, syntheticTrace, SYNTHETIC_FORMS, type TraceReader } from '../../../simulator/index';
import { readAll } from './sources';

const BASE = 0x1000_0000_0000;

const make = (text: string): TraceReader => {
  const trace = syntheticTrace(text);
  if (typeof trace === 'string') throw new Error(trace);
  return trace;
};
const records = (text: string): string[] => readAll(make(text)).records;
const offsets = (lines: readonly string[]): number[] =>
  lines.map((line) => parseInt(line.slice(2).split(',')[0], 16) - BASE);

describe('synthetic traces', () => {
  test.each(['gups:64M:20000', 'chase:1M:20000', 'btree:100000:3000', 'sequential:64K:20000'])(
    '%s is the same every time',
    (text) => {
      expect(records(text)).toEqual(records(text));
      if (!text.startsWith('sequential')) {
        expect(records(text)).toEqual(records(`${text}:1`));
        expect(records(`${text}:2`)).not.toEqual(records(text));
      }
    },
  );

  test('gups: COUNT read-modify-writes of words all over SIZE', () => {
    const lines = records('gups:1M:50000');
    expect(make('gups:1M:50000').total).toBe(50_000);
    expect(lines).toHaveLength(50_000);
    expect(lines.every((line) => line.startsWith('M ') && line.endsWith(',8'))).toBe(true);
    const places = offsets(lines);
    expect(places.every((at) => at >= 0 && at < 2 ** 20 && at % 8 === 0)).toBe(true);
    // Of 131072 words, drawn 50000 times: 131072 × (1 − e^(−50000/131072)) = 41562 on average.
    expect(Math.abs(new Set(places).size - 41_562)).toBeLessThan(500);
  });

  test.each([
    ['64', 1],
    ['128', 2],
    ['4160', 65],
    ['64K', 1024],
    ['100K', 1600],
  ])('chase: a cycle through all lines of %s bytes, again and again', (size, lines) => {
    const places = offsets(records(`chase:${size}:${3 * lines}`));
    const first = places.slice(0, lines);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: lines }, (_, i) => i * 64));
    expect(places.slice(lines, 2 * lines)).toEqual(first);
    expect(places.slice(2 * lines)).toEqual(first);
  });

  test('chase: neighbours in time are no neighbours in space', () => {
    const places = offsets(records('chase:16M:10000'));
    const near = places.filter((at, i) => i > 0 && Math.abs(at - places[i - 1]) < 4096).length;
    expect(near).toBeLessThan(50);
  });

  test('sequential: one word after the other, and from the start', () => {
    expect(offsets(records('sequential:32:6'))).toEqual([0, 8, 16, 24, 0, 8]);
    expect(offsets(records('sequential:20:3'))).toEqual([0, 8, 0]);
  });

  test('btree: a search path is a path, by a search written down once more', () => {
    // 64 leaves and 2 of a full tree of 3 levels: root of 2 entries, 2 inner nodes, 66 leaves.
    const keys = 66 * 64 - 10;
    const level = [0, 1024, 3 * 1024];
    const lines = offsets(records(`btree:${keys}:500`));
    const found = new Set<number>();
    for (let i = 0; i < lines.length;) {
      let node = 0;
      for (let depth = 0; depth < 3; depth++) {
        const entries = [2, node === 0 ? 64 : 2, node === 65 ? 54 : 64][depth];
        const start = level[depth] + node * 1024;
        let low = 0;
        let high = entries;
        // Each probe reads the key in the middle; where the search goes on tells which way it compared.
        while (high - low > 1) {
          const middle = (low + high) >> 1;
          expect(lines[i++]).toBe(start + middle * 16);
          const next = lines.slice(i).find((at) => at % 16 === 8)!;
          if ((next - 8 - start) / 16 >= middle) low = middle;
          else high = middle;
        }
        expect(lines[i++]).toBe(start + low * 16 + 8);
        node = node * 64 + low;
      }
      expect(node).toBeLessThan(keys);
      found.add(node);
    }
    expect(found.size).toBeGreaterThan(400);
  });

  test('a specification is checked, and refused in words', () => {
    expect(SYNTHETIC_FORMS).toEqual([
      'gups:SIZE:COUNT[:SEED]',
      'chase:SIZE:COUNT[:SEED]',
      'btree:KEYS:LOOKUPS[:SEED]',
      'sequential:SIZE:COUNT',
    ]);
    expect(isSynthetic('gups:')).toBe(true);
    expect(isSynthetic('./gups.lackey')).toBe(false);
    expect(isSynthetic('C:\\traces\\a.gz')).toBe(false);
    expect(syntheticTrace('gups:4G')).toBe('gups:4G: write gups:SIZE:COUNT[:SEED].');
    expect(syntheticTrace('sequential:4K:1:1')).toMatch(/write sequential:SIZE:COUNT\./);
    expect(syntheticTrace('gups:4g:1')).toMatch(/SIZE of gups.*sizes are written like 4G/);
    expect(syntheticTrace('chase:256G:1')).toBe('chase:256G:1: SIZE is 64 to 128G.');
    expect(syntheticTrace('gups:4G:0')).toMatch(/COUNT is 1 to 1T/);
    expect(syntheticTrace('gups:4G:1:5G')).toMatch(/SEED is 0 to 4294967295/);
  });
});
