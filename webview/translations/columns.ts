import type { RootKind, TranslationsQuery } from '../../extension/protocol/messages';
import { needed, type ColumnWidth } from '../shared/columns';

export type ColumnId =
  | 'entry'
  | 'gva'
  | 'gpa'
  | 'hpa'
  | 'size'
  | 'pages'
  | 'perm'
  | 'bits'
  | 'tptPerm'
  | 'tptBits'
  | 'owner'
  | 'agreement'
  | 'at'
  | 'value'
  | 'present';

export interface Column extends ColumnWidth {
  readonly id: ColumnId;
  readonly label: string;
  /** Only the sign, not the words: a chip without its name, `≠` without what differs. */
  readonly short?: boolean;
  readonly right?: boolean;
}

/** Lines of a row, each with its columns: one line where there is room, else the columns are stacked. */
export interface Layout {
  readonly lines: readonly (readonly Column[])[];
}

export interface Shape {
  readonly mode: TranslationsQuery['mode'];
  readonly root: RootKind | 'both';
  readonly hpaDigits: number;
  /** Name of the table beside the native one. */
  readonly derived: string;
}

/**
 * Columns for a width in characters. What matters least goes first: merged pages, then words beside signs, the value
 * of the entry, gPA, the size. Where even the rest does not fit on a line it is stacked, so that nothing is cut off.
 */
export function layoutFor(width: number, shape: Shape): Layout {
  const full = columnsOf(shape);
  const most = shape.mode === 'tree' ? CUTS.length : shape.root === 'both' ? 5 : CUTS.length - 1;
  for (let cuts = 0; cuts <= most; cuts++) {
    const line = full.flatMap((column) => cut(column, CUTS.slice(0, cuts)));
    if (needed(line) <= width) return { lines: [line] };
  }
  return { lines: stacked(shape) };
}

type Cut = { readonly drop: ColumnId } | { readonly shorten: ColumnId; readonly to: number };

/** In this order, until the line fits. In `both` only the first five: the gPA is what its native side shows. */
const CUTS: readonly Cut[] = [
  { drop: 'pages' },
  { shorten: 'agreement', to: 2 },
  { drop: 'at' },
  { drop: 'value' },
  { shorten: 'owner', to: 2.6 },
  { drop: 'gpa' },
  { drop: 'present' },
  { drop: 'size' },
  { drop: 'bits' },
  // Kept in rows, where it is what the row says; only a tree can do without it.
  { drop: 'hpa' },
];

function cut(column: Column, cuts: readonly Cut[]): Column[] {
  let result: Column | null = column;
  for (const c of cuts) {
    if (result === null) return [];
    if ('drop' in c) result = c.drop === column.id ? null : result;
    else if (c.shorten === column.id) result = { ...result, width: c.to, short: true, grows: false };
  }
  return result === null ? [] : [result];
}

function columnsOf(shape: Shape): Column[] {
  const { gva, gpa, hpa, size, pages, perm, bits, owner, agreement } = parts(shape);
  if (shape.mode === 'tree') {
    return [
      { id: 'entry', label: 'entry', width: 17, grows: true },
      gva,
      { id: 'at', label: 'at', width: hpa.width },
      { id: 'value', label: 'value', width: 18 },
      hpa,
      size,
      perm,
      bits,
      owner,
      { id: 'present', label: 'below', width: 5, right: true },
    ];
  }
  if (shape.root === 'both') {
    return [
      gva,
      size,
      { ...gpa, label: 'native: gPA' },
      { ...perm, label: 'perm' },
      { ...bits, label: 'A D' },
      { ...hpa, label: `${shape.derived}: hPA` },
      { ...perm, id: 'tptPerm', label: 'perm' },
      { ...bits, id: 'tptBits', label: 'A D' },
      owner,
      agreement,
    ];
  }
  return [gva, gpa, hpa, size, ...(shape.mode === 'flat' ? [pages] : []), perm, bits, owner, agreement];
}

/** Two or three lines that fit 28 characters, the least a side bar has. */
function stacked(shape: Shape): Column[][] {
  const { gva, gpa, hpa, size, perm, bits, owner, agreement } = parts(shape);
  const chip: Column = { ...owner, width: 2.6, short: true, grows: false };
  const sign: Column = { ...agreement, width: 2, short: true, grows: false };
  const narrow: Column = { ...size, width: 6 };
  if (shape.mode === 'tree')
    return [
      [{ id: 'entry', label: 'entry', width: 15, grows: true }, perm, chip],
      [gva, { id: 'present', label: 'below', width: 5, right: true }],
    ];
  if (shape.root === 'both') {
    return [
      [{ ...gva, grows: true }, chip, sign],
      [{ ...gpa, width: gpa.width + 4, grows: true }, perm, bits],
      [
        { ...hpa, width: hpa.width + 4, grows: true },
        { ...perm, id: 'tptPerm' },
        { ...bits, id: 'tptBits' },
      ],
    ];
  }
  return [
    [{ ...gva, grows: true }, perm, chip],
    [{ ...hpa, width: hpa.width + 2, grows: true }, narrow, bits, sign],
  ];
}

function parts(
  shape: Shape,
): Record<'gva' | 'gpa' | 'hpa' | 'size' | 'pages' | 'perm' | 'bits' | 'owner' | 'agreement', Column> {
  const physical = Math.max(10, shape.hpaDigits + 2);
  return {
    gva: { id: 'gva', label: 'gVA', width: 18 },
    gpa: { id: 'gpa', label: 'gPA', width: physical },
    hpa: { id: 'hpa', label: 'hPA', width: physical },
    size: { id: 'size', label: 'size', width: 6, right: true },
    pages: { id: 'pages', label: 'pages', width: 9, right: true },
    perm: { id: 'perm', label: 'perm', width: 4 },
    bits: { id: 'bits', label: 'A D', width: 3 },
    owner: { id: 'owner', label: 'owner', width: 9 },
    agreement: {
      id: 'agreement',
      label: shape.root === 'both' ? '=' : `native = ${shape.derived}`,
      width: 12,
      grows: true,
    },
  };
}
