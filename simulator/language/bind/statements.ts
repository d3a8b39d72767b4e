/** Statements: variables, scopes, places. */

import type { Assign, Block, For, Fork, Let, Parameter, Statement } from '../generated/ast';
import { rangeOfProperty } from '../ranges';
import { didYouMean } from '../suggest';
import type { Body, Place, VariableSymbol } from '../symbols';
import { type BindContext, given } from './context';
import { addTask } from './declarations';
import { bindSignal, resolveWait } from './events';
import { bindExpression } from './expressions';

/** Binds the statements of a function or a task, forks within them included. */
export function bindBody(context: BindContext, body: Body): void {
  context.scopes = [new Map<string, VariableSymbol>()];
  if (body.node.$type === 'Fn') {
    for (const parameter of body.node.parameters) declareVariable(context, parameter, 'parameter', body);
  }
  bindBlock(context, body.block, { body, kernel: false, inLoop: false, straight: true });
}

function bindBlock(context: BindContext, block: Block | undefined, place: Place): void {
  if (block === undefined) return;
  context.scopes.push(new Map());
  for (const statement of block.statements) bindStatement(context, statement, place);
  context.scopes.pop();
}

function bindStatement(context: BindContext, statement: Statement, place: Place): void {
  context.places.set(statement, place);
  const branch: Place = place.straight ? { ...place, straight: false } : place;
  switch (statement.$type) {
    case 'Let':
      bindExpression(context, given(statement.value), place);
      declareVariable(context, statement, 'let', place.body);
      return;
    case 'Assign':
      bindExpression(context, given(statement.value), place);
      bindAssign(context, statement);
      return;
    case 'CallStatement':
      bindExpression(context, given(statement.call), place);
      return;
    case 'If':
      statement.conditions.forEach((condition, i) => bindExpression(context, condition, i === 0 ? place : branch));
      for (const block of statement.blocks) bindBlock(context, block, branch);
      bindBlock(context, statement.otherwise, branch);
      return;
    case 'For':
      bindExpression(context, given(statement.from), place);
      bindExpression(context, given(statement.to), place);
      bindExpression(context, statement.by, place);
      context.scopes.push(new Map());
      declareVariable(context, statement, 'loop', place.body);
      bindBlock(context, given(statement.body), { ...branch, inLoop: true });
      context.scopes.pop();
      return;
    case 'While':
      bindExpression(context, given(statement.condition), { ...branch, inLoop: true });
      bindBlock(context, given(statement.body), { ...branch, inLoop: true });
      return;
    case 'Return':
      bindExpression(context, statement.value, place);
      return;
    case 'Fork':
      bindFork(context, statement, place);
      return;
    case 'KernelBlock':
      bindBlock(context, given(statement.body), { ...place, kernel: true });
      return;
    case 'ExpectFault':
      bindExpression(context, statement.address, place);
      // A fault leaves the block early.
      bindBlock(context, given(statement.body), branch);
      return;
    case 'ExpectNoFault':
      bindBlock(context, given(statement.body), place);
      return;
    case 'ExpectValue':
      bindExpression(context, given(statement.value), place);
      return;
    case 'Wait':
      context.late.push(() => resolveWait(context, statement, place.body));
      return;
    case 'Signal':
      bindSignal(context, statement, place.body);
      return;
    case 'Print':
      for (const part of context.texts.get(statement) ?? [])
        if (typeof part !== 'string') bindExpression(context, part, place);
      return;
    case 'Break':
    case 'Continue':
      return;
    default:
      // An unfinished statement.
      return;
  }
}

function bindFork(context: BindContext, statement: Fork, place: Place): void {
  if (given(statement.name) === undefined) return;
  const body = addTask(
    context,
    'fork',
    statement,
    statement.name,
    rangeOfProperty(statement, 'name'),
    place.body.vm,
    place.body,
  );
  context.forks.set(statement, body);
  bindBlock(context, body.block, { body, kernel: false, inLoop: false, straight: true });
}

function declareVariable(
  context: BindContext,
  node: Let | For | Parameter,
  role: VariableSymbol['role'],
  body: Body,
): void {
  const name = given(node.name);
  if (name === undefined) return;
  const range = rangeOfProperty(node, 'name');
  const visible = context.lookUp(name);
  if (visible !== undefined) context.isTaken(name, range, [new Map([[name, visible]])]);
  else context.isTaken(name, range, [context.constants, context.vms]);
  const register = body.variables.length;
  const symbol: VariableSymbol = {
    kind: 'variable',
    role,
    name,
    node,
    register,
    reads: 0,
    definitions: [range],
    references: [],
  };
  body.variables.push(symbol);
  context.scopes[context.scopes.length - 1].set(name, symbol);
  context.variables.set(node, symbol);
}

function bindAssign(context: BindContext, statement: Assign): void {
  const name = given(statement.name);
  if (name === undefined) return;
  const range = rangeOfProperty(statement, 'name');
  const symbol = context.lookUp(name);
  if (symbol !== undefined) {
    symbol.references.push(range);
    context.variables.set(statement, symbol);
    return;
  }
  if (context.constants.has(name) || context.vms.has(name)) {
    context.problems.error('not-a-variable', `\`${name}\` cannot be changed: it is not a variable.`, range);
    return;
  }
  const start = { ...range, endLine: range.startLine, endColumn: range.startColumn };
  const guess = didYouMean(name, context.visibleVariables(), range);
  const fix = guess.fix ?? { title: `Declare \`${name}\` here`, range: start, text: 'let ' };
  context.problems.error(
    'unknown-name',
    `There is no variable \`${name}\`.${guess.text || ' `let` declares one.'}`,
    range,
    fix,
  );
}
