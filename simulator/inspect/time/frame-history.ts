import { W, WriteKind, type Recording } from '../../history/recording';
import { tagOf } from '../../machine/tags';
import { hex, type Frame } from '../../units';
import type { InspectContext } from '../context';
import type { FrameHistory, FrameInterval } from '../time-types';
import { changesOf } from './entry-history';
import { MOST_LOOKED_AT, namesFrame, stretch, tagEntryOf, type Ownership } from './frame-intervals';
import { mappersOf } from './frame-mappers';
import { TABLE_NAMES, tablesIn } from './meaning';
import { Moments } from './moments';
import { completeFrom, newOf, oldOf, recordingOf, writerOf } from './writes';

/** Who had a frame, what for, and which entries led to it, over time. */
export function frameHistory(c: InspectContext, frame: Frame): FrameHistory {
  const r = recordingOf(c);
  const moments = new Moments(c);
  const tags = ownersOf(c, frame);
  return {
    frame,
    hpa: c.hpa(frame),
    owners: tags.map((t) => t.interval),
    uses: usesOf(moments, frame),
    mappers: mappersOf(moments, frame, tags),
    completeFrom: completeFrom(r),
  };
}

function ownersOf(c: InspectContext, frame: Frame): Ownership[] {
  const r = recordingOf(c);
  if (frame >= c.executor.memory.frames) return [];
  const entry = tagEntryOf(c, frame);
  const { memory } = c.executor;
  const changes = changesOf(c, entry.frame, entry.index).reverse();
  const present = { lo: memory.word(entry.frame, entry.index * 2), hi: memory.word(entry.frame, entry.index * 2 + 1) };
  const values = [changes[0]?.before ?? present, ...changes.map((change) => change.after)];
  const found: Ownership[] = [];
  values.forEach((value, i) => {
    const tag = tagOf(value.lo, value.hi);
    const asid = tag.assigned ? tag.asid : 0;
    const interval: FrameInterval = {
      ...stretch(r, i === 0 ? -1 : changes[i - 1].id, changes[i]?.id ?? -1),
      text: asid === 0 ? "the host's" : `${c.owner(asid).name}'s, for gfn ${hex(tag.gfn)}`,
      owner: c.owner(asid),
      by: i === 0 ? null : writerOf(c, changes[i - 1].id),
    };
    const last = found.at(-1);
    if (last?.interval.text === interval.text) {
      const { untilTick, now } = interval;
      found[found.length - 1] = { ...last, interval: { ...last.interval, untilTick, now: last.interval.now || now } };
    } else found.push({ interval, gfn: asid === 0 ? -1 : tag.gfn });
  });
  return found;
}

/** What the frame was used for: looked at wherever its owner, its contents as a whole, or an entry that names it changed. */
function usesOf(moments: Moments, frame: Frame): FrameInterval[] {
  const { c, recording: r } = moments;
  const { writes } = r;
  const tag = frame < c.executor.memory.frames ? tagEntryOf(c, frame) : null;
  const at: number[] = [];
  for (let id = writes.count - 1; id >= writes.first && at.length < MOST_LOOKED_AT; id--) {
    const home = writes.get(id, W.Frame);
    const whole = home === frame && writes.get(id, W.Kind) !== WriteKind.Entry;
    const tagged = tag !== null && home === tag.frame && writes.get(id, W.Index) === tag.index;
    if (whole || tagged || named(r, id, frame)) at.push(id);
  }
  const found: FrameInterval[] = [];
  const ids = [-1, ...at.reverse()];
  ids.forEach((id, i) => {
    const memory = moments.at(id + 1);
    const place = tablesIn(c, memory).get(frame);
    const owner = c.executor.tags.ownerOf(frame, memory);
    const text = place
      ? `${TABLE_NAMES[place.kind]} table of ${place.vm.name}${place.process ? ` ▸ ${place.process.name}` : ''}`
      : owner === 0
        ? "free, or the host's own"
        : `data or unused, ${c.owner(owner).name}`;
    const last = found.at(-1);
    const next = stretch(r, id, ids[i + 1] ?? -1);
    if (last?.text === text)
      found[found.length - 1] = { ...last, untilTick: next.untilTick, now: last.now || next.now };
    else found.push({ ...next, text, owner: c.owner(owner), by: id < 0 ? null : writerOf(c, id) });
  });
  return found;
}

/** True if a write makes or removes an entry that names the frame, as far as the bits tell. */
const named = (r: Recording, id: number, frame: Frame): boolean =>
  r.writes.get(id, W.Kind) === WriteKind.Entry && (namesFrame(oldOf(r, id), frame) || namesFrame(newOf(r, id), frame));
