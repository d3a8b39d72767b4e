import { describe, expect, test } from 'vitest';
import { start } from '../scenarios/check';
import { twoVms, HEAP, FIRST_TOUCH, watched, watchStops } from './stops';

describe('a translation', () => {
  test('is told when it comes and goes, at the step behind the write', () => {
    const run = watched(FIRST_TOUCH, [{ kind: 'translation', vm: 'web', process: 'app', gva: HEAP }]);
    expect(watchStops(run)).toEqual([
      {
        watch: 0,
        text: 'the translation of 0x0000000070000000 of web ▸ app changed: not mapped → frame 0x20c, rw-u, owner web; by app, line 6: mirror_entry · write (guest)',
        line: 6,
        at: 'handle #PF at 0x0000000070000000 · leave',
      },
      {
        watch: 0,
        text: 'the translation of 0x0000000070000000 of web ▸ app changed: frame 0x20c, rw-u, owner web → not mapped; by app, line 8: mirror_entry · write (guest)',
        line: 8,
        at: 'unmap 0x0000000070000000 to 0x0000000070001000 · invlpg',
      },
    ]);
  });

  test.each([
    ['native', 'gfn', 'page_fault · set-entry (guest)'],
    ['nested', 'nested_fault', 'page_fault · set-entry (guest)'],
    ['shadow', 'shadow', 'shadow_fault · fill (host)'],
    ['direct', 'direct', 'mmu_update · apply (host)'],
  ] as const)('is that of the root that user mode runs on, under %s', (scheme, _name, by) => {
    const run = watched(FIRST_TOUCH, [{ kind: 'translation', vm: 'web', process: 'app', gva: HEAP }], { scheme });
    const texts = watchStops(run).map(({ text }) => text);
    expect(texts[0]).toMatch(/changed: not mapped → frame 0x[0-9a-f]+, r.-u, owner web; /);
    expect(texts[0]).toContain(`by app, line 6: ${by}`);
    expect(texts.at(-1)).toMatch(/→ not mapped; by app, line 8/);
  });

  test('of a process that does not exist yet is watched from its fork on', () => {
    const text = twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  fork child {
    write(heap, 2)
  }
}`);
    const run = watched(text, [{ kind: 'translation', vm: 'web', process: 'child', gva: HEAP }]);
    expect(watchStops(run).map(({ text, line }) => [line, text])).toEqual([
      [
        7,
        'the translation of 0x0000000070000000 of web ▸ child changed: not mapped → frame 0x20c, r--u, owner web; by app, line 7: mirror_entry · write (guest)',
      ],
      [
        8,
        'the translation of 0x0000000070000000 of web ▸ child changed: frame 0x20c, r--u, owner web → frame 0x21e, rw-u, owner web; by child, line 8: mirror_entry · write (guest)',
      ],
    ]);
  });
});

describe('an entry', () => {
  const text = twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  mprotect(heap, 4K, r)
  signal ready
}
host {
  wait app.ready
  let entry = table_frame(app, app.heap, 1) << 12
  host_write(entry + 512 * 7, 0xabc)
}`);
  const entryOf = (line: number): string => {
    const run = start(text);
    run.setBreakpoints([run.statementAtLine(line)]);
    run.run({ mode: 'continue', task: 0, budget: 1000 });
    const walk = run.inspect.walk({ vm: 0, pid: 1, gva: HEAP, access: 'read', user: true, root: 'active' });
    return walk.steps.filter((s) => s.kind === 'entry').at(-1)!.address;
  };

  test('is told with the bits that changed, A and D included', () => {
    const hpa = entryOf(6);
    const run = watched(text, [{ kind: 'entry', hpa }]);
    const stops = watchStops(run);
    expect(stops.map(({ line, at, text }) => [line, at, text.replace(/^.*changed: /, '')])).toEqual([
      [
        6,
        'handle #PF at 0x0000000070000000 · leave',
        '0x0000000000000000 → 0x800000000020c007 (P 0 → 1, R/W 0 → 1, U/S 0 → 1, NX 0 → 1, frame 0x0 → 0x20c); by app, line 6: mirror_entry · write (guest)',
      ],
      [
        6,
        'write 0x0000000070000000 · data',
        '0x800000000020c007 → 0x800000000020c067 (A 0 → 1, D 0 → 1); by a walk for app, line 6',
      ],
      [
        7,
        'protect 0x0000000070000000 to 0x0000000070001000 · invlpg',
        '0x800000000020c067 → 0x800000000020c065 (R/W 1 → 0); by app, line 7: mirror_entry · write (guest)',
      ],
    ]);
    expect(stops[0].text).toContain(`the entry at ${hpa} changed: `);
  });

  test('in a page that holds no entries yet is read after each statement', () => {
    const run = watched(
      twoVms(`host {
  host_write(0x3000000, 5)
  host_write(0x3000008, 6)
  host_write(0x3000000, 5)
  host_write(0x3000000, 7)
  print "end"
}`),
      [{ kind: 'entry', hpa: '0x3000000' }],
    );
    expect(watchStops(run).map(({ line, at, text }) => [line, at, text])).toEqual([
      [
        6,
        '',
        'the entry at 0x3000000 changed: 0x0000000000000000 → 0x0000000000000005 (P 0 → 1, U/S 0 → 1); by host, line 5',
      ],
      [9, '', 'the entry at 0x3000000 changed: 0x0000000000000005 → 0x0000000000000007 (R/W 0 → 1); by host, line 8'],
    ]);
  });
});

test('the owner of a frame: at the next step, whoever retags it', () => {
  const run = watched(
    twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  signal ready
}
host {
  wait app.ready
  retag(hpa_of(app, app.heap), evil)
  print "end"
}`),
    [{ kind: 'owner', frame: 0x20c }],
  );
  expect(watchStops(run)).toEqual([
    {
      watch: 0,
      text: 'the owner of frame 0x20c changed: host → web; by app, line 6: back · retag (host)',
      line: 6,
      at: 'back gPA 0xc000 of web · map-nested',
    },
    {
      watch: 0,
      text: 'the owner of frame 0x20c changed: web → evil; by host, line 11: retag · tag (host)',
      line: 12,
      at: '',
    },
  ]);
});

describe('watches', () => {
  test('that cannot be: in words', () => {
    const run = start(twoVms('process app in web { } process other in evil { }'), {});
    expect(
      run.setWatches([
        { kind: 'entry', hpa: '0x1004' },
        { kind: 'entry', hpa: '0x4000000' },
        { kind: 'entry', hpa: '123' },
        { kind: 'translation', vm: 'wep', process: 'app', gva: HEAP },
        { kind: 'translation', vm: 'web', process: 'other', gva: HEAP },
        { kind: 'translation', vm: 'web', process: 'app', gva: '0x800000000000' },
        { kind: 'translation', vm: 'web', process: 'app', gva: HEAP },
        { kind: 'owner', frame: 16384 },
        { kind: 'reached', frame: -1 },
        { kind: 'diverge', vm: 'web', process: 'app', gva: '0xffff888000000000' },
        { kind: 'stale', vm: 'db' },
        { kind: 'split', vm: 'web', process: 'nobody' },
      ]),
    ).toEqual([
      '0x1004 is not the address of an entry: entries are 8 bytes, at multiples of 8',
      'frame 0x4000 is outside memory, which ends with frame 0x3fff',
      '"123" is not the hPA of an entry: give it in hexadecimal, as 0x1a00028',
      'there is no VM "wep"; there are web, evil',
      'web has no process "other"; it has app',
      '0x800000000000 is not canonical under 4-level paging: nothing can be mapped there',
      null,
      'frame 0x4000 is outside memory, which ends with frame 0x3fff',
      'frame -1 is outside memory, which ends with frame 0x3fff',
      '0xffff888000000000 is a kernel address: the second table of a process maps the user half only',
      'there is no VM "db"; there are web, evil',
      'web has no process "nobody"; it has app',
    ]);
    const nested = start(twoVms('process app in web { }'), { scheme: 'nested' });
    expect(nested.setWatches([{ kind: 'diverge', vm: 'web', process: 'app', gva: null }])).toEqual([
      'the processes of web have one table each, which cannot diverge: watch a VM under tpt or shadow paging',
    ]);
  });

  test('of one place are told one after the other; then a breakpoint there', () => {
    const run = watched(FIRST_TOUCH, [
      { kind: 'reached', frame: 0x20c },
      { kind: 'reached', frame: 0x20c },
    ]);
    run.setBreakpoints([run.statementAtLine(6)]);
    const reasons: string[] = [];
    for (;;) {
      const stop = run.run({ mode: 'continue', task: 0, budget: 1000 });
      if (stop.reason === 'ended') break;
      reasons.push(stop.reason === 'watch' ? `watch ${stop.watch} at ${run.tick}` : stop.reason);
    }
    const [kernel, , walk, , breakpoint] = reasons;
    expect(reasons).toHaveLength(7);
    expect(reasons[1]).toBe(kernel.replace('watch 0', 'watch 1'));
    expect(reasons[3]).toBe(walk.replace('watch 0', 'watch 1'));
    expect(breakpoint).toBe('breakpoint');
  });

  test('stop where a step ends once, not twice', () => {
    const run = watched(FIRST_TOUCH, [{ kind: 'reached', frame: 0x20c }]);
    run.setBreakpoints([run.statementAtLine(6)]);
    const line = (): number => {
      const [frame] = run.stack(0);
      return frame.source.kind === 'scenario' ? frame.source.range.startLine + 1 : 0;
    };
    while (run.run({ mode: 'continue', task: 0, budget: 1000 }).reason !== 'breakpoint');
    expect(line()).toBe(7);
    run.markStop();
    expect(run.run({ mode: 'over', task: 0, budget: 1000 }).reason).toBe('watch');
    expect(line()).toBe(8);
    run.markStop();
    expect(run.run({ mode: 'over', task: 0, budget: 1000 }).reason).toBe('step');
    expect(line()).toBe(9);
  });

  test('are heard beside a recording, which gets the same writes', () => {
    const specs = [{ kind: 'translation', vm: 'web', process: 'app', gva: HEAP }] as const;
    const plain = watchStops(watched(FIRST_TOUCH, specs));
    expect(watchStops(watched(FIRST_TOUCH, specs, { record: {} }))).toEqual(plain);
    expect(watchStops(watched(FIRST_TOUCH, specs), 1)).toEqual(plain);
  });

  test('of the last statement are told before the end', () => {
    const run = watched(twoVms('host {\n  host_write(0x3000000, 5)\n}'), [{ kind: 'entry', hpa: '0x3000000' }]);
    expect(watchStops(run).map(({ text }) => text)).toEqual([
      expect.stringContaining('0x0000000000000000 → 0x0000000000000005') as string,
    ]);
  });

  test('that are taken away tell nothing more', () => {
    const run = watched(FIRST_TOUCH, [{ kind: 'reached', frame: 0x20c }]);
    expect(run.run({ mode: 'continue', task: 0, budget: 1000 }).reason).toBe('watch');
    expect(run.setWatches([])).toEqual([]);
    expect(watchStops(run)).toEqual([]);
  });
});
