/** "The same access under…": the scenario run anew under each scheme, to where the session stands. */
import { describe, expect, test } from 'vitest';
import { SCHEMES } from '../../simulator/index';
import type { MachineSummary, SameAccess, SchemeWalk, WalkAnswer } from '../../extension/protocol/messages';
import { TRANSPORTS, type AdapterClient } from './client';
import { launch, lineOf, stopped, topFrame, useClient } from './driver';

const ask = async <T>(client: AdapterClient, method: string, args: object): Promise<T> =>
  (await client.request<{ result: T }>(`tpt/${method}`, args)).result;

const kinds = (walk: SchemeWalk): string[] => walk.walk?.steps.map((step) => step.kind) ?? [];
const of = (answer: SameAccess, scheme: string): SchemeWalk => answer.walks.find((walk) => walk.scheme === scheme)!;

describe.each(TRANSPORTS)('the same access under each scheme, %s', (transport) => {
  const client = useClient(transport);

  test('is walked where the session stands, and the session does not notice', async () => {
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'read') }] });
    const { threadId = 0 } = await stopped(client());
    const before = await ask<MachineSummary>(client(), 'summary', {});
    const { vm, pid, gva } = before.present!;
    const query = { vm, pid, gva, access: 'read', user: true };
    const answer = await ask<SameAccess>(client(), 'sameAccess', query);
    expect(answer.walks.map((walk) => walk.scheme)).toEqual(SCHEMES);
    expect(answer).toMatchObject({ process: 'redis', note: null, statements: 2 });
    expect(answer.walks.map((walk) => [walk.scheme, walk.own, walk.problem, walk.walk?.outcome.kind])).toEqual(
      SCHEMES.map((scheme) => [scheme, scheme === 'tpt', null, 'ok']),
    );
    expect(kinds(of(answer, 'native'))).toEqual(['entry', 'entry', 'entry', 'entry']);
    const nested = kinds(of(answer, 'nested')).filter((kind) => kind !== 'tag');
    expect([nested.length, nested.filter((kind) => kind === 'entry').length]).toEqual([24, 4]);
    // Under its own scheme the new run is the session's, to the last bit.
    expect(of(answer, 'tpt').walk).toEqual(await ask<WalkAnswer>(client(), 'walk', { ...query, root: 'active' }));
    expect(await ask(client(), 'summary', {})).toEqual(before);
    expect((await topFrame(client(), threadId)).line).toBe(lineOf('steps.tpt', 'read'));
  });

  test('of a forged entry is a tag violation under TPT and goes through without a tag table', async () => {
    await launch(client(), 'forged.tpt', { filters: ['tag_violation'] });
    await stopped(client());
    const { present } = await ask<MachineSummary>(client(), 'summary', {});
    const answer = await ask<SameAccess>(client(), 'sameAccess', { ...present!, user: true });
    expect(of(answer, 'tpt').walk?.outcome).toMatchObject({ kind: 'fault', fault: 'tag violation' });
    expect(of(answer, 'native').walk?.outcome).toMatchObject({ kind: 'ok' });
    // The access is under way: the new run stands before it, as the session's tables do.
    const { vm, pid, gva, access } = present!;
    const own = await ask<WalkAnswer>(client(), 'walk', { vm, pid, gva, access, user: true, root: 'active' });
    expect(of(answer, 'tpt').walk).toEqual(own);
  });

  test('a run that ends earlier says so, and is walked at its end', async () => {
    await launch(client(), 'early-end.tpt', { breakpoints: [{ line: lineOf('early-end.tpt', 'late') }] });
    await stopped(client());
    const { vms } = await ask<MachineSummary>(client(), 'summary', {});
    const answer = await ask<SameAccess>(client(), 'sameAccess', {
      vm: 1,
      pid: vms[1].processes[0].pid,
      gva: '0x7f0000000000',
      access: 'write',
      user: true,
    });
    expect(of(answer, 'nested').problem).toBeNull();
    expect(of(answer, 'tpt').problem).toMatch(/^The run ended earlier, after \d+ of \d+ statements: all its tasks/);
    expect(of(answer, 'tpt').walk).not.toBeNull();
  });

  test('other requests are answered while the runs go on, and going on ends them', async () => {
    await launch(client(), 'endless.tpt');
    await new Promise((done) => setTimeout(done, 400));
    await client().request('pause', { threadId: 1 });
    const { threadId } = await stopped(client());
    const query = { vm: 0, pid: 1, gva: '0x1000', access: 'read', user: true };
    const first = client().answer('tpt/sameAccess', query);
    const second = client().answer('tpt/sameAccess', query);
    expect((await first).message).toMatch(/another access was asked about/);
    await client().request('tpt/summary', {});
    expect(client().order.filter((name) => name === 'tpt/sameAccess→')).toHaveLength(1);
    await client().request('next', { threadId });
    expect((await second).message).toMatch(/The run has gone on since/);
  });

  test('a machine that cannot be built under a scheme is a message of that scheme', async () => {
    await launch(client(), 'tight.tpt', { breakpoints: [{ line: lineOf('tight.tpt', 'here') }] });
    await stopped(client());
    const answer = await ask<SameAccess>(client(), 'sameAccess', { vm: 0, pid: 1, gva: '0x1000', access: 'read' });
    expect(of(answer, 'native')).toMatchObject({
      walk: null,
      problem: expect.stringMatching(/^The machine cannot be built under native: .+\.$/) as string,
    });
    expect(of(answer, 'nested').problem).toBeNull();
  });

  test('changes made by hand are named, since the new runs are without them', async () => {
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'read') }] });
    const { threadId = 0 } = await stopped(client());
    const { id } = await topFrame(client(), threadId);
    await client().request('setExpression', { frameId: id, expression: 'heap', value: 'heap + 8' });
    const answer = await ask<SameAccess>(client(), 'sameAccess', { vm: 0, pid: 1, gva: '0x1000', access: 'read' });
    expect(answer.note).toMatch(/changed by hand/);
  });

  test('arguments are checked; a process that is not there is told of', async () => {
    await launch(client(), 'steps.tpt', { breakpoints: [{ line: lineOf('steps.tpt', 'read') }] });
    await stopped(client());
    expect(await client().refusal('tpt/sameAccess', { vm: 0, pid: 1, gva: 'heap' })).toMatch(/"gva" must be/);
    const answer = await ask<SameAccess>(client(), 'sameAccess', { vm: 0, pid: 99, gva: '0x1000', access: 'read' });
    expect(answer.walks.every((walk) => walk.walk === null && /no process/.test(walk.problem ?? ''))).toBe(true);
  });
});
