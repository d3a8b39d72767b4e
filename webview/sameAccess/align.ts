/** Walks side by side: which references of each belong into one row. Decisions only, no DOM. */
import type { WalkAnswer } from '../../extension/protocol/messages';
import { walkGroups, type WalkGroup } from '../shared/walk-groups';

/** A level of the guest's table, or what lies before and after them. */
export interface AlignedRow {
  readonly label: string;
  /** For each walk, in the order in which they were made: nested references first, since they say where the entry lies. */
  readonly cells: readonly (readonly WalkGroup[])[];
}

export interface Counts {
  readonly table: number;
  readonly nested: number;
  readonly tag: number;
  /** Null where the walk has no costs. */
  readonly cycles: number | null;
}

const ROOT = 6;
/** The frame that the walk leads to. */
const FRAME = 0;
const NAMES: Readonly<Record<number, string>> = {
  [ROOT]: 'root',
  5: 'PML5',
  4: 'PML4',
  3: 'PDPT',
  2: 'PD',
  1: 'PT',
  [FRAME]: 'frame',
};

/** Rows from the root down to the frame; those that no walk has anything in are left out. */
export function alignWalks(walks: readonly (WalkAnswer | null)[]): AlignedRow[] {
  const placed = walks.map((walk) => (walk === null ? new Map<number, WalkGroup[]>() : byLevel(walk)));
  const levels = [...new Set(placed.flatMap((map) => [...map.keys()]))].sort((a, b) => b - a);
  return levels.map((level) => ({
    label: NAMES[level],
    cells: placed.map((map) => map.get(level) ?? []),
  }));
}

/** What a walk read, by what it is. */
export function countReferences({ steps }: WalkAnswer): Counts {
  const of = (kind: string): number => steps.filter((step) => step.kind === kind).length;
  const costs = steps.flatMap((step) => (step.cycles === undefined ? [] : [step.cycles]));
  return {
    table: of('entry'),
    nested: of('nested'),
    tag: of('tag'),
    cycles: costs.length === 0 ? null : costs.reduce((sum, cycles) => sum + cycles, 0),
  };
}

function byLevel(walk: WalkAnswer): Map<number, WalkGroup[]> {
  const rows = new Map<number, WalkGroup[]>();
  const put = (level: number, groups: readonly WalkGroup[]): void => {
    if (groups.length > 0) rows.set(level, [...(rows.get(level) ?? []), ...groups]);
  };
  let waiting: WalkGroup[] = [];
  let next = topLevel(walk);
  for (const group of walkGroups(walk)) {
    if (group.entry === null) put(ROOT, [group]);
    else if (group.nested) waiting.push(group);
    else {
      put(group.entry.level, [...waiting, group]);
      waiting = [];
      const isLarge = group.entry.level <= 3 && group.entry.bits.some((bit) => bit.name === 'PS' && bit.value === '1');
      next = isLarge ? FRAME : group.entry.level - 1;
    }
  }
  // Of the frame, or of the table that the walk did not get to.
  put(next, waiting);
  return rows;
}

function topLevel({ steps }: WalkAnswer): number {
  return steps.find((step) => step.kind === 'entry')?.level ?? 4;
}
