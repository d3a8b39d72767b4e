import type { TranslationRow, TranslationsPage, TranslationsQuery } from '../../../extension/protocol/messages';
import { EVIL, WEB } from './machine';
import { gva, hash, hpa, perm } from './values';

const BASE = 0x7f0000000000n;
const RANGES = 37;

export function translations(query: TranslationsQuery, mappings: number): TranslationsPage {
  const error = /(?:^|\s)(bad|colour):/.exec(query.filter);
  const all =
    query.mode === 'tree'
      ? tree(query)
      : query.mode === 'flat'
        ? Array.from({ length: RANGES }, (_, i) => flatRow(i))
        : null;
  const keep = (row: TranslationRow): boolean => query.filter.split(/\s+/).every((word) => fits(row, word));
  const filtered = all === null ? null : error === null ? all.filter(keep) : [];
  const total = error !== null ? 0 : filtered === null ? (query.filter === '' ? mappings : 40) : filtered.length;
  const rows: TranslationRow[] = [];
  for (let i = query.offset; i < Math.min(total, query.offset + query.limit); i++) {
    rows.push(filtered === null ? pageRow(query.filter === '' ? i : i * 300) : filtered[i]);
  }
  return {
    rows: query.root === 'both' ? rows.map(bothRow) : query.root === 'native' ? rows.map(nativeRow) : rows,
    total,
    mappings: total === 0 ? 0 : mappings,
    ranges: total === 0 ? 0 : RANGES,
    changed: total === 0 ? 0 : 3,
    wrong: total === 0 ? 0 : 1,
    filterError: error === null ? null : `There is no "${error[1]}". Use perm, owner, va, pa, size, wrong or changed.`,
    note:
      total > 0
        ? null
        : error !== null
          ? 'Nothing is shown while the filter has an error.'
          : 'No mapping fits the filter. Press Escape in the filter to clear it.',
  };
}

function fits(row: TranslationRow, word: string): boolean {
  const [name, value] = word.split(':');
  switch (name) {
    case 'perm':
      return row.perm.text.includes(value);
    case 'owner':
      return value.startsWith('!') ? row.owner?.name !== value.slice(1) : row.owner?.name === value;
    case 'wrong':
      return row.wrong.length > 0;
    case 'changed':
      return row.changed.length > 0;
    default:
      return true;
  }
}

/** The three rows of docs/views.md come first, then what hash gives. */
function special(i: number): TranslationRow | null {
  const base = {
    global: false,
    key4: 0,
    tree: null,
    other: null,
    changed: [],
    wrong: [],
    count: 1,
    pageSize: '4K',
    bytes: 4096,
  } as const;
  if (i === 0)
    return {
      ...base,
      key: 'k0',
      gva: gva(BASE),
      gpa: hpa(0x421000),
      hpa: hpa(0x1a32000),
      perm: perm('rw-u'),
      accessed: true,
      dirty: true,
      owner: WEB,
      agreement: { state: 'same', why: '' },
    };
  if (i === 1) {
    return {
      ...base,
      key: 'k1',
      gva: gva(BASE + 0x1000n),
      gpa: hpa(0x422000),
      hpa: hpa(0x1b00000),
      perm: perm('rw-u'),
      accessed: true,
      dirty: false,
      owner: EVIL,
      agreement: { state: 'differs', why: '(r--u)' },
      wrong: [
        { cell: 'owner', why: 'The frame belongs to evil (ASID 2), not to web (ASID 1), since tick 48,190.' },
        { cell: 'agreement', why: 'The native table says r--u; TPT says rw-u.' },
      ],
      changed: [
        { cell: 'hpa', before: hpa(0x1a33000) },
        { cell: 'perm', before: 'r--u' },
      ],
    };
  }
  if (i === 2)
    return {
      ...base,
      key: 'k2',
      gva: gva(BASE + 0x200000n),
      bytes: 2 << 20,
      pageSize: '2M',
      gpa: hpa(0x600000),
      hpa: hpa(0x4200000),
      perm: perm('r-xu'),
      accessed: true,
      dirty: false,
      owner: WEB,
      agreement: { state: 'same', why: '' },
    };
  return null;
}

function flatRow(i: number): TranslationRow {
  const first = special(i);
  if (first !== null) return first;
  const n = hash(i);
  const pages = 1 + (n % 900);
  const agreement =
    i === 9
      ? ({ state: 'missing', why: 'The native table maps it; TPT does not yet.' } as const)
      : ({ state: 'same', why: '' } as const);
  return {
    key: `f${i}`,
    gva: gva(BASE + 0x400000n + BigInt(i) * 0x400000n),
    bytes: pages * 4096,
    pageSize: '4K',
    count: pages,
    gpa: hpa(0x800000 + i * 0x400000),
    hpa: i === 9 ? null : hpa(0x6000000 + i * 0x400000),
    perm: perm(['rw-u', 'r-xu', 'r--u', 'rwxu'][n % 4]),
    accessed: n % 3 !== 0,
    dirty: n % 4 === 0,
    global: false,
    key4: 0,
    owner: i === 9 ? null : WEB,
    agreement,
    wrong: [],
    changed: i === 5 ? [{ cell: 'gva', before: '' }] : i === 7 ? [{ cell: 'dirty', before: 'D' }] : [],
    tree: null,
    other: null,
  };
}

function pageRow(i: number): TranslationRow {
  const first = special(i);
  if (first !== null) return first;
  const n = hash(i);
  return {
    ...flatRow(3 + (n % 6)),
    key: `p${i}`,
    gva: gva(BASE + 0x400000n + BigInt(i) * 0x1000n),
    bytes: 4096,
    count: 1,
    gpa: hpa(0x800000 + i * 4096),
    hpa: hpa((n % 0x40000) * 4096),
    changed: [],
  };
}

function bothRow(row: TranslationRow): TranslationRow {
  const native = row.agreement?.state === 'differs' ? perm('r--u') : row.perm;
  return {
    ...row,
    perm: native,
    changed: row.changed.filter((c) => c.cell !== 'perm'),
    other: { hpa: row.hpa, perm: row.perm, accessed: row.accessed, dirty: row.dirty },
  };
}

function nativeRow(row: TranslationRow): TranslationRow {
  return { ...row, agreement: null, wrong: [], changed: [], owner: row.owner };
}

const LEVELS = ['PML4', 'PDPT', 'PD', 'PT'] as const;

function tree(query: TranslationsQuery): TranslationRow[] {
  const rows: TranslationRow[] = [];
  const add = (depth: number, index: number, address: bigint, parent: string): void => {
    const key = `${parent}/${index}`;
    const leaf = depth === 3 || (depth === 2 && index === 1);
    const expanded = query.expanded.includes(key);
    const like = special(leaf ? (depth === 2 ? 2 : index) : 0) ?? flatRow(4);
    rows.push({
      ...like,
      key,
      gva: gva(address),
      bytes: 4096 * 512 ** (3 - depth),
      agreement: null,
      changed: leaf ? like.changed : [],
      wrong: leaf ? like.wrong : [],
      hpa: leaf ? like.hpa : hpa(0x3f3000 + depth * 0x1000),
      tree: {
        depth,
        level: 4 - depth,
        levelName: LEVELS[depth],
        index,
        entryAddress: hpa(0x3f2000 + depth * 0x1000 + index * 8),
        entry: `0x${(0x61000000067n + BigInt(depth * 4096)).toString(16).padStart(16, '0')}`,
        leaf,
        expanded,
        present: leaf ? null : [2, 1, 3, 512][depth],
      },
    });
    if (leaf || !expanded) return;
    const children = [1, 2, 24, 0][depth];
    for (let i = 0; i < children; i++) add(depth + 1, i, address + BigInt(i) * BigInt(4096 * 512 ** (2 - depth)), key);
  };
  add(0, 254, BASE, '');
  add(0, 255, 0x7f8000000000n, '');
  return rows;
}
