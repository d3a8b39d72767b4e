/** Names that declarations bring in. */

import { BUILTIN_BY_NAME } from '../builtins';
import type { Declaration, KernelTask, Process, Vm } from '../generated/ast';
import type { SourceRange } from '../program';
import { rangeOfKeyword, rangeOfProperty } from '../ranges';
import { didYouMean } from '../suggest';
import type { Body, VmSymbol } from '../symbols';
import { type BindContext, given } from './context';

/** Declares a constant, a function or a task. Precondition: the VMs are declared. */
export function declare(context: BindContext, declaration: Declaration): void {
  switch (declaration.$type) {
    case 'Const': {
      if (given(declaration.name) === undefined) return;
      const range = rangeOfProperty(declaration, 'name');
      if (context.isTaken(declaration.name, range, [context.constants, context.vms])) return;
      context.constants.set(declaration.name, {
        kind: 'constant',
        name: declaration.name,
        node: declaration,
        definitions: [range],
        references: [],
      });
      return;
    }
    case 'Fn': {
      if (given(declaration.name) === undefined) return;
      const range = rangeOfProperty(declaration, 'name');
      if (BUILTIN_BY_NAME.has(declaration.name)) {
        context.problems.error(
          'duplicate-name',
          `\`${declaration.name}\` is an operation of the machine already.`,
          range,
        );
      }
      const taken = context.isTaken(declaration.name, range, [context.functions]);
      const body = addBody(context, 'fn', declaration, declaration.name, range, null, null);
      if (!taken) context.functions.set(declaration.name, body);
      return;
    }
    case 'Process':
    case 'KernelTask':
      declareTask(context, declaration, declaration.$type === 'Process' ? 'process' : 'kernel');
      return;
    case 'HostTask': {
      const named = given(declaration.name) !== undefined;
      const range = named ? rangeOfProperty(declaration, 'name') : rangeOfKeyword(declaration, 'host');
      addTask(context, 'host', declaration, declaration.name ?? 'host', range, null, null);
      return;
    }
    default:
      return;
  }
}

/** VMs come first, since tasks name them. */
export function declareVm(context: BindContext, node: Vm): void {
  if (given(node.name) === undefined) return;
  const range = rangeOfProperty(node, 'name');
  const symbol: VmSymbol = {
    kind: 'vm',
    name: node.name,
    node,
    index: context.allVms.length,
    definitions: [range],
    references: [],
  };
  context.allVms.push(symbol);
  if (!context.isTaken(node.name, range, [context.vms, context.constants])) context.vms.set(node.name, symbol);
}

function declareTask(context: BindContext, node: Process | KernelTask, role: 'process' | 'kernel'): void {
  if (given(node.name) === undefined) return;
  const vmNames = [...context.vms.keys()];
  let vm: VmSymbol | null = null;
  if (node.vm !== undefined) {
    vm = context.vms.get(node.vm) ?? null;
    if (vm === null) {
      const range = rangeOfProperty(node, 'vm');
      const { text, fix } = didYouMean(node.vm, vmNames, range);
      context.problems.error('missing-vm', `There is no VM \`${node.vm}\`.${text}`, range, fix);
    } else vm.references.push(rangeOfProperty(node, 'vm'));
  } else {
    const range = rangeOfProperty(node, 'name');
    const first = vmNames[0];
    const end = {
      startLine: range.endLine,
      startColumn: range.endColumn,
      endLine: range.endLine,
      endColumn: range.endColumn,
    };
    const fix = first === undefined ? undefined : { title: `Run it in \`${first}\``, range: end, text: ` in ${first}` };
    context.problems.error(
      'missing-vm',
      `Which VM does \`${node.name}\` run in? Write \`in VM\` after its name.`,
      range,
      fix,
    );
  }
  addTask(context, role, node, node.name, rangeOfProperty(node, 'name'), vm, null);
}

/** Adds a task, declared or forked. */
export function addTask(
  context: BindContext,
  role: Body['role'],
  node: Body['node'],
  name: string,
  range: SourceRange,
  vm: VmSymbol | null,
  parent: Body | null,
): Body {
  const taken = context.isTaken(name, range, [context.tasks]);
  const body = addBody(context, role, node, name, range, vm, parent);
  if (!taken) context.tasks.set(name, body);
  return body;
}

function addBody(
  context: BindContext,
  role: Body['role'],
  node: Body['node'],
  name: string,
  range: SourceRange,
  vm: VmSymbol | null,
  parent: Body | null,
): Body {
  const body: Body = {
    kind: 'body',
    role,
    node,
    name,
    vm,
    parent,
    block: given(node.body),
    index: context.bodies.length,
    task: role === 'fn' ? -1 : context.taskCount++,
    variables: parent === null ? [] : [...parent.variables],
    definitions: [range],
    references: [],
  };
  context.bodies.push(body);
  context.bodyOf.set(node, body);
  return body;
}
