/**
 * fast-check generator of TLB programs. Everything is kept scarce on purpose: few tables, few indices, three
 * PCIDs, two roots that share their lower tables, a handful of addresses. So stores often hit what is cached,
 * pages change size under cached translations, and global pages meet under several PCIDs.
 */
import * as fc from 'fast-check';
import { toHex } from '../vectors';
import type { AccessOp, ControlOp, TlbOp, TlbProgram } from './tlb-program';

const FRAME = 0x1000n;
/** Two tables of each level: frames 0x(level)0 and 0x(level)1, as in 0x20 for the first page directory. */
const tableAddress = (level: number, which: number): bigint => BigInt(level * 16 + which) * FRAME;
const TABLES = 2;
/** Slots in use per level: the two ends of the top level (both halves), neighbours below. */
const slotsOf = (level: number, levels: number): readonly [number, number] => (level === levels ? [0, 511] : [0, 1]);

const often = (weight: number): fc.Arbitrary<boolean> =>
  fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

const entryShape = fc.record({
  present: often(20),
  writable: often(6),
  user: often(9),
  accessed: fc.boolean(),
  dirty: fc.boolean(),
  large: fc.oneof({ weight: 1, arbitrary: fc.constant(true) }, { weight: 4, arbitrary: fc.constant(false) }),
  global: fc.boolean(),
  key: fc.constantFrom(0n, 0n, 1n),
  noExecute: often(6).map((yes) => !yes),
  which: fc.nat(TABLES - 1),
  frame: fc.integer({ min: 1, max: 15 }),
});
type EntryShape = typeof entryShape extends fc.Arbitrary<infer T> ? T : never;

function entryValue(shape: EntryShape, level: number): bigint {
  const large = shape.large && (level === 2 || level === 3);
  let value = shape.key << 59n;
  if (shape.present) value |= 1n;
  if (shape.writable) value |= 2n;
  if (shape.user) value |= 4n;
  if (shape.accessed) value |= 0x20n;
  if (shape.dirty) value |= 0x40n;
  if (shape.global) value |= 0x100n;
  if (shape.noExecute) value |= 1n << 63n;
  if (large) return value | 0x80n | (BigInt(shape.frame) << BigInt(12 + 9 * (level - 1)));
  // Pages lie at 0x100000 and up, clear of the tables.
  if (level === 1) return value | ((0x100n + BigInt(shape.frame)) * FRAME);
  return value | tableAddress(level - 1, shape.which);
}

/** An address by its slot (0 or 1) at each level, level 1 first. */
function vaOf(slots: readonly number[], offset: number, levels: 4 | 5): string {
  let va = BigInt(offset);
  for (let level = 1; level <= levels; level++) {
    va |= BigInt(slotsOf(level, levels)[slots[level - 1]]) << BigInt(12 + 9 * (level - 1));
  }
  return toHex(BigInt.asUintN(64, BigInt.asIntN(12 + 9 * levels, va)));
}

const slots = fc.array(fc.nat(1), { minLength: 5, maxLength: 5 });
const pcid = fc.nat(2);

function operations(levels: 4 | 5, addresses: readonly number[][]): fc.Arbitrary<TlbOp[]> {
  const va = fc
    .record({ which: fc.constantFrom(...addresses), offset: fc.constantFrom(0, 8, 0xff8) })
    .map(({ which, offset }) => vaOf(which, offset, levels));
  const access: fc.Arbitrary<AccessOp> = fc.record({
    op: fc.constant('access' as const),
    va,
    access: fc.constantFrom('read' as const, 'read' as const, 'write' as const, 'exec' as const),
    user: fc.boolean(),
    ac: fc.boolean(),
    wp: fc.boolean(),
    pkru: fc.constantFrom('0x0', '0x0', '0x4', '0x8'),
  });
  const setEntry: fc.Arbitrary<ControlOp> = fc
    .record({
      // Level 1 and 2 oftener: there lies what is cached.
      level: fc.oneof(fc.constantFrom(1, 1, 2), fc.integer({ min: 1, max: levels })),
      which: fc.nat(TABLES - 1),
      slot: fc.nat(1),
      shape: entryShape,
    })
    .map(({ level, which, slot, shape }) => ({
      op: 'setEntry',
      address: toHex(tableAddress(level, which) + BigInt(slotsOf(level, levels)[slot]) * 8n),
      value: toHex(entryValue(shape, level)),
    }));
  const invlpg: fc.Arbitrary<ControlOp> = fc.record({ op: fc.constant('invlpg' as const), va });
  const invpcid: fc.Arbitrary<ControlOp> = fc.record({
    op: fc.constant('invpcid' as const),
    type: fc.constantFrom(0 as const, 0 as const, 1 as const, 2 as const, 3 as const),
    pcid,
    va,
  });
  const loadCr3: fc.Arbitrary<ControlOp> = fc.record({
    op: fc.constant('loadCr3' as const),
    root: fc.nat(TABLES - 1).map((which) => toHex(tableAddress(levels, which))),
    pcid,
    noFlush: often(3),
  });
  const control = fc.oneof(
    { weight: 1, arbitrary: invlpg },
    { weight: 2, arbitrary: invpcid },
    { weight: 2, arbitrary: loadCr3 },
  );
  /**
   * What invalidation is about: use an address, change an entry, come back to the same address, perhaps by way
   * of another PCID. Chance alone would seldom put these in a row.
   */
  const revisit: fc.Arbitrary<TlbOp[]> = fc
    .record({
      first: fc.tuple(loadCr3, access),
      stores: fc.array(setEntry, { minLength: 1, maxLength: 4 }),
      between: fc.array(control, { maxLength: 2 }),
      back: fc.boolean(),
      again: access,
    })
    .map(({ first: [load, visit], stores, between, back, again }) => {
      const comeBack: ControlOp[] = back && load.op === 'loadCr3' ? [{ ...load, noFlush: true }] : [];
      return [load, visit, ...stores, ...between, ...comeBack, { ...again, va: visit.va }];
    });
  const one = fc.oneof(
    { weight: 12, arbitrary: access },
    { weight: 5, arbitrary: setEntry },
    { weight: 4, arbitrary: control },
  );
  return fc.oneof({ weight: 1, arbitrary: revisit }, { weight: 2, arbitrary: one.map((op) => [op]) });
}

/** A program of up to `maxParts` parts: single operations, and revisits of up to ten operations. */
export function tlbProgram(maxParts = 20): fc.Arbitrary<TlbProgram> {
  return fc
    .record({
      levels: fc.constantFrom(4 as const, 5 as const),
      addresses: fc.array(slots, { minLength: 1, maxLength: 4 }),
    })
    .chain(({ levels, addresses }) =>
      fc
        .record({
          nxe: often(4),
          smep: often(3).map((yes) => !yes),
          smap: often(3).map((yes) => !yes),
          pke: fc.boolean(),
          shapes: fc.array(entryShape, { minLength: levels * TABLES * 2, maxLength: levels * TABLES * 2 }),
          root: fc.nat(TABLES - 1),
          pcid,
          ops: fc.array(operations(levels, addresses), { minLength: 2, maxLength: maxParts, size: 'max' }),
        })
        .map(({ nxe, smep, smap, pke, shapes, root, pcid: first, ops: parts }) => {
          const entries: [string, string][] = [];
          let next = 0;
          for (let level = 1; level <= levels; level++) {
            for (let which = 0; which < TABLES; which++) {
              for (const slot of slotsOf(level, levels)) {
                const value = entryValue(shapes[next++], level);
                entries.push([toHex(tableAddress(level, which) + BigInt(slot) * 8n), toHex(value)]);
              }
            }
          }
          const cpu = { levels, physBits: 40, nxe, smep, smap, pke };
          return { cpu, root: toHex(tableAddress(levels, root)), pcid: first, entries, ops: parts.flat() };
        }),
    );
}
