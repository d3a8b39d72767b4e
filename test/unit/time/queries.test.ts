import { describe, expect, test } from 'vitest';
import type { Simulation } from '../../../simulator/index';
import { PastMemory } from '../../../simulator/inspect/time/past-memory';
import { complete, start } from '../scenarios/check';

const GVA = '0x00007f0000000000';
const SPACE = { vm: 0, pid: 1 };

/** A page that is touched at line 6, moved by the host at line 13, and touched again at line 9. */
const MOVED = `machine { memory 64M tags asid }
vm web { memory 16M }
process redis in web {
  let heap = mmap(4K, rw)
  signal begun
  write(heap, 1)
  signal ready
  wait mover.moved
  expect read(heap) == 1
}
host mover {
  wait redis.ready
  migrate(web, gpa_of(redis, redis.heap))
  signal moved
}`;

const run = (text: string): Simulation => {
  const simulation = start(text, { record: {} });
  complete(simulation);
  return simulation;
};
const recordingOf = (s: Simulation) => s.inspect.context.executor.journal.recording!;
const history = (s: Simulation, root: 'active' | 'native' = 'active') =>
  s.inspect.translationHistory({ ...SPACE, gva: GVA, root });
const frameOf = (hpa: string | null): number => Number(BigInt(hpa!) >> 12n);
/** Where the TPT leaf entry of the page is. */
const leafOf = (s: Simulation): { frame: number; index: number } => {
  const { steps } = s.inspect.walk({ ...SPACE, gva: GVA, access: 'read', user: true, root: 'tpt' });
  const address = Number(steps.findLast((step) => step.kind === 'entry')!.address);
  return { frame: Math.floor(address / 4096), index: (address % 4096) / 8 };
};

test('without a recording there is nothing to ask', () => {
  const simulation = start(MOVED);
  complete(simulation);
  expect(() => history(simulation)).toThrow('not recorded');
});

describe('the history of a translation', () => {
  test('is told as intervals, each with the write that began it', () => {
    const { rootName, intervals, completeFrom } = history(run(MOVED));
    expect(rootName).toBe('TPT root of web ▸ redis');
    expect(completeFrom).toBeNull();
    const mapped = intervals.slice(-3);
    expect(mapped.map((i) => [i.cause?.writer.line, i.owner?.name, i.perm?.text])).toEqual([
      [6, 'web', 'rw-u'],
      [13, 'host', 'rw-u'],
      [9, 'web', 'rw-u'],
    ]);
    expect(mapped[0].hpa).toBe(mapped[1].hpa);
    expect(mapped[2].hpa).not.toBe(mapped[0].hpa);
    expect(intervals.slice(0, -3).every((i) => i.hpa === null && i.text.startsWith('not mapped'))).toBe(true);
    expect(intervals.map((i) => i.now)).toEqual(intervals.map((_, n) => n === intervals.length - 1));
    // No gap and no overlap.
    expect(intervals[0].fromTick).toBe(0);
    intervals.slice(1).forEach((i, n) => expect(i.fromTick).toBe(intervals[n].untilTick));
    expect(intervals.at(-1)?.untilTick).toBeNull();
  });

  test('under the native root shows when the page was not backed', () => {
    const texts = history(run(MOVED), 'native').intervals.map((i) => i.text);
    expect(texts.slice(-3)).toEqual([
      expect.stringMatching(/^frame 0x20c of web/),
      expect.stringMatching(/^gfn 0xc is not backed/),
      expect.stringMatching(/^frame 0xe of web/),
    ]);
  });

  test('of a forked child begins with the fork', () => {
    const simulation = run(`machine { memory 64M tags asid }
vm web { memory 16M }
process parent in web {
  let heap = mmap(4K, rw)
  write(heap, 1)
  fork child {
    write(heap, 2)
  }
}`);
    const { intervals } = simulation.inspect.translationHistory({ vm: 0, pid: 2, gva: GVA, root: 'active' });
    expect(intervals.filter((i) => i.hpa !== null).map((i) => [i.perm?.text, i.cause?.writer.line])).toEqual([
      ['r--u', 6],
      ['rw-u', 7],
    ]);
  });

  test('follows shadow and nested tables as well', () => {
    for (const scheme of ['shadow', 'nested', 'direct', 'native'] as const) {
      const simulation = start(MOVED.replace('migrate(web, gpa_of(redis, redis.heap))', ''), { scheme, record: {} });
      complete(simulation);
      const last = history(simulation).intervals.at(-1)!;
      const row = simulation.inspect.walk({ ...SPACE, gva: GVA, access: 'read', user: true, root: 'active' });
      expect(row.outcome.kind === 'ok' && row.outcome.hpa, scheme).toBe(last.hpa);
    }
  });
});

describe('the history of an entry', () => {
  test('has each write with the bits that changed and who made it, newest first', () => {
    const simulation = run(MOVED);
    const { text, writes, total } = simulation.inspect.entryHistory({ ...leafOf(simulation), offset: 0, limit: 100 });
    expect(text).toBe(`TPT PT entry of web ▸ redis for ${GVA}`);
    expect(total).toBe(writes.length);
    expect(writes.map((w) => [w.writer.line, w.writer.who])).toEqual([
      [9, 'guest'],
      [6, 'hardware'],
      [6, 'guest'],
    ]);
    expect(writes[0].writer).toMatchObject({ operation: 'tag_violation ▸ page_fault ▸ mirror_entry', step: 'write' });
    expect(writes[0].changed).toContainEqual({ name: 'frame', before: '0x20c', after: '0xe' });
    expect(writes[1].changed).toEqual([
      { name: 'A', before: '0', after: '1' },
      { name: 'D', before: '0', after: '1' },
    ]);
    expect(writes[2].changed[0]).toEqual({ name: 'P', before: '0', after: '1' });
    const page = simulation.inspect.entryHistory({ ...leafOf(simulation), offset: 1, limit: 2 });
    expect(page.writes).toEqual(writes.slice(1, 3));
  });

  test('names tags and map slots', () => {
    const simulation = run(MOVED);
    const { executor } = simulation.inspect.context;
    const slot = simulation.inspect.entryHistory({ frame: executor.vms[0].mapFrame, index: 0xc, offset: 0, limit: 9 });
    expect(slot.text).toBe('map slot of gfn 0xc of web');
    expect(slot.writes.map((w) => [w.changed[0].before, w.changed[0].after, w.writer.step])).toEqual([
      ['0x0', '0xe', 'set-map'],
      ['0x20c', '0x0', 'clear-map'],
      ['0x0', '0x20c', 'set-map'],
    ]);
    const address = executor.tags.entryAddress(0xe);
    const tag = simulation.inspect.entryHistory({
      frame: Math.floor(address / 4096),
      index: (address % 4096) / 8,
      offset: 0,
      limit: 9,
    });
    expect(tag.text).toBe('tag of frame 0xe');
    expect(tag.writes).toHaveLength(1);
    expect(tag.writes[0].changed).toContainEqual({ name: 'gPA', before: '0x0', after: '0xc000' });
  });

  test('goes on where a copied page came from, and tells when a page was cleared', () => {
    // The page table itself moves: its entries were written in the old frame.
    const simulation = run(
      MOVED.replace('gpa_of(redis, redis.heap)', 'table_gfn << 12').replace(
        'wait redis.ready',
        'wait redis.ready let table_gfn = 0x13',
      ),
    );
    const { writes } = simulation.inspect.entryHistory({ ...leafOf(simulation), offset: 0, limit: 100 });
    expect(writes.map((w) => w.kind)).toContain('copy');
    const copy = writes.findIndex((w) => w.kind === 'copy');
    expect(writes[copy].writer.line).toBe(13);
    expect(writes.slice(copy + 1).map((w) => w.writer.line)).toContain(6);
  });
});

test('the history of a frame: owners, uses, and the entries that led to it', () => {
  const simulation = run(MOVED);
  const mapped = history(simulation).intervals.filter((i) => i.hpa !== null);
  const before = simulation.inspect.frameHistory(frameOf(mapped[0].hpa));
  expect(before.owners.map((o) => [o.owner?.name, o.by?.line])).toEqual([
    ['host', undefined],
    ['web', 6],
    ['host', 13],
  ]);
  expect(before.owners.map((o) => o.now)).toEqual([false, false, true]);
  expect(before.mappers.map((m) => [m.text, m.by?.line])).toEqual([
    [expect.stringMatching(/^nested PT entry of web for gPA 0x000c000/), 6],
    [expect.stringMatching(/^native PT entry of web ▸ redis/), 6],
    [expect.stringMatching(/^TPT PT entry of web ▸ redis/), 6],
  ]);
  // The TPT entry went on naming it after the frame was taken.
  expect(before.mappers[2].untilTick).toBeGreaterThan(before.owners[2].fromTick);
  const table = simulation.inspect.frameHistory(leafOf(simulation).frame);
  expect(table.uses.at(-1)).toMatchObject({ text: 'TPT table of web ▸ redis', now: true });
});

describe('the timeline', () => {
  const all = { fromTick: null, untilTick: null, buckets: 1000, kinds: [] };

  test('has a mark for each event, with its words, and counts of all', () => {
    const simulation = run(MOVED);
    const page = simulation.inspect.timeline(all);
    expect(page).toMatchObject({ fromTick: 0, now: simulation.tick, end: simulation.tick, untilTick: simulation.tick });
    const told = page.marks.filter((m) => m.kind !== 'cr3' && m.kind !== 'npf');
    expect(told.map((m) => [m.kind, m.line, m.text])).toEqual([
      ['page_fault', 6, expect.stringMatching(/^#PF page fault of web: /)],
      ['host', 13, 'migrate gPA 0xc000 of web'],
      ['owner', 13, 'frame 0x20c goes from web to host'],
      ['tag_violation', 9, expect.stringMatching(/^tag violation of web: frame 0x20c belongs to host/)],
    ]);
    expect(page.counts).toMatchObject({ page_fault: 1, tag_violation: 1, owner: 1, host: 1 });
    expect(page.edits).toEqual([]);
  });

  test('puts what is close together into buckets', () => {
    const simulation = run(MOVED);
    const one = simulation.inspect.timeline({ ...all, buckets: 1, kinds: ['npf'] });
    expect(one.marks).toHaveLength(1);
    expect(one.marks[0].count).toBe(one.counts.npf);
    expect(one.marks[0].lastTick).toBeGreaterThan(one.marks[0].tick);
    const some = simulation.inspect.timeline({ ...all, fromTick: one.marks[0].tick + 1, kinds: ['npf'] });
    expect(some.marks.reduce((sum, m) => sum + m.count, 0)).toBe(one.marks[0].count - 1);
  });
});

test('memory of the past is memory as it was', () => {
  // A second run stands still where the first one is taken back to.
  const then = start(MOVED, { record: {} });
  then.setExceptionFilters(['tag_violation']);
  complete(then);
  const cursor = recordingOf(then).writes.cursor;
  const now = run(MOVED);
  const past = new PastMemory(now.inspect.context.executor.memory, recordingOf(now)).goTo(cursor);
  const { executor } = then.inspect.context;
  const { writes } = recordingOf(now);
  for (let id = 0; id < writes.count; id++) {
    const frame = writes.get(id, 2);
    expect([...past.page(frame)]).toEqual([...executor.memory.page(frame)]);
  }
  past.goTo(writes.count);
  for (let id = 0; id < writes.count; id++) {
    const frame = writes.get(id, 2);
    expect([...past.page(frame)]).toEqual([...now.inspect.context.executor.memory.page(frame)]);
  }
});

describe('a machine that went back', () => {
  /** Run to its end, and back to where the stale entry is about to be refreshed. */
  function goneBack(): Simulation {
    const stopped = start(MOVED, { record: {} });
    stopped.setExceptionFilters(['tag_violation']);
    complete(stopped);
    const back = run(MOVED);
    const [newest] = back.inspect.entryHistory({ ...leafOf(back), offset: 0, limit: 1 }).writes;
    expect(newest.id).toBeGreaterThanOrEqual(recordingOf(stopped).writes.cursor);
    const request = { mode: 'goto', task: 0, budget: 10_000_000, target: { kind: 'write', write: newest.id } } as const;
    for (let stop = back.run(request); stop.reason === 'budget'; stop = back.run(request));
    expect(recordingOf(back).writes.cursor).toBe(newest.id);
    return back;
  }

  test('sees what lies ahead, and says so', () => {
    const expected = history(run(MOVED)).intervals;
    const back = goneBack();
    const { intervals } = history(back);
    expect(intervals.map((i) => [i.fromTick, i.hpa, i.owner?.name])).toEqual(
      expected.map((i) => [i.fromTick, i.hpa, i.owner?.name]),
    );
    expect(intervals.map((i) => i.now)).toEqual(intervals.map((_, n) => n === intervals.length - 2));
    const { writes } = back.inspect.entryHistory({ ...leafOf(back), offset: 0, limit: 10 });
    expect(writes.map((w) => w.ahead)).toEqual([true, false, false]);
    const owners = back.inspect.frameHistory(frameOf(expected.at(-1)!.hpa)).owners;
    expect(owners.at(-1)).toMatchObject({ now: true });
  });

  test('explains what it sees from its past alone', () => {
    const back = goneBack();
    const { links, line } = back.inspect.causes({ kind: 'translation', ...SPACE, gva: GVA });
    expect(line).toBe(13);
    const { cursor } = recordingOf(back).writes;
    for (const { target } of links) expect(target?.kind === 'write' ? target.write : 0).toBeLessThan(cursor);
  });
});

test('a write by hand says so', () => {
  const simulation = run(MOVED);
  const { frame, index } = leafOf(simulation);
  recordingOf(simulation).byHand = true;
  simulation.inspect.context.executor.memory.writeEntry(frame, index, 0, 0);
  recordingOf(simulation).byHand = false;
  const [write] = simulation.inspect.entryHistory({ frame, index, offset: 0, limit: 1 }).writes;
  expect(write.writer.who).toBe('user');
  expect(write.text).toContain('an edit by hand');
});

test('asking disturbs nothing', () => {
  const simulation = run(MOVED);
  const before = simulation.stateHash();
  const leaf = leafOf(simulation);
  const ask = (): unknown => [
    history(simulation),
    simulation.inspect.entryHistory({ ...leaf, offset: 0, limit: 10 }),
    simulation.inspect.frameHistory(leaf.frame),
    simulation.inspect.timeline({ fromTick: null, untilTick: null, buckets: 10, kinds: [] }),
    simulation.inspect.causes({ kind: 'translation', ...SPACE, gva: GVA }),
    simulation.inspect.causes({ kind: 'frame', frame: leaf.frame }),
  ];
  const answer = ask();
  expect(simulation.stateHash()).toBe(before);
  expect(ask()).toEqual(answer);
});
