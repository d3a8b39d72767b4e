/** Expressions typed in a watch, a hover or the console. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { Edit, EditAnswer, Evaluation, Simulation } from '../../simulator/index';
import { badArgument, cannotSet, evaluationFailed } from '../scenario/errors';
import { runCommand, type ConsoleDeeds } from './console/index';
import { editOf, entryAt, readPlace, valueOf, type Place } from './places';
import type { FrameRef } from './stack';
import type { SetValue, Variables } from './variables';

const ASSIGNMENT = /^\s*([A-Za-z_]\w*)\s*=(?!=)\s*(\S.*)$/s;
const PLACE_ASSIGNMENT = /^\s*(\w+\s*\(.*\)(?:\s*\.\s*[\w/]+)?)\s*=(?!=)\s*(\S.*)$/s;
const NAME = /^\s*([A-Za-z_]\w*)\s*$/;
/** Writes asked for at a time, to find the last one that was made. */
const PAGE = 100;

/** What expressions are evaluated with. */
export interface EvaluationContext {
  readonly frame: FrameRef;
  readonly target: Simulation;
  readonly variables: Variables;
  readonly deeds: ConsoleDeeds;
}

/** Evaluates; in the console also commands, and `name = expression` sets a variable. */
export function evaluate(args: P.EvaluateArguments, context: EvaluationContext): P.EvaluateResponse['body'] {
  const { expression } = args;
  if (typeof expression !== 'string' || expression.trim() === '') throw badArgument('expression', 'an expression');
  const { frame, target, variables } = context;
  if (args.context === 'repl') {
    const said = runCommand(expression, context);
    if (said) return asBody(variables.result(said));
    const [, place, value] = PLACE_ASSIGNMENT.exec(expression) ?? [];
    if (place !== undefined && value !== undefined) return asBody(setExpression({ expression: place, value }, context));
    const [, name, text] = ASSIGNMENT.exec(expression) ?? [];
    if (name !== undefined && text !== undefined) return asBody(variables.setIn(frame, name, text));
  }
  const place = readPlace(expression, frame, target);
  const own = target.evaluate(expression, frame.task, frame.depth);
  if (!own.ok && typeof place === 'string') throw evaluationFailed(place);
  const named = place === null || typeof place === 'string' ? null : place;
  // The machine knows no fields, and not all names of things; what it evaluates itself it tells best.
  const found = own.ok || named === null ? own : (valueOf(named, target) ?? own);
  const { value, ...rest } = variables.result(found, named ? setterOf(named, context) : undefined);
  const isAddress = args.context === 'hover' && rest.memoryReference?.startsWith('gva:') === true;
  return { result: isAddress ? `${value} → ${translationOf(expression, context)}` : value, ...rest };
}

/** Sets what an expression names: a variable, an entry, a tag, a slot of the map, or a field of these. */
export function setExpression(
  args: Pick<P.SetExpressionArguments, 'expression' | 'value'>,
  context: EvaluationContext,
): P.SetExpressionResponse['body'] {
  const { expression, value } = args;
  const { frame, target, variables } = context;
  const place = readPlace(expression, frame, target);
  if (typeof place === 'string') throw evaluationFailed(place);
  if (place) {
    const set = setterOf(place, context);
    return variables.result(set(place.kind === 'slot' ? '' : (place.field ?? ''), value), set);
  }
  const name = NAME.exec(expression)?.[1];
  if (name === undefined) throw cannotSet(expression);
  return variables.setIn(frame, name, value);
}

/** Sets a field of a place; without a name the whole of it. */
function setterOf(place: Place, { frame, target, deeds }: EvaluationContext): SetValue {
  return (name, text): Evaluation => {
    const edit: Edit | string = editOf(place, name === '' ? null : name, text, frame, target);
    if (typeof edit === 'string') return { ok: false, error: edit };
    const answer: EditAnswer = deeds.edit(edit);
    if (!answer.ok) return answer;
    const now = place.kind === 'slot' ? null : valueOf({ ...place, field: name === '' ? null : name }, target);
    return now ?? { ok: true, value: answer.text, type: 'edit', children: [], memory: null };
  };
}

/** Where an address leads at present, and who made it so, for a hover. */
function translationOf(expression: string, context: EvaluationContext): string {
  const { frame, target } = context;
  const walk = target.evaluate(`walk(${expression})`, frame.task, frame.depth);
  const writer = target.records ? lastWriteOf(expression, context) : null;
  return `${walk.ok ? walk.value : walk.error}${writer === null ? '' : `; ${writer}`}`;
}

/** The last write to the leaf entry of an address, in one line; null if none was recorded. */
function lastWriteOf(expression: string, { frame, target }: EvaluationContext): string | null {
  const leaf = target.evaluate(`pte(${expression})`, frame.task, frame.depth);
  if (!leaf.ok || leaf.memory === null) return null;
  const entry = entryAt(Number(leaf.memory.slice('hpa:'.length)));
  for (let offset = 0; ; offset += PAGE) {
    const { writes, total } = target.inspect.entryHistory({ ...entry, offset, limit: PAGE });
    const last = writes.find((w) => !w.ahead);
    if (last) return `entry written at tick ${last.tick}: ${last.text}`;
    if (offset + PAGE >= total) return null;
  }
}

function asBody({ value, ...rest }: P.SetExpressionResponse['body']): P.EvaluateResponse['body'] {
  return { variablesReference: 0, ...rest, result: value };
}
