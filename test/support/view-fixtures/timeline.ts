/** A recording of any length: marks of every kind, put into buckets as the machine does. */
import type { MarkKind, TimelinePage, TimelineQuery } from '../../../extension/protocol/messages';
import { hash } from './values';

export interface TimelineFixture {
  /** Ticks of the recording. */
  readonly ticks?: number;
  readonly marks?: number;
  /** Where the machine stands. */
  readonly now?: number;
  /** Edits made by hand. */
  readonly edits?: readonly string[];
}

const SHARES: readonly (readonly [MarkKind, number])[] = [
  ['page_fault', 44],
  ['cr3', 24],
  ['npf', 12],
  ['host', 8],
  ['owner', 6],
  ['tag_violation', 2],
  ['gp', 1],
  ['hypercall_failure', 1],
  ['failed_expect', 1],
  ['edit', 1],
];
const WORDS: Readonly<Partial<Record<MarkKind, string>>> = {
  page_fault: '#PF of web ▸ redis at 0x00007f0000003000: no entry for this page',
  cr3: 'web vCPU 0 loads CR3 0x3f2000',
  npf: 'NPF of web at gPA 0x422000: first touch',
  host: 'migrate: gfn 0x42 to frame 0x1a00',
  owner: 'frame 0x1b00: web → evil',
  tag_violation: 'tag violation of web ▸ redis: owner is evil (ASID 2), running ASID 1',
  gp: '#GP of web ▸ redis: non-canonical address',
  hypercall_failure: 'hypercall 13: the argument is no page',
  failed_expect: 'expected 7, found 0',
  edit: 'frame of 0x61008 set to 0x1b00 by hand',
};

export function timeline(query: TimelineQuery, fixture: TimelineFixture): TimelinePage {
  const { ticks = 61_020, marks = 260, now = 48_213 } = fixture;
  const from = query.fromTick ?? 0;
  const until = query.untilTick ?? ticks;
  const { ticksOf, kindsOf } = recording(ticks, marks);
  const counts: Partial<Record<MarkKind, number>> = {};
  const buckets = new Map<number, { tick: number; lastTick: number; kind: MarkKind; count: number; id: number }>();
  for (let id = 0; id < marks; id++) {
    const [kind] = SHARES[kindsOf[id]];
    counts[kind] = (counts[kind] ?? 0) + 1;
    const tick = ticksOf[id];
    if (tick < from || tick > until || (query.kinds.length > 0 && !query.kinds.includes(kind))) continue;
    const bucket = Math.floor(((tick - from) / Math.max(1, until - from + 1)) * query.buckets) * 16 + kindsOf[id];
    const found = buckets.get(bucket);
    if (found === undefined) buckets.set(bucket, { tick, lastTick: tick, kind, count: 1, id });
    else {
      found.lastTick = tick;
      found.count++;
    }
  }
  return {
    fromTick: from,
    untilTick: until,
    now,
    end: ticks,
    marks: [...buckets.values()].map(({ id, ...mark }) => ({
      id,
      ...mark,
      text: WORDS[mark.kind] ?? mark.kind,
      line: mark.kind === 'cr3' ? null : 8 + (id % 40),
      faultId: ['page_fault', 'npf', 'tag_violation', 'gp', 'hypercall_failure'].includes(mark.kind) ? id : null,
    })),
    counts,
    edits: (fixture.edits ?? []).map((text) => ({ tick: now, text, ahead: false })),
    memory: { bytes: 12.4 * 2 ** 20, limit: 2 ** 28, checkpoints: 31 },
  };
}

interface Marks {
  readonly ticksOf: Int32Array;
  /** Indices in SHARES. */
  readonly kindsOf: Uint8Array;
}

let last: { readonly key: string; readonly marks: Marks } | undefined;

/** The marks of a recording, made once. */
function recording(ticks: number, marks: number): Marks {
  const key = `${ticks} ${marks}`;
  if (last?.key !== key) {
    const ticksOf = Int32Array.from({ length: marks }, (_, id) => ((id + (hash(id) % 100) / 100) / marks) * ticks);
    last = { key, marks: { ticksOf, kindsOf: Uint8Array.from({ length: marks }, (_, id) => kindOf(id)) } };
  }
  return last.marks;
}

function kindOf(id: number): number {
  let share = hash(id * 7) % 100;
  return SHARES.findIndex(([, part]) => (share -= part) < 0);
}
