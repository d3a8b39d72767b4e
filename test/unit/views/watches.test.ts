/** Breakpoints on translation events, numbers and stops: what the extension decides without vscode. */
import { describe, expect, it } from 'vitest';
import { readWatchName } from '../../../extension/scenario/watch-names';
import { StopTicks } from '../../../extension/views/moments';
import { parseHex } from '../../../extension/views/numbers';
import { subjectsOfHpa, watchChoices } from '../../../extension/views/watches';
import { summary } from '../../support/view-fixtures/machine';

const machine = summary();
const names = (...args: Parameters<typeof watchChoices>): string[] => watchChoices(...args).map(({ name }) => name);

describe('what can be watched', () => {
  it('follows from what one looks at', () => {
    const gva = '0x00007f0000001000';
    expect(names({ kind: 'address', vm: 0, pid: 1, gva, frame: 0x1b00 }, machine)).toEqual([
      'translation web redis 0x7f0000001000',
      'diverge web redis 0x7f0000001000',
      'owner 0x1b00000',
      'reached 0x1b00000',
    ]);
    expect(names({ kind: 'entry', hpa: '0x0000063008' }, machine)).toEqual(['entry 0x63008']);
    expect(names({ kind: 'process', vm: 1, pid: 1 }, machine)).toEqual([
      'diverge evil attacker',
      'split evil attacker',
      'stale evil',
    ]);
    expect(names({ kind: 'vm', vm: 0 }, machine)).toEqual(['stale web']);
    expect(names({ kind: 'process', vm: 0, pid: 99 }, machine)).toEqual([]);
  });

  it('has names that the adapter reads', () => {
    const all = [
      ...names({ kind: 'entry', hpa: '0x0000063008' }, machine),
      ...names({ kind: 'address', vm: 0, pid: 1, gva: '0x00007f0000001000', frame: 0x1b00 }, machine),
      ...names({ kind: 'process', vm: 0, pid: 1 }, machine),
    ];
    expect(all.map((name) => readWatchName(name))).toEqual(
      all.map((name) => ({ ok: true, spec: expect.objectContaining({ kind: name.split(' ')[0] }) as object })),
    );
    expect(all).toHaveLength(8);
  });

  it('cannot diverge where there is one table', () => {
    const [web] = machine.vms;
    const [redis] = web.processes;
    const native = { ...machine, vms: [{ ...web, processes: [{ ...redis, roots: redis.roots.slice(0, 1) }] }] };
    expect(names({ kind: 'process', vm: 0, pid: 1 }, native)).toEqual(['split web redis', 'stale web']);
  });

  it('says whether it follows the frame or the virtual address', () => {
    const choices = watchChoices({ kind: 'address', vm: 0, pid: 1, gva: '0x1000', frame: 1 }, machine);
    expect(choices.map(({ detail }) => detail.replace('Follows the ', ''))).toEqual([
      'virtual address',
      'virtual address',
      'frame',
      'frame',
    ]);
  });

  it('is an entry first for an hPA inside a frame, the frame first at its beginning', () => {
    expect(subjectsOfHpa('0x0000063009')).toEqual([
      { kind: 'entry', hpa: '0x0000063008' },
      { kind: 'frame', frame: 0x63 },
    ]);
    expect(subjectsOfHpa('0x0001b00000').map(({ kind }) => kind)).toEqual(['frame', 'entry']);
  });
});

describe('the last stop', () => {
  it('is the one before, whatever was edited since', () => {
    const ticks = new StopTicks();
    ticks.stopped(1, 100);
    expect(ticks.last).toBeNull();
    ticks.stopped(2, 250);
    ticks.stopped(2, 250);
    expect(ticks.last).toBe(100);
    ticks.stopped(3, 250);
    expect(ticks.last).toBe(100);
    ticks.stopped(4, 90);
    expect(ticks.last).toBe(250);
    ticks.clear();
    expect(ticks.last).toBeNull();
  });
});

describe('a typed number', () => {
  it('is hex with or without 0x, and no longer than allowed', () => {
    expect(parseHex(' 0x1A00 ', 64)).toBe(0x1a00n);
    expect(parseHex('1a00', 64)).toBe(0x1a00n);
    expect(parseHex('0x1g', 64)).toBeNull();
    expect(parseHex('0x100', 8)).toBeNull();
  });
});
