import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openTrace } from '../../../simulator/index';
import { failingSource, readAll, sourceOf } from './sources';

const read = (text: string | Uint8Array, piece?: number, levels: 4 | 5 = 4): ReturnType<typeof readAll> =>
  readAll(openTrace(sourceOf(text, piece), 'auto', levels));

describe('lackey text', () => {
  test('the four kinds, with and without blanks in front, valgrind’s own lines and all line ends', () => {
    const text = [
      '==123== Lackey, an example Valgrind tool',
      '--123-- warning: something',
      '**123** a message of the program',
      '',
      'I  04001000,3',
      ' L 1ffeffe7e0,8',
      'S 1FFEFFE7E0,16\r',
      '   M 00007fffffffffff,1',
      ' L 0,4096',
      '==123== ',
      'I 10,15',
    ].join('\n');
    const expected = ['I 4001000,3', 'L 1ffeffe7e0,8', 'S 1ffeffe7e0,16', 'M 7fffffffffff,1', 'L 0,4096', 'I 10,15'];
    for (const whole of [text, `${text}\n`, text.replaceAll(/\r?\n/g, '\r\n')]) {
      for (let piece = 1; piece < 40; piece++) expect(read(whole, piece)).toEqual({ records: expected, problem: null });
    }
  });

  test('a piece of a real trace, against a reading with a regular expression', () => {
    const text = gunzipSync(readFileSync(join(__dirname, 'fixtures', 'redis.lackey.gz'))).toString();
    const expected = [...text.matchAll(/^([LSM]) ([0-9a-f]+),(\d+)$/gm)].map(
      ([, kind, address, size]) => `${kind} ${BigInt(`0x${address}`).toString(16)},${size}`,
    );
    expect(expected).toHaveLength(4000);
    for (const piece of [17, 1000, 1 << 20]) expect(read(text, piece)).toEqual({ records: expected, problem: null });
  });

  test.each([
    ['L 1000', /"L 1000" is no record/],
    ['L 1000,', /is no record/],
    ['L ,8', /is no record/],
    ['L 10 00,8', /is no record/],
    ['L 1000,8 ', /is no record/],
    ['L 1000,8x', /is no record/],
    ['L 0x1000,8', /is no record/],
    ['L1000,8', /is no record/],
    ['X 1000,8', /is no record/],
    ['=12= nearly valgrind', /is no record/],
    ['hello\u0007 there', /"hello\? there" is no record/],
    ['L 10000000000000000,8', /is no record/],
    ['L 1000,0', /1 to 4096 bytes/],
    ['L 1000,4097', /1 to 4096 bytes/],
    ['L 1000,99999999999999999999', /1 to 4096 bytes/],
    ['L 800000000000,8', /0x0000800000000000 is not a canonical address/],
    ['L ffff7fffffffffff,8', /is not a canonical address/],
    ['L ffff800000000000,8', /kernel half/],
  ])('refuses %j at its line, behind what came before', (line, message) => {
    const before = ' L 1000,8\n==1== x\n S 2000,4\n';
    for (const piece of [1, 7, 1000]) {
      expect(read(`${before}${line}\n L 3000,8\n`, piece)).toEqual({
        records: ['L 1000,8', 'S 2000,4'],
        problem: { unit: 'line', at: 4, text: expect.stringMatching(message) as string, records: 2 },
      });
    }
  });

  test('a 5-level machine has more user addresses', () => {
    expect(read('L 800000000000,8', 100, 5).records).toEqual(['L 800000000000,8']);
    expect(read('L 100000000000000,8', 100, 5).problem?.text).toMatch(/not a canonical/);
    expect(read('L ff00000000000000,8', 100, 5).problem?.text).toMatch(/kernel half/);
  });

  test('a text without records, a line without an end and a source that fails are told', () => {
    expect(read('').problem).toEqual({ unit: 'line', at: 1, text: 'the trace ends without a record', records: 0 });
    expect(read('==1== x\n').problem).toMatchObject({ at: 2, text: 'the trace ends without a record' });
    expect(read('L 1,1\nL 1,').problem).toMatchObject({ unit: 'line', at: 2, records: 1 });
    for (const piece of [5000, 1_000_000]) {
      expect(read(`L 1,1\n==1== ${'x'.repeat(100_000)}\n`, piece)).toMatchObject({
        records: ['L 1,1'],
        problem: { at: 2, text: expect.stringMatching(/longer/) as string },
      });
    }
    const failing = readAll(openTrace(failingSource('L 1,1\nL 2,', 'the disk is gone'), 'lackey', 4));
    expect(failing).toEqual({
      records: ['L 1,1'],
      problem: { unit: 'line', at: 2, text: 'the disk is gone', records: 1 },
    });
  });

  test('a problem stays, and gives no record again', () => {
    const reader = openTrace(sourceOf('L 1,1\nbad\nL 2,2\n'), 'auto', 4);
    expect(readAll(reader).records).toEqual(['L 1,1']);
    expect(readAll(reader)).toMatchObject({ records: [], problem: { at: 2, records: 1 } });
  });
});
