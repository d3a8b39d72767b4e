import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { costProfile, openTrace, type FileOpener, type RunOptions, type Simulation } from '../../../simulator/index';
import { check, complete, faultsOf, start } from '../scenarios/check';
import { binaryOf, sourceOf } from './sources';

const REDIS = gunzipSync(readFileSync(join(__dirname, 'fixtures', 'redis.lackey.gz')));

/** Files by name. */
const files =
  (held: Readonly<Record<string, Uint8Array | string>>): FileOpener =>
  (name) => {
    if (!(name in held)) throw new Error(`there is no ${name}`);
    return sourceOf(held[name], 1000);
  };

const scenario = (body: string, scheme = 'native'): string =>
  `machine { memory 64M }\nvm web { memory 16M paging ${scheme} }\nprocess p in web {\n${body}\n}`;

/** Counters that a piece of scenario adds, without those of starting the process. */
function counted(body: string, trace: string, options: RunOptions = {}): Record<string, number> {
  const given = { ...options, files: files({ t: trace }) };
  const before = check(scenario(''), given).summary().counters;
  const after = check(scenario(body), given).summary().counters;
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name]]));
}

describe('replay', () => {
  test('a load reads, a store writes, a modify does both, a fetch fetches; it gives the number of accesses', () => {
    const trace = ' L 100000,8\n S 100008,8\n M 100010,4\nI  101000,3\n';
    const c = counted('expect replay("t") == 5', trace);
    // Those of user mode: the kernel's own loads and stores, and the tries that faulted, are counted too.
    const kernel = counted('read(mmap(4K, rw)) fetch(mmap(4K, rwx))', trace);
    expect(c['reads'] - kernel['reads']).toBe(1);
    expect(c['writes'] - kernel['writes']).toBe(2);
    expect(c['fetches'] - kernel['fetches']).toBe(0);
    expect(c['page_faults']).toBe(2);
  });

  test.each(['native', 'nested', 'tpt'] as const)('a real piece under %s: first touches are its pages', (scheme) => {
    const held = { redis: REDIS };
    const simulation = check(scenario('let n = replay("redis") print "{n}"'), {
      scheme,
      files: files(held),
      prints: ['4853'],
    });
    const touched = faultsOf(simulation).rows.filter((row) => row.kind === 'page_fault');
    expect(touched).toHaveLength(22);
    expect(touched.every((row) => row.resolution.startsWith('first touch'))).toBe(true);
  });

  test('text and binary forms do the same', () => {
    const held = { text: REDIS, binary: binaryOf(openTrace(sourceOf(REDIS), 'auto', 4)) };
    const [a, b] = ['"text", as lackey', '"binary", as binary'].map((given) =>
      check(scenario(`let n = replay(${given}) expect n == 4853`, 'tpt'), { files: files(held) }),
    );
    expect(a.summary().traceHash).toBe(b.summary().traceHash);
    expect(a.stateHash()).toBe(b.stateHash());
  });

  test('an access over the end of a page is two', () => {
    expect(counted('expect replay("t") == 2', 'L 100ffc,8\n')['page_faults']).toBe(2);
    expect(counted('expect replay("t") == 4', 'M 100ffc,8\n')['page_faults']).toBe(2);
    expect(counted('expect replay("t") == 1', 'L 100ff8,8\n')['page_faults']).toBe(1);
    expect(counted('expect replay("t") == 1', 'L 100000,4096\n')['page_faults']).toBe(1);
  });

  test('areas of the program keep their rights; the fault ends the call and can be expected', () => {
    const trace = files({ t: 'L 100000,8\nS 100000,8\nL 200000,8\n' });
    const body = 'let a = mmap(4K, r, 0x100000) expect fault page_fault at a { replay("t") }';
    const simulation = check(scenario(body), { files: trace });
    // The load before the store was made, the one behind it was not.
    const touched = faultsOf(simulation).rows.filter((row) => row.resolution.startsWith('first touch'));
    expect(touched.map((row) => BigInt(row.gva!))).toEqual([0x100000n]);
  });

  test('what is free is covered as it is touched, around what the program has mapped', () => {
    const trace = files({ t: 'S 10000,8\nS 100000,8\nS 40000000,8\nS 7ffffffffff8,8\n' });
    const simulation = start(
      scenario('let a = mmap(8K, rw, 0x100000) replay("t") write(a + 4K, 7) write(mmap(4K, rw), 1)'),
      {
        files: trace,
      },
    );
    complete(simulation);
    expect(simulation.summary().ok).toBe(true);
    const areas = simulation.process(0).find((value) => value.name === 'areas')!.children!;
    expect(areas.map(({ name, value }) => `${name.replaceAll('0x', '').replaceAll(/\b0+/g, '')} ${value}`)).toEqual([
      '10000–100000 rwx',
      '100000–102000 rw-',
      '40000000–80000000 rwx',
      expect.stringMatching(/^7f\w+–7f\w+ rw-$/) as string,
      // The end of the user half, as a canonical address.
      '7fffc0000000–ffff800000000000 rwx',
    ]);
  });

  test('below 64 KiB nothing is mapped', () => {
    check(scenario('expect fault page_fault at 0xfff8 { replay("t") }'), { files: files({ t: 'L fff8,8\n' }) });
  });

  test('an access over the end of the user half is a #GP at its second page', () => {
    const body = 'expect fault gp at 0x800000000000 { replay("t") }';
    check(scenario(body), { files: files({ t: 'L 7ffffffffffc,8\n' }) });
  });

  test('stores write no data; dirty bits and copy-on-write are real', () => {
    const body = `let a = mmap(4K, rw, 0x100000)
  write(a, 7)
  fork child { replay("t") expect read(a) == 7 expect frame_of(child, a) != frame_of(p, a) }
  expect read(a) == 7`;
    check(scenario(body), { files: files({ t: 'S 100000,8\n' }) });
  });

  test('a damaged trace is told with its place, after what came before it was used', () => {
    const simulation = start(scenario('replay("t")\nprint "not here"'), {
      files: files({ t: 'L 100000,8\nL 101000,8\nbad\nL 102000,8\n' }),
    });
    complete(simulation);
    expect(simulation.summary().ok).toBe(false);
    expect(
      simulation
        .takeOutput()
        .map((said) => said.text)
        .join('\n'),
    ).toBe('p ends: t, line 3: "bad" is no record; one looks like " L 1ffeffe7e0,8" (2 records before it)');
    expect(faultsOf(simulation).counts['page_fault']).toBe(2);
    expect(simulation.progress()).toBeNull();
  });

  test('a file that cannot be opened, and a run without files', () => {
    const told = (options: RunOptions): string => {
      const simulation = start(scenario('replay("t")'), options);
      complete(simulation);
      return simulation
        .takeOutput()
        .map((said) => said.text)
        .join('\n');
    };
    expect(told({ files: files({}) })).toBe('p ends: there is no t');
    expect(told({})).toBe('p ends: replay of t: this run has no access to files');
  });

  test('a debugger can stand at each access and goes on from there; stepping changes nothing', () => {
    const trace = 'L 100000,8\nM 100ffc,8\nI 103000,1\n';
    const text = scenario('replay("t")', 'tpt');
    const free = start(text, { files: files({ t: trace }) });
    complete(free);
    const stepped = start(text, { files: files({ t: trace }) });
    const seen: string[] = [];
    for (;;) {
      const stop = stepped.run({ mode: 'in', task: 0, budget: 1000 });
      if (stop.reason === 'ended') break;
      if (stop.reason !== 'step') continue;
      const [top] = stepped.stack(0);
      if (top.name === 'replay t · access') seen.push(top.values.map(({ value }) => value).join(' '));
    }
    expect(seen).toEqual([
      '0 load 0x0000000000100000 8',
      ...Array<string>(4).fill('1 modify 0x0000000000100ffc 8'),
      '2 fetch 0x0000000000103000 1',
    ]);
    expect(stepped.summary().traceHash).toBe(free.summary().traceHash);
    expect(stepped.stateHash()).toBe(free.stateHash());
  });

  test.each(['native', 'nested', 'tpt', 'shadow', 'direct'] as const)(
    'runs of TLB hits, made at once, cost and count under %s what single accesses do',
    (scheme) => {
      const text = scenario('replay("redis")', scheme);
      const variant = {
        name: scheme,
        scheme,
        tags: 'rmp',
        lookup: 'per-frame',
        tptProfile: 'hardware',
        backing: null,
        page: '4K',
      } as const;
      const options = { files: files({ redis: REDIS }), costs: costProfile('skylake-sp') };
      const free = start(text, options);
      complete(free);
      const stepped = start(text, options);
      while (stepped.run({ mode: 'in', task: 0, budget: 1000 }).reason !== 'ended');
      const report = free.costReport(variant);
      expect(report?.accesses).toBe(4853);
      expect(stepped.costReport(variant)).toEqual(report);
      expect(stepped.summary()).toEqual(free.summary());
      expect(stepped.stateHash()).toBe(free.stateHash());
    },
  );

  test('a long one takes a breath and tells how far it is', () => {
    const trace = Array.from({ length: 40_000 }, (_, i) => `L ${(0x100000 + (i % 512) * 8).toString(16)},8\n`).join('');
    for (const [data, total] of [
      [trace, trace.length],
      [binaryOf(openTrace(sourceOf(trace), 'auto', 4), 40_000), 40_000],
    ] as const) {
      const simulation = start(scenario('replay("t")'), { files: files({ t: data }) });
      const seen = progressOf(simulation);
      expect(seen.length).toBeGreaterThanOrEqual(4);
      for (const progress of seen) {
        expect(progress).toMatchObject({ label: 't', total });
        expect(progress.done).toBeLessThanOrEqual(total);
      }
      expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b));
      expect(seen.map(({ accesses }) => accesses).slice(0, 4)).toEqual([8192, 16384, 24576, 32768]);
      expect(simulation.progress()).toBeNull();
    }
  });
});

function progressOf(simulation: Simulation): NonNullable<ReturnType<Simulation['progress']>>[] {
  const seen: NonNullable<ReturnType<Simulation['progress']>>[] = [];
  for (;;) {
    const stop = simulation.run({ mode: 'continue', task: 0, budget: 1_000_000 });
    const progress = simulation.progress();
    if (progress) seen.push(progress);
    if (stop.reason !== 'budget') return seen;
  }
}
