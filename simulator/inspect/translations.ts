import type { Process } from '../guest/process';
import type { Vm } from '../host/vm';
import type { MemoryReader } from '../machine/memory';
import { P, PS, LEVEL_NAMES, frameOf } from '../paging/format';
import { hex, hex64 } from '../units';
import type { InspectContext } from './context';
import { parseFilter } from './filter';
import { collectLeaves, type Leaf } from './leaves';
import { agreeShadow, agreeTpt } from './agreement';
import { derivedKind, frameGfn, frameHome, rootOf } from './peek';
import type * as t from './types';
import { permissions } from './words';

/** Leaves of both tables of a process at one moment. */
interface Tables {
  readonly native: ReadonlyMap<number, Leaf>;
  /** TPT or shadow. */
  readonly derived: ReadonlyMap<number, Leaf>;
  readonly order: readonly Leaf[];
}

const AGREE = { tpt: agreeTpt, shadow: agreeShadow } as const;
const SIZES = ['', '4K', '2M', '1G'] as const;
const spanOf = (leaf: Leaf): number => 512 ** (leaf.level - 1);

/** All rows that a query is about; the view gets a page of them. */
type AllRows = Omit<t.TranslationsPage, 'rows'> & { readonly all: readonly t.TranslationRow[] };

/**
 * A page of rows of the Translations view.
 * @param cache holds the rows of earlier queries of the same state, so that scrolling does not make them anew.
 */
export function translations(
  c: InspectContext,
  query: t.TranslationsQuery,
  cache: Map<string, unknown>,
): t.TranslationsPage {
  const key = JSON.stringify({ ...query, offset: 0, limit: 0 });
  const found = (cache.get(key) as AllRows | undefined) ?? allRows(c, query);
  // One query at a time is scrolled through.
  cache.clear();
  cache.set(key, found);
  const { all, ...page } = found;
  return { ...page, rows: all.slice(query.offset, query.offset + query.limit) };
}

function allRows(c: InspectContext, query: t.TranslationsQuery): AllRows {
  const space = c.space(query);
  const empty = { all: [], total: 0, mappings: 0, ranges: 0, changed: 0, wrong: 0, filterError: null };
  if (!space) return { ...empty, note: 'There is no such process. Pick another one above.' };
  const filter = parseFilter(query.filter);
  if (filter.error !== null) return { ...empty, filterError: filter.error, note: null };
  const pages = makePages(c, space.vm, space.process, query);
  const matching = pages.filter(filter.test);
  const rows =
    query.mode === 'tree'
      ? treeRows(c, space.vm, space.process, query)
      : query.mode === 'flat'
        ? merge(matching)
        : matching;
  const counted = query.mode === 'tree' ? matching : rows;
  return {
    all: rows,
    total: rows.length,
    mappings: matching.length,
    ranges: query.mode === 'flat' ? rows.length : merge(matching).length,
    changed: counted.filter((r) => r.changed.length > 0).length,
    wrong: counted.filter((r) => r.wrong.length > 0).length,
    filterError: null,
    note:
      rows.length > 0
        ? null
        : query.filter.trim() !== '' && pages.length > 0
          ? 'No mapping matches the filter.'
          : 'Nothing is mapped yet. The first touch of an area maps its pages.',
  };
}

function makePages(c: InspectContext, vm: Vm, process: Process, query: t.TranslationsQuery): t.TranslationRow[] {
  const kind = kindOf(vm, query);
  const now = tablesAt(c, vm, process, kind, query.kernelHalf, c.executor.memory);
  const then = tablesAt(c, vm, process, kind, query.kernelHalf, c.executor.memory.baseline());
  const before = new Map(
    then.order.map((leaf) => [leaf.page, rowOf(c, vm, then, leaf, kind, query, c.executor.memory.baseline(), null)]),
  );
  return now.order.map((leaf) => rowOf(c, vm, now, leaf, kind, query, c.executor.memory, before));
}

/** The table that rows are led by: of those beside the native one, that which the VM has. */
const kindOf = (vm: Vm, query: t.TranslationsQuery): t.RootKind =>
  (query.root === 'native' ? null : derivedKind(vm)) ?? 'native';

function tablesAt(
  c: InspectContext,
  vm: Vm,
  process: Process,
  kind: t.RootKind,
  kernelHalf: boolean,
  memory: MemoryReader,
): Tables {
  const native = collectLeaves(memory, vm, process, 'native', c.executor.levels, kernelHalf);
  const other = derivedKind(vm);
  const derived = other ? collectLeaves(memory, vm, process, other, c.executor.levels, kernelHalf) : [];
  const nativeMap = new Map(native.map((leaf) => [leaf.page, leaf]));
  const derivedMap = new Map(derived.map((leaf) => [leaf.page, leaf]));
  const led = kind === 'native' ? native : derived;
  // A 2 MiB native page may be up to 512 small entries of the other table.
  const blocks = new Set(derived.map((leaf) => leaf.page - (leaf.page % 512)));
  // Pages that only the other table maps are shown too: that one is missing is worth seeing.
  const covered = (leaf: Leaf, map: ReadonlyMap<number, Leaf>): boolean =>
    map.has(leaf.page) || map.has(leaf.page - (leaf.page % 512));
  const others =
    kind === 'native'
      ? derived.filter((l) => !covered(l, nativeMap))
      : native.filter((l) => !covered(l, derivedMap) && !(l.level === 2 && blocks.has(l.page)));
  const order = others.length === 0 ? led : [...led, ...others].sort((a, b) => a.page - b.page);
  return { native: nativeMap, derived: derivedMap, order };
}

function rowOf(
  c: InspectContext,
  vm: Vm,
  tables: Tables,
  leaf: Leaf,
  kind: t.RootKind,
  query: t.TranslationsQuery,
  memory: MemoryReader,
  before: ReadonlyMap<number, t.TranslationRow> | null,
): t.TranslationRow {
  const { page } = leaf;
  const native = tables.native.get(page) ?? largeAround(tables.native, page);
  const derived = tables.derived.get(page) ?? largeAround(tables.derived, page);
  const shown = (kind === 'native' ? native : derived) ?? null;
  const named = native ? native.frame + (page - native.page) : -1;
  const gfn = native ? frameGfn(memory, vm, named) : -1;
  const backed = native ? frameHome(memory, vm, 'native', named) : -1;
  const frame = kind === 'native' ? backed : derived ? derived.frame + (page - derived.page) : -1;
  const owner = frame < 0 ? null : c.owner(c.executor.tags.ownerOf(frame, memory));
  const face = shown ?? leaf;
  const other = derivedKind(vm);
  const agreement = other ? AGREE[other](native ?? null, derived ?? null, backed, page) : null;
  const wrong: { cell: t.TranslationCell; why: string }[] = [];
  if (owner && owner.asid !== vm.asid && shown)
    wrong.push({ cell: 'owner', why: `frame ${hex(frame)} belongs to ${owner.name}, not to ${vm.name}` });
  if (agreement && (agreement.state === 'differs' || agreement.state === 'extra'))
    wrong.push({ cell: 'agreement', why: agreement.why });
  const row: t.TranslationRow = {
    key: `${page}:${leaf.level}`,
    gva: c.gva(page),
    bytes: spanOf(leaf) * 4096,
    pageSize: SIZES[leaf.level],
    count: 1,
    gpa: gfn < 0 ? null : c.gpa(gfn),
    hpa: frame < 0 ? null : c.hpa(frame),
    perm: permissions(face.write, face.execute, face.user),
    accessed: face.accessed,
    dirty: face.dirty,
    global: face.global,
    key4: face.pkey,
    owner,
    agreement,
    wrong,
    changed: [],
    tree: null,
    other:
      query.root !== 'both'
        ? null
        : otherOf(
            c,
            kind === 'native' ? derived : native,
            kind === 'native' ? (derived ? derived.frame + (page - derived.page) : -1) : backed,
          ),
  };
  return before ? { ...row, changed: changes(row, before.get(page)) } : row;
}

const largeAround = (map: ReadonlyMap<number, Leaf>, page: number): Leaf | undefined => {
  const large = map.get(page - (page % 512));
  return large && large.level === 2 ? large : undefined;
};

function otherOf(c: InspectContext, leaf: Leaf | undefined, frame: number): t.TranslationRow['other'] {
  if (!leaf) return null;
  return {
    hpa: frame < 0 ? null : c.hpa(frame),
    perm: permissions(leaf.write, leaf.execute, leaf.user),
    accessed: leaf.accessed,
    dirty: leaf.dirty,
  };
}

function changes(row: t.TranslationRow, old: t.TranslationRow | undefined): t.TranslationRow['changed'] {
  if (!old) return [{ cell: 'gva', before: '' }];
  const changed: { cell: t.TranslationCell; before: string }[] = [];
  const compare = (cell: t.TranslationCell, now: string, was: string): void => {
    if (now !== was) changed.push({ cell, before: was });
  };
  compare('gpa', row.gpa ?? '', old.gpa ?? '');
  compare('hpa', row.hpa ?? '', old.hpa ?? '');
  compare('size', row.pageSize, old.pageSize);
  compare('perm', row.perm.text, old.perm.text);
  compare('accessed', row.accessed ? 'A' : '·', old.accessed ? 'A' : '·');
  compare('dirty', row.dirty ? 'D' : '·', old.dirty ? 'D' : '·');
  compare('owner', row.owner?.name ?? '', old.owner?.name ?? '');
  compare('agreement', row.agreement?.state ?? '', old.agreement?.state ?? '');
  return changed;
}

/** Merges what is contiguous in gVA and hPA with equal attributes. */
function merge(rows: readonly t.TranslationRow[]): t.TranslationRow[] {
  const merged: t.TranslationRow[] = [];
  for (const row of rows) {
    const last = merged.at(-1);
    if (last && continues(last, row))
      merged[merged.length - 1] = { ...last, bytes: last.bytes + row.bytes, count: last.count + row.count };
    else merged.push(row);
  }
  return merged;
}

function continues(a: t.TranslationRow, b: t.TranslationRow): boolean {
  const follows = (x: string | null, y: string | null): boolean =>
    x === null || y === null ? x === y : BigInt(x) + BigInt(a.bytes) === BigInt(y);
  return (
    follows(a.gva, b.gva) &&
    follows(a.hpa, b.hpa) &&
    follows(a.gpa, b.gpa) &&
    a.pageSize === b.pageSize &&
    a.perm.text === b.perm.text &&
    a.accessed === b.accessed &&
    a.dirty === b.dirty &&
    a.global === b.global &&
    a.key4 === b.key4 &&
    a.owner?.asid === b.owner?.asid &&
    a.agreement?.state === b.agreement?.state &&
    sameList(
      a.wrong.map((w) => w.cell),
      b.wrong.map((w) => w.cell),
    ) &&
    sameList(
      a.changed.map((w) => w.cell),
      b.changed.map((w) => w.cell),
    ) &&
    a.wrong.length === 0
  );
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);

/** Tree mode: one row for each present entry whose parents are open. */
function treeRows(c: InspectContext, vm: Vm, process: Process, query: t.TranslationsQuery): t.TranslationRow[] {
  const kind = kindOf(vm, query);
  const { memory, tags, levels } = c.executor;
  const baseline = memory.baseline();
  const open = new Set(query.expanded);
  const rows: t.TranslationRow[] = [];
  const visit = (table: number, level: number, base: number, depth: number): void => {
    const home = frameHome(memory, vm, kind, table);
    if (home < 0) return;
    const words = memory.page(home);
    const old = baseline.page(home);
    const span = 512 ** (level - 1);
    for (let i = 0; i < (level === levels && !query.kernelHalf ? 256 : 512); i++) {
      const lo = words[i * 2];
      const hi = words[i * 2 + 1];
      if ((lo & P) === 0) continue;
      const page = base + i * span;
      const leaf = level === 1 || ((lo & PS) !== 0 && level <= 3);
      const key = `${page}:${level}`;
      const expanded = !leaf && open.has(key);
      const named = frameOf(lo, hi);
      const target = frameHome(memory, vm, kind, named);
      const gfn = kind === 'native' ? frameGfn(memory, vm, named) : -1;
      const owner = target < 0 ? null : c.owner(tags.ownerOf(target));
      const below = !leaf && target >= 0 ? countPresent(memory.page(target)) : null;
      rows.push({
        key,
        gva: c.gva(page),
        bytes: span * 4096,
        pageSize: SIZES[Math.min(level, 3)] as t.TranslationRow['pageSize'],
        count: 1,
        gpa: gfn < 0 ? null : c.gpa(gfn),
        hpa: target < 0 ? null : c.hpa(target),
        perm: permissions((lo & 2) !== 0, hi >>> 31 === 0, (lo & 4) !== 0),
        accessed: (lo & 32) !== 0,
        dirty: leaf && (lo & 64) !== 0,
        global: leaf && (lo & 256) !== 0,
        key4: leaf ? (hi >>> 27) & 15 : 0,
        owner,
        agreement: null,
        wrong:
          owner && owner.asid !== vm.asid && !(kind === 'shadow' && !leaf)
            ? [{ cell: 'owner', why: `belongs to ${owner.name}, not to ${vm.name}` }]
            : [],
        changed:
          old[i * 2] === lo && old[i * 2 + 1] === hi
            ? []
            : [{ cell: 'gva', before: hex64(old[i * 2 + 1], old[i * 2]) }],
        tree: {
          depth,
          level,
          levelName: LEVEL_NAMES[level],
          index: i,
          entryAddress: hex(home * 4096 + i * 8, c.hpaDigits),
          entry: hex64(hi, lo),
          leaf,
          expanded,
          present: below,
        },
        other: null,
      });
      if (expanded) visit(frameOf(lo, hi), level - 1, page, depth + 1);
    }
  };
  const root = rootOf(memory, vm, process, kind);
  if (root >= 0) visit(root, levels, 0, 0);
  return rows;
}

function countPresent(words: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < 1024; i += 2) if ((words[i] & P) !== 0) count++;
  return count;
}
