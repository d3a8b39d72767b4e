import { describe, expect, test } from 'vitest';
import type { FileOpener } from '../../../simulator/index';
import { start } from '../scenarios/check';
import { sourceOf } from '../trace/sources';
import { watched, watchStops } from './stops';

const twoVms = (body: string, tlb = 'skylake-sp'): string => `machine { memory 64M tlb ${tlb} }
vm web { memory 16M }
vm evil { memory 16M }
${body}`;
/** The frame of the first page that `app` touches. */
const HEAP = '0x70000000';

/** A trace of 8-byte loads, as the file of any name. */
const loads =
  (addresses: readonly number[]): FileOpener =>
  () =>
    sourceOf(addresses.map((at) => ` L ${at.toString(16)},8\n`).join(''));

const FIRST_TOUCH = twoVms(`process app in web {
  let heap = mmap(8K, rw, 0x7000_0000)
  write(heap, 1)
  write(heap, 2)
  munmap(heap, 4K)
  print "done"
}`);

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
        '0x800000000020c067 → 0x800000000020c005 (R/W 1 → 0, A 1 → 0, D 1 → 0); by app, line 7: mirror_entry · write (guest)',
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

describe('a frame that is reached', () => {
  test('by the kernel, by a walk, through the TLB and by another VM', () => {
    const run = watched(
      twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  let x = read(heap + 8)
  signal ready
}
process spy in evil {
  wait app.ready
  let page = mmap(4K, rw, 0x6000_0000)
  write(page, 1)
  kernel { set_pte(page, frame_of(app, app.heap), rw)  invlpg(page) }
  let y = read(page)
}`),
      [{ kind: 'reached', frame: 0x20c }],
      { tags: 'off' },
    );
    expect(watchStops(run).map(({ line, text }) => [line, text.replace('frame 0x20c was reached: ', '')])).toEqual([
      [6, 'write of 0xffff88800000c000 by web ▸ kernel by a walk; app, line 6'],
      [6, 'write of 0x0000000070000000 by web ▸ app by a walk; app, line 6'],
      [8, 'read of 0x0000000070000008 by web ▸ app through the TLB; app, line 7'],
      [15, 'read of 0x0000000060000000 by evil ▸ spy by a walk; spy, line 15'],
    ]);
  });

  test('inside one statement that makes many accesses, before the next of them', () => {
    const text = twoVms(`process app in web {
  let heap = mmap(16K, rw, 0x7000_0000)
  touch(heap, 16K)
  fill(heap, 16K, 7)
}`);
    const free = start(text);
    watchStops(free);
    const third = { vm: 0, pid: 1, gva: '0x70002000', access: 'read', user: true, root: 'active' } as const;
    const { outcome } = free.inspect.walk(third);
    const run = watched(text, [{ kind: 'reached', frame: outcome.kind === 'ok' ? outcome.frame : -1 }]);
    const stops = watchStops(run).filter(({ line }) => line === 7);
    expect(stops).toHaveLength(512);
    expect(stops[0].at).toBe('write 0x0000000070002008');
    expect(stops[0].text).toContain('write of 0x0000000070002000 by web ▸ app by a walk; app, line 7');
  });

  test('in a trace, also where hits would be made in one loop', () => {
    const text = twoVms(`process app in web {
  let heap = mmap(8K, rw, 0x7000_0000)
  write(heap, 1)
  write(heap + 4K, 1)
  replay("t")
}`);
    const files = loads([0x70000000, 0x70001000, 0x70000008, 0x70001000, 0x70000010]);
    const run = watched(text, [{ kind: 'reached', frame: 0x20c }], { files });
    const stops = watchStops(run).filter(({ line }) => line === 8);
    expect(stops.map(({ at, text }) => [at, /read of (0x[0-9a-f]+)/.exec(text)?.[1]])).toEqual([
      ['replay t · access', '0x0000000070000000'],
      ['replay t · access', '0x0000000070000008'],
      ['', '0x0000000070000010'],
    ]);
    const free = start(text, { files: loads([0x70000000, 0x70001000, 0x70000008, 0x70001000, 0x70000010]) });
    expect(watchStops(free)).toEqual([]);
    expect(run.summary()).toEqual(free.summary());
    expect(run.stateHash()).toBe(free.stateHash());
  });
});

describe('tables that diverge', () => {
  const forks = (skip: string): string =>
    twoVms(`process app in web {
  let heap = mmap(8K, rw, 0x7000_0000)
  write(heap, 1)
  write(heap + 4K, 1)
  fork child ${skip} {
    let x = read(heap)
  }
  write(heap, 2)
}`);

  test('are told at the end of the statement, not inside the hook that brings both in step', () => {
    const any = { kind: 'diverge', vm: 'web', process: 'app', gva: null } as const;
    expect(watchStops(watched(forks(''), [any]))).toEqual([]);
    const [stop, ...others] = watchStops(watched(forks('without mirror'), [any]));
    expect(others).toEqual([]);
    expect(stop).toEqual({
      watch: 0,
      text: 'the native and the TPT table of web ▸ app came to differ at 0x0000000070000000, and 1 more page: r--u in the native table, rw-u in the TPT table; by app, line 8: fork · mirror (guest)',
      line: 9,
      at: '',
    });
  });

  test('at one address only, if that is asked for', () => {
    const at = (gva: string) => watched(forks('without mirror'), [{ kind: 'diverge', vm: 'web', process: 'app', gva }]);
    expect(watchStops(at('0x70001000')).map(({ line }) => line)).toEqual([9]);
    expect(watchStops(at('0x70002000'))).toEqual([]);
  });

  test('when the host moves a frame, and again when they agreed in between', () => {
    const run = watched(
      twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  signal ready
  wait moved
  write(heap, 2)
  kernel { remirror(heap, 4K) }
  signal again
}
host {
  wait app.ready
  migrate(web, gpa_of(app, app.heap))
  signal moved
  wait again
  migrate(web, gpa_of(app, app.heap))
  print "end"
}`),
      [{ kind: 'diverge', vm: 'web', process: 'app', gva: null }],
    );
    expect(watchStops(run).map(({ line, text }) => [line, text.replace(/0x[0-9a-f]{1,4}\b/g, 'F')])).toEqual([
      [
        16,
        'the native and the TPT table of web ▸ app came to differ at 0x0000000070000000: the TPT entry goes to frame F, the guest frame lives in F; by host, line 15: migrate · unmap-nested (host)',
      ],
      [
        19,
        'the native and the TPT table of web ▸ app came to differ at 0x0000000070000000: the TPT entry goes to frame F, the guest frame lives in F; by host, line 18: migrate · unmap-nested (host)',
      ],
    ]);
  });

  test('a 2 MiB entry over scattered frames differs', () => {
    const run = watched(
      `machine { memory 64M }
vm web { memory 16M backing scattered seed 3 }
process app in web {
  let heap = mmap(2M, rw, 0x7000_0000)
  madvise(heap, 2M, hugepage)
  write(heap, 1)
  kernel { remirror(heap, 2M) without check-contiguous }
}`,
      [{ kind: 'diverge', vm: 'web', process: 'app', gva: null }],
    );
    const [stop, ...others] = watchStops(run);
    expect(others).toEqual([]);
    expect([stop.line, stop.text]).toEqual([
      7,
      expect.stringMatching(
        /came to differ at 0x0000000070000000: the TPT entry goes to frame 0x\w+, the guest frame lives in 0x\w+; by app, line 7: mirror_entry · write \(guest\)$/,
      ),
    ]);
  });

  test('shadow: a guest table that is out of sync until INVLPG', () => {
    const body = (skip: string): string =>
      twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  mprotect(heap, 4K, r) ${skip}
  print "end"
}`);
    const spec = { kind: 'diverge', vm: 'web', process: 'app', gva: null } as const;
    expect(watchStops(watched(body(''), [spec], { scheme: 'shadow' }))).toEqual([]);
    const stops = watchStops(watched(body('without invlpg'), [spec], { scheme: 'shadow' }));
    expect(stops.map(({ line }) => line)).toEqual([8]);
    expect(stops[0].text).toContain("the shadow entry allows write, the guest's does not; by app, line 7: ");
  });
});

describe('a stale TLB entry', () => {
  const unmaps = (skip: string): string =>
    twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  munmap(heap, 4K) ${skip}
  print "unmapped"
  kernel { invlpg(heap) }
  let again = mmap(4K, rw, heap)
  write(again, 1)
  munmap(again, 4K) ${skip}
  print "end"
}`);

  test.each(['tpt', 'nested', 'native'] as const)('is told once each time it comes to be, under %s', (scheme) => {
    const spec = { kind: 'stale', vm: 'web' } as const;
    expect(watchStops(watched(unmaps(''), [spec], { scheme }))).toEqual([]);
    const stops = watchStops(watched(unmaps('without invlpg'), [spec], { scheme }));
    expect(stops.map(({ line }) => line)).toEqual([8, 13]);
    expect(stops[0].text).toMatch(
      /^the TLB of web \(vCPU 0\) came to hold a stale entry: 0x0000000070000000 → frame 0x[0-9a-f]+, rw-u: the tables no longer map the address; by app, line 7: /,
    );
  });

  test('also through the owner of its frame', () => {
    const run = watched(
      twoVms(`process app in web {
  let heap = mmap(4K, rw, 0x7000_0000)
  write(heap, 1)
  signal ready
}
host {
  wait app.ready
  retag(hpa_of(app, app.heap), evil) without flush, clear-map
  print "end"
}`),
      [{ kind: 'stale', vm: 'web' }],
    );
    const stops = watchStops(run);
    expect(stops.map(({ line }) => line)).toEqual([12]);
    expect(stops[0].text).toContain('its frame belongs to evil now; by host, line 11: retag · tag (host)');
  });
});

test('a 2 MiB mapping that is split, in both tables', () => {
  const run = watched(
    `machine { memory 64M }
vm web { memory 16M backing contiguous }
process app in web {
  let heap = mmap(4M, rw, 0x7000_0000)
  madvise(heap, 4M, hugepage)
  write(heap, 1)
  munmap(heap, 2M)
  write(heap + 2M, 1)
  munmap(heap + 2M, 4K)
}`,
    [{ kind: 'split', vm: 'web', process: 'app' }],
  );
  expect(
    watchStops(run).map(({ line, at, text }) => [line, at, text.replace(/\(frame 0x[0-9a-f]+, entry \d+\)/, '(…)')]),
  ).toEqual([
    [
      9,
      'mirror entry 385 of table gfn 0xe',
      'the 2 MiB mapping of 0x0000000070200000 in the native table of web ▸ app became a table of 4 KiB entries (…); by app, line 9: munmap (guest)',
    ],
    [
      9,
      'unmap 0x0000000070200000 to 0x0000000070201000 · clear',
      'the 2 MiB mapping of 0x0000000070200000 in the TPT table of web ▸ app became a table of 4 KiB entries (…); by app, line 9: mirror_entry · write (guest)',
    ],
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
