import { describe, expect, test } from 'vitest';
import { HitLog } from '../../extension/adapter/hit-log';
import { describeWatch, readFrame, readWatchName, watchName } from '../../extension/scenario/watch-names';

describe('names of events', () => {
  test.each([
    'entry 0x1a00010',
    'translation web redis 0x7f0000000000',
    'owner 0x1a00000',
    'reached 0x1a00000',
    'diverge web redis',
    'diverge web redis 0x7f0000000000',
    'stale web',
    'split web redis',
  ])('%s is read and written back', (name) => {
    const read = readWatchName(name);
    expect(read?.ok && watchName(read.spec)).toBe(name);
  });

  test('spaces and capital digits do not matter; a frame may be given by its number', () => {
    expect(readWatchName('  owner   0x1A00FFF ')).toEqual({ ok: true, spec: { kind: 'owner', frame: 0x1a00 } });
    expect(readWatchName('reached frame:0x1a00')).toEqual({ ok: true, spec: { kind: 'reached', frame: 0x1a00 } });
    expect(readFrame('frame:6656')).toBe(0x1a00);
    expect(readFrame('6656')).toBeNull();
  });

  test.each([
    ['entry', /Write entry HPA, for example entry 0x/],
    ['entry web', /"entry web" is not understood/],
    ['owner 0x1000 0x2000', /Write owner FRAME/],
    ['translation web 0x1000', /Write translation VM PROCESS GVA, for example/],
    ['diverge web redis here', /Write diverge VM PROCESS \[GVA\]/],
    ['stale', /for example stale web/],
    ['split web', /for example split web redis/],
    ['reached 0x10000000000000000', /not understood/],
  ])('%s is refused with an example', (name, problem) => {
    const read = readWatchName(name);
    expect(read?.ok === false && read.problem).toMatch(problem);
  });

  test('what is no event may name something else', () => {
    expect(readWatchName('mmap')).toBeNull();
    expect(readWatchName('')).toBeNull();
    expect(readWatchName('constructor x')).toBeNull();
  });

  test.each([
    ['owner 0x1000', 'owner 0x1000 (follows the frame)'],
    ['translation web redis 0x1000', 'translation web redis 0x1000 (follows the virtual address)'],
    ['stale web', 'stale web (follows the address space)'],
  ])('%s says what it follows', (name, described) => {
    const read = readWatchName(name);
    expect(read?.ok && describeWatch(read.spec)).toBe(described);
  });
});

describe('hits of a breakpoint', () => {
  const at = (statements: number, tick = statements * 10): { statements: number; tick: number } => ({
    statements,
    tick,
  });

  test('a place keeps its number, however often the run comes by', () => {
    const log = new HitLog();
    expect([at(3), at(7), at(9)].map((p) => log.record(p))).toEqual([1, 2, 3]);
    expect([at(7), at(3), at(9)].map((p) => log.record(p))).toEqual([2, 1, 3]);
    expect(log.numberOf(at(7))).toBe(2);
    expect(log.numberOf(at(8))).toBe(3);
    expect(log.record(at(10))).toBe(4);
  });

  test('two hits inside one statement are two', () => {
    const log = new HitLog();
    expect([log.record(at(3, 30)), log.record(at(3, 31)), log.record(at(3, 30))]).toEqual([1, 2, 1]);
  });

  test('another future forgets what came after, but not the place where it begins', () => {
    const log = new HitLog();
    for (const n of [1, 2, 3, 4]) log.record(at(n));
    log.truncate(at(3));
    expect(log.record(at(3))).toBe(3);
    expect(log.record(at(9))).toBe(4);
    log.truncate(at(2, 21));
    expect(log.record(at(9))).toBe(3);
  });
});
