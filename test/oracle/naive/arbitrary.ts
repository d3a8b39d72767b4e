/**
 * fast-check generators of paging states, dense in what is interesting: trees whose entries lead to other
 * generated tables (in any order, so that self-maps, loops and shared tables are common), the slots that the
 * access will actually use, all flags, reserved bits, and every CPU bit. Plain WalkIn questions come out.
 *
 * Seeds: fc.assert(fc.property(walkQuestion(), ...), { seed, numRuns }) is repeatable; `sampleQuestions`
 * gives the same list for the same seed.
 */
import * as fc from 'fast-check';
import { toHex } from '../vectors';
import type { WalkIn } from '../vectors';

export { compare } from './compare';

const ADDRESS_BITS = 0x000f_ffff_ffff_f000n;

/** Physical address widths: the least and greatest that exist, those of common processors, QEMU's 40. */
const physBits = fc.constantFrom(32, 36, 39, 40, 45, 46, 48, 51, 52);

/** Indices at which sign extension, self-maps and table ends sit; shared by levels, so slots coincide. */
const index = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 255, 256, 510, 511) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 511 }) },
);

/** mostly(9) is true nine times out of ten. */
const mostly = (weight: number): fc.Arbitrary<boolean> =>
  fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const rarely = (weight: number): fc.Arbitrary<boolean> => mostly(weight).map((yes) => !yes);

/**
 * Flags of one entry. A walk takes up to five of them, so each must be benign often enough for the deep
 * levels to be reached: that, not uniformity, is what makes the states dense.
 */
const flags = fc
  .record({
    present: mostly(40),
    writable: mostly(9),
    user: mostly(9),
    caching: fc.nat(3), // PWT, PCD
    accessed: fc.boolean(),
    dirty: fc.boolean(),
    global: fc.boolean(),
    ignored: fc.nat(7), // bits 11:9
    key: fc.oneof({ weight: 2, arbitrary: fc.nat(15) }, { weight: 1, arbitrary: fc.constant(0) }),
    ignoredHigh: fc.nat(127), // bits 58:52
    noExecute: rarely(9),
  })
  .map((f) => {
    let value = 0n;
    const put = (on: boolean, bit: bigint): void => {
      if (on) value |= 1n << bit;
    };
    put(f.present, 0n);
    put(f.writable, 1n);
    put(f.user, 2n);
    put(f.accessed, 5n);
    put(f.dirty, 6n);
    put(f.global, 8n);
    put(f.noExecute, 63n);
    value |= BigInt(f.caching) << 3n;
    value |= BigInt(f.ignored) << 9n;
    value |= BigInt(f.ignoredHigh) << 52n;
    value |= BigInt(f.key) << 59n;
    return value;
  });

/** What an entry leads to. */
type Target =
  | { readonly kind: 'table'; readonly table: number }
  | {
      readonly kind: 'page';
      readonly frame: bigint;
      readonly aligned: 0 | 9 | 18;
      readonly pat: boolean;
      readonly ps: boolean;
    }
  | { readonly kind: 'raw'; readonly value: bigint };

const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 18, arbitrary: fc.record({ kind: fc.constant('table' as const), table: fc.nat(7) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('page' as const),
      frame: fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }),
      // 2 MiB, 1 GiB and unaligned frames: the unaligned ones set the reserved bits of large pages.
      aligned: fc.constantFrom(0 as const, 9 as const, 18 as const, 18 as const),
      pat: fc.boolean(),
      ps: mostly(4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => ({ kind: 'raw' as const, value })),
      fc.constant({ kind: 'raw' as const, value: 0n }),
    ),
  },
);

/** One stray bit, often at a boundary of the address field or of a large page's reserved field. */
const strayBit = fc.oneof(
  { weight: 45, arbitrary: fc.constant(-1) },
  { weight: 1, arbitrary: fc.constantFrom(7, 12, 13, 20, 21, 29, 30, 51, 52, 62, 63) },
  { weight: 1, arbitrary: fc.constant(-2) }, // MAXPHYADDR itself: the lowest reserved address bit
);

interface Slot {
  readonly flags: bigint;
  readonly target: Target;
  readonly stray: number;
}
const slot: fc.Arbitrary<Slot> = fc.record({ flags, target, stray: strayBit });

function entryOf(s: Slot, tables: readonly bigint[], width: number): bigint {
  const inWidth = ((1n << BigInt(width)) - 1n) & ADDRESS_BITS;
  let value: bigint;
  if (s.target.kind === 'raw') return s.target.value;
  if (s.target.kind === 'table') {
    value = s.flags | tables[s.target.table % tables.length];
  } else {
    const frame = (s.target.frame >> BigInt(s.target.aligned)) << BigInt(s.target.aligned);
    value = s.flags | ((frame << 12n) & inWidth);
    if (s.target.ps) value |= 1n << 7n;
    if (s.target.pat && s.target.aligned > 0) value |= 1n << 12n;
  }
  if (s.stray === -2 && width < 52) value ^= 1n << BigInt(width);
  else if (s.stray >= 0) value ^= 1n << BigInt(s.stray);
  return value;
}

/** Virtual addresses: built from indices, then sign-extended properly, or not, or nearly. */
const vaShape = fc.record({
  indices: fc.array(index, { minLength: 5, maxLength: 5 }),
  offset: fc.oneof(
    fc.constantFrom(0, 0xff8),
    fc.nat(0x1ff).map((n) => n * 8),
  ),
  top: fc.oneof(
    { weight: 30, arbitrary: fc.constant('canonical' as const) },
    { weight: 1, arbitrary: fc.constantFrom('inverted' as const, 'oneBit' as const) },
  ),
  // In 4-level mode: canonical for 5 levels only. The boundary case that a wrong sign bit lets through.
  topBit: fc.nat(15),
});

function vaOf(shape: { indices: number[]; offset: number; top: string; topBit: number }, levels: 4 | 5): bigint {
  let va = BigInt(shape.offset);
  for (let level = 1; level <= levels; level++) va |= BigInt(shape.indices[level - 1]) << BigInt(12 + 9 * (level - 1));
  const width = 12 + 9 * levels;
  const extended = BigInt.asUintN(64, BigInt.asIntN(width, va));
  const above = ((1n << 64n) - 1n) ^ ((1n << BigInt(width)) - 1n);
  if (shape.top === 'inverted') return extended ^ above;
  if (shape.top === 'oneBit') return extended ^ (1n << BigInt(width + (shape.topBit % (64 - width))));
  return extended;
}

/** One access on a random state. Entries have distinct addresses; the tables lie within the address width. */
export function walkQuestion(): fc.Arbitrary<WalkIn> {
  return fc
    .record({
      levels: fc.constantFrom(4 as const, 5 as const),
      physBits,
      va: vaShape,
      // Table frames. High ones put address bits just below the width; few tables make loops frequent.
      frames: fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 0xfffff })), {
        minLength: 1,
        maxLength: 6,
      }),
      highFrames: fc.boolean(),
      root: fc.nat(5),
      cr3Low: fc.oneof(fc.constant(0), fc.nat(0xfff)),
      slots: fc.array(slot, { minLength: 30, maxLength: 30 }),
      access: fc.constantFrom('read' as const, 'write' as const, 'exec' as const),
      user: fc.boolean(),
      ac: fc.boolean(),
      wp: fc.boolean(),
      nxe: mostly(5),
      smep: fc.boolean(),
      smap: fc.boolean(),
      pke: mostly(2),
      pkru: fc.oneof(fc.constantFrom(0, 0xffffffff, 0xaaaaaaaa, 0x55555555), fc.nat(0xffffffff)),
    })
    .map((s) => {
      const top = 1n << BigInt(s.physBits - 1);
      const tables = s.frames.map((frame) => (BigInt(frame) << 12n) | (s.highFrames ? top : 0n));
      const va = vaOf(s.va, s.levels);
      // Every table gets an entry at every index that this address uses at any level: wherever the walk
      // turns, it finds something.
      const used = new Set<bigint>();
      for (let level = 1; level <= s.levels; level++) used.add((va >> BigInt(12 + 9 * (level - 1))) & 511n);
      const entries: [string, string][] = [];
      let next = 0;
      for (const table of tables) {
        for (const i of used) {
          entries.push([toHex(table + i * 8n), toHex(entryOf(s.slots[next % s.slots.length], tables, s.physBits))]);
          next++;
        }
      }
      const { levels, access, user, ac, wp, nxe, smep, smap, pke } = s;
      return {
        levels,
        physBits: s.physBits,
        va: toHex(va),
        cr3: toHex(tables[s.root % tables.length] | BigInt(s.cr3Low)),
        access,
        user,
        ac,
        wp,
        nxe,
        smep,
        smap,
        pke,
        pkru: toHex(BigInt(s.pkru)),
        entries,
      };
    });
}

/** `count` questions, always the same for the same seed. */
export function sampleQuestions(seed: number, count: number): WalkIn[] {
  return fc.sample(walkQuestion(), { seed, numRuns: count });
}
