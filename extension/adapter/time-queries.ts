/** The custom requests about time: what was recorded, and deeds that change or move the machine. */
import type {
  DifferenceSide,
  DifferencesQuery,
  Edit,
  MarkKind,
  Place,
  Subject,
  Target,
  TimeInspector,
} from '../../simulator/index';
import type { Queries } from '../protocol/messages';
import { badArgument, messageOf, queryFailed, UserError } from '../scenario/errors';
import { bagOf, byteList, choice, hex, integer, MOST, page, space, text, texts, tick, type Bag } from './checks';

/** Questions about the recording. They move nothing. */
export type TimeQuery = 'timeline' | 'entryHistory' | 'translationHistory' | 'frameHistory' | 'causes';
type Answers = { readonly [M in TimeQuery]: (args: Bag, inspector: TimeInspector) => Queries[M][1] };

const MOST_BUCKETS = 2000;
const MOST_BYTES = 1 << 16;
const SUBJECTS = ['fault', 'translation', 'frame'] as const;
const EDITS = [
  'entry',
  'tag',
  'slot',
  'variable',
  'memory',
  'drop-flush',
  'spurious-fault',
  'evict',
  'take-frame',
] as const satisfies readonly Edit['kind'][];

const ANSWERS: Answers = {
  timeline: (a, inspector) =>
    inspector.timeline({
      fromTick: tick(a, 'fromTick'),
      untilTick: tick(a, 'untilTick'),
      buckets: integer(a, 'buckets', 1, MOST_BUCKETS),
      kinds: texts(a, 'kinds') as MarkKind[],
    }),
  entryHistory: (a, inspector) => inspector.entryHistory({ ...entry(a), ...page(a) }),
  translationHistory: (a, inspector) =>
    inspector.translationHistory({
      ...space(a),
      gva: hex(a, 'gva'),
      root: choice(a, 'root', ['active', 'native', 'tpt', 'shadow']),
    }),
  frameHistory: (a, inspector) => inspector.frameHistory(frame(a)),
  causes: (a, inspector) => inspector.causes(subject(a)),
};

export function isTimeQuery(method: string): method is TimeQuery {
  return Object.hasOwn(ANSWERS, method);
}

/** Answers a question about time. Throws a UserError for arguments that cannot be used. */
export function answerTimeQuery(method: TimeQuery, args: unknown, inspector: TimeInspector): Queries[TimeQuery][1] {
  const bag = bagOf(args);
  return inWords(method, () => ANSWERS[method](bag, inspector));
}

/** What a question throws, as an answer to whoever asked. */
export function inWords<T>(method: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw queryFailed(method, messageOf(error));
  }
}

// --- arguments of deeds ------------------------------------------------------------------------------------------

export function readDifferences(args: unknown): DifferencesQuery {
  const bag = bagOf(args);
  return { a: side(bag, 'a'), b: side(bag, 'b') };
}

export function readTarget(args: unknown): Target {
  const a = bagOf(args);
  const kind = choice(a, 'kind', ['tick', 'write', 'mark', 'place']);
  switch (kind) {
    case 'tick':
      return { kind, tick: integer(a, 'tick', 0, MOST) };
    case 'write':
      return { kind, write: integer(a, 'write', 0, MOST) };
    case 'mark':
      return { kind, mark: integer(a, 'mark', 0, MOST) };
    case 'place':
      return { kind, ...place(a), tick: integer(a, 'tick', 0, MOST) };
  }
}

export function readEdit(args: unknown): Edit {
  const a = bagOf(args);
  const kind = EDITS.find((k) => k === a['kind']);
  switch (kind) {
    case undefined:
      throw badArgument('kind', `one of ${EDITS.join(', ')}`);
    case 'entry':
      return { kind, entry: entry(bagOf(a['entry'])), field: word(a, 'field'), value: word(a, 'value') };
    case 'tag':
      return { kind, frame: frame(a), field: word(a, 'field'), value: word(a, 'value') };
    case 'slot':
      return { kind, vm: integer(a, 'vm', 0, MOST), gfn: integer(a, 'gfn', 0, MOST), frame: frame(a) };
    case 'variable':
      return {
        kind,
        task: integer(a, 'task', 0, MOST),
        depth: integer(a, 'depth', 0, MOST),
        name: word(a, 'name'),
        value: word(a, 'value'),
      };
    case 'memory':
      return {
        kind,
        reference: word(a, 'reference'),
        offset: integer(a, 'offset', -MOST, MOST),
        bytes: byteList(a, 'bytes', MOST_BYTES),
      };
    case 'drop-flush':
    case 'spurious-fault':
      return { kind, vm: integer(a, 'vm', 0, MOST) };
    case 'evict':
      return { kind, ...space(a), gva: hex(a, 'gva') };
    case 'take-frame':
      return { kind, frame: frame(a) };
  }
}

function side(args: Bag, name: string): DifferenceSide {
  const a = bagOf(args[name]);
  return {
    ...space(a),
    root: choice(a, 'root', ['native', 'tpt', 'shadow']),
    tick: tick(a, 'tick'),
    ...(a['place'] === undefined ? {} : { place: place(bagOf(a['place'])) }),
  };
}

function subject(a: Bag): Subject {
  const kind = choice(a, 'kind', SUBJECTS);
  switch (kind) {
    case 'fault':
      return { kind, faultId: integer(a, 'faultId', 0, MOST) };
    case 'translation':
      return { kind, ...space(a), gva: hex(a, 'gva') };
    case 'frame':
      return { kind, frame: frame(a) };
  }
}

const place = (a: Bag): Place => ({
  statements: integer(a, 'statements', -1, MOST),
  moment: integer(a, 'moment', 0, MOST),
});
const entry = (a: Bag): { frame: number; index: number } => ({ frame: frame(a), index: integer(a, 'index', 0, 511) });
const frame = (a: Bag): number => integer(a, 'frame', 0, MOST);

/** A text that must not be missing. */
function word(a: Bag, name: string): string {
  const value = text(a, name, '');
  if (value.trim() === '') throw badArgument(name, 'text');
  return value;
}
