import { describe, expect, test } from 'vitest';
import type { Simulation } from '../../../simulator/index';
import { twoVms, watched, watchStops } from './stops';

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
    const at = (gva: string): Simulation =>
      watched(forks('without mirror'), [{ kind: 'diverge', vm: 'web', process: 'app', gva }]);
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
