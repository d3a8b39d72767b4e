import { W, WriteKind } from '../../history/recording';
import { frameOf } from '../../paging/format';
import type { Frame } from '../../units';
import { frameDetail } from '../frames';
import type { FrameInterval } from '../time-types';
import { changesOf } from './entry-history';
import { MOST_LOOKED_AT, namesFrame, stretch, type Ownership } from './frame-intervals';
import { meaningText, TABLE_NAMES, type Meaning } from './meaning';
import type { Moments } from './moments';
import { newOf, writerOf, type Halves } from './writes';

/**
 * Entries that led to a frame, oldest first: those that held its number and, in native tables, that of the guest frame which it
 * backed at the time.
 */
export function mappersOf(moments: Moments, frame: Frame, owners: readonly Ownership[]): FrameInterval[] {
  const r = moments.recording;
  const { writes } = r;
  const guest = owners.filter((o) => o.gfn >= 0);
  const wanted = new Set([frame, ...guest.map((o) => o.gfn)]);
  // The newest write that made each entry name it.
  const entries = new Map<number, number>();
  for (let id = writes.count - 1; id >= writes.first && entries.size < MOST_LOOKED_AT; id--) {
    if (writes.get(id, W.Kind) !== WriteKind.Entry) continue;
    const value = newOf(r, id);
    const key = writes.get(id, W.Frame) * 512 + writes.get(id, W.Index);
    if (!entries.has(key) && [...wanted].some((f) => namesFrame(value, f))) entries.set(key, id);
  }
  const found: FrameInterval[] = [];
  const told = new Set<string>();
  for (const id of entries.values()) {
    const meaning = moments.meaningOfWrite(id);
    if (meaning.is !== 'entry') continue;
    const periods = intervalsOf(moments, meaning, id, frame, guest);
    if (periods.some((i) => i.now)) told.add(`${meaning.vm.name} ${meaning.kind}`);
    found.push(...periods);
  }
  return [...fromTheBeginning(moments, frame, told), ...found].sort((a, b) => a.fromTick - b.fromTick);
}

/** When one entry led to the frame. */
function intervalsOf(
  moments: Moments,
  meaning: Meaning & { is: 'entry' },
  id: number,
  frame: Frame,
  guest: readonly Ownership[],
): FrameInterval[] {
  const { c, recording: r } = moments;
  const { writes } = r;
  const text = meaningText(c, meaning);
  const changes = changesOf(c, writes.get(id, W.Frame), writes.get(id, W.Index)).reverse();
  const found: FrameInterval[] = [];
  const add = (next: FrameInterval): void => {
    const last = found.at(-1);
    if (last?.untilTick === next.fromTick)
      found[found.length - 1] = { ...last, untilTick: next.untilTick, now: last.now || next.now };
    else found.push(next);
  };
  changes.forEach((change, i) => {
    const whole = {
      ...stretch(r, change.id, changes[i + 1]?.id ?? -1),
      text,
      owner: c.owner(meaning.vm.asid),
      by: writerOf(c, change.id),
    };
    if (!holdsGuestFrames(meaning)) {
      if (leads(meaning, change.after, frame)) add(whole);
      return;
    }
    for (const { interval, gfn } of guest) {
      const part =
        interval.owner?.asid === meaning.vm.asid && leads(meaning, change.after, gfn) && common(whole, interval);
      if (part) add(part);
    }
  });
  return found;
}

/** The part of an interval that lies in another; null if there is none. */
function common(a: FrameInterval, b: FrameInterval): FrameInterval | null {
  const fromTick = Math.max(a.fromTick, b.fromTick);
  const until = Math.min(a.untilTick ?? Infinity, b.untilTick ?? Infinity);
  if (until <= fromTick) return null;
  return { ...a, fromTick, untilTick: until === Infinity ? null : until, now: a.now && b.now };
}

/** True for native tables of a guest whose frames are not the host's. */
const holdsGuestFrames = (m: Meaning & { is: 'entry' }): boolean =>
  m.kind === 'native' && m.vm.nestedRoot >= 0 && !m.vm.direct;

const leads = (m: Meaning & { is: 'entry' }, entry: Halves, frame: Frame): boolean =>
  m.level === 2 || frameOf(entry.lo, entry.hi) === frame ? namesFrame(entry, frame) : false;

/** Present mappers that no write of the recording made. */
function fromTheBeginning({ c, recording: r }: Moments, frame: Frame, told: ReadonlySet<string>): FrameInterval[] {
  if (frame >= c.executor.memory.frames) return [];
  return frameDetail(c, frame)
    .mappers.filter((m) => !told.has(`${m.vm} ${m.table}`))
    .map((m) => ({
      ...stretch(r, -1, -1),
      text: `${TABLE_NAMES[m.table]} entry of ${m.vm}${m.process ? ` ▸ ${m.process}` : ''} for ${m.gva}`,
      owner: c.owner(c.executor.vms.find((vm) => vm.name === m.vm)?.asid ?? 0),
      by: null,
    }));
}
