import { MARK_KINDS, M, type Recording } from '../../history/recording';
import { hex } from '../../units';
import type { InspectContext } from '../context';
import type { MarkKind, TimelinePage, TimelineQuery } from '../time-types';
import { FAULT_WORDS } from '../words';
import { recordingOf } from './writes';

const MOST_BUCKETS = 2000;

/** What the timeline is told by those who keep checkpoints and edits. */
export interface HistoryKeeper {
  memory(): TimelinePage['memory'];
  edits(): TimelinePage['edits'];
}

/** Marks of a stretch of time, in buckets. @param keeper null: there are no checkpoints, and no edits */
export function timeline(c: InspectContext, query: TimelineQuery, keeper: HistoryKeeper | null): TimelinePage {
  const r = recordingOf(c);
  const { marks } = r;
  const fromTick = Math.max(query.fromTick ?? 0, 0);
  const untilTick = Math.max(query.untilTick ?? r.end, fromTick);
  const count = Math.min(Math.max(Math.floor(query.buckets), 1), MOST_BUCKETS);
  const width = Math.max(1, Math.ceil((untilTick - fromTick + 1) / count));
  const wanted = new Uint8Array(MARK_KINDS.length);
  for (const kind of query.kinds.length === 0 ? MARK_KINDS : query.kinds) wanted[MARK_KINDS.indexOf(kind)] = 1;
  const open = new Map<number, Bucket>();
  const buckets: Bucket[] = [];
  const end = marks.lowerBound(M.Tick, untilTick + 1);
  for (let id = marks.lowerBound(M.Tick, fromTick); id < end; id++) {
    const kind = marks.get(id, M.Kind);
    if (kind >= wanted.length || wanted[kind] === 0) continue;
    const tick = marks.get(id, M.Tick);
    const number = Math.floor((tick - fromTick) / width);
    const last = open.get(kind);
    if (last && last.number === number) {
      last.count++;
      last.lastTick = tick;
      continue;
    }
    const bucket = { number, first: id, kind, tick, lastTick: tick, count: 1 };
    open.set(kind, bucket);
    buckets.push(bucket);
  }
  const counts: Partial<Record<MarkKind, number>> = {};
  MARK_KINDS.forEach((kind, i) => {
    if (r.counts[i] > 0) counts[kind] = r.counts[i];
  });
  return {
    fromTick,
    untilTick,
    now: c.executor.journal.tick,
    end: r.end,
    marks: buckets.map((b) => ({
      id: b.first,
      tick: b.tick,
      lastTick: b.lastTick,
      kind: MARK_KINDS[b.kind],
      count: b.count,
      text: markText(c, r, b.first),
      line: marks.get(b.first, M.Line) || null,
      faultId: isFault(MARK_KINDS[b.kind]) ? marks.get(b.first, M.A) : null,
    })),
    counts,
    edits: keeper?.edits() ?? [],
    memory: keeper?.memory() ?? { bytes: r.bytes, limit: 0, checkpoints: 0 },
  };
}

interface Bucket {
  readonly number: number;
  readonly first: number;
  readonly kind: number;
  readonly tick: number;
  lastTick: number;
  count: number;
}

const isFault = (kind: MarkKind): kind is keyof typeof FAULT_WORDS => kind in FAULT_WORDS;

/** A mark in words, made when somebody looks. */
function markText(c: InspectContext, r: Recording, id: number): string {
  const kind = MARK_KINDS[r.marks.get(id, M.Kind)];
  const vm = c.executor.vms[r.marks.get(id, M.Vm)]?.name ?? 'host';
  const a = r.marks.get(id, M.A);
  const b = r.marks.get(id, M.B);
  if (isFault(kind)) {
    const why = c.executor.journal.faults.find(a)?.why;
    return `${FAULT_WORDS[kind]} of ${vm}${why === undefined ? '' : `: ${why}`}`;
  }
  switch (kind) {
    case 'owner':
      return `frame ${hex(a)} goes from ${c.owner(Math.floor(b / 1024)).name} to ${c.owner(b % 1024).name}`;
    case 'cr3':
      return `${vm} loads CR3 with ${b >= 4096 ? 'TPT ' : ''}root ${hex(a)}, PCID ${b & 0xfff}`;
    case 'host':
    case 'failed_expect':
    case 'edit':
      return r.names[a] ?? kind;
  }
}
