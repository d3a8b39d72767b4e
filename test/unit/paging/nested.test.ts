/** The second dimension: its faults, its A and D bits, and what of it is cached. */
import { describe, expect, it } from 'vitest';
import { Access, WalkFault } from '../../../simulator/paging/walk';
import { commit } from '../../../simulator/paging/walker';
import { A, ask, D, FULL, GUEST_AT, mapNested, nestedBench, NX, P, RW, US } from './tables';
import type { Bench } from './tables';

const VA = 0x0000_1234_5678_9000n;
const GFN = 0x40201;
/** The guest's page table is its fourth table. */
const PT_GFN = 19;
const PT_INDEX = Number((VA >> 12n) & 511n);

function bench(final = FULL, tables = FULL): Bench {
  const b = nestedBench(4, 4);
  b.guest.map(VA, GFN, 1);
  mapNested(b, b.guest.numbers(), 1, tables);
  mapNested(b, [GFN], 1, final);
  return b;
}

function checkNpf(b: Bench, access: Access, wanted: { code: number; high: 1 | 2; gpa: number }): void {
  const w = ask(b, VA, access);
  expect(w.fault).toBe(WalkFault.Nested);
  expect(w.errorCode).toBe(wanted.code);
  expect(w.errorHigh).toBe(wanted.high);
  expect(w.faultGpa).toBe(wanted.gpa);
  expect(w.updates).toBe(0);
}

describe('nested page faults', () => {
  it('a final frame that is not backed', () => {
    checkNpf(bench(0n), Access.Read, { code: 4, high: 1, gpa: GFN * 4096 });
    checkNpf(bench(0n), Access.Write, { code: 6, high: 1, gpa: GFN * 4096 });
    checkNpf(bench(0n), Access.Fetch, { code: 0x14, high: 1, gpa: GFN * 4096 });
  });

  it('rights of the final frame', () => {
    checkNpf(bench(FULL & ~RW), Access.Write, { code: 7, high: 1, gpa: GFN * 4096 });
    checkNpf(bench(FULL | NX), Access.Fetch, { code: 0x15, high: 1, gpa: GFN * 4096 });
    checkNpf(bench(FULL & ~US), Access.Read, { code: 5, high: 1, gpa: GFN * 4096 });
  });

  it('a guest table that is not backed, or read-only: a write, whatever the access', () => {
    const b = bench();
    mapNested(b, [PT_GFN], 1, 0n);
    checkNpf(b, Access.Read, { code: 6, high: 2, gpa: PT_GFN * 4096 + PT_INDEX * 8 });
    mapNested(b, [PT_GFN], 1, FULL & ~RW);
    checkNpf(b, Access.Fetch, { code: 7, high: 2, gpa: PT_GFN * 4096 + PT_INDEX * 8 });
  });

  it('a guest fault comes before the final NPF', () => {
    const b = bench(0n);
    b.guest.map(VA, GFN, 1, P | US);
    const w = ask(b, VA, Access.Write);
    expect([w.fault, w.errorCode]).toEqual([WalkFault.Page, 7]);
  });
});

describe('A and D of the nested table', () => {
  /** What the nested leaf of a guest frame holds after an access. */
  function leafAfter(access: Access, gfn: number, clean: bigint): bigint {
    const b = bench(clean, clean);
    commit(ask(b, VA, access), b.memory);
    for (const table of b.nested?.numbers() ?? []) {
      const page = b.memory.page(table);
      for (let i = 0; i < 512; i++) {
        const value = (BigInt(page[i * 2 + 1]) << 32n) | BigInt(page[i * 2]);
        if (value >> 12n === BigInt(gfn + GUEST_AT)) return value & 0xfffn;
      }
    }
    throw new Error('no such leaf');
  }
  const CLEAN = P | RW | US;

  it('a read sets A of the final frame, a write A and D', () => {
    expect(leafAfter(Access.Read, GFN, CLEAN)).toBe(CLEAN | A);
    expect(leafAfter(Access.Fetch, GFN, CLEAN)).toBe(CLEAN | A);
    expect(leafAfter(Access.Write, GFN, CLEAN)).toBe(CLEAN | A | D);
  });

  it('guest tables are read as if written', () => {
    expect(leafAfter(Access.Read, PT_GFN, CLEAN)).toBe(CLEAN | A | D);
  });
});

describe('what may be cached of a two-dimensional walk', () => {
  it('the stricter rights of both', () => {
    const b = bench(FULL & ~RW);
    expect(ask(b, VA).write).toBe(false);
    expect(ask(bench(FULL | NX), VA).noExecute).toBe(true);
    expect(ask(bench(), VA)).toMatchObject({ write: true, noExecute: false, dirty: true });
  });

  it('dirty only if both are: else a write must walk to set D', () => {
    expect(ask(bench(FULL & ~D), VA).dirty).toBe(false);
    expect(ask(bench(FULL & ~D), VA, Access.Write).dirty).toBe(true);
  });

  it('never dirty over a read-only nested page: without CR0.WP nothing else would stop a supervisor', () => {
    expect(ask(bench(FULL & ~RW), VA).dirty).toBe(false);
  });
});
