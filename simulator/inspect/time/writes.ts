import { W, WriteKind, type Recording, type WorkPlace } from '../../history/recording';
import { hex, hex64, toNumber } from '../../units';
import type { InspectContext } from '../context';
import type { Writer, WriteView } from '../time-types';
import { changedBits, type Meaning } from './meaning';

/** Halves of an entry. */
export interface Halves {
  readonly lo: number;
  readonly hi: number;
}

/** The recording of a run. @throws if there is none: whoever asks about time must have looked at `records` first. */
export function recordingOf(c: InspectContext): Recording {
  const { recording } = c.executor.journal;
  if (!recording) throw new Error('the run is not recorded');
  return recording;
}

export const oldOf = (r: Recording, id: number): Halves => ({
  lo: r.writes.get(id, W.OldLo) | 0,
  hi: r.writes.get(id, W.OldHi) | 0,
});
export const newOf = (r: Recording, id: number): Halves => ({
  lo: r.writes.get(id, W.NewLo) | 0,
  hi: r.writes.get(id, W.NewHi) | 0,
});

export const tickOf = (r: Recording, id: number): number => r.writes.get(id, W.Tick);
export const lineOf = (r: Recording, id: number): number | null => r.writes.get(id, W.Line) || null;
export const placeOf = (r: Recording, id: number): WorkPlace => r.places[r.writes.get(id, W.Place)];

/** First write that is kept, as a tick; null: all are. */
export const completeFrom = (r: Recording): number | null =>
  r.writes.first === 0 ? null : r.writes.first < r.writes.count ? tickOf(r, r.writes.first) : r.end;

/** Who made a write. */
export function writerOf(c: InspectContext, id: number): Writer {
  const r = recordingOf(c);
  const place = placeOf(r, id);
  const task = r.writes.get(id, W.Task);
  return {
    who: place.who,
    task: c.executor.tasks[task]?.name ?? (task < 0 ? '' : `task ${task}`),
    operation: place.path.join(' ▸ '),
    step: place.step,
    line: lineOf(r, id),
  };
}

/** Who made a write, in words: "the host's `migrate`", "a walk of redis", "a store of attacker". */
export function writerText(c: InspectContext, id: number): string {
  const { who, task, operation } = writerOf(c, id);
  if (who === 'user') return 'an edit by hand';
  if (who === 'hardware') return `a walk of ${task}`;
  const outer = operation.split(' ▸ ')[0];
  return outer === '' ? `a store of ${task}` : `\`${outer}\``;
}

/** "tick 812, line 31". */
export const whenText = (tick: number, line: number | null): string =>
  line === null ? `tick ${tick}` : `tick ${tick}, line ${line}`;

/** One recorded write, in full. `value`: the entry's old and new value where the write was to a whole page. */
export function writeView(
  c: InspectContext,
  id: number,
  meaning: Meaning,
  value: { readonly before: Halves; readonly after: Halves },
): WriteView {
  const r = recordingOf(c);
  const kind: WriteKind = r.writes.get(id, W.Kind);
  const { before, after } = value;
  const changed = changedBits(meaning, before, after);
  const how =
    kind === WriteKind.Entry
      ? changed.map((b) => `${b.name} ${b.before} → ${b.after}`).join(', ')
      : kind === WriteKind.Clear
        ? 'the page was cleared'
        : `the page was copied over from frame ${hex(r.writes.get(id, W.OldLo))}`;
  return {
    id,
    tick: tickOf(r, id),
    kind: kind === WriteKind.Entry ? 'entry' : kind === WriteKind.Clear ? 'clear' : 'copy',
    old: hex64(before.hi, before.lo),
    new: hex64(after.hi, after.lo),
    changed,
    writer: writerOf(c, id),
    text: `${how || 'nothing that counts changed'}, by ${writerText(c, id)} at ${whenText(tickOf(r, id), lineOf(r, id))}`,
    ahead: id >= r.writes.cursor,
  };
}

/** The frame that a page was copied from. */
export const copiedFrom = (r: Recording, id: number): number => r.writes.get(id, W.OldLo);

/** A map slot's value. */
export const slotValue = (value: Halves): number => toNumber(value.hi, value.lo);
