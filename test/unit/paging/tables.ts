/** Page tables for walker tests, written into simulated memory entry by entry. */
import { PhysicalMemory } from '../../../simulator/machine/memory';
import { TagTable } from '../../../simulator/machine/tags';
import { Access, Walk } from '../../../simulator/paging/walk';
import { walk, type PagingMode, type WalkContext } from '../../../simulator/paging/walker';
import { high32, low32 } from '../../../simulator/units';

/** 4 GiB: room for guest memory that begins at the third. */
export const MEMORY_FRAMES = 0x100000;
/** gfn g lives at hfn g + 2 GiB, so that every page size is aligned in both. */
export const GUEST_AT = 0x80000;

export const P = 1n;
export const RW = 2n;
export const US = 4n;
export const A = 0x20n;
export const D = 0x40n;
export const PS = 0x80n;
export const G = 0x100n;
export const NX = 1n << 63n;
/** All rights, A and D set. */
export const FULL = P | RW | US | A | D;

export type Levels = 4 | 5;
/** Level of the leaf: 1 for 4 KiB, 2 for 2 MiB, 3 for 1 GiB. */
export type LeafLevel = 1 | 2 | 3;

/** One tree of tables. `place` tells where a table's number (gfn or hfn) lives in memory. */
export class Tree {
  private readonly tables = new Map<string, number>();

  constructor(
    readonly memory: PhysicalMemory,
    readonly root: number,
    readonly levels: Levels,
    private readonly newTable: () => number,
    readonly place: (table: number) => number = (table) => table,
  ) {}

  /** Maps the page of `va`; tables on the way get `upper`. */
  map(va: bigint, frame: number, leaf: LeafLevel, flags = FULL, upper = FULL & ~D): void {
    let table = this.root;
    for (let level: number = this.levels; level > leaf; level--) {
      const key = `${level} ${va >> BigInt(12 + 9 * (level - 1))}`;
      let next = this.tables.get(key);
      if (next === undefined) {
        next = this.newTable();
        this.tables.set(key, next);
        this.set(table, level, va, (BigInt(next) << 12n) | upper);
      }
      table = next;
    }
    this.set(table, leaf, va, (BigInt(frame) << 12n) | flags | (leaf > 1 ? PS : 0n));
  }

  /** All tables, root first, as they are numbered in entries. */
  numbers(): number[] {
    return [this.root, ...this.tables.values()];
  }

  private set(table: number, level: number, va: bigint, value: bigint): void {
    const index = Number((va >> BigInt(12 + 9 * (level - 1))) & 511n);
    this.memory.writeEntry(this.place(table), index, low32(value), high32(value));
  }
}

const counter = (first: number) => (): number => first++;

export const MODE: PagingMode = {
  levels: 4,
  physBits: 40,
  nxe: true,
  wp: true,
  smep: false,
  smap: false,
  pke: false,
  ac: false,
  pkru: 0,
};

/** A machine under test: change `context` freely before `ask`. */
export interface Bench {
  readonly memory: PhysicalMemory;
  readonly tags: TagTable;
  readonly context: { -readonly [K in keyof WalkContext]: WalkContext[K] };
  readonly guest: Tree;
  readonly nested: Tree | null;
}

/** A one-dimensional machine: native, or TPT if it is tagged. */
export function flatBench(levels: Levels = 4, mode: 'off' | 'asid' | 'rmp' = 'off'): Bench {
  const memory = new PhysicalMemory(MEMORY_FRAMES);
  const tags = new TagTable(memory, mode);
  const guest = new Tree(memory, 16, levels, counter(17));
  const context = {
    memory,
    tags,
    mode: { ...MODE, levels },
    root: 16,
    nestedRoot: -1,
    asid: 1,
    tagged: mode !== 'off',
  };
  return { memory, tags, context, guest, nested: null };
}

/** A machine with a nested table, all of whose leaves are of one level: gfn g at hfn g + 2 GiB, for gfns that are asked for. */
export function nestedBench(levels: Levels, nestedLevels: Levels, mode: 'off' | 'asid' | 'rmp' = 'off'): Bench {
  const memory = new PhysicalMemory(MEMORY_FRAMES);
  const tags = new TagTable(memory, mode);
  const nested = new Tree(memory, 1024, nestedLevels, counter(1025));
  const guest = new Tree(memory, 16, levels, counter(17), (gfn) => gfn + GUEST_AT);
  const context: Bench['context'] = {
    memory,
    tags,
    mode: { ...MODE, levels },
    root: 16,
    nestedRoot: 1024,
    nestedLevels,
    asid: 1,
    tagged: mode !== 'off',
  };
  return { memory, tags, context, guest, nested };
}

/** Maps guest frames in the nested table, with leaves of one level. */
export function mapNested({ nested }: Bench, gfns: readonly number[], leaf: LeafLevel, flags = FULL): void {
  const span = 512 ** (leaf - 1);
  for (const gfn of gfns) {
    const head = gfn - (gfn % span);
    nested?.map(BigInt(head) << 12n, head + GUEST_AT, leaf, flags);
  }
}

/** Walks, without committing. */
export function ask({ context }: Bench, va: bigint, access: Access = Access.Read, user = true): Walk {
  const w = new Walk();
  walk(context, high32(va), low32(va), access, user, w);
  return w;
}
