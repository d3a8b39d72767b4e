/** The custom requests `tpt/<method>`: what the views ask. Arguments come from outside and are checked. */
import type { Inspector } from '../../simulator/index';
import type { Queries, QueryMethod, SameAccessQuery } from '../protocol/messages';
import { badArgument, messageOf, queryFailed, unknownFault, UserError } from '../scenario/errors';

type Bag = Readonly<Record<string, unknown>>;
/** Queries that are answered at once. */
type Prompt = Exclude<
  QueryMethod,
  | 'sameAccess'
  | 'timeline'
  | 'entryHistory'
  | 'translationHistory'
  | 'frameHistory'
  | 'causes'
  | 'differences'
  | 'edit'
  | 'undoEdit'
  | 'travel'
>;
type Answers = { readonly [M in Prompt]: (args: Bag, inspector: Inspector, task: number | null) => Queries[M][1] };

/** Most rows a page can have: views ask for what they show. */
const MOST_ROWS = 10_000;
const MOST_CELLS = 1 << 20;
/** vm and pid may not be larger than this. */
const MOST = Number.MAX_SAFE_INTEGER;
const HEX = /^0x[0-9a-f]{1,16}$/i;

const ANSWERS: Answers = {
  summary: (_, inspector, task) => inspector.summary(task),
  translations: (a, inspector) =>
    inspector.translations({
      ...space(a),
      root: choice(a, 'root', ['native', 'tpt', 'shadow', 'both']),
      mode: choice(a, 'mode', ['flat', 'pages', 'tree']),
      filter: text(a, 'filter', ''),
      expanded: texts(a, 'expanded'),
      kernelHalf: flag(a, 'kernelHalf', false),
      ...page(a),
    }),
  walk: (a, inspector) =>
    inspector.walk({
      ...access(a),
      root: choice(a, 'root', ['active', 'native', 'tpt', 'shadow']),
    }),
  frames: (a, inspector) =>
    inspector.frames({
      first: integer(a, 'first', 0, MOST),
      framesPerCell: oneOf(a, 'framesPerCell', [1, 512, 262144]),
      cells: integer(a, 'cells', 0, MOST_CELLS),
    }),
  frame: (a, inspector) => inspector.frame(integer(a, 'frame', 0, MOST)),
  faults: (a, inspector) =>
    inspector.faults({
      kinds: texts(a, 'kinds'),
      fromTick: tick(a, 'fromTick'),
      untilTick: tick(a, 'untilTick'),
      filter: text(a, 'filter', ''),
      fold: flag(a, 'fold', true),
      ...page(a),
    }),
  fault: (a, inspector) => {
    const id = integer(a, 'id', 0, MOST);
    const found = inspector.fault(id);
    if (!found) throw unknownFault(id);
    return found;
  },
};

export function isQuery(method: string): method is Prompt {
  return Object.hasOwn(ANSWERS, method);
}

/** Answers a query. Throws a UserError for arguments that cannot be used. */
export function answerQuery(
  method: Prompt,
  args: unknown,
  inspector: Inspector,
  task: number | null,
): Queries[Prompt][1] {
  const bag = bagOf(args);
  try {
    return ANSWERS[method](bag, inspector, task);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw queryFailed(method, messageOf(error));
  }
}

/** The arguments of `tpt/sameAccess`. Throws a UserError for those that cannot be used. */
export function readSameAccess(args: unknown): SameAccessQuery {
  return access(bagOf(args));
}

// --- checks ------------------------------------------------------------------------------------------------------

function bagOf(args: unknown): Bag {
  return typeof args === 'object' && args !== null ? (args as Bag) : {};
}

function access(a: Bag): SameAccessQuery {
  return {
    ...space(a),
    gva: hex(a, 'gva'),
    access: choice(a, 'access', ['read', 'write', 'fetch']),
    user: flag(a, 'user', true),
  };
}

function space(a: Bag): { vm: number; pid: number } {
  return { vm: integer(a, 'vm', 0, MOST), pid: integer(a, 'pid', 0, MOST) };
}

function page(a: Bag): { offset: number; limit: number } {
  return { offset: integer(a, 'offset', 0, MOST), limit: integer(a, 'limit', 0, MOST_ROWS) };
}

function integer(a: Bag, name: string, least: number, most: number): number {
  const value = a[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw badArgument(
    name,
    most === MOST ? `a whole number, ${least} or larger` : `a whole number from ${least} to ${most}`,
  );
}

function tick(a: Bag, name: string): number | null {
  return a[name] === undefined || a[name] === null ? null : integer(a, name, 0, MOST);
}

function hex(a: Bag, name: string): string {
  const value = a[name];
  if (typeof value === 'string' && HEX.test(value)) return value.toLowerCase();
  throw badArgument(name, 'an address as hex text, like "0x7f0000000000"');
}

function flag(a: Bag, name: string, fallback: boolean): boolean {
  const value = a[name] ?? fallback;
  if (typeof value === 'boolean') return value;
  throw badArgument(name, 'true or false');
}

function text(a: Bag, name: string, fallback: string): string {
  const value = a[name] ?? fallback;
  if (typeof value === 'string') return value;
  throw badArgument(name, 'text');
}

function texts(a: Bag, name: string): string[] {
  const value = a[name] ?? [];
  if (Array.isArray(value) && value.every((v): v is string => typeof v === 'string')) return value;
  throw badArgument(name, 'a list of texts');
}

/** The first choice is the default. */
function choice<T extends string>(a: Bag, name: string, choices: readonly [T, ...T[]]): T {
  const value = a[name] ?? choices[0];
  const found = choices.find((c) => c === value);
  if (found !== undefined) return found;
  throw badArgument(name, `one of ${choices.join(', ')}`);
}

function oneOf<T extends number>(a: Bag, name: string, choices: readonly T[]): T {
  const found = choices.find((c) => c === a[name]);
  if (found !== undefined) return found;
  throw badArgument(name, `one of ${choices.join(', ')}`);
}
