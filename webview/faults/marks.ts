/** Marks on the strip of time: which lane, which is next, what lies under the pointer. Decisions only, no DOM. */
import { bookmarkTarget } from '../../extension/protocol/bookmark-target';
import type { Bookmark, MarkKind, Target, TimelinePage } from '../../extension/protocol/messages';
import { count, formatCount } from '../shared/hex';

export type Mark = TimelinePage['marks'][number];

/** Kinds by gravity: the gravest first. */
const ORDER = [
  'breach',
  'livelock',
  'tag_violation',
  'gp',
  'hypercall_failure',
  'npf',
  'shadow_write',
  'shadow_miss',
  'page_fault',
];

/** Kinds without repetition, the gravest first; those this version does not know are last. */
export function byGravity<K extends string>(kinds: readonly K[]): K[] {
  return [...new Set(kinds)].sort((a, b) => rank(a) - rank(b));
}

export interface Lane {
  readonly id: 'faults' | 'host' | 'owner' | 'cr3' | 'failed_expect' | 'edit';
  /** Short: it stands in a narrow margin. */
  readonly label: string;
  readonly title: string;
}

const LANES: readonly Lane[] = [
  { id: 'faults', label: 'faults', title: 'Faults of all kinds' },
  { id: 'host', label: 'host', title: 'Operations of the host' },
  { id: 'owner', label: 'owner', title: 'Changes of a frame’s owner' },
  { id: 'cr3', label: 'CR3', title: 'Loads of CR3' },
  { id: 'failed_expect', label: 'expect', title: 'Expectations that failed' },
  { id: 'edit', label: 'edits', title: 'Edits and injections by hand' },
];

export function laneOf(kind: MarkKind): Lane['id'] {
  return ORDER.includes(kind) || !LANES.some(({ id }) => id === kind) ? 'faults' : (kind as Lane['id']);
}

/** Lanes that have a mark anywhere in the recording: they do not come and go as one zooms. Faults always have theirs. */
export function lanesFor(counts: TimelinePage['counts']): Lane[] {
  const used = new Set(
    (Object.entries(counts) as [MarkKind, number][]).filter(([, n]) => n > 0).map(([kind]) => laneOf(kind)),
  );
  return LANES.filter(({ id }) => id === 'faults' || used.has(id));
}

/** The tick of the nearest mark after a tick, or before it; null: there is none in what is shown. */
export function neighbour(marks: readonly Mark[], tick: number, direction: 1 | -1): number | null {
  let best: number | null = null;
  for (const mark of marks) {
    const ahead = (mark.tick - tick) * direction;
    if (ahead > 0 && (best === null || ahead < (best - tick) * direction)) best = mark.tick;
  }
  return best;
}

/** Marks with a tick in a range, the nearest to its middle first. */
export function marksIn(marks: readonly Mark[], from: number, until: number): Mark[] {
  const middle = (from + until) / 2;
  const distance = ({ tick, lastTick }: Mark): number => Math.max(0, tick - middle, middle - lastTick);
  return marks
    .filter(({ tick, lastTick }) => tick <= until && lastTick >= from)
    .sort((a, b) => distance(a) - distance(b) || rank(a.kind) - rank(b.kind));
}

/** Kinds that begin at the tick at which what was before them ends: a tick alone leads to the end of that. */
const BEGINNINGS: ReadonlySet<MarkKind> = new Set(['host', 'owner', 'cr3']);

/** Where to go for a tick at which a bookmark or marks may lie: to the bookmark's place, to just before what begins there, else to the tick. */
export function targetAt(tick: number, marks: readonly Mark[], flag: Bookmark | null): Target {
  if (flag?.place !== undefined) return bookmarkTarget(flag);
  const here = marks.filter((mark) => mark.tick === tick);
  const ids = here.flatMap(({ kind, id }) => (BEGINNINGS.has(kind) && id !== null ? [id] : []));
  return ids.length > 0 && ids.length === here.length
    ? { kind: 'mark', mark: Math.min(...ids) }
    : { kind: 'tick', tick };
}

/** A mark in words: "tick 1,204 · #PF of redis · line 12"; of several, how many and of what. */
export function markWords(mark: Mark, label: string): string {
  const several = mark.count > 1 && mark.lastTick !== mark.tick;
  return [
    several ? `ticks ${formatCount(mark.tick)} – ${formatCount(mark.lastTick)}` : `tick ${formatCount(mark.tick)}`,
    ...(mark.count > 1 ? [`${count(mark.count, 'mark')}: ${label}`, `first: ${mark.text}`] : [mark.text]),
    ...(mark.line === null ? [] : [`line ${mark.line}`]),
  ].join(' · ');
}

function rank(kind: string): number {
  return ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length;
}
