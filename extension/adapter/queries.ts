/** The custom requests `tpt/<method>`: what the views ask. Arguments come from outside and are checked. */
import type { Inspector } from '../../simulator/index';
import type { Queries, SameAccessQuery } from '../protocol/messages';
import { messageOf, queryFailed, unknownFault, UserError } from '../scenario/errors';
import { bagOf, choice, flag, hex, integer, MOST, oneOf, page, space, text, texts, tick, type Bag } from './checks';

/** Queries of the present state, that are answered at once. */
export type PresentQuery = 'summary' | 'translations' | 'walk' | 'frames' | 'frame' | 'faults' | 'fault';
type Answers = {
  readonly [M in PresentQuery]: (args: Bag, inspector: Inspector, task: number | null) => Queries[M][1];
};

const MOST_CELLS = 1 << 20;

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

export function isQuery(method: string): method is PresentQuery {
  return Object.hasOwn(ANSWERS, method);
}

/** Answers a query. Throws a UserError for arguments that cannot be used. */
export function answerQuery(
  method: PresentQuery,
  args: unknown,
  inspector: Inspector,
  task: number | null,
): Queries[PresentQuery][1] {
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

function access(a: Bag): SameAccessQuery {
  return {
    ...space(a),
    gva: hex(a, 'gva'),
    access: choice(a, 'access', ['read', 'write', 'fetch']),
    user: flag(a, 'user', true),
  };
}
