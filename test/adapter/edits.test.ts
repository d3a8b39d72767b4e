import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import { TRANSPORTS, type AdapterClient } from './client';
import { evaluate, launch, lineOf, setBreakpoints, stack, step, stopped, topFrame, useClient } from './driver';

interface Reply<T> {
  readonly revision: number;
  readonly result: T;
}
type Answer = Reply<{ readonly ok: boolean; readonly text?: string; readonly error?: string }>;

async function touched(client: AdapterClient, more: object = {}): Promise<number> {
  await launch(client, 'migration.tpt', {
    launch: more as Record<string, unknown>,
    breakpoints: [{ line: lineOf('migration.tpt', 'touch') + 1 }],
  });
  const { threadId = 0 } = await stopped(client);
  await setBreakpoints(client, 'migration.tpt', []);
  return threadId;
}

async function set(client: AdapterClient, task: number, expression: string, value: string): Promise<string> {
  const { id } = await topFrame(client, task);
  return (await client.request<{ value: string }>('setExpression', { frameId: id, expression, value })).value;
}

async function say(client: AdapterClient, task: number, line: string): Promise<string> {
  return (await evaluate(client, task, line, 'repl')).result;
}

describe.each(TRANSPORTS)('changing the machine by hand, %s', (transport) => {
  const client = useClient(transport);

  test('a field of an entry: set, seen, another future, and taken back', async () => {
    const task = await touched(client());
    expect((await evaluate(client(), task, 'pte(heap).W')).result).toMatch(/^1\b/);
    expect(await set(client(), task, 'pte(heap).W', '0')).toMatch(/^0\b/);
    expect((await evaluate(client(), task, 'pte(heap).W')).result).toMatch(/^0\b/);
    const { result } = await client().request<Answer>('tpt/undoEdit', {});
    expect(result).toMatchObject({ ok: true });
    expect(await stopped(client())).toMatchObject({ reason: 'goto', description: result.text });
    expect((await evaluate(client(), task, 'pte(heap).W')).result).toMatch(/^1\b/);
    expect((await client().request<Answer>('tpt/undoEdit', {})).result).toMatchObject({ ok: false });
  });

  test('an edit is part of the past: going back and on again passes it', async () => {
    const task = await touched(client());
    const { id } = await topFrame(client(), task);
    await client().request('setExpression', { frameId: id, expression: 'heap', value: 'heap + 8' });
    await step(client(), 'next', task);
    expect((await evaluate(client(), task, 'heap')).result).toBe('0x7f0000000008');
    await step(client(), 'reverseContinue', task);
    await setBreakpoints(client(), 'migration.tpt', [{ line: lineOf('migration.tpt', 'stale') }]);
    await step(client(), 'continue', task);
    expect((await evaluate(client(), task, 'heap')).result).toBe('0x7f0000000008');
  });

  test('an edit tells the views', async () => {
    const task = await touched(client());
    const before = client().order.length;
    await set(client(), task, 'pte(heap).W', '0');
    const seen = client()
      .order.slice(before)
      .filter((o) => o !== 'stackTrace→' && o !== 'tpt/revision');
    expect(seen).toEqual(['setExpression→', 'invalidated']);
    await client().next<{ revision: number }>('tpt/revision', (b) => b.revision > 3);
  });

  test('an entry by its address, an owner and a slot of the map', async () => {
    const task = await touched(client());
    const hpa = (await evaluate(client(), task, 'hpa_of(heap)')).result;
    const { memoryReference = '' } = await evaluate(client(), task, 'pte(heap)');
    const entry = memoryReference.slice('hpa:'.length);
    expect(await set(client(), task, `entry(${entry}).A`, '0')).toMatch(/^0\b/);
    const whole = await evaluate(client(), task, `entry(${entry})`);
    expect(whole.result).toMatch(/^0x[0-9a-f]{16} TPT PT entry of web ▸ redis/);
    const { variables } = await client().request<{ variables: P.Variable[] }>('variables', {
      variablesReference: whole.variablesReference,
    });
    expect(variables.find((v) => v.name === 'A')?.value).toMatch(/^0/);
    const changed = await client().request<{ value: string }>('setVariable', {
      variablesReference: whole.variablesReference,
      name: 'A',
      value: '1',
    });
    expect(changed.value).toMatch(/^1/);

    expect(await set(client(), task, `owner(${hpa})`, 'host')).toMatch(/web → host/);
    expect((await evaluate(client(), task, `owner(${hpa})`)).result).toMatch(/host/);
    const gfn = Number((await evaluate(client(), task, 'gpa_of(heap)')).result) / 4096;
    expect(await set(client(), task, `map(web, ${gfn})`, '0')).toMatch(/→ 0x0/);
    expect((await evaluate(client(), task, `map(${gfn})`)).result).toMatch(/^0/);
  });

  test('what cannot be set is refused in words', async () => {
    const task = await touched(client());
    const { id } = await topFrame(client(), task);
    for (const [expression, value, why] of [
      ['pte(heap).Q', '1', /no field "Q"/],
      ['pte(heap).W', '2', /0 or 1/],
      ['owner(0x1000)', 'nobody', /nobody/],
      ['map(nobody, 1)', '0', /no VM "nobody"; there are web/],
      ['entry(nobody)', '0', /nobody/],
      ['read(heap)', '0', /cannot be set.*entry\(0x1a00010\)\.W/],
    ] as const)
      expect(await client().refusal('setExpression', { frameId: id, expression, value })).toMatch(why);
  });

  test('edits and injections from the console', async () => {
    const task = await touched(client());
    const { memoryReference = '' } = await evaluate(client(), task, 'pte(heap)');
    const entry = memoryReference.slice('hpa:'.length);
    const hpa = (await evaluate(client(), task, 'hpa_of(heap)')).result;
    expect(await say(client(), task, `set entry ${entry} W 0`)).toMatch(/W 1 → 0|R\/W 1 → 0/);
    expect(await say(client(), task, 'pte(heap).W = 1')).toMatch(/^1/);
    expect(await say(client(), task, 'inject drop-flush web')).toMatch(/next TLB flush for web will be dropped/);
    expect(await say(client(), task, 'inject spurious-fault web')).toMatch(/web/);
    expect(await say(client(), task, 'inject evict web redis heap')).toMatch(/evicted/);
    expect(await say(client(), task, `inject take-frame ${hpa}`)).toMatch(/taken from web/);
    const answer = await say(client(), task, 'undo');
    expect(answer).toMatch(/taken back/);
    expect((await stopped(client())).description).toBe(answer);
    expect((await evaluate(client(), task, `owner(${hpa})`)).result).toMatch(/web/);
  });

  test('without a recording edits are made, and cannot be taken back', async () => {
    const task = await touched(client(), { record: false });
    await client().request('writeMemory', { memoryReference: '0x7f0000000000', data: 'AQ==' });
    expect((await evaluate(client(), task, '*heap & 255')).result).toBe('1');
    expect(await client().refusal('tpt/undoEdit', {})).toMatch(/not recorded/);
  });

  test('arguments of edits are checked', async () => {
    await touched(client());
    for (const [args, why] of [
      [{ kind: 'magic' }, /"kind" must be one of entry, tag/],
      [{ kind: 'entry', entry: { frame: 1, index: 512 }, field: 'W', value: '1' }, /"index" must be .* 0 to 511/],
      [{ kind: 'entry', entry: { frame: 1, index: 1 }, value: '1' }, /"field" must be text/],
      [{ kind: 'memory', reference: 'hpa:0x0', offset: 0, bytes: [256] }, /"bytes" must be/],
      [{ kind: 'evict', vm: 0, pid: 1, gva: 7 }, /"gva" must be/],
    ] as const)
      expect(await client().refusal('tpt/edit', args)).toMatch(why);
    const { result } = await client().request<Answer>('tpt/edit', { kind: 'drop-flush', vm: 9 });
    expect(result).toMatchObject({ ok: false });
  });

  test('differences between two ticks: the machine comes back', async () => {
    const task = await touched(client());
    const before = await stack(client(), task);
    const side = (tick: number | null): object => ({ vm: 0, pid: 1, root: 'tpt', tick });
    const { result } = await client().request<Reply<{ total: number; rows: { change: string }[] }>>('tpt/differences', {
      a: side(0),
      b: side(null),
    });
    expect(result.total).toBe(1);
    expect(result.rows).toMatchObject([{ change: 'added' }]);
    expect(await stack(client(), task)).toEqual(before);
    expect(await client().refusal('tpt/differences', { a: side(0), b: { vm: 0, pid: 99, tick: 0 } })).toMatch(/99/);
  });
});
