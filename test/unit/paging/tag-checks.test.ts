/** Whose frame a walk may touch: every table, and the final frame. */
import { describe, expect, it } from 'vitest';
import { Access, StepKind, WalkFault, type Walk } from '../../../simulator/paging/walk';
import { ask, flatBench, GUEST_AT, mapNested, nestedBench } from './tables';
import type { Bench } from './tables';

const VA = 0x0000_1234_5678_9000n;
const FRAME = 0x40200;
const FINAL = FRAME + 0x189;

/** Everything of a walk to a 4 KiB page belongs to ASID 1. */
function tagged(mode: 'asid' | 'rmp' = 'asid'): Bench {
  const bench = flatBench(4, mode);
  bench.guest.map(VA, FINAL, 1);
  for (const table of bench.guest.numbers()) bench.tags.assign(table, 1, table);
  bench.tags.assign(FINAL, 1, 5);
  return bench;
}

/** The same with one 2 MiB page. `huge` tags it as one, else only the accessed frame is tagged. */
function large(mode: 'asid' | 'rmp', huge: boolean): Bench {
  const bench = flatBench(4, mode);
  bench.guest.map(VA, FRAME, 2);
  for (const table of bench.guest.numbers()) bench.tags.assign(table, 1, table);
  if (huge) bench.tags.assign(FRAME, 1, 0, true);
  else for (let i = 0; i < 512; i++) bench.tags.assign(FRAME + i, 1, i);
  return bench;
}

function checkViolation(w: Walk, frame: number, owner: number, kind: StepKind, code: number): void {
  expect(w.fault).toBe(WalkFault.Tag);
  expect([w.faultFrame, w.foundOwner]).toEqual([frame, owner]);
  expect(w.errorCode).toBe(code);
  expect(w.updates, 'nothing is written by a walk that faults').toBe(0);
  expect(w.faultStep).toBe(w.steps - 1);
  expect([w.kind[w.faultStep], w.frame[w.faultStep], w.index[w.faultStep]]).toEqual([kind, frame, owner]);
}

describe('tag checks of a TPT walk', () => {
  it('let the owner through', () => {
    expect(ask(tagged(), VA).fault).toBe(WalkFault.None);
  });

  it.each([0, 1, 2, 3])('refuse a foreign table at depth %i before reading it', (depth) => {
    const bench = tagged();
    const table = bench.guest.numbers()[depth];
    bench.tags.assign(table, 2, 0);
    const w = ask(bench, VA, Access.Write);
    checkViolation(w, table, 2, StepKind.TableTag, 0x8000_0007);
    expect(w.level[w.faultStep]).toBe(4 - depth);
    expect([w.references, w.tagLookups]).toEqual([depth, depth + 1]);
  });

  it('refuse a foreign final frame', () => {
    const bench = tagged();
    bench.tags.assign(FINAL, 3, 0);
    checkViolation(ask(bench, VA), FINAL, 3, StepKind.FinalTag, 0x8000_0005);
    checkViolation(ask(bench, VA, Access.Fetch, false), FINAL, 3, StepKind.FinalTag, 0x8000_0011);
  });

  it('refuse frames of the host, and frame 0', () => {
    const bench = tagged();
    bench.tags.assign(FINAL, 0, 0);
    checkViolation(ask(bench, VA), FINAL, 0, StepKind.FinalTag, 0x8000_0005);
    bench.guest.map(VA + 0x1000n, 0, 1);
    checkViolation(ask(bench, VA + 0x1000n), 0, 0, StepKind.FinalTag, 0x8000_0005);
  });

  it('refuse a frame outside memory', () => {
    const bench = tagged();
    const beyond = 2 ** 28 - 1;
    bench.guest.map(VA + 0x1000n, beyond, 1);
    checkViolation(ask(bench, VA + 0x1000n), beyond, 0, StepKind.FinalTag, 0x8000_0005);
  });

  it('come after the rights: a page fault is a page fault', () => {
    const bench = tagged();
    bench.tags.assign(FINAL, 2, 0);
    bench.guest.map(VA, FINAL, 1, 0x65n);
    expect(ask(bench, VA, Access.Write).fault).toBe(WalkFault.Page);
    expect(ask(bench, VA, Access.Read).fault).toBe(WalkFault.Tag);
  });

  it('are not made when they are off', () => {
    const bench = tagged();
    bench.tags.assign(FINAL, 2, 0);
    bench.context.tagged = false;
    const w = ask(bench, VA);
    expect([w.fault, w.tagLookups]).toEqual([WalkFault.None, 0]);
  });
});

describe('tag checks of large pages', () => {
  const shiftOf = (bench: Bench): number => {
    const w = ask(bench, VA);
    expect([w.fault, w.resultFrame, w.pageShift]).toEqual([WalkFault.None, FINAL, 21]);
    return w.shift;
  };

  it('cache 2 MiB if the tag says 2 MiB', () => {
    expect(shiftOf(large('asid', true))).toBe(21);
    expect(shiftOf(large('rmp', true))).toBe(21);
  });

  it('asid: cache the 4 KiB that was looked up', () => {
    expect(shiftOf(large('asid', false))).toBe(12);
  });

  it('rmp: 2 MiB over 4 KiB tags is a size mismatch', () => {
    const w = ask(large('rmp', false), VA);
    checkViolation(w, FINAL, 1, StepKind.FinalTag, 0x8000_0005);
    expect(w.errorHigh, 'SIZEM, bit 35').toBe(8);
  });

  it('rmp: PSMASH turns the one into the other', () => {
    const bench = large('rmp', true);
    expect(bench.tags.smash(FRAME + 3)).toBe(0);
    expect(ask(bench, VA).errorHigh).toBe(8);
  });

  it.each(['asid', 'rmp'] as const)('%s: a 1 GiB page is cached as 2 MiB', (mode) => {
    const bench = flatBench(4, mode);
    bench.guest.map(VA, 0x40000, 3);
    for (const table of bench.guest.numbers()) bench.tags.assign(table, 1, table);
    const final = 0x40000 + Number((VA >> 12n) & 0x3ffffn);
    bench.tags.assign(final - (final % 512), 1, 0, true);
    const w = ask(bench, VA);
    expect([w.fault, w.resultFrame, w.shift, w.pageShift]).toEqual([WalkFault.None, final, 21, 30]);
  });
});

describe('tag checks behind a nested table', () => {
  const GFN = 0x40201;
  function bench(mode: 'asid' | 'rmp' = 'asid'): Bench {
    const b = nestedBench(4, 4, mode);
    b.guest.map(VA, GFN, 1);
    mapNested(b, [...b.guest.numbers(), GFN], 1);
    for (const gfn of [...b.guest.numbers(), GFN]) b.tags.assign(gfn + GUEST_AT, 1, gfn);
    return b;
  }

  it('look at guest tables and the final frame, not at nested tables', () => {
    const w = ask(bench(), VA);
    expect([w.fault, w.references, w.tagLookups]).toEqual([WalkFault.None, 24, 5]);
  });

  it('refuse a foreign guest table and say that it was a table', () => {
    const b = bench();
    b.tags.assign(17 + GUEST_AT, 2, 17);
    const w = ask(b, VA);
    checkViolation(w, 17 + GUEST_AT, 2, StepKind.TableTag, 0x8000_0005);
    expect(w.errorHigh, 'bit 33').toBe(2);
  });

  it('refuse a foreign final frame and say that it was final', () => {
    const b = bench();
    b.tags.assign(GFN + GUEST_AT, 2, GFN);
    const w = ask(b, VA);
    checkViolation(w, GFN + GUEST_AT, 2, StepKind.FinalTag, 0x8000_0005);
    expect(w.errorHigh, 'bit 32').toBe(1);
  });

  it('let frames of the host through: the host shares them', () => {
    const b = bench();
    b.tags.assign(GFN + GUEST_AT, 0, 0);
    expect(ask(b, VA).fault).toBe(WalkFault.None);
  });

  it('let guest tables in frames of the host through', () => {
    const b = bench();
    b.tags.assign(17 + GUEST_AT, 0, 0);
    expect(ask(b, VA).fault).toBe(WalkFault.None);
  });

  it('rmp: refuse an own frame that is not where the tag table says, as table and as final frame; asid: do not look', () => {
    const final = bench('rmp');
    final.tags.assign(GFN + GUEST_AT, 1, GFN + 7);
    checkViolation(ask(final, VA), GFN + GUEST_AT, 1, StepKind.FinalTag, 0x8000_0005);
    const table = bench('rmp');
    table.tags.assign(17 + GUEST_AT, 1, 18);
    checkViolation(ask(table, VA), 17 + GUEST_AT, 1, StepKind.TableTag, 0x8000_0005);
    const asid = bench('asid');
    asid.tags.assign(GFN + GUEST_AT, 1, GFN + 7);
    expect(ask(asid, VA).fault).toBe(WalkFault.None);
    expect(ask(bench('rmp'), VA).fault).toBe(WalkFault.None);
  });
});
