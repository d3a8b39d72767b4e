import { describe, expect, it } from 'vitest';
import { TLB_PRESETS } from '../../../simulator/language/tlb-presets';
import { Random } from '../../../simulator/machine/random';
import { Tlb } from '../../../simulator/machine/tlb';
import { TLB_D, TLB_NX, TLB_PART_2M, TLB_U, TLB_W } from '../../../simulator/machine/tlb-bits';
import type { TlbArray } from '../../../simulator/language/program';

const ASID = 1;
const PCID = 5;
type Size = '4K' | '2M' | '1G';
const SHIFT: Record<Size, number> = { '4K': 12, '2M': 21, '1G': 30 };
const unified = (level: 1 | 2, entries: number, ways: number, sizes: readonly Size[] = ['4K']): TlbArray => ({
  level,
  use: 'unified',
  sizes,
  entries,
  ways,
});

interface Fill {
  page: number;
  frame?: number;
  size?: Size;
  asid?: number;
  pcid?: number;
  global?: boolean;
  fetch?: boolean;
  flags?: number;
  pkey?: number;
}
/** Fills by virtual page number (4 KiB units). The frame is the page + 1000000 unless given. */
function fill(tlb: Tlb, f: Fill): void {
  const { page, frame = page + 1_000_000, size = '4K', asid = ASID, pcid = PCID, global = false } = f;
  const { fetch = false, flags = TLB_U | TLB_W | TLB_D, pkey = 0 } = f;
  const va = BigInt(page) << 12n;
  const [hi, lo] = halves(va);
  tlb.fill(hi, lo, fetch, asid, pcid, SHIFT[size], frame, flags, pkey, global);
}
const halves = (va: bigint): [number, number] => [Number(BigInt.asIntN(32, va >> 32n)), Number(BigInt.asIntN(32, va))];
const look = (tlb: Tlb, page: number, o: { fetch?: boolean; asid?: number; pcid?: number } = {}): number => {
  const [hi, lo] = halves(BigInt(page) << 12n);
  return tlb.lookup(hi, lo, o.fetch ?? false, o.asid ?? ASID, o.pcid ?? PCID);
};
const invlpg = (tlb: Tlb, page: number, pcid = PCID, globalsToo = true): void => {
  const [hi, lo] = halves(BigInt(page) << 12n);
  tlb.invalidate(hi, lo, ASID, pcid, globalsToo);
};
const pages = (tlb: Tlb): number[] => tlb.entries().map((e) => e.vpnLo);

describe('TLB replacement', () => {
  it('drops the least recently used', () => {
    const tlb = new Tlb([unified(1, 4, 4)]);
    for (const page of [1, 2, 3, 4]) fill(tlb, { page });
    expect(pages(tlb)).toEqual([4, 3, 2, 1]);
    look(tlb, 1);
    look(tlb, 3);
    expect(pages(tlb)).toEqual([3, 1, 4, 2]);
    fill(tlb, { page: 5 });
    expect(pages(tlb)).toEqual([5, 3, 1, 4]);
    expect([look(tlb, 2), look(tlb, 1)]).toEqual([-1, 1_000_001]);
  });

  it('fills a freed way first', () => {
    const tlb = new Tlb([unified(1, 4, 4)]);
    for (const page of [1, 2, 3, 4]) fill(tlb, { page });
    expect(look(tlb, 2)).toBe(1_000_002);
    expect(pages(tlb)).toEqual([2, 4, 3, 1]);
    invlpg(tlb, 4);
    fill(tlb, { page: 9 });
    expect(pages(tlb)).toEqual([9, 2, 3, 1]);
  });

  it('chooses the set by the low bits of the page number, of any size', () => {
    const tlb = new Tlb([unified(1, 8, 2, ['4K', '2M', '1G'])]);
    for (const page of [0, 4, 8]) fill(tlb, { page });
    expect(pages(tlb)).toEqual([8, 4]);
    fill(tlb, { page: 1 });
    expect(pages(tlb)).toEqual([8, 4, 1]);
    // 2 MiB pages 1 and 5 share set 1 with it.
    fill(tlb, { page: 512, size: '2M', frame: 512 });
    fill(tlb, { page: 5 * 512, size: '2M', frame: 512 });
    expect(look(tlb, 1)).toBe(-1);
    expect(look(tlb, 512)).toBe(512);
    fill(tlb, { page: 2 * 512 * 512, size: '1G', frame: 0 });
    expect(tlb.entries().at(-1)).toMatchObject({ shift: 30, vpnLo: 2 * 512 * 512 });
    expect(pages(tlb)).toEqual([8, 4, 512, 5 * 512, 2 * 512 * 512]);
  });

  it.each([
    [1, 1],
    [4, 2],
    [12, 3],
    [16, 16],
  ])('of %i entries in %i ways keeps to a model of lists', (entries, ways) => {
    const tlb = new Tlb([unified(1, entries, ways)]);
    const sets = entries / ways;
    const model: number[][] = Array.from({ length: sets }, () => []);
    const random = new Random(entries * 100 + ways);
    for (let i = 0; i < 2000; i++) {
      const page = random.below(entries * 2);
      const set = model[page % sets];
      const at = set.indexOf(page);
      expect(look(tlb, page) >= 0, `step ${i}`).toBe(at >= 0);
      if (at >= 0) set.splice(at, 1);
      else fill(tlb, { page });
      set.unshift(page);
      set.length = Math.min(set.length, ways);
      if (i % 50 === 0) expect(pages(tlb)).toEqual(model.flat());
    }
  });
});

describe('TLB levels', () => {
  const two = (): Tlb => new Tlb([unified(1, 2, 2), unified(2, 8, 8)]);

  it('a fill goes to both, a second-level hit back to the first', () => {
    const tlb = two();
    for (const page of [1, 2, 3]) fill(tlb, { page });
    expect(pages(tlb)).toEqual([3, 2, 3, 2, 1]);
    expect([look(tlb, 1), tlb.hitLevel]).toEqual([1_000_001, 2]);
    expect(pages(tlb)).toEqual([1, 3, 1, 3, 2]);
    expect([look(tlb, 1), tlb.hitLevel]).toEqual([1_000_001, 1]);
    expect([look(tlb, 77), tlb.hitLevel]).toEqual([-1, 0]);
  });

  it('what is promoted is the whole entry', () => {
    const tlb = two();
    fill(tlb, { page: 1, flags: TLB_NX | TLB_U, pkey: 9, global: true });
    for (const page of [2, 3]) fill(tlb, { page });
    look(tlb, 1, { pcid: 77 });
    const [promoted] = tlb.entries();
    const wanted = { vpnLo: 1, global: true, pcid: PCID, pkey: 9, write: false, user: true, noExecute: true };
    expect(promoted).toMatchObject({ ...wanted, dirty: false, structure: 'L1 4K' });
    expect([tlb.flags, tlb.pkey]).toEqual([TLB_NX | TLB_U, 9]);
  });

  it('fetches and data have first levels of their own', () => {
    const tlb = new Tlb(TLB_PRESETS['skylake-sp']);
    fill(tlb, { page: 1, fetch: true });
    expect(tlb.entries().map((e) => e.structure)).toEqual(['L1I 4K', 'L2 4K+2M']);
    expect([look(tlb, 1), tlb.hitLevel]).toEqual([1_000_001, 2]);
    expect(tlb.entries().map((e) => e.structure)).toEqual(['L1D 4K', 'L1I 4K', 'L2 4K+2M']);
    // There is no 1 GiB array for fetches in the first level.
    fill(tlb, { page: 0x40000, size: '1G', frame: 0x80000, fetch: true });
    expect(look(tlb, 0x40005, { fetch: true })).toBe(0x80005);
    expect(tlb.hitLevel).toBe(2);
  });

  it('none at all never hits', () => {
    const tlb = new Tlb(TLB_PRESETS['none']);
    fill(tlb, { page: 1 });
    expect([look(tlb, 1), tlb.entries().length]).toEqual([-1, 0]);
  });
});

describe('TLB entries', () => {
  const all = (): Tlb => new Tlb([unified(1, 8, 8, ['4K', '2M', '1G'])]);

  it.each([
    ['4K', 0x12345, 0xabcde, [0], [-1, 1]],
    ['2M', 0x12200, 0xabc00, [0, 1, 511], [-1, 512]],
    ['1G', 0x80000, 0x40000, [0, 1, 512, 0x3ffff], [-1, 0x40000]],
  ] as const)('%s: every frame inside, none outside', (size, page, frame, inside, outside) => {
    const tlb = all();
    // Filled by an access in the middle of it.
    const at = inside.at(-1) ?? 0;
    fill(tlb, { page: page + at, frame: frame + at, size });
    for (const i of inside) expect([look(tlb, page + i), tlb.shift]).toEqual([frame + i, SHIFT[size]]);
    for (const i of outside) expect(look(tlb, page + i)).toBe(-1);
  });

  it('hold 57-bit addresses and 40-bit frames', () => {
    const tlb = all();
    const page = 2 ** 44 + 3;
    fill(tlb, { page, frame: 2 ** 40 - 1 });
    expect(look(tlb, page)).toBe(2 ** 40 - 1);
    expect(look(tlb, 3)).toBe(-1);
    expect(look(tlb, 2 ** 43 + 3)).toBe(-1);
    expect(tlb.entries()[0]).toMatchObject({ vpnLo: 3, vpnHi: 2 ** 12, frame: 2 ** 40 - 1 });
    fill(tlb, { page: 2 ** 32 + 9, frame: 1 });
    expect([look(tlb, 9), look(tlb, 2 ** 32 + 9)]).toEqual([-1, 1]);
  });

  it('belong to an ASID and a PCID; global ones to an ASID', () => {
    const tlb = all();
    fill(tlb, { page: 1 });
    fill(tlb, { page: 2, global: true });
    fill(tlb, { page: 3, asid: 1023, pcid: 4095 });
    expect([look(tlb, 1), look(tlb, 1, { pcid: 6 }), look(tlb, 1, { asid: 2 })]).toEqual([1_000_001, -1, -1]);
    expect([look(tlb, 2, { pcid: 6 }), look(tlb, 2, { asid: 2 })]).toEqual([1_000_002, -1]);
    expect(look(tlb, 3, { asid: 1023, pcid: 4095 })).toBe(1_000_003);
  });
});

describe('TLB invalidation', () => {
  const ALL = ['4K', '2M', '1G'] as const;
  /** 1 ordinary, 2 of another PCID, 3 global, 4 of another PCID and global, 5 of another ASID, 512 and 1024 of 2 MiB. */
  function filled(): Tlb {
    const tlb = new Tlb([unified(1, 16, 16, ALL), unified(2, 16, 16, ALL)]);
    fill(tlb, { page: 1 });
    fill(tlb, { page: 2, pcid: 6 });
    fill(tlb, { page: 3, global: true });
    fill(tlb, { page: 4, pcid: 6, global: true });
    fill(tlb, { page: 5, asid: 2 });
    fill(tlb, { page: 512, size: '2M' });
    fill(tlb, { page: 1024, size: '2M', global: true });
    return tlb;
  }
  function check(act: (tlb: Tlb) => void, left: number[]): void {
    const tlb = filled();
    act(tlb);
    const sorted = pages(tlb).sort((a, b) => a - b);
    expect(sorted).toEqual(left.flatMap((page) => [page, page]));
  }

  it('INVLPG: the page of this PCID, and global ones, in both levels', () => {
    check((t) => invlpg(t, 1), [2, 3, 4, 5, 512, 1024]);
    check((t) => invlpg(t, 2), [1, 2, 3, 4, 5, 512, 1024]);
    check((t) => invlpg(t, 3), [1, 2, 4, 5, 512, 1024]);
    check((t) => invlpg(t, 4), [1, 2, 3, 5, 512, 1024]);
    check((t) => invlpg(t, 5), [1, 2, 3, 4, 5, 512, 1024]);
    check((t) => invlpg(t, 1023), [1, 2, 3, 4, 5, 1024]);
    check((t) => invlpg(t, 1025), [1, 2, 3, 4, 5, 512]);
  });

  it('INVPCID 0: the page of the PCID named, not global ones', () => {
    check((t) => invlpg(t, 2, 6, false), [1, 3, 4, 5, 512, 1024]);
    check((t) => invlpg(t, 4, 6, false), [1, 2, 3, 4, 5, 512, 1024]);
    check((t) => invlpg(t, 700, PCID, false), [1, 2, 3, 4, 5, 1024]);
  });

  it('INVPCID 1 and CR3: a PCID but its global pages', () => {
    check((t) => t.flush(ASID, PCID, false), [2, 3, 4, 5, 1024]);
    check((t) => t.flush(ASID, 6, false), [1, 3, 4, 5, 512, 1024]);
  });

  it('INVPCID 2 and 3: all of the ASID, with and without global pages', () => {
    check((t) => t.flush(ASID, null, true), [5]);
    check((t) => t.flush(ASID, null, false), [3, 4, 5, 1024]);
  });

  it('a large page that is held in parts goes as a whole', () => {
    const tlb = new Tlb([unified(1, 16, 4, ALL)]);
    const part = TLB_U | TLB_PART_2M;
    for (const page of [512, 513, 700, 1023]) fill(tlb, { page, flags: part });
    for (const page of [511, 1024]) fill(tlb, { page, flags: part });
    fill(tlb, { page: 600 });
    fill(tlb, { page: 800, flags: part, pcid: 6 });
    invlpg(tlb, 900);
    // 600 is a page of its own.
    expect(pages(tlb).sort((a, b) => a - b)).toEqual([511, 600, 800, 1024]);
    invlpg(tlb, 900, 6, false);
    expect(pages(tlb).sort((a, b) => a - b)).toEqual([511, 600, 1024]);
  });
});

describe('TLB entries whose frame changes its owner', () => {
  const foreign = (tlb: Tlb, page: number): boolean => {
    expect(look(tlb, page)).toBeGreaterThanOrEqual(0);
    return (tlb.flags & (1 << 12)) !== 0;
  };

  it('are marked, in all levels, and unmarked when it comes back', () => {
    const tlb = new Tlb([unified(1, 2, 2), unified(2, 8, 8)]);
    fill(tlb, { page: 1, frame: 50 });
    fill(tlb, { page: 2, frame: 51 });
    tlb.markForeign(50, 2);
    expect([foreign(tlb, 1), foreign(tlb, 2)]).toEqual([true, false]);
    fill(tlb, { page: 3, frame: 60 });
    expect(foreign(tlb, 1), 'from the second level').toBe(true);
    tlb.markForeign(50, ASID);
    expect(foreign(tlb, 1)).toBe(false);
    fill(tlb, { page: 2, frame: 50 });
    expect(foreign(tlb, 2), 'a new fill').toBe(false);
  });

  it('are marked if any frame of a large page goes', () => {
    const tlb = new Tlb([unified(1, 4, 4, ['4K', '2M', '1G'])]);
    fill(tlb, { page: 512, frame: 1024, size: '2M' });
    tlb.markForeign(1023, 2);
    tlb.markForeign(1536, 2);
    expect(foreign(tlb, 512)).toBe(false);
    tlb.markForeign(1535, 2);
    expect(foreign(tlb, 512)).toBe(true);
  });
});
