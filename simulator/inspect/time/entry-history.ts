import { W, WriteKind, type Recording } from '../../history/recording';
import { P } from '../../paging/format';
import { hex, hex64 } from '../../units';
import type { InspectContext } from '../context';
import type { EntryHistory, EntryRef } from '../time-types';
import { bitsOf, meaningOf, meaningText, tablesIn, type Meaning } from './meaning';
import { Moments } from './moments';
import { PastMemory } from './past-memory';
import { completeFrom, copiedFrom, newOf, oldOf, recordingOf, writeView, type Halves } from './writes';

/** One change of an entry, with its values. */
export interface EntryChange {
  readonly id: number;
  /** Where the entry was then: a page that was copied had its history elsewhere. */
  readonly frame: number;
  readonly before: Halves;
  readonly after: Halves;
}

/** The writes to an entry, newest first, also those that lie ahead of the machine. */
export function entryHistory(
  c: InspectContext,
  query: EntryRef & { readonly offset: number; readonly limit: number },
): EntryHistory {
  const r = recordingOf(c);
  const { memory } = c.executor;
  const { frame, index } = query;
  const changes = changesOf(c, frame, index);
  const value = { lo: memory.word(frame, index * 2), hi: memory.word(frame, index * 2 + 1) };
  const meaning = meaningSometime(c, frame, index, changes);
  return {
    entry: { frame, index },
    address: hex(frame * 4096 + index * 8, c.hpaDigits),
    text: meaningText(c, meaning),
    value: hex64(value.hi, value.lo),
    bits: bitsOf(meaning, value.lo, value.hi),
    writes: changes
      .slice(query.offset, query.offset + query.limit)
      .map((change) => writeView(c, change.id, meaning, change)),
    total: changes.length,
    completeFrom: completeFrom(r),
  };
}

/** All changes of an entry, newest first; through copies of its page, back to where the contents came from. */
export function changesOf(c: InspectContext, frame: number, index: number): EntryChange[] {
  const r = recordingOf(c);
  const { memory } = c.executor;
  const { writes } = r;
  const end = writes.cursor === writes.count ? memory : new PastMemory(memory, r).goTo(writes.count);
  const last = { lo: end.word(frame, index * 2) | 0, hi: end.word(frame, index * 2 + 1) | 0 };
  return changesBefore(r, writes.count, frame, index, last);
}

/** Changes of an entry before a write, newest first. @param value what the entry was at that write */
export function changesBefore(r: Recording, until: number, frame: number, index: number, value: Halves): EntryChange[] {
  const { writes, pages } = r;
  const found: EntryChange[] = [];
  let at = frame;
  let after = value;
  for (let id = until - 1; id >= writes.first; id--) {
    if (writes.get(id, W.Frame) !== at) continue;
    const kind: WriteKind = writes.get(id, W.Kind);
    if (kind === WriteKind.Entry) {
      if (writes.get(id, W.Index) !== index) continue;
      found.push({ id, frame: at, before: oldOf(r, id), after: newOf(r, id) });
      after = oldOf(r, id);
      continue;
    }
    const page = pages.get(id);
    const before = { lo: (page?.[index * 2] ?? 0) | 0, hi: (page?.[index * 2 + 1] ?? 0) | 0 };
    found.push({ id, frame: at, before, after });
    if (kind === WriteKind.Copy) at = copiedFrom(r, id);
    else after = before;
  }
  return found;
}

/** What an entry is now or, if it is nothing now, what it was when it was last written. */
function meaningSometime(c: InspectContext, frame: number, index: number, changes: readonly EntryChange[]): Meaning {
  const now = meaningOf(c, tablesIn(c, c.executor.memory), frame, index);
  if (now.is !== 'unknown' || changes.length === 0) return now;
  const set = changes.find((change) => (change.after.lo & P) !== 0) ?? changes[0];
  return new Moments(c).meaning(frame, index, set.id);
}
