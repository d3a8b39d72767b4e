/** The past of the forged leaf entry: who wrote it, how its address was translated, whose the frame was, and why it faulted. */
import type {
  CauseLink,
  Causes,
  EntryHistory,
  EntryRef,
  FrameHistory,
  FrameInterval,
  Subject,
  TranslationHistory,
  TranslationHistoryQuery,
  TranslationInterval,
  Writer,
  WriteView,
} from '../../../extension/protocol/messages';
import { EVIL, HOST, WEB } from './machine';
import { bits, hpa, perm } from './values';

const NOW = 48_213;
const MIRROR: Writer = { who: 'guest', task: 'redis', operation: 'page fault', step: 'mirror the entry', line: 12 };
const HARDWARE: Writer = { who: 'hardware', task: 'redis', operation: 'walk', step: 'set A and D', line: 14 };
const FORGER: Writer = { who: 'guest', task: 'redis', operation: 'set_pte', step: '', line: 24 };
const HOST_MOVE: Writer = { who: 'host', task: 'host', operation: 'migrate', step: 'retag the frame', line: 31 };

const entryValue = (frame: number, flags: number): string =>
  `0x${(BigInt(frame) * 4096n + BigInt(flags)).toString(16).padStart(16, '0')}`;

const change = (name: string, before: string, after: string): WriteView['changed'][number] => ({ name, before, after });
const MAPPED = [change('P', '0', '1'), change('R/W', '0', '1'), change('frame', '0x0', '0x1a32')];
const DIRTIED = [change('D', '0', '1')];
const FORGED_BITS = [change('frame', '0x1a32', '0x1b00'), change('A', '1', '0'), change('D', '1', '0')];

/** Mapped, dirtied and forged in turn; the last few writes lie ahead of the machine. */
function write(id: number, total: number): WriteView {
  const tick = Math.round(407 + (id / Math.max(1, total - 1)) * 60_000);
  const kinds = [
    { writer: MIRROR, old: entryValue(0, 0), new: entryValue(0x1a32, 0x27), changed: MAPPED },
    { writer: HARDWARE, old: entryValue(0x1a32, 0x27), new: entryValue(0x1a32, 0x67), changed: DIRTIED },
    { writer: FORGER, old: entryValue(0x1a32, 0x67), new: entryValue(0x1b00, 0x07), changed: FORGED_BITS },
  ] as const;
  const { writer } = kinds[id % 3];
  return {
    id,
    tick,
    kind: 'entry',
    ...kinds[id % 3],
    text: `tick ${tick}: ${writer.who} ${writer.task} wrote the entry`,
    ahead: tick > NOW,
  };
}
export function entryHistory(
  query: EntryRef & { readonly offset: number; readonly limit: number },
  total: number,
): EntryHistory {
  const value = entryValue(0x1b00, 0x07);
  const end = Math.min(total, query.offset + query.limit);
  return {
    entry: { frame: query.frame, index: query.index },
    address: hpa(query.frame * 4096 + query.index * 8),
    text: 'TPT PT entry of web ▸ redis for 0x00007f0000001000',
    value,
    bits: bits(['P', 'R/W', 'U/S'], '0x1b00', ['frame']),
    writes: Array.from({ length: Math.max(0, end - query.offset) }, (_, i) =>
      write(total - 1 - query.offset - i, total),
    ),
    total,
    completeFrom: total > 1000 ? 400 : null,
  };
}

export function translationHistory(query: TranslationHistoryQuery, intervals: number): TranslationHistory {
  const length = Math.floor(60_000 / intervals);
  const all = Array.from({ length: intervals }, (_, i): TranslationInterval => {
    const fromTick = i * length;
    const untilTick = i === intervals - 1 ? null : fromTick + length;
    const state = i === 0 ? 'none' : i % 3 === 2 ? 'forged' : 'own';
    return {
      fromTick,
      untilTick,
      hpa: state === 'none' ? null : state === 'own' ? hpa(0x1a32000) : hpa(0x1b00000),
      perm: state === 'none' ? null : perm('rw-u'),
      owner: state === 'none' ? null : state === 'own' ? WEB : EVIL,
      text:
        state === 'none'
          ? 'not mapped: PT entry is not present'
          : state === 'own'
            ? 'mapped, 4K'
            : 'mapped, 4K; the frame is evil’s, so a fill is a tag violation',
      cause: i === 0 ? null : { ...write(i, intervals), tick: fromTick, writer: i % 3 === 2 ? FORGER : MIRROR },
      now: fromTick <= NOW && (untilTick === null || untilTick > NOW),
    };
  });
  return { gva: query.gva, rootName: 'TPT root 0x3f2000', intervals: all, completeFrom: null };
}

export function frameHistory(frame: number): FrameHistory {
  const interval = (
    fromTick: number,
    untilTick: number | null,
    text: string,
    owner: FrameInterval['owner'],
    by: Writer | null,
  ): FrameInterval => ({
    fromTick,
    untilTick,
    text,
    owner,
    by,
    write: by === null ? null : fromTick,
    now: fromTick <= NOW && (untilTick === null || untilTick > NOW),
  });
  return {
    frame,
    hpa: hpa(frame * 4096),
    owners: [
      interval(0, 1_204, 'of the host', HOST, null),
      interval(1_204, 48_190, 'of web, for gfn 0x42', WEB, { ...HOST_MOVE, operation: 'back', line: 12 }),
      interval(48_190, null, 'of evil, for gfn 0x7', EVIL, HOST_MOVE),
    ],
    uses: [
      interval(0, 1_204, 'free', null, null),
      interval(1_204, null, 'data of a guest', null, { ...HOST_MOVE, operation: 'back', step: 'tag', line: 12 }),
    ],
    mappers: [
      interval(1_310, 55_000, 'web ▸ redis at 0x00007f0000001000, TPT, 4K', WEB, MIRROR),
      interval(48_201, null, 'evil ▸ attacker at 0x00007f0000004000, TPT, 4K', EVIL, { ...MIRROR, task: 'attacker' }),
    ],
    completeFrom: null,
  };
}

const CHAIN: readonly CauseLink[] = [
  {
    tick: 48_160,
    line: 41,
    text: 'redis of web wrote 0x00007f0000001000 at line 41 and met a tag violation: frame 0x1b00 belongs to evil (ASID 2), and ASID 1 was running.',
    role: 'symptom',
    target: { kind: 'tick', tick: 48_160 },
    entry: null,
  },
  {
    tick: 48_160,
    line: null,
    text: 'The tag of frame 0x1b00, read for the fill, did not match the running ASID.',
    role: 'check',
    target: null,
    entry: { frame: 0x11, index: 0 },
  },
  {
    tick: 48_102,
    line: 31,
    text: '`migrate` at tick 48,102, line 31, moved gfn 0x42 from frame 0x1b00 to frame 0x1a00.',
    role: 'event',
    target: { kind: 'write', write: 31 },
    entry: null,
  },
  {
    tick: 48_102,
    line: 31,
    text: 'The step “tell the guest” was left out, so that nobody refreshed the TPT entry at 0x61008.',
    role: 'omission',
    target: { kind: 'write', write: 31 },
    entry: { frame: 0x61, index: 1 },
  },
  {
    tick: 407,
    line: 12,
    text: 'The TPT entry at 0x61008 was written at tick 407, line 12, from the map, and never again.',
    role: 'root',
    target: { kind: 'write', write: 2 },
    entry: { frame: 0x61, index: 1 },
  },
];

export function causes(subject: Subject): Causes {
  if (subject.kind === 'frame') {
    return {
      title: `Why frame 0x${subject.frame.toString(16)} is as it is`,
      links: [CHAIN[2]].map((link) => ({ ...link, role: 'event' })),
      verdict: 'Nothing is wrong: its tag, the map and every entry agree.',
      line: null,
    };
  }
  const what = subject.kind === 'fault' ? `fault ${subject.faultId}` : `the translation of ${subject.gva}`;
  return {
    title: `Why ${what}`,
    links: CHAIN,
    verdict: 'The TPT entry at 0x61008 is stale: `migrate` at line 31 moved the frame and the guest was not told.',
    line: 31,
  };
}
