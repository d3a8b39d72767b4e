import { describe, expect, test } from 'vitest';
import type { DifferencesQuery, RootKind, Simulation } from '../../../simulator/index';
import { differences } from '../../../simulator/inspect/differences';
import type { MappingRow } from '../../../simulator/inspect/mappings';
import { complete, start } from '../scenarios/check';

const hex = (page: number): string => `0x${(page * 4096).toString(16)}`;
const words = {
  gva: hex,
  hpa: hex,
  gpa: hex,
  owner: (asid: number) => ({ asid, name: ['host', 'web', 'evil'][asid] }),
};

/** A mapping of 4 KiB, rw-u, of web, unless it is said otherwise. */
const row = (page: number, frame: number, other: Partial<MappingRow> = {}): MappingRow => ({
  page,
  level: 1,
  frame,
  gfn: frame < 0 ? 7 : frame + 0x1000,
  rights: 5,
  owner: frame < 0 ? -1 : 1,
  ...other,
});
const compare = (a: readonly MappingRow[], b: readonly MappingRow[]) => differences(words, a, b, ['A', 'B']);
const brief = (a: readonly MappingRow[], b: readonly MappingRow[]) =>
  compare(a, b).rows.map((r) => [r.change, r.gva, r.count, r.pageSize, r.text]);

describe('two sets of mappings', () => {
  test('that are the same', () => {
    const rows = [row(1, 10), row(2, 11), row(512, 512, { level: 2 })];
    expect(compare(rows, rows)).toEqual({ titleA: 'A', titleB: 'B', rows: [], total: 0, equal: 3 });
    expect(compare([], [])).toMatchObject({ total: 0, equal: 0 });
  });

  test('each kind of change', () => {
    expect(
      brief(
        [row(2, 11), row(3, 12), row(4, 13), row(5, 14), row(6, -1)],
        [row(1, 10), row(3, 20), row(4, 13, { rights: 4 }), row(5, 14, { owner: 2 }), row(6, 15)],
      ),
    ).toEqual([
      ['added', '0x1000', 1, '4K', 'added: hPA 0xa000, rw-u, web, 4 KiB'],
      ['removed', '0x2000', 1, '4K', 'removed: was hPA 0xb000, rw-u, web, 4 KiB'],
      ['moved', '0x3000', 1, '4K', 'goes to hPA 0xc000 → hPA 0x14000'],
      ['permissions', '0x4000', 1, '4K', 'rights rw-u → r--u'],
      ['owner', '0x5000', 1, '4K', 'owner web → evil'],
      ['moved', '0x6000', 1, '4K', 'goes to gPA 0x7000, not backed → hPA 0xf000; owner nobody → web'],
    ]);
  });

  test('what matters most gives the kind, and all of it is said', () => {
    const [only] = compare([row(3, 12)], [row(3, 20, { rights: 4, owner: 2 })]).rows;
    expect(only).toEqual({
      gva: '0x3000',
      bytes: 4096,
      pageSize: '4K',
      count: 1,
      change: 'moved',
      text: 'goes to hPA 0xc000 → hPA 0x14000; rights rw-u → r--u; owner web → evil',
      a: {
        hpa: '0xc000',
        gpa: '0x100c000',
        perm: { text: 'rw-u', write: true, execute: false, user: true },
        owner: { asid: 1, name: 'web' },
      },
      b: {
        hpa: '0x14000',
        gpa: '0x1014000',
        perm: { text: 'r--u', write: false, execute: false, user: true },
        owner: { asid: 2, name: 'evil' },
      },
    });
  });

  test('neighbours that differ in the same way are one row', () => {
    const four = [0, 1, 2, 3].map((i) => row(i, 10 + i));
    expect(brief(four, [])).toEqual([['removed', '0x0', 4, '4K', 'removed: was hPA 0xa000, rw-u, web, 4 KiB']]);
    expect(
      brief(
        four,
        four.map((r) => ({ ...r, frame: r.frame + 100 })),
      ),
    ).toHaveLength(1);
    const scattered = [row(0, 10), row(1, 99), row(2, 12)];
    expect(
      brief(
        scattered,
        scattered.map((r) => ({ ...r, rights: 4 })),
      ),
    ).toEqual([['permissions', '0x0', 3, '4K', 'rights rw-u → r--u']]);
    expect(brief([], scattered)).toEqual([
      [
        'added',
        '0x0',
        3,
        '4K',
        'added: hPA 0xa000, rw-u, web, 4 KiB (the first of 3; their frames do not follow one another)',
      ],
    ]);
    // Where each has gone is worth a row.
    expect(
      brief(
        scattered,
        scattered.map((r) => ({ ...r, frame: r.frame + 100 })),
      ),
    ).toHaveLength(3);
    // A hole, an equal one, or another right in between ends a row.
    expect(brief([row(0, 10), row(2, 12)], [])).toHaveLength(2);
    expect(brief([row(0, 10), row(1, 11), row(2, 12)], [row(1, 11)])).toHaveLength(2);
    expect(brief([row(0, 10), row(1, 11, { rights: 4 })], [])).toHaveLength(2);
  });

  test('of different sizes are compared page by page', () => {
    const large = [row(512, 1024, { level: 2 })];
    const small = Array.from({ length: 512 }, (_, i) => row(512 + i, 1024 + i));
    expect(brief(large, small)).toEqual([['size', '0x200000', 512, '4K', 'page size 2 MiB → 4 KiB']]);
    expect(brief(small, large)).toEqual([['size', '0x200000', 512, '4K', 'page size 4 KiB → 2 MiB']]);
    const moved = small.map((r, i) => (i === 100 ? { ...r, frame: 7 } : r)).filter((_, i) => i !== 200);
    expect(brief(large, moved)).toEqual([
      ['size', '0x200000', 100, '4K', 'page size 2 MiB → 4 KiB'],
      ['moved', '0x264000', 1, '4K', 'goes to hPA 0x464000 → hPA 0x7000; page size 2 MiB → 4 KiB'],
      ['size', '0x265000', 99, '4K', 'page size 2 MiB → 4 KiB'],
      ['removed', '0x2c8000', 1, '2M', 'removed: was hPA 0x4c8000, rw-u, web, 2 MiB'],
      ['size', '0x2c9000', 311, '4K', 'page size 2 MiB → 4 KiB'],
    ]);
  });

  test('of many rows ten thousand are given, and all are counted', () => {
    const a = Array.from({ length: 200_000 }, (_, i) => row(i, i + 1));
    const b = a.map((r, i) => (i % 10 === 0 ? { ...r, rights: 4 } : r));
    const { rows, total, equal } = compare(a, b);
    expect([rows.length, total, equal]).toEqual([10_000, 20_000, 180_000]);
  });
});

describe('the differences of a machine', () => {
  const query = (
    a: [number, number, RootKind],
    b: [number, number, RootKind],
    tick: number | null = null,
  ): DifferencesQuery => ({
    a: { vm: a[0], pid: a[1], root: a[2], tick: null },
    b: { vm: b[0], pid: b[1], root: b[2], tick },
  });
  const run = (skip = '', options = {}): Simulation => {
    const simulation = start(
      `machine { memory 64M }
vm web { memory 16M }
process app in web {
  let heap = mmap(16K, rw, 0x7000_0000)
  fill(heap, 16K, 1)
  fork child ${skip} {
    write(heap + 4K, 2)
  }
}`,
      options,
    );
    complete(simulation);
    return simulation;
  };
  const rows = (s: Simulation, q: DifferencesQuery) =>
    s
      .differences(q)
      .rows.map(({ change, gva, count, text }) => [change, gva, count, text.replace(/0x[0-9a-f]+/g, 'H')]);

  test('between the two tables of a process: nothing, unless a mirror was left out', () => {
    const tables = query([0, 1, 'native'], [0, 1, 'tpt']);
    expect(run().differences(tables)).toEqual({
      titleA: 'web ▸ app, native table, now',
      titleB: 'web ▸ app, TPT table, now',
      rows: [],
      total: 0,
      equal: 4,
    });
    expect(rows(run('without mirror'), tables)).toEqual([
      ['permissions', '0x0000000070000000', 4, 'rights r--u → rw-u'],
    ]);
  });

  test('between two processes', () => {
    const simulation = run();
    expect(rows(simulation, query([0, 1, 'tpt'], [0, 2, 'tpt']))).toEqual([
      ['moved', '0x0000000070001000', 1, 'goes to hPA H → hPA H; rights r--u → rw-u'],
    ]);
    const [moved] = simulation.differences(query([0, 1, 'tpt'], [0, 2, 'tpt'])).rows;
    expect(moved.a?.gpa).toBe(simulation.inspect.frame(Number(BigInt(moved.a!.hpa!) >> 12n)).backs?.gpa);
  });

  test('a 2 MiB page of the guest over scattered frames is as many mappings', () => {
    const simulation = start(
      `machine { memory 64M }
vm web { memory 16M backing scattered }
process app in web {
  let heap = mmap(2M, rw, 0x7000_0000)
  madvise(heap, 2M, hugepage)
  write(heap, 1)
}`,
    );
    complete(simulation);
    const { total, equal } = simulation.differences(query([0, 1, 'native'], [0, 1, 'tpt']));
    expect([total, equal]).toEqual([0, 512]);
  });

  test('asking changes nothing, and a bad question is answered in words', () => {
    const simulation = run();
    const before = simulation.stateHash();
    simulation.differences(query([0, 1, 'native'], [0, 2, 'native']));
    expect(simulation.stateHash()).toBe(before);
    const ask = (q: DifferencesQuery) => () => simulation.differences(q);
    expect(ask(query([0, 1, 'tpt'], [0, 9, 'tpt']))).toThrow('web has no process with pid 9');
    expect(ask(query([0, 1, 'tpt'], [4, 1, 'tpt']))).toThrow('there is no VM 4');
    expect(ask(query([0, 1, 'tpt'], [0, 1, 'shadow']))).toThrow(
      'processes of web have no shadow table: compare the native or the TPT one',
    );
    expect(ask(query([0, 1, 'tpt'], [0, 1, 'tpt'], 1))).toThrow(
      'this run is not recorded, so tick 1 cannot be compared',
    );
    expect(() => run('', { scheme: 'nested' }).differences(query([0, 1, 'native'], [0, 1, 'tpt']))).toThrow(
      'processes of web have no TPT table: compare the native one',
    );
  });
});
