/** What the rows of the differences say. Decisions only, no DOM. */
import type { DifferenceRow, MappingSide } from '../../extension/protocol/messages';

export type Change = DifferenceRow['change'];

/** In the order of the chips. */
export const CHANGES: readonly Change[] = ['added', 'removed', 'moved', 'permissions', 'owner', 'size'];

/** `+` only at the second side, `-` only at the first, `~` at both but not the same. */
export function sign({ change }: DifferenceRow): '+' | '-' | '~' {
  return change === 'added' ? '+' : change === 'removed' ? '-' : '~';
}

/** Where a mapping leads: the hPA, or the gPA where the table says nothing further. */
export function targetOf(side: MappingSide): { readonly kind: 'hpa' | 'gpa'; readonly address: string } | null {
  if (side.hpa !== null) return { kind: 'hpa', address: side.hpa };
  return side.gpa === null ? null : { kind: 'gpa', address: side.gpa };
}

/** Rows of each change, those with none left out. */
export function tally(rows: readonly DifferenceRow[]): { readonly change: Change; readonly rows: number }[] {
  return CHANGES.map((change) => ({ change, rows: rows.filter((row) => row.change === change).length })).filter(
    ({ rows: n }) => n > 0,
  );
}
