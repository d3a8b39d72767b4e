import { W, WriteKind, type Recording } from '../../history/recording';
import { hex, high32, low32 } from '../../units';
import type { InspectContext } from '../context';
import type { TranslationHistory, TranslationHistoryQuery, TranslationInterval } from '../time-types';
import { meaningText, TABLE_NAMES, type Meaning } from './meaning';
import { Moments } from './moments';
import { PastMemory, TracedReader, touches } from './past-memory';
import { kindFor, translateAt, type Space, type Translated } from './translate';
import { completeFrom, newOf, oldOf, recordingOf, tickOf, writeView, type Halves } from './writes';

const MOST_INTERVALS = 2000;

/** A stretch of writes over which a translation stayed the same. */
export interface Stretch {
  /** Write that began it; -1: it was so as far as the recording goes back. */
  readonly from: number;
  /** Write that ended it; -1: it lasts. */
  readonly until: number;
  readonly translated: Translated;
}

/** How an address was translated over time. */
export function translationHistory(c: InspectContext, query: TranslationHistoryQuery): TranslationHistory {
  const r = recordingOf(c);
  const space = c.space(query);
  const address = BigInt.asUintN(64, BigInt(query.gva));
  const gva = hex(address, 16);
  if (!space) return { gva, rootName: 'no such process', intervals: [], completeFrom: completeFrom(r) };
  const kind = kindFor(space.vm, query.root);
  const asked: Space = { ...space, kind, hi: high32(address), lo: low32(address) };
  const stretches = stretchesOf(c, asked);
  const first = stretches.length > MOST_INTERVALS ? stretches.length - MOST_INTERVALS : 0;
  const moments = new Moments(c);
  const intervals = visible(r, stretches.slice(first)).map((s) => intervalOf(moments, asked, s));
  return {
    gva,
    rootName: `${TABLE_NAMES[kind]} root of ${space.vm.name} ▸ ${space.process.name}`,
    intervals,
    completeFrom: first > 0 ? intervals[0].fromTick : completeFrom(r),
  };
}

/**
 * All stretches of a translation, oldest first, from the writes alone: memory goes back write by write, and the address is
 * walked again only where a write hits an entry that the last walk read.
 */
export function stretchesOf(c: InspectContext, space: Space): Stretch[] {
  const r = recordingOf(c);
  const past = new PastMemory(c.executor.memory, r).goTo(r.writes.count);
  const read = new TracedReader(past);
  const found: Stretch[] = [];
  let now = translateAt(c, read, space);
  let until = -1;
  while (past.at > r.writes.first) {
    const id = past.at - 1;
    const hit = touches(r, id, read);
    // A page that is cleared to become the root: the process begins here.
    const born = hit && isRoot(r, id, now);
    past.undo();
    if (!hit) continue;
    if (born) {
      found.push({ from: id, until, translated: now });
      return found.reverse();
    }
    read.clear();
    const before = translateAt(c, read, space);
    if (!same(before, now)) {
      found.push({ from: id, until, translated: now });
      until = id;
    }
    now = before;
  }
  found.push({ from: -1, until, translated: now });
  return found.reverse();
}

const isRoot = (r: Recording, id: number, { steps }: Translated): boolean =>
  r.writes.get(id, W.Kind) === WriteKind.Clear && r.writes.get(id, W.Frame) === steps[0]?.tableFrame;

const same = (a: Translated, b: Translated): boolean =>
  a.frame === b.frame && a.owner === b.owner && a.perm?.text === b.perm?.text && a.text === b.text;

/** Without those that last no time, which nobody can have seen. */
function visible(r: Recording, stretches: readonly Stretch[]): Stretch[] {
  const kept: Stretch[] = [];
  for (const s of stretches) {
    const last = kept.at(-1);
    if (last && same(last.translated, s.translated)) kept[kept.length - 1] = { ...last, until: s.until };
    else if (s.until < 0 || startOf(r, s.from) !== tickOf(r, s.until)) kept.push(s);
  }
  return kept.map((s, i) => ({ ...s, until: kept[i + 1]?.from ?? -1 }));
}

const startOf = (r: Recording, from: number): number => (from >= 0 ? tickOf(r, from) : (completeFrom(r) ?? 0));

function intervalOf(moments: Moments, space: Space, { from, until, translated }: Stretch): TranslationInterval {
  const { c, recording: r } = moments;
  const { frame, perm, owner, text } = translated;
  return {
    fromTick: startOf(r, from),
    untilTick: until < 0 ? null : tickOf(r, until),
    hpa: frame < 0 ? null : c.hpa(frame),
    perm,
    owner: owner < 0 ? null : c.owner(owner),
    text,
    cause: from < 0 ? null : causeOf(moments, space, translated, from),
    now: from < r.writes.cursor && (until < 0 || until >= r.writes.cursor),
  };
}

/** A write with what it wrote to, as it was then. */
function causeOf(moments: Moments, space: Space, { steps }: Translated, id: number): TranslationInterval['cause'] {
  const { c, recording: r } = moments;
  if (r.writes.get(id, W.Kind) !== WriteKind.Entry) {
    const nothing: Halves = { lo: 0, hi: 0 };
    return writeView(c, id, { is: 'unknown' }, { before: nothing, after: nothing });
  }
  const frame = r.writes.get(id, W.Frame);
  const index = r.writes.get(id, W.Index);
  const step = steps.find((s) => s.tableFrame === frame && s.index === index);
  const page = (space.hi >>> 0) * 0x100000 + (space.lo >>> 12);
  const meaning: Meaning = step
    ? { is: 'entry', ...space, level: step.level, page: page - (page % 512 ** (step.level - 1)) }
    : moments.meaningOfWrite(id);
  const view = writeView(c, id, meaning, { before: oldOf(r, id), after: newOf(r, id) });
  return { ...view, text: `${meaningText(c, meaning)}: ${view.text}` };
}
