import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './runner';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const scenario = (body: string): string => `machine {
  memory 64M
  tags asid
}
vm web {
  memory 16M
  paging tpt
}
process redis in web {
  let heap = mmap(4K, rw)
  write(heap, 7)
${body}
}
`;
const HOLDS = scenario('  print "heap holds {read(heap)}"\n  expect read(heap) == 7');
const FAILS = scenario('  expect read(heap) == 8');

describe('tpt-scope run', () => {
  test('exit 0 if all holds, with the expectations, faults and counters', async () => {
    const { code, out, err } = await run(['run', file('holds.tpt', HOLDS)]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/✓ line 13: /);
    expect(out).toMatch(/faults: .*page_fault/);
    expect(out).toMatch(/counters: accesses \d/);
    expect(out).toMatch(/holds · [\d,]+ ticks · trace 0x[0-9a-f]+/);
  });

  test('exit 1 if an expectation fails, and says which', async () => {
    const { code, out } = await run(['run', file('fails.tpt', FAILS)]);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ line 12: .*8/);
    expect(out).toMatch(/FAILS/);
  });

  test('--json carries what scripts need, and the same trace twice', async () => {
    const path = file('holds.tpt', HOLDS);
    const first = await run(['run', path, '--json']);
    const second = await run(['run', path, '--json']);
    expect(first.out).toBe(second.out);
    const result = JSON.parse(first.out) as Record<string, unknown>;
    expect(result).toMatchObject({
      file: path,
      ok: true,
      stopped: null,
      traceHash: expect.stringMatching(/^0x/) as string,
      expectations: [{ line: 13, held: true }],
    });
    expect(result['ticks']).toBeGreaterThan(0);
    expect(result['counters']).toHaveProperty('page_faults');
    const [fault] = result['faults'] as Record<string, unknown>[];
    for (const key of [
      'tick',
      'vm',
      'task',
      'kind',
      'gva',
      'errorCode',
      'expectedOwner',
      'foundOwner',
      'resolution',
      'line',
    ])
      expect(fault).toHaveProperty(key);
    expect(fault).toMatchObject({ vm: 'web', task: 'redis', line: 11 });
  });

  test('several files: one JSON line each, the worst decides', async () => {
    const { code, out } = await run([
      'run',
      file('holds.tpt', HOLDS),
      file('fails.tpt', FAILS),
      join(folder, 'nowhere.tpt'),
      '--json',
    ]);
    expect(code).toBe(2);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { ok: boolean; error?: string });
    expect(lines.map((l) => l.ok)).toEqual([true, false, false]);
    expect(lines[2]?.error).toMatch(/There is no file/);
  });

  test('overrides: scheme, tags and seed', async () => {
    const path = file('holds.tpt', HOLDS);
    const counters = async (...args: string[]): Promise<Record<string, number>> => {
      const { code, out } = await run(['run', path, '--json', ...args]);
      expect(code).toBe(0);
      return (JSON.parse(out) as { counters: Record<string, number> }).counters;
    };
    expect((await counters())['tag_lookups']).toBeGreaterThan(0);
    expect((await counters('--tags', 'off'))['tag_lookups']).toBe(0);
    expect((await counters('--scheme', 'native'))['nested_references']).toBe(0);
    expect((await counters('--scheme', 'nested'))['nested_references']).toBeGreaterThan(0);
    expect((await counters('--scheme', 'direct'))['hypercalls']).toBeGreaterThan(0);
    await counters('--seed', '42');
  });

  test('an endless loop ends at the step limit: exit 1, with the line', async () => {
    const { code, out } = await run([
      'run',
      file('endless.tpt', scenario('  while heap > 0 {\n    heap = heap + 1\n  }')),
      '--step-limit',
      '10000',
    ]);
    expect(code).toBe(1);
    expect(out).toMatch(/stopped: line 1[23]: /);
  });

  test.each([
    ['no file', () => ['run'], /at least one \.tpt file/],
    ['a missing file', () => ['run', join(folder, 'nowhere.tpt')], /There is no file/],
    [
      'an error in the file',
      () => ['run', file('bad.tpt', scenario('  write(nowhere, 1)'))],
      /bad\.tpt:12:9: .*nowhere/,
    ],
    ['an empty file', () => ['run', file('empty.tpt', '\n')], /is empty/],
    ['a binary file', () => ['run', file('binary.tpt', new Uint8Array([1, 0, 2]))], /not a text file/],
    ['an unknown flag', () => ['run', 'x.tpt', '--frob'], /--frob/],
    ['a flag without its value', () => ['run', 'x.tpt', '--seed'], /--seed/],
    [
      'a scheme that does not exist',
      () => ['run', 'x.tpt', '--scheme', 'magic'],
      /"scheme" is "magic"; it takes one of native/,
    ],
    ['tags that do not exist', () => ['run', 'x.tpt', '--tags', 'on'], /"tags" is "on"/],
    ['a seed that is no number', () => ['run', 'x.tpt', '--seed', 'many'], /"seed" is "many"/],
    ['an unknown command', () => ['frobnicate'], /no command "frobnicate"/],
  ])('bad input, %s: exit 2 and what to do', async (_, args, message) => {
    const { code, out, err } = await run(args());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('tpt-scope walk', () => {
  const vectors = readFileSync(join(__dirname, 'vectors.jsonl'), 'utf8');
  const expected = vectors
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { out: unknown }).out);
  const answers = (out: string): unknown[] =>
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  test.each([
    ['a file', () => [file('in.jsonl', vectors), '']],
    ['a compressed file', () => [file('in.jsonl.gz', gzipSync(vectors)), '']],
    ['standard input', () => ['-', vectors]],
  ])('answers vectors from %s, in order', async (_, source) => {
    const [name = '', stdin] = source();
    const { code, out, err } = await run(['walk', '--vectors', name], { stdin: stdin ?? '' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(answers(out)).toMatchObject(expected.map((e) => e as object));
  });

  test('a line that is no vector is named, the others are answered', async () => {
    const [good = ''] = vectors.split('\n');
    const bad = ['not json', '[]', '{"in": {"levels": 3}}', good.replace('"va": "0x', '"va": "zz')];
    const path = file('mixed.jsonl', [good, ...bad, good].join('\n'));
    const { code, out, err } = await run(['walk', '--vectors', path]);
    expect(code).toBe(2);
    expect(answers(out).map((a) => Object.hasOwn(a as object, 'error'))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(err).toMatch(
      /mixed\.jsonl:2: not a line of JSON\n.*:3: .*object\n.*:4: "levels" must be 4 or 5\n.*:5: "va"/,
    );
  });

  test.each([
    ['no file', () => ['walk'], /walk needs one file/],
    ['a missing file', () => ['walk', '--vectors', join(folder, 'nowhere.jsonl')], /cannot be read/],
    ['an empty file', () => ['walk', '--vectors', file('empty.jsonl', '')], /is empty/],
    ['a file that is not compressed', () => ['walk', '--vectors', file('plain.gz', '{}')], /cannot be read/],
  ])('bad input, %s: exit 2', async (_, args, message) => {
    const { code, err } = await run(args());
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('tpt-scope', () => {
  test('--help and --version', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/tpt-scope run FILE/) as string,
    });
    expect(await run(['run', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/tpt-scope run FILE/) as string,
    });
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    expect((await run([])).code).toBe(2);
  });
});
