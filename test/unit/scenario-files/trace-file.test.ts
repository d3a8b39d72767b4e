import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileOpener } from '../../../extension/scenario/trace-file';
import { openTrace, type ByteSource } from '../../../simulator/index';
import { readAll } from '../trace/sources';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-traces-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return name;
}

const open = (name: string): ByteSource => fileOpener(folder)(name);
const trace = (count: number): string =>
  Array.from({ length: count }, (_, i) => ` L ${((i * 2654435761) % 2 ** 32).toString(16)},8\n`).join('');
const read = (name: string): ReturnType<typeof readAll> => readAll(openTrace(open(name), 'auto', 4));

describe('files that a scenario names', () => {
  test('plain and gzip, told by the content, relative to the folder of the scenario or absolute', () => {
    const text = trace(60_000);
    const expected = text
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
    mkdirSync(join(folder, 'sub'));
    for (const name of [write('plain', text), write('sub/zipped', gzipSync(text))]) {
      expect(read(name)).toEqual({ records: expected, problem: null });
      expect(read(join(folder, name)).records).toHaveLength(60_000);
    }
  });

  test('gzip streams one behind the other, wherever they meet in the pieces that are read', () => {
    // The pieces are 256 KiB of the file: one stream ends exactly there.
    const piece = 256 * 1024;
    const head = storedGzip(trace(18_000), piece);
    expect(head).toHaveLength(piece);
    const name = write('members.gz', Buffer.concat([head, gzipSync(trace(5)), gzipSync(trace(7))]));
    const { records, problem } = read(name);
    expect(problem).toBeNull();
    expect(records.slice(-12)).toEqual(
      [...trace(5).split('\n'), ...trace(7).split('\n')].filter(Boolean).map((l) => l.trim()),
    );
  });

  test('a truncated gzip: all that it still holds is used, then its line is told', () => {
    const text = trace(30_000);
    const zipped = gzipSync(text);
    const { records, problem } = read(write('cut.gz', zipped.subarray(0, zipped.length >> 1)));
    expect(problem).toMatchObject({ unit: 'line', text: expect.stringMatching(/gzip file is truncated/) as string });
    expect(problem!.at).toBe(records.length + 1);
    expect(problem!.records).toBe(records.length);
    expect(records.length).toBeGreaterThan(10_000);
    expect(records).toEqual(
      text
        .split('\n')
        .slice(0, records.length)
        .map((line) => line.trim()),
    );
    // The checksum behind the data is part of it.
    expect(read(write('cut.gz', zipped.subarray(0, zipped.length - 3))).problem?.text).toMatch(/truncated/);
  });

  test('damage that the text does not show is found by the checksum of gzip', () => {
    const zipped = gzipSync(trace(1000), { level: 0 });
    const at = zipped.length >> 1;
    zipped[at] = zipped[at] === 0x37 ? 0x38 : 0x37;
    const { problem } = read(write('damaged.gz', zipped));
    expect(problem?.text).toMatch(/damaged|is no record/);
    const other = gzipSync(trace(1000));
    other[other.length - 6] ^= 1;
    expect(read(write('checksum.gz', other)).problem?.text).toMatch(
      /the gzip data is damaged \(incorrect data check\)/,
    );
  });

  test('how far reading has got is told in bytes of the file', () => {
    const zipped = gzipSync(trace(30_000));
    const source = open(write('position.gz', zipped));
    expect([source.size, source.position]).toEqual([zipped.length, 0]);
    while (source.read());
    expect(source.position).toBe(zipped.length);
  });

  test('what cannot be read is refused in words', () => {
    expect(() => open('nowhere.gz')).toThrow(/There is no file .*nowhere\.gz.*folder of the scenario/);
    write('file', 'x');
    expect(() => open('file/below')).toThrow(/There is no file/);
    mkdirSync(join(folder, 'folder'));
    expect(() => open('folder')).toThrow(/folder is not a file/);
    expect(read(write('empty', '')).problem?.text).toBe('the trace ends without a record');
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a file without the right to read it', () => {
    chmodSync(join(folder, write('secret', 'L 1,1')), 0);
    expect(() => open('secret')).toThrow(/cannot be read \(EACCES\)/);
  });

  test('a file that changes while it is read', () => {
    const text = trace(60_000);
    const source = open(write('growing', text));
    source.read();
    appendFileSync(join(folder, 'growing'), 'L 1,1\n');
    expect(() => source.read()).toThrow(/was changed while it was being read/);
  });
});

/** A gzip stream of a given length: its last lines are valgrind's own, as long as need be. */
function storedGzip(text: string, length: number): Buffer {
  let padding = length - gzipSync(text, { level: 0 }).length - 6;
  for (;;) {
    const zipped = gzipSync(`${text}==1==${'x'.repeat(padding)}\n`, { level: 0 });
    if (zipped.length === length) return zipped;
    padding += length - zipped.length;
  }
}
