/** When a side is looked at, and what the simulator is asked. Decisions only, no DOM. */
import type {
  ChosenSide,
  DifferenceSide,
  MachineSummary,
  Moment,
  RootKind,
  ToView,
} from '../../extension/protocol/messages';
import type { Choice } from '../shared/controls';
import { formatCount } from '../shared/hex';
import { rootsOf } from '../translations/spaces';

export type Moments = Pick<Extract<ToView, { type: 'moments' }>, 'lastStop' | 'bookmarks'>;

/** Value of the list of moments that stands for a tick that is typed. */
export const TYPED = 'typed';

/** A tick as people write it, with separators; null if it is none. */
export function readTick(text: string): number | null {
  const digits = text.replaceAll(/[\s,_]/g, '');
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}

/** The side as the simulator is asked for it; null if it is about a stop that there was not. */
export function askedSide({ vm, pid, root, at }: ChosenSide, { lastStop, bookmarks }: Moments): DifferenceSide | null {
  if (at === 'now') return { vm, pid, root, tick: null };
  if (at === 'lastStop') return lastStop === null ? null : { vm, pid, root, tick: lastStop };
  // A tick that has a bookmark is shown as the bookmark, however it was chosen.
  const place = bookmarks.find(({ tick }) => tick === at)?.place;
  return { vm, pid, root, tick: at, ...(place === undefined ? {} : { place }) };
}

/** The root if the process has it, else the one that it has beside the native one. */
export function validSide(side: ChosenSide, summary: MachineSummary): ChosenSide {
  const roots = Object.keys(rootsOf(summary, side) ?? {}) as RootKind[];
  if (roots.length === 0 || roots.includes(side.root)) return side;
  return { ...side, root: roots.find((kind) => kind !== 'native') ?? 'native' };
}

/** Moments to pick from, as labels. */
export function momentChoices({ lastStop, bookmarks }: Moments): Choice<string>[] {
  const of = (at: Moment, label: string): Choice<string> => ({ value: String(at), label });
  return [
    of('now', 'now'),
    of('lastStop', lastStop === null ? 'last stop' : `last stop · tick ${formatCount(lastStop)}`),
    ...bookmarks.map(({ name, tick }) => of(tick, `${name} · tick ${formatCount(tick)}`)),
    { value: TYPED, label: 'a tick…' },
  ];
}
