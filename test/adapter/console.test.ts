import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { textTable } from '../../extension/adapter/console/text-table';
import { TRANSPORTS, type AdapterClient } from './client';
import { evaluate, launch, lineOf, stopped, threadOf, topFrame, useClient } from './driver';

async function atEnd(client: AdapterClient): Promise<number> {
  await launch(client, 'migration.tpt');
  await stopped(client);
  return threadOf(client, 'redis');
}

async function say(client: AdapterClient, task: number, line: string): Promise<string> {
  return (await evaluate(client, task, line, 'repl')).result;
}

describe.each(TRANSPORTS)('the console, %s', (transport) => {
  const client = useClient(transport);
  const migrate = lineOf('migration.tpt', 'migrate');

  test('help lists every command', async () => {
    const task = await atEnd(client());
    const text = await say(client(), task, 'help');
    for (const name of [
      'why',
      'history',
      'writes',
      'timeline',
      'goto',
      'back',
      'diff',
      'set',
      'inject',
      'undo',
      'break',
    ])
      expect(text).toMatch(new RegExp(`^${name}\\b`, 'm'));
  });

  test('why: from the last fault to the line that made it so, with rows to open', async () => {
    const task = await atEnd(client());
    const body = await evaluate(client(), task, 'why', 'repl');
    expect(body.result).toMatch(/^Tag violation at .*\ntick +line +role +what\n/);
    expect(body.result).toMatch(new RegExp(`^ *\\d+ +line ${migrate} +root +.*migrate`, 'm'));
    const { variables } = await client().request<{ variables: P.Variable[] }>('variables', {
      variablesReference: body.variablesReference,
    });
    expect(variables.map((v) => v.name)).toContain('verdict');
    expect(await say(client(), task, 'why heap')).toMatch(/nothing is wrong/);
    expect(await say(client(), task, `why frame hpa_of(heap)`)).toMatch(/^Who has frame/);
  });

  test('history and writes: of an entry, an address and a frame', async () => {
    const task = await atEnd(client());
    const writes = await say(client(), task, 'writes pte(heap)');
    expect(writes).toMatch(
      /^0x[0-9a-f]+ TPT PT entry of web ▸ redis .*; 3 writes\nwrite +tick +line +who +where +change\n/,
    );
    expect(await say(client(), task, 'history pte(heap)')).toBe(writes);
    const address = /^(0x[0-9a-f]+)/.exec(writes)?.[1] ?? '';
    expect(await say(client(), task, `history entry ${address}`)).toBe(writes);
    expect(await say(client(), task, 'history heap web redis')).toMatch(/ now +0x[0-9a-f]+ +rw-u +web /);
    expect(await say(client(), task, 'history frame hpa_of(heap)')).toMatch(
      new RegExp(`^owner .* now .*line ${migrate}$`, 'm'),
    );
  });

  test('goto a write, from the table that names it', async () => {
    const task = await atEnd(client());
    const [, , newest = ''] = (await say(client(), task, 'writes pte(heap)')).split('\n');
    const [write, tick] = newest.trim().split(/\s+/);
    await expect(say(client(), task, 'goto write 999999')).rejects.toThrow(
      /stays where it is: there is no write 999999 in the recording, which has 0 to \d+/,
    );
    await say(client(), task, `goto write ${write}`);
    expect(await stopped(client())).toMatchObject({ reason: 'goto', description: `Before write ${write}` });
    expect(await say(client(), task, 'writes pte(heap)')).toContain(`${tick} (ahead)`);
    const { id } = await topFrame(client(), task);
    const hover = await client().request<P.EvaluateResponse['body']>('evaluate', {
      expression: 'heap',
      frameId: id,
      context: 'hover',
    });
    expect(hover.result).toMatch(/^0x7f0000000000 → .*; entry written: .*`page_fault` at tick \d+/);
  });

  test('back and goto a tick', async () => {
    const task = await atEnd(client());
    await say(client(), task, 'goto 0');
    expect((await stopped(client())).reason).toBe('goto');
    await say(client(), task, 'goto 100');
    await stopped(client());
    await say(client(), task, 'back continue');
    expect((await stopped(client())).reason).toBe('entry');
  });

  test('timeline and differences', async () => {
    const task = await atEnd(client());
    const timeline = await say(client(), task, 'timeline');
    expect(timeline).toMatch(new RegExp(`line ${migrate} +host +1 +migrate`));
    expect(timeline).toMatch(/^tick [\d,]+ of [\d,]+; recording [\d.]+ of 256\.0 MiB, \d+ checkpoints?\n/);
    const diff = await say(client(), task, 'diff 0 700 web redis');
    expect(diff).toMatch(/: 1 difference, 0 mappings equal\n/);
    expect(diff).toMatch(/^0x00007f0000000000 .*added/m);
  });

  test('what is wrong is said in words', async () => {
    const task = await atEnd(client());
    const { id } = await topFrame(client(), task);
    for (const [expression, why] of [
      ['why fault 99', /no fault 99/],
      ['why nobody', /nobody/],
      ['why heap nowhere', /no VM "nowhere"; there are web/],
      ['why heap web', /process is missing in web; there are redis/],
      ['history', /address is missing/],
      ['history frame 0xffffffffff', /no frame of the machine/],
      ['goto soon', /tick must be a whole number/],
      ['back up', /"up" is no way back. Write back \[statement/],
      ['diff 1', /TICK2 must be/],
      ['inject', /Say what. Write inject drop-flush/],
      ['inject rust web', /"rust" is not one of them/],
      ['inject evict web', /process is missing/],
      ['set entry 0x1000', /Something is missing. Write set entry/],
      ['break nothing', /"nothing" is not an event; there are entry/],
      ['break owner web', /Write owner FRAME/],
    ] as const) {
      const answer = await client().answer('evaluate', { expression, frameId: id, context: 'repl' });
      expect(answer.message).toMatch(why);
      expect(answer).toMatchObject({ success: false, body: { error: { showUser: false } } });
    }
  });

  test('break names events and says how to add one', async () => {
    const task = await atEnd(client());
    expect(await say(client(), task, 'break')).toMatch(/^stale VM .*address space$/m);
    expect(await say(client(), task, 'break owner 0x1000')).toMatch(/follows the frame.*\n.*name: owner 0x1000$/);
  });

  test('completions: commands, and the words that come next', async () => {
    const task = await atEnd(client());
    const { id } = await topFrame(client(), task);
    const complete = async (text: string): Promise<string[]> => {
      const args = { frameId: id, text, column: text.length + 1 };
      const { targets } = await client().request<{ targets: P.CompletionItem[] }>('completions', args);
      return targets.map((t) => t.label);
    };
    expect(await complete('hi')).toEqual(['history']);
    expect(await complete('inject ')).toEqual(expect.arrayContaining(['drop-flush', 'evict', 'take-frame']));
    expect(await complete('inject drop-')).toEqual(['drop-flush']);
    expect(await complete('inject evict web re')).toContain('redis');
    expect(await complete('break translation web ')).toContain('redis');
    expect(await complete('pt')).toContain('pte');
  });
});

test('tables are aligned, and figures stand to the right', () => {
  expect(
    textTable(
      ['n', 'what'],
      [
        ['7', 'one'],
        ['1,000', 'two'],
      ],
      [0],
    ),
  ).toEqual(['    n  what', '    7  one', '1,000  two']);
});
