import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openTrace, traceHeader } from '../../../simulator/index';
import { binaryOf, readAll, sourceOf } from './sources';

const HEADER = 24;
const BLOCK_HEADER = 16;

const read = (data: Uint8Array, piece?: number, levels: 4 | 5 = 4): ReturnType<typeof readAll> =>
  readAll(openTrace(sourceOf(data, piece), 'auto', levels));
const fromText = (text: string, levels: 4 | 5 = 4): Uint8Array => binaryOf(openTrace(sourceOf(text), 'lackey', levels));
/** A text of so many records in one narrow block, or more. */
const text = (count: number): string =>
  Array.from({ length: count }, (_, i) => `L ${(i * 64).toString(16)},8\n`).join('');

const record = fc.tuple(
  fc.constantFrom('L', 'S', 'M', 'I'),
  fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 56n) - 1n }),
    fc.bigInt({ min: 0n, max: 0x3ffffn }),
    fc.constantFrom(0n, (1n << 56n) - 1n, 0xffff_ffffn, 0x1_0000_0000n),
  ),
  fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.constantFrom(1, 2, 4, 8)),
);

describe('binary form', () => {
  test('gives back what was written, whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 1, max: 300 }),
        (records, piece) => {
          const lines = records.map(([kind, address, size]) => `${kind} ${address.toString(16)},${size}`);
          const data = fromText(lines.join('\n'), 5);
          expect(read(data, piece, 5)).toEqual({ records: lines, problem: null });
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 150) },
    );
  });

  test('long traces: several blocks, narrow ones of 4 bytes for each record, wide ones of 8', () => {
    const near = text(20_000);
    const data = fromText(near);
    expect(read(data, 1000)).toEqual({ records: near.trimEnd().split('\n'), problem: null });
    expect(data.length / 20_000).toBeLessThan(4.1);
    const far = Array.from({ length: 20_000 }, (_, i) => `S ${(i * 0x12345000).toString(16)},4\n`).join('');
    const wide = fromText(far);
    expect(read(wide, 1000)).toEqual({ records: far.trimEnd().split('\n'), problem: null });
    expect(wide.length / 20_000).toBeLessThan(8.1);
  });

  test('blocks begin with the letters that docs/traces.md gives', () => {
    const lettersAt = (data: Uint8Array, at: number): string => String.fromCharCode(...data.slice(at, at + 4));
    const narrow = fromText(text(100));
    // One record for each of 1,100 regions: more than a narrow block can have.
    const far = Array.from({ length: 1100 }, (_, i) => `S ${(i * 0x12345000).toString(16)},4\n`).join('');
    expect(lettersAt(narrow, HEADER)).toBe('TKB1');
    expect(lettersAt(fromText(far), HEADER)).toBe('TKB2');
    expect(lettersAt(narrow, narrow.length - BLOCK_HEADER)).toBe('TKB0');
  });

  test('a block ends before the 17th size', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `L 1000,${i + 1}`);
    expect(read(fromText(lines.join('\n')))).toEqual({ records: lines, problem: null });
  });

  test('the header tells how many records there are, if that was known', () => {
    const source = openTrace(sourceOf(text(10)), 'lackey', 4);
    const data = binaryOf(source, 10);
    const reader = openTrace(sourceOf(data), 'auto', 4);
    readAll(reader);
    expect(reader.total).toBe(10);
    expect(traceHeader(2 ** 33 + 5).slice(16)).toEqual(Uint8Array.of(5, 0, 0, 0, 2, 0, 0, 0));
  });

  test('truncated anywhere: told at the byte where it ends, with the whole blocks before it', () => {
    const data = fromText(text(9000));
    const end = data.length - BLOCK_HEADER;
    // The last 808 records lie in one region.
    const second = end - (BLOCK_HEADER + 32 + 8 + 808 * 4);
    for (const length of [8, 20, HEADER, HEADER + 3, HEADER + 100, second, second + 7, second + 500, data.length - 1]) {
      const { records, problem } = read(data.slice(0, length));
      expect(problem).toEqual({
        unit: 'byte',
        at: length,
        text: expect.stringMatching(/truncated/) as string,
        records: length < second ? 0 : length < end ? 8192 : 9000,
      });
      expect(records).toHaveLength(problem!.records);
    }
  });

  test('any damaged bit is found, with the block it is in', () => {
    const data = fromText(text(300));
    for (let at = 0; at < data.length; at++) {
      // Not the count of the header: that it was known is no part of the records.
      if (at >= 16 && at < HEADER) continue;
      const damaged = data.slice();
      damaged[at] ^= 1 << (at % 8);
      const { problem } = read(damaged);
      expect(problem, `byte ${at}`).not.toBeNull();
      if (at < HEADER || problem!.unit === 'line') continue;
      const end = data.length - BLOCK_HEADER;
      const block = at < end ? HEADER : end;
      expect([block, ...(problem!.text.includes('truncated') ? [data.length] : [])], `byte ${at}`).toContain(
        problem!.at,
      );
    }
  });

  test('what follows the end, another version and a wrong count are told', () => {
    const data = fromText(text(3));
    expect(read(Buffer.concat([data, Buffer.from([0])])).problem).toMatchObject({ at: data.length, records: 3 });
    const version = data.slice();
    version[8] = 2;
    expect(read(version).problem).toMatchObject({ at: 8, text: expect.stringMatching(/version.* 2/) as string });
    const counted = data.slice();
    counted.set(traceHeader(4));
    expect(read(counted).problem).toMatchObject({ text: 'the trace was made with 4 records, and holds 3', records: 3 });
    expect(readAll(openTrace(sourceOf('L 1000,8\nL 1000,8\nL 1000,8\n'), 'binary', 4)).problem).toMatchObject({
      at: 0,
      text: expect.stringMatching(/no binary trace/) as string,
    });
  });

  test('addresses outside the user half of the machine are refused where they stand', () => {
    const narrow = fromText('L 1000,8\nL 800000000000,8\n', 5);
    expect(read(narrow).problem).toMatchObject({
      at: HEADER + BLOCK_HEADER + 32 + 8,
      text: '0x0000800000000000 is not a canonical address',
    });
    const far = Array.from({ length: 1100 }, (_, i) => `L ${(i * 0x10000).toString(16)},8\n`).join('');
    const wide = fromText(`${far}L 800000000000,8\n`, 5);
    expect(read(wide).problem).toMatchObject({
      at: HEADER + BLOCK_HEADER + 32 + 1100 * 8,
      text: '0x0000800000000000 is not a canonical address',
    });
  });

  test('any bytes come to an end', () => {
    const header = traceHeader(null);
    const block = fc
      .tuple(fc.constantFrom(0x30424b54, 0x31424b54, 0x32424b54), fc.nat(9000), fc.nat(1100), fc.nat())
      .map((words) => new Uint8Array(Uint32Array.from(words).buffer));
    fc.assert(
      fc.property(fc.array(fc.oneof(block, fc.uint8Array({ maxLength: 200 })), { maxLength: 6 }), (parts) => {
        const { records, problem } = read(Buffer.concat([header, ...parts]), 97);
        expect(records).toEqual([]);
        expect(problem).not.toBeNull();
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
    );
  });
});
