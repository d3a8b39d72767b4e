/** Events: `signal` and `wait`. */

import type { Signal, Wait } from '../generated/ast';
import type { SourceRange } from '../program';
import { rangeOfProperty } from '../ranges';
import { didYouMean } from '../suggest';
import type { Body, EventSymbol } from '../symbols';
import { type BindContext, given } from './context';

/** A `signal` declares its event. */
export function bindSignal(context: BindContext, statement: Signal, body: Body): void {
  if (given(statement.event) === undefined) return;
  const fullName = body.task < 0 ? statement.event : `${body.name}.${statement.event}`;
  const range = rangeOfProperty(statement, 'event');
  let event = context.events.get(fullName);
  if (event === undefined) {
    event = {
      kind: 'event',
      name: statement.event,
      fullName,
      index: context.events.size,
      definitions: [],
      references: [],
    };
    context.events.set(fullName, event);
  }
  event.definitions.push(range);
  context.signals.set(statement, event);
}

/** Finds the event of a `wait`. Precondition: every `signal` is bound. */
export function resolveWait(context: BindContext, wait: Wait, body: Body): void {
  const name = given(wait.event);
  if (name === undefined) return;
  const range = rangeOfProperty(wait, 'event');
  if (wait.task !== undefined) {
    const taskRange = rangeOfProperty(wait, 'task');
    const task = context.tasks.get(wait.task);
    if (task === undefined) {
      const { text, fix } = didYouMean(wait.task, context.tasks.keys(), taskRange);
      context.problems.error('unknown-name', `There is no task \`${wait.task}\`.${text}`, taskRange, fix);
      return;
    }
    task.references.push(taskRange);
  }
  const found = findEvents(context, name, wait.task, body);
  const event = found.length === 0 ? neverSignalled(context, wait, name, range) : found[0];
  if (found.length > 1) {
    const choices = found.map((candidate) => `\`${candidate.fullName}\``).join(' or ');
    context.problems.error('ambiguous-event', `Several tasks signal \`${name}\`: write ${choices}.`, range);
  }
  event.references.push(range);
  context.waits.set(wait, event);
}

/** Without a task: the event of the task itself, else of whoever signals it. */
function findEvents(context: BindContext, name: string, task: string | undefined, body: Body): EventSymbol[] {
  if (task !== undefined) return [context.events.get(`${task}.${name}`)].filter((event) => event !== undefined);
  const own = context.events.get(name) ?? context.events.get(`${body.name}.${name}`);
  return own === undefined ? [...context.events.values()].filter((event) => event.name === name) : [own];
}

function neverSignalled(context: BindContext, wait: Wait, name: string, range: SourceRange): EventSymbol {
  const fullName = wait.task === undefined ? name : `${wait.task}.${name}`;
  const near = [...context.events.values()].filter(
    (event) => wait.task === undefined || event.fullName.startsWith(`${wait.task}.`),
  );
  const { text, fix } = didYouMean(
    name,
    near.map((event) => event.name),
    range,
  );
  context.problems.warning(
    'never-signalled',
    `Nothing signals \`${fullName}\`: this waits for ever.${text}`,
    range,
    fix,
  );
  // An event all the same, so that the program runs up to here.
  const event: EventSymbol = {
    kind: 'event',
    name,
    fullName,
    index: context.events.size,
    definitions: [],
    references: [],
  };
  context.events.set(fullName, event);
  return event;
}
