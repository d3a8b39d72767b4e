/** Names in expressions, and what calls mean. */

import { BUILTIN_BY_NAME, BUILTINS, CONSTANTS, COUNTERS, type Parameter as BuiltinParameter } from '../builtins';
import type { Call, Expression, NameUse, Qualified } from '../generated/ast';
import type { SourceRange } from '../program';
import { rangeOf, rangeOfProperty } from '../ranges';
import { didYouMean } from '../suggest';
import type { Place } from '../symbols';
import { type BindContext, given } from './context';

/** Binds the names in an expression. `place` is null within constants. */
export function bindExpression(context: BindContext, expression: Expression | undefined, place: Place | null): void {
  if (expression === undefined) return;
  switch (expression.$type) {
    case 'BinaryExpression':
      bindExpression(context, given(expression.left), place);
      bindExpression(context, given(expression.right), place);
      return;
    case 'Unary':
      bindExpression(context, given(expression.operand), place);
      return;
    case 'Group':
      bindExpression(context, given(expression.inner), place);
      return;
    case 'Call':
      bindCall(context, expression, place);
      return;
    case 'Qualified':
      context.late.push(() => resolveQualified(context, expression));
      return;
    case 'NameUse':
      bindName(context, expression);
      return;
    case 'NumberLiteral':
      return;
    case 'TextLiteral':
      context.problems.error('wrong-argument', 'A text is no value.', rangeOf(expression));
      return;
    case 'AsWord':
      context.problems.error('wrong-argument', '`as` has no meaning here.', rangeOf(expression));
      return;
    default:
      return;
  }
}

function bindCall(context: BindContext, call: Call, place: Place | null): void {
  if (place !== null) context.places.set(call, place);
  const name = given(call.callee);
  const body = name === undefined ? undefined : context.functions.get(name);
  const builtin = name === undefined || body !== undefined ? undefined : BUILTIN_BY_NAME.get(name);
  if (body !== undefined) {
    body.references.push(rangeOfProperty(call, 'callee'));
    context.calls.set(call, { kind: 'fn', body });
  } else if (builtin !== undefined) context.calls.set(call, { kind: 'builtin', builtin });
  else if (name !== undefined) {
    const range = rangeOfProperty(call, 'callee');
    const { text, fix } = didYouMean(name, [...BUILTINS.map((b) => b.name), ...context.functions.keys()], range);
    context.problems.error('unknown-name', `There is no operation or function \`${name}\`.${text}`, range, fix);
  }
  call.arguments.forEach((argument, i) => {
    const parameter = builtin?.parameters[i];
    if (parameter === undefined || parameter.kind === 'value') bindExpression(context, argument, place);
    else if (parameter.kind === 'text') bindText(context, argument, parameter);
    else if (parameter.kind === 'word') bindWord(context, argument, parameter);
    else bindOperand(context, argument, parameter);
  });
}

function bindText(context: BindContext, argument: Expression, parameter: BuiltinParameter): void {
  if (argument.$type === 'TextLiteral') return;
  context.problems.error('wrong-argument', `\`${parameter.name}\` takes a text in quotes.`, rangeOf(argument));
}

/** An argument `as WORD`. */
function bindWord(context: BindContext, argument: Expression, parameter: BuiltinParameter): void {
  const words = (parameter.words ?? []).map(({ name }) => name);
  const forms = words.map((word) => `\`as ${word}\``).join(', ');
  if (argument.$type !== 'AsWord') {
    const message = `\`${parameter.name}\` is one of ${forms}.`;
    context.problems.error('wrong-argument', message, rangeOf(argument));
    return;
  }
  const word = given(argument.word);
  if (word === undefined) return;
  const index = words.indexOf(word);
  if (index >= 0) {
    context.operands.set(argument, index);
    return;
  }
  const range = rangeOfProperty(argument, 'word');
  const { text, fix } = didYouMean(word, words, range);
  const message = `There is no ${parameter.name} \`${word}\`.${text || ` It is one of ${forms}.`}`;
  context.problems.error('unknown-name', message, range, fix);
}

/** An argument that names a VM, a process or a counter. */
function bindOperand(context: BindContext, argument: Expression, parameter: BuiltinParameter): void {
  const range = rangeOf(argument);
  const name = argument.$type === 'NameUse' ? given(argument.name) : undefined;
  if (name === undefined) {
    context.problems.error(
      'wrong-argument',
      `\`${parameter.name}\` takes the name of a ${parameter.kind === 'vm' ? 'VM' : parameter.kind}.`,
      range,
    );
    return;
  }
  let candidates: readonly string[];
  if (parameter.kind === 'vm') {
    const symbol = context.vms.get(name);
    if (symbol !== undefined || name === 'host') {
      symbol?.references.push(range);
      context.operands.set(argument, symbol?.index ?? -1);
      return;
    }
    candidates = [...context.vms.keys(), 'host'];
  } else if (parameter.kind === 'counter') {
    const index = (COUNTERS as readonly string[]).indexOf(name);
    if (index >= 0) {
      context.operands.set(argument, index);
      return;
    }
    candidates = COUNTERS;
  } else {
    bindProcess(context, argument, name, range);
    return;
  }
  const { text, fix } = didYouMean(name, candidates, range);
  context.problems.error(
    'unknown-name',
    `There is no ${parameter.kind === 'vm' ? 'VM' : 'counter'} \`${name}\`.${text}`,
    range,
    fix,
  );
}

/** Forked children may be named before the fork is bound, so this waits like qualified names do. */
function bindProcess(context: BindContext, argument: Expression, name: string, range: SourceRange): void {
  context.late.push(() => {
    const task = context.tasks.get(name);
    if (task !== undefined && (task.role === 'process' || task.role === 'fork')) {
      task.references.push(range);
      context.operands.set(argument, task.task);
      return;
    }
    const processes = [...context.tasks.values()]
      .filter((body) => body.role === 'process' || body.role === 'fork')
      .map((body) => body.name);
    const { text, fix } = didYouMean(name, processes, range);
    const instead = context.vms.has(name) ? ` \`${name}\` is a VM.` : '';
    context.problems.error('unknown-name', `There is no process \`${name}\`.${text || instead}`, range, fix);
  });
}

function bindName(context: BindContext, use: NameUse): void {
  const name = given(use.name);
  if (name === undefined) return;
  const range = rangeOf(use);
  const symbol = context.lookUp(name) ?? context.constants.get(name) ?? context.vms.get(name);
  if (symbol !== undefined) {
    symbol.references.push(range);
    if (symbol.kind === 'variable') symbol.reads++;
    context.names.set(use, symbol);
    return;
  }
  const predefined = name === 'host' ? 0 : Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
  if (predefined !== undefined) {
    context.names.set(use, { kind: 'predefined', value: predefined });
    return;
  }
  const candidates = [
    ...context.visibleVariables(),
    ...context.constants.keys(),
    ...context.vms.keys(),
    ...Object.keys(CONSTANTS),
  ];
  const { text, fix } = didYouMean(name, candidates, range);
  const owner =
    text === ''
      ? [...context.tasks.values()].find((body) => body.variables.some((variable) => variable.name === name))
      : undefined;
  const hint = owner === undefined ? text : ` In another task it is \`${owner.name}.${name}\`.`;
  const qualify =
    owner === undefined
      ? undefined
      : { title: `Change to \`${owner.name}.${name}\``, range, text: `${owner.name}.${name}` };
  context.problems.error('unknown-name', `There is no variable \`${name}\` here.${hint}`, range, fix ?? qualify);
}

function resolveQualified(context: BindContext, use: Qualified): void {
  const taskName = given(use.task);
  if (taskName === undefined) return;
  const taskRange = rangeOfProperty(use, 'task');
  const body = context.tasks.get(taskName);
  if (body === undefined) {
    const { text, fix } = didYouMean(taskName, context.tasks.keys(), taskRange);
    context.problems.error('unknown-name', `There is no task \`${taskName}\`.${text}`, taskRange, fix);
    return;
  }
  body.references.push(taskRange);
  context.qualifiers.set(use, body);
  const name = given(use.name);
  if (name === undefined) return;
  const symbol = body.variables.find((variable) => variable.name === name);
  const range = rangeOfProperty(use, 'name');
  if (symbol === undefined) {
    const { text, fix } = didYouMean(
      name,
      body.variables.map((variable) => variable.name),
      range,
    );
    context.problems.error('unknown-name', `\`${taskName}\` has no variable \`${name}\`.${text}`, range, fix);
    return;
  }
  symbol.references.push(range);
  symbol.reads++;
  context.variables.set(use, symbol);
}
