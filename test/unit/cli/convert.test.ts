import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTrace, syntheticTrace, type TraceReader } from '../../../simulator/index';
import { readAll, sourceOf } from '../trace/sources';
import { run } from './runner';

const REDIS = join(__dirname, '../trace/fixtures/redis.lackey.gz');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-convert-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const readerOf = (path: string): TraceReader => openTrace(sourceOf(readFileSync(path)), 'binary', 4);

describe('tpt-scope convert', () => {
  test('text, plain or gzip, becomes the binary form with the same records', async () => {
    const text = gunzipSync(readFileSync(REDIS));
    const expected = readAll(openTrace(sourceOf(text), 'lackey', 4));
    for (const from of [REDIS, file('plain.lackey', text)]) {
      const to = join(folder, 'out.tptt');
      const { code, out, err } = await run(['convert', from, to]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toBe(`${to}: 4,000 records, ${statSync(to).size.toLocaleString('en-US')} bytes\n`);
      const reader = readerOf(to);
      expect(readAll(reader)).toEqual(expected);
      expect(reader.total).toBe(4000);
    }
    expect(readdirSync(folder).sort()).toEqual(['out.tptt', 'plain.lackey']);
  });

  test.each(['gups:1G:10_000', 'chase:64K:3000:7', 'btree:1M:500', 'sequential:4K:9000'])(
    'synthetic %s becomes its file',
    async (specification) => {
      const to = join(folder, 'out.tptt');
      expect(await run(['convert', specification, to])).toMatchObject({ code: 0, err: '' });
      const reader = readerOf(to);
      const { records, problem } = readAll(reader);
      expect({ records, problem }).toEqual(readAll(syntheticTrace(specification) as TraceReader));
      expect(reader.total).toBe(records.length);
    },
  );

  test('a replay of the file is a replay of the text', async () => {
    await run(['convert', REDIS, join(folder, 'redis.tptt')]);
    writeFileSync(join(folder, 'redis.gz'), readFileSync(REDIS));
    const results: Record<string, unknown>[] = [];
    for (const name of ['redis.gz', 'redis.tptt']) {
      const text = `machine { memory 64M }\nvm web { memory 16M }\nprocess p in web {\n  expect replay("${name}") == 4853\n}\n`;
      const { code, out, err } = await run(['run', file('replay.tpt', text), '--json']);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      results.push(JSON.parse(out) as Record<string, unknown>);
    }
    const [a, b] = results.map(({ traceHash, counters }) => ({ traceHash, counters }));
    expect(a).toEqual(b);
  });

  test('damage: exit 2 with the line; the records before it are kept, and that is said', async () => {
    const from = file('bad.lackey', ' L 1000,8\n S 2000,8\n L 30');
    const to = join(folder, 'out.tptt');
    const { code, out, err } = await run(['convert', from, to]);
    expect(code).toBe(2);
    expect(err).toBe(
      `tpt-scope: ${from}, line 3: " L 30" is no record; one looks like " L 1ffeffe7e0,8" (2 records before it)\n`,
    );
    expect(out).toMatch(/: 2 records, those before the damage, \d+ bytes\n$/);
    expect(readAll(readerOf(to))).toEqual({ records: ['L 1000,8', 'S 2000,8'], problem: null });
  });

  test('nothing to convert: exit 2, and what was there before stays', async () => {
    const to = file('out.tptt', 'before');
    const { code, err } = await run(['convert', file('bad.lackey', 'hello\n'), to]);
    expect({ code, err: /line 1: "hello" is no record/.test(err) }).toEqual({ code: 2, err: true });
    expect(readFileSync(to, 'utf8')).toBe('before');
    expect(readdirSync(folder).sort()).toEqual(['bad.lackey', 'out.tptt']);
  });

  test.each([
    ['no names', () => ['convert'], /convert needs two names/],
    ['one name', () => ['convert', 'a'], /convert needs two names/],
    ['three names', () => ['convert', 'a', 'b', 'c'], /convert needs two names/],
    ['a missing file', () => ['convert', join(folder, 'none'), join(folder, 'out')], /There is no file/],
    ['a folder', () => ['convert', folder, join(folder, 'out')], /is not a file/],
    ['one file for both', () => ['convert', REDIS, REDIS], /is both input and output/],
    ['a folder as output', () => ['convert', REDIS, (mkdirSync(join(folder, 'd')), join(folder, 'd'))], /is a folder/],
    ['no such folder', () => ['convert', REDIS, join(folder, 'x', 'out')], /cannot be written: ENOENT/],
    ['a bad specification', () => ['convert', 'gups:1G', join(folder, 'out')], /write gups:SIZE:COUNT\[:SEED\]/],
    ['a bad number', () => ['convert', 'gups:1G:many', join(folder, 'out')], /`many` is not a number/],
    ['an unknown flag', () => ['convert', '--fast', 'a', 'b'], /--fast/],
  ])('bad input, %s: exit 2 and what to do', async (_, args, message) => {
    const { code, out, err } = await run(args());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('Ctrl+C: exit 130, and nothing is left behind', async () => {
    const to = file('out.tptt', 'before');
    const { code, err } = await run(['convert', 'sequential:1M:10M', to], { interruptAfter: 1 });
    expect({ code, err }).toEqual({ code: 130, err: 'tpt-scope: interrupted; nothing was written.\n' });
    expect(readFileSync(to, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['out.tptt']);
  });
});

describe('long runs', () => {
  const replay = (): string => {
    const trace = Array.from({ length: 200_000 }, (_, i) => `L ${(0x100000 + (i % 512) * 8).toString(16)},8\n`).join(
      '',
    );
    file('long.lackey', trace);
    return file(
      'long.tpt',
      'machine { memory 64M }\nvm web { memory 16M }\nprocess p in web {\n  replay("long.lackey")\n}\n',
    );
  };

  test('Ctrl+C ends a run with what was done so far: exit 130', async () => {
    const { code, out } = await run(['run', replay(), join(folder, 'never.tpt')], { interruptAfter: 3 });
    expect(code).toBe(130);
    expect(out).toMatch(/stopped: interrupted/);
    const accesses = Number(/counters: accesses ([\d,]+)/.exec(out)![1].replaceAll(',', ''));
    expect(accesses).toBeGreaterThan(4 * 8192);
    expect(accesses).toBeLessThan(5 * 8192 + 200);
    expect(out).not.toMatch(/never/);
  });

  test('without a terminal nothing is drawn', async () => {
    expect(await run(['run', replay()])).toMatchObject({ code: 0, err: '' });
  });
});
