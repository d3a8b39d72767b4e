import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TRANSPORTS } from './client';
import {
  fixture,
  initialize,
  launch,
  lineOf,
  setBreakpoints,
  stack,
  stopped,
  topFrame,
  useClient,
  type Exited,
} from './driver';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-launch-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const SMALL =
  'machine {\n  memory 64M\n}\nvm web {\n  memory 16M\n  paging tpt\n}\nprocess redis in web {\n  let heap = mmap(4K, rw)\n  write(heap, 1)\n  expect read(heap) == 1\n}\n';

describe.each(TRANSPORTS)('launch, %s', (transport) => {
  const client = useClient(transport);

  test('the memory for the history is what was asked for', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true, historyMemory: 7 } });
    await stopped(client());
    const { result } = await client().request<{ result: { memory: { limit: number } } }>('tpt/timeline', {
      buckets: 1,
    });
    expect(result.memory.limit).toBe(7 << 20);
  });

  test.each([
    ['no scenario', () => ({}), /names no scenario/],
    ['a missing file', () => ({ scenario: join(folder, 'nowhere.tpt') }), /There is no file .*nowhere\.tpt/],
    ['a folder', () => ({ scenario: folder }), /is not a file/],
    ['an empty file', () => ({ scenario: file('empty.tpt', '') }), /is empty/],
    ['a file of blanks', () => ({ scenario: file('blank.tpt', '\uFEFF \r\n\r\n') }), /is empty/],
    [
      'a binary file',
      () => ({ scenario: file('binary.tpt', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])) }),
      /not a text file/,
    ],
    [
      'text that is not UTF-8',
      () => ({ scenario: file('latin.tpt', new Uint8Array([0x76, 0x6d, 0xe9, 0x0a])) }),
      /not a text file/,
    ],
    ['an error in the scenario', () => ({ scenario: fixture('bad.tpt') }), /bad\.tpt:11:9: .*nowhere/],
    [
      'a scheme that does not exist',
      () => ({ scenario: fixture('steps.tpt'), scheme: 'magic' }),
      /"scheme" is "magic"; it takes one of native, nested/,
    ],
    [
      'a record that is no flag',
      () => ({ scenario: fixture('steps.tpt'), record: 'yes' }),
      /"record" is "yes"; it takes true or/,
    ],
    [
      'no memory for the history',
      () => ({ scenario: fixture('steps.tpt'), historyMemory: 0 }),
      /"historyMemory" is 0; it takes a whole number from 1 to 1048576/,
    ],
    ['a seed that is no number', () => ({ scenario: fixture('steps.tpt'), seed: '7' }), /"seed" is "7"/],
    ['a step limit of 0', () => ({ scenario: fixture('steps.tpt'), stepLimit: 0 }), /"stepLimit" is 0/],
  ])('%s is refused in words', async (_, args, message) => {
    await initialize(client());
    const refusal = await client().refusal('launch', args());
    expect(refusal).toMatch(message);
    expect(refusal).not.toMatch(/\bat .*\.[jt]s/);
  });

  test('a refused launch can be followed by a good one', async () => {
    await initialize(client());
    await client().refusal('launch', { scenario: join(folder, 'nowhere.tpt') });
    await client().request('launch', { scenario: fixture('steps.tpt'), stopOnEntry: true });
    await client().next('initialized');
    await client().request('configurationDone');
    expect((await stopped(client())).reason).toBe('entry');
  });

  test('attach is refused', async () => {
    await initialize(client());
    expect(await client().refusal('attach', {})).toMatch(/cannot attach/);
  });

  test('a request before launch and an unknown one are refused', async () => {
    await initialize(client());
    expect(await client().refusal('stackTrace', { threadId: 1 })).toMatch(/Send a launch request/);
    expect(await client().refusal('tpt/summary', {})).toMatch(/Send a launch request/);
    expect(await client().refusal('frobnicate', {})).toMatch(/does not know the request "frobnicate"/);
  });

  test('unknown keys are warned of, those of clients are not', async () => {
    await launch(client(), 'steps.tpt', {
      launch: { stopOnEntry: true, sceme: 'tpt', __sessionId: 'x', internalConsoleOptions: 'neverOpen' },
    });
    await stopped(client());
    expect(client().console()).toMatch(/"sceme" is not known/);
    expect(client().console()).not.toMatch(/sessionId|internalConsole/);
  });

  test('CRLF and a byte order mark change nothing', async () => {
    const path = file('crlf.tpt', `\uFEFF${SMALL.replaceAll('\n', '\r\n')}`);
    await initialize(client());
    await client().request('launch', { scenario: path, stopOnEntry: false });
    await client().next('initialized');
    const { breakpoints } = await client().request<{ breakpoints: object[] }>('setBreakpoints', {
      source: { path },
      breakpoints: [{ line: 10 }],
    });
    expect(breakpoints).toMatchObject([{ verified: true, line: 10, column: 3 }]);
    await client().request('configurationDone');
    expect((await stopped(client())).reason).toBe('breakpoint');
  });

  test('stopOnEntry stops before the first statement', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true } });
    const stop = await stopped(client());
    expect(stop).toMatchObject({ reason: 'entry', allThreadsStopped: true });
    expect((await topFrame(client(), stop.threadId ?? 0)).line).toBe(lineOf('steps.tpt', 'mmap'));
  });

  test('noDebug runs straight to the end', async () => {
    await launch(client(), 'steps.tpt', {
      launch: { noDebug: true, stopOnEntry: true },
      breakpoints: [{ line: lineOf('steps.tpt', 'read') }],
    });
    expect(await client().next<Exited>('exited')).toEqual({ exitCode: 0 });
    await client().next('terminated');
    expect(client().order).not.toContain('stopped');
  });

  test('lines from 0 and URIs, for a client that wants them so', async () => {
    const uri = pathToFileURL(fixture('steps.tpt')).toString();
    await initialize(client(), { linesStartAt1: false, columnsStartAt1: false, pathFormat: 'uri' });
    await client().request('launch', { scenario: uri, stopOnEntry: false });
    await client().next('initialized');
    const line = lineOf('steps.tpt', 'read') - 1;
    const { breakpoints } = await client().request<{ breakpoints: object[] }>('setBreakpoints', {
      source: { path: uri },
      breakpoints: [{ line }],
    });
    expect(breakpoints).toMatchObject([{ verified: true, line, column: 2 }]);
    await client().request('configurationDone');
    const { threadId } = await stopped(client());
    expect(await stack(client(), threadId ?? 0)).toMatchObject([{ line, column: 2, source: { path: uri } }]);
  });

  test.each(['nested', 'direct'])('overrides reach the machine: %s', async (scheme) => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true, scheme, tags: 'off' } });
    await stopped(client());
    const { result } = await client().request<{ result: { tags: string; vms: { scheme: string }[] } }>(
      'tpt/summary',
      {},
    );
    expect(result).toMatchObject({ tags: 'off', vms: [{ scheme }] });
  });

  test('a second launch is refused', async () => {
    await launch(client(), 'steps.tpt', { launch: { stopOnEntry: true } });
    await stopped(client());
    expect(await client().refusal('launch', { scenario: fixture('loop.tpt') })).toMatch(/already runs/);
    const { breakpoints } = await setBreakpoints(client(), 'loop.tpt', [{ line: 12 }]);
    expect(breakpoints).toMatchObject([
      { verified: false, message: expect.stringMatching(/runs steps\.tpt/) as string },
    ]);
  });
});
