import type { InspectContext } from './context';
import type { MappingRow } from './mappings';
import type { DifferenceRow, Differences, MappingSide } from './time-types';
import { permissions } from './words';

/** Rows that are given; the others are counted. */
const MOST_ROWS = 10_000;
const SIZES = ['', '4K', '2M', '1G'] as const;
const SIZE_WORDS = ['', '4 KiB', '2 MiB', '1 GiB'] as const;
const pagesOf = (row: MappingRow): number => 512 ** (row.level - 1);

type Change = DifferenceRow['change'];
/** Words for numbers. */
type Words = Pick<InspectContext, 'gva' | 'hpa' | 'gpa' | 'owner'>;

/** A range of pages that differ in the same way, as it grows. */
interface Run {
  readonly page: number;
  pages: number;
  count: number;
  readonly change: Change;
  /** What maps the first page on either side, from that page on. */
  readonly a: MappingRow | null;
  readonly b: MappingRow | null;
  /** Frames follow one another on both sides. */
  contiguous: boolean;
}

/**
 * What differs between two sets of mappings, each in order of address. Neighbours that differ in the same way are one row:
 * if they moved, only while their frames follow one another.
 */
export function differences(
  words: Words,
  rowsA: readonly MappingRow[],
  rowsB: readonly MappingRow[],
  [titleA, titleB]: readonly [string, string],
): Differences {
  const rows: DifferenceRow[] = [];
  let total = 0;
  let equal = 0;
  let run: Run | null = null;
  const close = (): void => {
    if (run === null) return;
    total++;
    if (rows.length < MOST_ROWS) rows.push(inWords(words, run));
    run = null;
  };
  forEachPair(rowsA, rowsB, (page, pages, a, b) => {
    const change = changeOf(a, b);
    if (change === null) {
      equal++;
      close();
    } else if (run === null || !extend(run, page, pages, change, a, b)) {
      close();
      run = { page, pages, count: 1, change, a, b, contiguous: true };
    }
  });
  close();
  return { titleA, titleB, rows, total, equal };
}

/** Goes through both sides in pieces that lie in one mapping of each, or of one where the other has none. */
function forEachPair(
  rowsA: readonly MappingRow[],
  rowsB: readonly MappingRow[],
  visit: (page: number, pages: number, a: MappingRow | null, b: MappingRow | null) => void,
): void {
  let i = 0;
  let j = 0;
  let page = 0;
  while (i < rowsA.length || j < rowsB.length) {
    const a = rowsA[i];
    const b = rowsB[j];
    const startA = a ? Math.max(a.page, page) : Infinity;
    const startB = b ? Math.max(b.page, page) : Infinity;
    page = Math.min(startA, startB);
    const inA = startA === page;
    const inB = startB === page;
    const endA = a ? (inA ? a.page + pagesOf(a) : a.page) : Infinity;
    const endB = b ? (inB ? b.page + pagesOf(b) : b.page) : Infinity;
    const end = Math.min(endA, endB);
    visit(page, end - page, inA ? from(a, page) : null, inB ? from(b, page) : null);
    page = end;
    if (inA && end === endA) i++;
    if (inB && end === endB) j++;
  }
}

/** A mapping from one of its pages on. */
function from(row: MappingRow, page: number): MappingRow {
  const skipped = page - row.page;
  if (skipped === 0) return row;
  const on = (frame: number): number => (frame < 0 ? frame : frame + skipped);
  return { ...row, page, frame: on(row.frame), gfn: on(row.gfn) };
}

/** How two mappings of one page differ, by what matters most; null if they do not. */
function changeOf(a: MappingRow | null, b: MappingRow | null): Change | null {
  if (!a) return 'added';
  if (!b) return 'removed';
  if (a.frame !== b.frame || (a.frame < 0 && a.gfn !== b.gfn)) return 'moved';
  if (a.rights !== b.rights) return 'permissions';
  if (a.owner !== b.owner) return 'owner';
  return a.level === b.level ? null : 'size';
}

/** Adds a piece to a run if it belongs there. @returns false if it does not. */
function extend(
  run: Run,
  page: number,
  pages: number,
  change: Change,
  a: MappingRow | null,
  b: MappingRow | null,
): boolean {
  if (run.change !== change || run.page + run.pages !== page) return false;
  if (!alike(run.a, a) || !alike(run.b, b)) return false;
  const follows = followsOn(run.a, a, run.pages) && followsOn(run.b, b, run.pages);
  if (!follows && change === 'moved') return false;
  run.contiguous &&= follows;
  run.pages += pages;
  run.count++;
  return true;
}

const alike = (x: MappingRow | null, y: MappingRow | null): boolean =>
  x === null || y === null
    ? x === y
    : x.level === y.level && x.rights === y.rights && x.owner === y.owner && x.frame < 0 === y.frame < 0;

const followsOn = (x: MappingRow | null, y: MappingRow | null, pages: number): boolean =>
  x === null || y === null || (follows(x.frame, y.frame, pages) && follows(x.gfn, y.gfn, pages));
const follows = (x: number, y: number, pages: number): boolean => (x < 0 ? y < 0 : y === x + pages);

function inWords(words: Words, run: Run): DifferenceRow {
  const { a, b } = run;
  const level = Math.min(a?.level ?? 3, b?.level ?? 3);
  return {
    gva: words.gva(run.page),
    bytes: run.pages * 4096,
    pageSize: SIZES[level] as DifferenceRow['pageSize'],
    count: run.count,
    change: run.change,
    text: textOf(words, run),
    a: a && sideOf(words, a),
    b: b && sideOf(words, b),
  };
}

const sideOf = (words: Words, row: MappingRow): MappingSide => ({
  hpa: row.frame < 0 ? null : words.hpa(row.frame),
  gpa: row.gfn < 0 ? null : words.gpa(row.gfn),
  perm: rightsOf(row),
  owner: row.owner < 0 ? null : words.owner(row.owner),
});

const rightsOf = ({ rights }: MappingRow): MappingSide['perm'] =>
  permissions((rights & 1) !== 0, (rights & 2) !== 0, (rights & 4) !== 0);

/** What differs, what matters most first. */
function textOf(words: Words, { a, b, contiguous, count }: Run): string {
  const scattered = contiguous ? '' : ` (the first of ${count}; their frames do not follow one another)`;
  const whole = (row: MappingRow): string =>
    `${place(words, row)}, ${rightsOf(row).text}, ${ownerName(words, row)}, ${SIZE_WORDS[row.level]}${scattered}`;
  if (!a && b) return `added: ${whole(b)}`;
  if (!b && a) return `removed: was ${whole(a)}`;
  if (!a || !b) return '';
  const parts: string[] = [];
  const compare = (what: string, before: string, after: string): void => {
    if (before !== after) parts.push(`${what} ${before} → ${after}`);
  };
  compare('goes to', place(words, a), place(words, b));
  compare('rights', rightsOf(a).text, rightsOf(b).text);
  compare('owner', ownerName(words, a), ownerName(words, b));
  compare('page size', SIZE_WORDS[a.level], SIZE_WORDS[b.level]);
  return parts.join('; ');
}

const place = (words: Words, row: MappingRow): string =>
  row.frame >= 0 ? `hPA ${words.hpa(row.frame)}` : row.gfn >= 0 ? `gPA ${words.gpa(row.gfn)}, not backed` : 'nowhere';
const ownerName = (words: Words, row: MappingRow): string => (row.owner < 0 ? 'nobody' : words.owner(row.owner).name);
