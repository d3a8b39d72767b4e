import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { describe, expect, test } from 'vitest';
import type { FrameDetail, Queries, QueryMethod } from '../../extension/protocol/messages';
import { TRANSPORTS, type AdapterClient } from './client';
import { evaluate, launch, lineOf, scope, stopped, topFrame, useClient } from './driver';

/** Stops after the first touch: `heap` is mapped and holds 0xC0FFEE. */
async function afterFirstTouch(client: AdapterClient): Promise<number> {
  await launch(client, 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'read') }] });
  return (await stopped(client)).threadId ?? 0;
}

const COFFEE = Buffer.from([0xee, 0xff, 0xc0, 0, 0, 0, 0, 0]).toString('base64');

describe.each(TRANSPORTS)('inspecting, %s', (transport) => {
  const client = useClient(transport);

  test('scopes hold variables, registers, process, TLB and counters', async () => {
    const task = await afterFirstTouch(client());
    const { variables } = await scope(client(), task, 'Variables');
    expect(variables.find((v) => v.name === 'heap')).toMatchObject({
      value: expect.stringMatching(/^0x/) as string,
      evaluateName: 'heap',
    });
    const registers = (await scope(client(), task, 'Registers')).variables.map((v) => v.name);
    for (const name of ['CR0', 'CR3', 'CR4', 'EFER', 'CPL']) expect(registers).toContain(name);
    expect((await scope(client(), task, 'Process')).variables).not.toHaveLength(0);
    expect((await scope(client(), task, 'TLB')).variables).not.toHaveLength(0);
    expect((await scope(client(), task, 'Counters')).variables.map((v) => v.name)).toContain('page_faults');
  });

  test('a variable can be set, by row, by expression and from the console; a register cannot', async () => {
    const task = await afterFirstTouch(client());
    const { reference, variables } = await scope(client(), task, 'Variables');
    const before = variables.find((v) => v.name === 'heap')?.value ?? '';
    expect(
      (
        await client().request<{ value: string }>('setVariable', {
          variablesReference: reference,
          name: 'heap',
          value: 'heap + 8',
        })
      ).value,
    ).not.toBe(before);
    const { id } = await topFrame(client(), task);
    expect(
      (
        await client().request<{ value: string }>('setExpression', {
          frameId: id,
          expression: 'heap',
          value: 'heap - 8',
        })
      ).value,
    ).toBe(before);
    expect((await evaluate(client(), task, 'heap = heap + 16', 'repl')).result).not.toBe(before);
    const registers = await scope(client(), task, 'Registers');
    expect(
      await client().refusal('setVariable', { variablesReference: registers.reference, name: 'CR3', value: '0' }),
    ).toMatch(/"CR3" cannot be set/);
    expect(await client().refusal('setExpression', { frameId: id, expression: 'heap + 1', value: '0' })).toMatch(
      /cannot be set/,
    );
    expect(
      await client().refusal('setVariable', { variablesReference: reference, name: 'nobody', value: '0' }),
    ).toMatch(/nobody/);
  });

  test('evaluate: arithmetic, memory, walks and owners', async () => {
    const task = await afterFirstTouch(client());
    expect((await evaluate(client(), task, '2 + 3 * 4')).result).toMatch(/^(14|0xe)\b/);
    expect((await evaluate(client(), task, '*heap')).result).toMatch(/c0ffee|12648430/i);
    const walk = await evaluate(client(), task, 'walk(heap)');
    expect(walk.variablesReference).toBeGreaterThan(0);
    const { variables } = await client().request<{ variables: P.Variable[] }>('variables', {
      variablesReference: walk.variablesReference,
    });
    expect(variables.length).toBeGreaterThanOrEqual(4);
    expect((await evaluate(client(), task, 'pte(heap)')).result).toMatch(/0x/);
    expect((await evaluate(client(), task, 'owner(walk(heap))')).result).toMatch(/web/);
  });

  test('a hover over an address says where it leads, whose frame that is, and who wrote the entry', async () => {
    const task = await afterFirstTouch(client());
    const { id } = await topFrame(client(), task);
    const body = await client().request<{ result: string }>('evaluate', {
      expression: 'heap',
      frameId: id,
      context: 'hover',
    });
    expect(body.result).toMatch(
      new RegExp(
        `^0x7f0000000000 → 0x[0-9a-f]+: frame 0x[0-9a-f]+ of web; entry written: .*, line ${lineOf('steps.tpt', 'firstTouch')}$`,
      ),
    );
    expect((await evaluate(client(), task, 'heap')).result).toBe('0x7f0000000000');
  });

  test('evaluate: what is wrong is said', async () => {
    const task = await afterFirstTouch(client());
    const { id } = await topFrame(client(), task);
    const response = await client().answer('evaluate', { expression: 'nobody + 1', frameId: id, context: 'hover' });
    expect(response).toMatchObject({
      success: false,
      message: expect.stringMatching(/nobody/) as string,
      body: { error: { showUser: false } },
    });
    for (const expression of ['1 +', '', '((((', 'walk()', 'heap heap']) {
      expect(await client().refusal('evaluate', { expression, frameId: id, context: 'repl' })).toMatch(/\w/);
    }
  });

  test('completions in the console', async () => {
    const task = await afterFirstTouch(client());
    const { id } = await topFrame(client(), task);
    const { targets } = await client().request<{ targets: P.CompletionItem[] }>('completions', {
      frameId: id,
      text: '1 + he',
      column: 7,
    });
    expect(targets).toMatchObject([{ label: 'heap', start: 4, length: 2 }]);
    const functions = await client().request<{ targets: P.CompletionItem[] }>('completions', {
      frameId: id,
      text: 'wa',
      column: 3,
    });
    expect(functions.targets.map((t) => t.label)).toEqual(['walk', 'walks']);
  });

  test('memory: read and written through gVA, gPA and hPA', async () => {
    const task = await afterFirstTouch(client());
    const reference = (await evaluate(client(), task, 'heap')).memoryReference ?? '';
    expect(reference).toMatch(/^gva:0:\d+:0x/);
    expect(await client().request('readMemory', { memoryReference: reference, count: 8 })).toMatchObject({
      data: COFFEE,
    });

    const { variables } = await client().request<{ variables: P.Variable[] }>('variables', {
      variablesReference: (await evaluate(client(), task, 'walk(heap)')).variablesReference,
    });
    expect(variables.at(-1)?.memoryReference).toMatch(/^hpa:0x/);
    const physical = (await evaluate(client(), task, 'walk(heap)')).memoryReference ?? '';
    expect(physical).toMatch(/^hpa:0x[0-9a-f]+000$/);
    const address = physical.slice('hpa:'.length);
    expect(await client().request('readMemory', { memoryReference: physical, count: 8 })).toEqual({
      address,
      data: COFFEE,
    });
    const { result } = await client().request<{ result: FrameDetail }>('tpt/frame', { frame: Number(address) / 4096 });
    const guest = `gpa:0:${result.backs?.gpa ?? ''}`;
    expect(await client().request('readMemory', { memoryReference: guest, count: 8 })).toMatchObject({ data: COFFEE });

    const bytes = Buffer.from([0xef, 0xbe]).toString('base64');
    expect(await client().request('writeMemory', { memoryReference: physical, offset: 0, data: bytes })).toEqual({
      offset: 0,
      bytesWritten: 2,
    });
    expect(await client().next('memory')).toEqual({ memoryReference: physical, offset: 0, count: 2 });
    await client().next('invalidated');
    expect((await evaluate(client(), task, '*heap & 0xffff')).result).toMatch(/beef|48879/i);
  });

  test("memory: a plain address is the stopped process's", async () => {
    const task = await afterFirstTouch(client());
    const heap = (await evaluate(client(), task, 'heap')).result.split(' ')[0] ?? '';
    expect(await client().request('readMemory', { memoryReference: heap, count: 8 })).toMatchObject({ data: COFFEE });
  });

  test('memory: what is not mapped is unreadable, and is not written', async () => {
    const task = await afterFirstTouch(client());
    const reference = (await evaluate(client(), task, 'heap')).memoryReference ?? '';
    // Only the first page was touched: reading stops where it ends.
    const across = await client().request<P.ReadMemoryResponse['body']>('readMemory', {
      memoryReference: reference,
      offset: 4088,
      count: 16,
    });
    expect(across?.unreadableBytes).toBe(8);
    expect(await client().request('readMemory', { memoryReference: reference, offset: 8192, count: 16 })).toMatchObject(
      { unreadableBytes: 16 },
    );
    expect(await client().refusal('writeMemory', { memoryReference: reference, offset: 4095, data: 'AAA=' })).toMatch(
      /not written/,
    );
    expect(
      await client().request('writeMemory', {
        memoryReference: reference,
        offset: 4095,
        data: 'AAA=',
        allowPartial: true,
      }),
    ).toMatchObject({ bytesWritten: 1 });
    for (const memoryReference of ['heap!', 'hpa:', 'gva:web:1:0x1000', '']) {
      expect(await client().refusal('readMemory', { memoryReference, count: 8 })).toMatch(/not a memory reference/);
    }
    expect(await client().refusal('readMemory', { memoryReference: reference, count: -1 })).toMatch(/"count"/);
    expect(await client().refusal('writeMemory', { memoryReference: reference, data: '§' })).toMatch(/"data"/);
  });

  test('custom queries carry the revision of the stop', async () => {
    await afterFirstTouch(client());
    const { revision } = await client().next<{ revision: number; state: string }>(
      'tpt/revision',
      (b) => b.state === 'stopped',
    );
    const ask = <M extends QueryMethod>(
      method: M,
      args: object,
    ): Promise<{ revision: number; result: Queries[M][1] }> => client().request(`tpt/${method}`, args);
    const summary = await ask('summary', {});
    expect(summary.revision).toBe(revision);
    const [vm] = summary.result.vms;
    const space = { vm: vm?.index, pid: vm?.processes[0]?.pid };
    const page = { offset: 0, limit: 50 };
    const translations = await ask('translations', { ...space, root: 'tpt', mode: 'pages', ...page });
    expect(translations.result.rows).toHaveLength(1);
    const { gva } = translations.result.rows[0] ?? {};
    const { outcome } = (await ask('walk', { ...space, gva, access: 'read', user: true, root: 'active' })).result;
    expect(outcome).toMatchObject({ kind: 'ok', owner: { name: 'web' } });
    const frame = outcome.kind === 'ok' ? outcome.frame : -1;
    expect((await ask('frame', { frame })).result.owner.name).toBe('web');
    expect((await ask('frames', { first: 0, framesPerCell: 512, cells: 8 })).result.cells).toHaveLength(8);
    const faults = await ask('faults', { ...page, fold: false });
    expect(faults.result.total).toBeGreaterThan(0);
    const detail = await ask('fault', { id: faults.result.rows[0]?.id });
    expect(detail.result.chain).not.toHaveLength(0);
  });

  test('custom queries with bad arguments are refused by name', async () => {
    await afterFirstTouch(client());
    const refused: [string, object, RegExp][] = [
      ['tpt/walk', { vm: 'web', pid: 1, gva: '0x0', access: 'read' }, /"vm"/],
      ['tpt/walk', { vm: 0, pid: 1, gva: 'heap' }, /"gva"/],
      ['tpt/translations', { vm: 0, pid: 1, offset: -1, limit: 10 }, /"offset"/],
      ['tpt/translations', { vm: 0, pid: 1, offset: 0, limit: 1e9 }, /"limit"/],
      ['tpt/frames', { first: 0, framesPerCell: 7, cells: 1 }, /"framesPerCell"/],
      ['tpt/frame', { frame: 1.5 }, /"frame"/],
      ['tpt/fault', { id: 999_999 }, /no fault 999999/],
      ['tpt/faults', { kinds: 'page_fault', offset: 0, limit: 1 }, /"kinds"/],
      ['tpt/nothing', {}, /does not know/],
    ];
    for (const [command, args, message] of refused) expect(await client().refusal(command, args)).toMatch(message);
  });

  test('inline values lie beside the statement', async () => {
    const task = await afterFirstTouch(client());
    const { id } = await topFrame(client(), task);
    const { values } = await client().request<{ values: { range: { startLine: number }; text: string }[] }>(
      'tpt/inlineValues',
      { frameId: id },
    );
    expect(values.length).toBeGreaterThan(0);
    expect(values.map((v) => v.range.startLine + 1)).toContain(lineOf('steps.tpt', 'read'));
  });

  test('sources: the scenario, and what was stepped through', async () => {
    await afterFirstTouch(client());
    const { sources } = await client().request<{ sources: P.Source[] }>('loadedSources');
    expect(sources).toMatchObject([{ name: 'steps.tpt' }]);
    expect(
      (await client().request<{ content: string }>('source', { sourceReference: 0, source: sources[0] })).content,
    ).toMatch(/^\/\/ Steps/);
    expect(await client().refusal('source', { sourceReference: 77 })).toMatch(/no such source/);
  });
});
