import { needed, type ColumnWidth } from '../shared/columns';

export type ColumnId = 'sign' | 'gva' | 'size' | 'pages' | 'text' | `${'a' | 'b'}${'Target' | 'Perm' | 'Owner'}`;

export interface Column extends ColumnWidth {
  readonly id: ColumnId;
  readonly label: string;
  readonly right?: boolean;
  /** The owner's chip without the name. */
  readonly short?: boolean;
}

/** Lines of a row: one where there is room, else the sides stand below the address. */
export type Layout = readonly (readonly Column[])[];

/** Columns for a width in characters; words go first, then pages, then the owners' names, then all is stacked. */
export function layoutFor(width: number, hpaDigits: number): Layout {
  const target = Math.max(10, hpaDigits + 2);
  const sign: Column = { id: 'sign', label: '', width: 1 };
  const gva: Column = { id: 'gva', label: 'gVA', width: 18 };
  const size: Column = { id: 'size', label: 'size', width: 6, right: true };
  const pages: Column = { id: 'pages', label: 'pages', width: 9, right: true };
  const text: Column = { id: 'text', label: 'what differs', width: 24, grows: true };
  const side = (name: 'a' | 'b', short: boolean): Column[] => [
    { id: `${name}Target`, label: 'leads to', width: target },
    { id: `${name}Perm`, label: 'perm', width: 4 },
    { id: `${name}Owner`, label: short ? '' : 'owner', width: short ? 2.6 : 9, short },
  ];
  const lines: Column[][] = [
    [sign, gva, size, pages, ...side('a', false), ...side('b', false), text],
    [sign, gva, size, ...side('a', false), ...side('b', false), text],
    [sign, gva, size, ...side('a', true), ...side('b', true), text],
    [sign, gva, size, ...side('a', true), ...grow(side('b', true))],
  ];
  const fits = lines.find((line) => needed(line) <= width);
  if (fits !== undefined) return [fits];
  return [[sign, { ...gva, grows: true }, size], grow(wider(side('a', true))), grow(wider(side('b', true)))];
}

/** Room for the letter of the side. */
function wider([target, ...rest]: readonly Column[]): Column[] {
  return [{ ...target, width: target.width + 2 }, ...rest];
}

function grow(line: readonly Column[]): Column[] {
  return line.map((column, i) => (i === line.length - 1 ? { ...column, grows: true } : column));
}
