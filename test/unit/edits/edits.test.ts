import { describe, expect, test } from 'vitest';
import { MARK_KINDS } from '../../../simulator/history/recording';
import { compileScenario, type Edit, type EditAnswer, type Simulation } from '../../../simulator/index';
import { assemble } from '../../../simulator/run/assemble';
import { applyEdit } from '../../../simulator/run/edits/edit';
import { complete, faultsOf } from '../scenarios/check';
import { HEAP, SCENARIO, at, printed, walk, leafOf, heapFrame, refusal, text } from './support';

describe('an entry', () => {
  test.each([
    ['W', '0', 'R/W 1 → 0'],
    ['U/S', '0', 'U/S 1 → 0'],
    ['P', '0', 'P 1 → 0'],
    ['A', '0', 'A 1 → 0'],
    ['D', '0', 'D 1 → 0'],
    ['NX', '0', 'NX 1 → 0'],
    ['G', '1', 'G 0 → 1'],
    ['PS', '1', 'PS 0 → 1'],
    ['PK', '5', 'PK 0 → 5'],
    ['frame', '0x1_234', 'frame 0x20c → 0x1234'],
  ])('field %s takes %s', (field, value, change) => {
    const run = at(8);
    const entry = leafOf(run);
    const address = `0x${(entry.frame * 4096 + entry.index * 8).toString(16)}`;
    expect(text(run.edit({ kind: 'entry', entry, field, value }))).toBe(`entry ${address}: ${change}`);
    const bits = run.inspect
      .walk({ vm: 0, pid: 1, gva: HEAP, access: 'read', user: true, root: 'tpt' })
      .steps.filter((step) => step.kind === 'entry')
      .at(-1)!.bits;
    const name = change.split(' ')[0];
    const shown = bits.find((bit) => bit.name === (name === 'PS' ? 'PAT' : name));
    expect(shown?.value).toBe(change.split(' → ')[1]);
  });

  test('as a whole', () => {
    const run = at(8);
    const entry = leafOf(run);
    expect(text(run.edit({ kind: 'entry', entry, field: 'raw', value: '0x800000000020d067' }))).toContain(
      ': 0x800000000020c067 → 0x800000000020d067',
    );
    expect(walk(run).outcome.text).toContain('frame 0x20d belongs to host, not to web');
  });

  test('changes what the machine does, once the TLB has let go of it', () => {
    const run = at(9);
    run.edit({ kind: 'entry', entry: leafOf(run), field: 'W', value: '0' });
    run.edit({ kind: 'evict', vm: 0, pid: 1, gva: HEAP });
    complete(run);
    const [fault] = faultsOf(run).rows;
    expect(fault).toMatchObject({
      kind: 'page_fault',
      line: 9,
      resolution: expect.stringContaining('derived again') as string,
    });
    expect(printed(run)).toEqual(['here', '5 2']);
  });

  test('what is wrong is refused in words', () => {
    const run = at(8);
    const entry = leafOf(run);
    const edit = (field: string, value: string, where = entry): string =>
      refusal(run, { kind: 'entry', entry: where, field, value });
    expect(edit('Q', '1')).toBe(
      'an entry has no field "Q"; it has P, W, R/W, U, U/S, PWT, PCD, A, D, PS, G, PK, NX, frame, raw',
    );
    expect(edit('toString', '1')).toContain('an entry has no field "toString"');
    expect(edit('W', '2')).toBe('"2" is no value of W: it takes 0 or 1');
    expect(edit('PK', '16')).toBe('"16" is no value of PK: it takes a protection key, 0 to 15');
    expect(edit('frame', '0x10000000000')).toBe(
      '"0x10000000000" is no value of frame: it takes a frame number below 0x10000000000',
    );
    expect(edit('raw', '-1')).toBe('"-1" is no value of raw: it takes a number of 64 bits');
    expect(edit('W', '1')).toMatch(/^entry 0x[0-9a-f]+ is 0x800000000020c067 already: nothing was changed$/);
    expect(edit('W', '0', { frame: 0x4000, index: 0 })).toBe(
      'there is no frame 0x4000: memory has frames 0x0 to 0x3fff',
    );
    expect(edit('W', '0', { frame: 5, index: 512 })).toBe(
      'there is no entry 512 in a frame: entries are numbered 0 to 511',
    );
    expect(edit('W', '0', { frame: 0x3fff, index: 0 })).toContain('frame 0x3fff holds the tag table');
    expect(edit('W', '0', { frame: 2, index: 0 })).toContain('frame 0x2 holds a gfn→hfn map');
  });
});

describe('a tag', () => {
  const tag = (run: Simulation, field: string, value: string, frame = heapFrame(run)): EditAnswer =>
    run.edit({ kind: 'tag', frame, field, value });

  test('owner: by name or ASID; its use is then a violation, or a breach while the TLB holds it', () => {
    const run = at(9);
    const frame = heapFrame(run);
    expect(text(tag(run, 'owner', 'evil', frame))).toBe('tag of frame 0x20c: owner web → evil');
    expect(run.inspect.frame(frame).owner.name).toBe('evil');
    expect(run.inspect.frame(frame).pastOwners.map(({ by }) => by)).toEqual(['back', 'edit']);
    complete(run);
    expect(faultsOf(run).rows.map(({ kind, line }) => [kind, line])).toContainEqual(['breach', 9]);

    const other = at(9);
    tag(other, 'owner', '2');
    other.edit({ kind: 'evict', vm: 0, pid: 1, gva: HEAP });
    complete(other);
    expect(faultsOf(other).rows.map(({ kind, line }) => [kind, line])).toContainEqual(['tag_violation', 9]);
  });

  test('gfn, assigned and huge', () => {
    const run = at(8);
    const frame = heapFrame(run);
    const { gfn } = { gfn: Number(BigInt(run.inspect.frame(frame).backs!.gpa) >> 12n) };
    expect(text(tag(run, 'gfn', '0x42', frame))).toBe(`tag of frame 0x20c: gfn 0x${gfn.toString(16)} → 0x42`);
    expect(run.inspect.frame(frame).tagEntry.fields.find((f) => f.name === 'gPA')?.value).toBe('0x42000');
    expect(text(tag(run, 'assigned', '0', frame))).toBe('tag of frame 0x20c: owner web → host');
    expect(run.inspect.frame(frame).owner.name).toBe('host');

    const huge = at(8, SCENARIO.replace('vm web { memory 16M }', 'vm web { memory 16M backing huge }'));
    const head = heapFrame(huge) - (heapFrame(huge) % 512);
    expect(text(tag(huge, 'huge', '0', head + 3))).toBe(
      `tags of frames 0x${head.toString(16)} to 0x${(head + 511).toString(16)}: 2 MiB → 512 of 4 KiB`,
    );
    expect(huge.inspect.frame(head).tagEntry.fields.find((f) => f.name === 'pagesize')?.value).toBe('0');
    expect(text(tag(huge, 'huge', '1', head + 3))).toContain('512 of 4 KiB → 2 MiB');
    expect(huge.inspect.frame(head).tagEntry.fields.find((f) => f.name === 'pagesize')?.value).toBe('1');
  });

  test('what is wrong is refused in words', () => {
    const run = at(8);
    const edit = (field: string, value: string, frame = heapFrame(run)): string =>
      refusal(run, { kind: 'tag', frame, field, value });
    expect(edit('owner', 'nobody')).toBe('"nobody" owns no frames: an owner is host, web (ASID 1), evil (ASID 2)');
    expect(edit('owner', '3')).toContain('"3" owns no frames');
    expect(edit('owner', 'web')).toBe('frame 0x20c belongs to web already');
    expect(edit('gfn', 'x')).toBe('"x" is no guest frame number: it takes a number below 0x8000000000');
    expect(edit('gfn', '1', 0x3000)).toBe(
      'frame 0x3000 belongs to the host and backs no guest frame: give it an owner first',
    );
    expect(edit('assigned', '1')).toBe('frame 0x20c is assigned already');
    expect(edit('assigned', '1', 0x3000)).toContain('set its owner to a VM instead');
    expect(edit('huge', '0')).toBe('frame 0x20c is tagged as 4 KiB already');
    expect(edit('huge', '1')).toContain('they are not 2 MiB of one VM');
    expect(edit('colour', '1')).toBe('a tag has no field "colour"; it has owner, gfn, assigned, huge');
    expect(edit('owner', 'web', 0x3fff)).toBe(
      "frame 0x3fff holds the tag table itself, which is the host's and stays so",
    );
    expect(edit('owner', 'web', 99999)).toContain('there is no frame 0x1869f');
  });
});

test('a map slot', () => {
  const run = at(8);
  expect(text(run.edit({ kind: 'slot', vm: 0, gfn: 0xc, frame: 0 }))).toBe('map slot of gfn 0xc of web: 0x20c → 0x0');
  expect(run.evaluate('map(web, 0xc)', 0, 0)).toMatchObject({ ok: true, value: '0 (not backed)' });
  const edit = (vm: number, gfn: number, frame: number): string => refusal(run, { kind: 'slot', vm, gfn, frame });
  expect(edit(0, 0xc, 0)).toBe('the map slot of gfn 0xc of web is 0x0 already');
  expect(edit(7, 0, 0)).toBe('there is no VM 7; there are 0 (web), 1 (evil)');
  expect(edit(0, 4096, 0)).toBe('gfn 0x1000 is no memory of web, which has gfns 0x0 to 0xfff');
  expect(edit(0, 0xc, 0x4000)).toContain('there is no frame 0x4000');
  const native = at(8, SCENARIO, { scheme: 'native' });
  expect(refusal(native, { kind: 'slot', vm: 0, gfn: 0, frame: 0 })).toBe('web runs natively and has no gfn→hfn map');
});

test('a variable, also by setVariable', () => {
  const run = at(8);
  const set = (name: string, value: string): Edit => ({ kind: 'variable', task: 0, depth: 0, name, value });
  expect(text(run.edit(set('x', 'x * 2 + 1')))).toBe('x of app: 0x5 → 0xb');
  expect(run.setVariable(0, 0, 'x', '77')).toMatchObject({ ok: true, value: '77' });
  expect(refusal(run, set('z', '1'))).toBe('"z" is not a variable of this frame');
  expect(refusal(run, set('x', '1 +'))).not.toContain('done');
  expect(run.setVariable(0, 0, 'x', 'nothing')).toMatchObject({ ok: false });
  complete(run);
  expect(printed(run)).toEqual(['here', '77 2']);
});

test('memory, all of it or none, also by writeMemory', () => {
  const run = at(10);
  const reference = `gva:0:1:${HEAP}`;
  const edit = (offset: number, bytes: number[], to = reference): Edit => ({
    kind: 'memory',
    reference: to,
    offset,
    bytes,
  });
  expect(text(run.edit(edit(0, [9, 0, 0, 0, 0, 0, 0, 1, 7])))).toBe(`9 bytes written at hPA 0x20c000 (${reference})`);
  expect([...run.readMemory(reference, 0, 10)!]).toEqual([9, 0, 0, 0, 0, 0, 0, 1, 7, 0]);
  expect(
    refusal(
      run,
      edit(
        4090,
        Array.from({ length: 10 }, () => 1),
      ),
    ),
  ).toBe(`only 6 of 10 bytes at ${reference} are mapped: write no more than those`);
  expect(run.writeMemory(reference, 4090, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toEqual({ written: 6, error: null });
  expect([...run.readMemory(reference, 4088, 8)!]).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
  expect(refusal(run, edit(0, [256]))).toBe('256 is no byte: bytes are 0 to 255');
  expect(refusal(run, edit(0, []))).toBe('no bytes were given');
  expect(refusal(run, edit(0, [1], 'gva:0x1'))).toBe('"gva:0x1" is not a memory reference');
  expect(refusal(run, edit(0x10000, [1]))).toBe('0x70010000 is not mapped');
  expect(run.writeMemory('nowhere', 0, Uint8Array.of(1))).toMatchObject({
    written: 0,
    error: expect.anything() as string,
  });
});

test('edits are recorded as marks, and as writes of no operation', () => {
  const { program } = compileScenario(SCENARIO, 'test');
  const x = assemble(program!, { record: {} });
  x.run({ mode: 'continue', task: 0, budget: 3 });
  const { recording } = x.journal;
  const writes = recording!.writes.count;
  const entry = { frame: 0x300, index: 3 };
  applyEdit(x, { kind: 'entry', entry, field: 'W', value: '1' });
  applyEdit(x, { kind: 'entry', entry, field: 'Q', value: '1' });
  expect(recording!.counts[MARK_KINDS.indexOf('edit')]).toBe(1);
  expect(recording!.names.at(-1)).toBe('entry 0x300018: R/W 0 → 1');
  expect(recording!.writes.count).toBe(writes + 1);
  expect(recording!.places.at(-1)).toEqual({ who: 'user', path: [], step: '' });
});

test('a watch is not told of what a person does, but of what comes of it', () => {
  const run = at(9);
  const entry = leafOf(run);
  expect(run.setWatches([{ kind: 'translation', vm: 'web', process: 'app', gva: HEAP }])).toEqual([null]);
  run.edit({ kind: 'entry', entry, field: 'W', value: '0' });
  run.edit({ kind: 'evict', vm: 0, pid: 1, gva: HEAP });
  const stop = run.run({ mode: 'continue', task: 0, budget: 1000 });
  expect(stop).toMatchObject({
    reason: 'watch',
    text: 'the translation of 0x0000000070000000 of web ▸ app changed: frame 0x20c, r--u, owner web → frame 0x20c, rw-u, owner web; by app, line 9: mirror_entry · write (guest)',
  });
});
