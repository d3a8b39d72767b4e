import { describe, expect, test } from 'vitest';
import type { FileOpener } from '../../../simulator/index';
import { start } from '../scenarios/check';
import { sourceOf } from '../trace/sources';
import { twoVms, watched, watchStops } from './stops';

/** A trace of 8-byte loads, as the file of any name. */
const loads =
  (addresses: readonly number[]): FileOpener =>
  () =>
    sourceOf(addresses.map((at) => ` L ${at.toString(16)},8\n`).join(''));

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
