/** Calls against the table of operations. Problems: wrong-arity, unknown-step, no-value, bad-width, bad-value, not-constant. */

import { type Builtin, FORK_STEPS, FAULT_KINDS, type NamedStep, type Parameter } from '../builtins';
import type { Folder } from '../fold';
import type { Call } from '../generated/ast';
import type { Problems } from '../problems';
import { rangeOf, rangeOfProperty } from '../ranges';
import { didYouMean } from '../suggest';
import type { BoundScenario, CallTarget } from '../symbols';
import type { AstNode } from 'langium';

export function checkCalls(bound: BoundScenario, folder: Folder, problems: Problems): void {
  for (const [call, target] of bound.calls) {
    checkArity(call, target, problems);
    checkSteps(call, call.skip, target.kind === 'builtin' ? target.builtin.steps : [], call.callee, problems);
    if (target.kind !== 'builtin') continue;
    const { builtin } = target;
    if (!builtin.returns && call.$container.$type !== 'CallStatement') {
      problems.error('no-value', `\`${builtin.name}\` gives no value.`, rangeOf(call));
    }
    checkConstants(call, builtin, folder, problems);
  }
  for (const fork of bound.forks.keys()) checkSteps(fork, fork.skip, FORK_STEPS, 'fork', problems);
  for (const statement of bound.places.keys()) {
    if (statement.$type !== 'ExpectFault' || (FAULT_KINDS as readonly string[]).includes(statement.kind)) continue;
    const range = rangeOfProperty(statement, 'kind');
    const { text, fix } = didYouMean(statement.kind, FAULT_KINDS, range);
    problems.error(
      'unknown-fault',
      `There is no fault \`${statement.kind}\`.${text || ` The kinds are ${list(FAULT_KINDS)}.`}`,
      range,
      fix,
    );
  }
}

/** As it is declared: `mmap(size, perm, at = 0)`. */
export function signatureOf(builtin: Builtin): string {
  return `${builtin.name}(${builtin.parameters.map(parameterLabel).join(', ')})`;
}

/** A parameter in a signature: `at = 0`, `as auto`. */
export function parameterLabel(parameter: Parameter): string {
  const { name, kind, words, default: fallback } = parameter;
  if (kind === 'word') return `as ${words?.[fallback ?? 0]?.name ?? name}`;
  return fallback === undefined ? name : `${name} = ${fallback}`;
}

function checkArity(call: Call, target: CallTarget, problems: Problems): void {
  const given = call.arguments.length;
  let least: number;
  let most: number;
  let signature: string;
  if (target.kind === 'builtin') {
    most = target.builtin.parameters.length;
    least = target.builtin.parameters.filter((parameter) => parameter.default === undefined).length;
    signature = signatureOf(target.builtin);
  } else {
    const names = target.body.node.$type === 'Fn' ? target.body.node.parameters.map((parameter) => parameter.name) : [];
    most = least = names.length;
    signature = `${target.body.name}(${names.join(', ')})`;
  }
  if (given >= least && given <= most) return;
  const takes = least === most ? String(least) : `${least} to ${most}`;
  problems.error(
    'wrong-arity',
    `\`${signature}\` takes ${takes} argument${most === 1 ? '' : 's'}, not ${given}.`,
    rangeOf(call),
  );
}

function checkSteps(
  node: AstNode,
  skip: readonly string[],
  steps: readonly NamedStep[],
  name: string,
  problems: Problems,
): void {
  skip.forEach((step, i) => {
    if (steps.some((known) => known.name === step)) return;
    const range = rangeOfProperty(node, 'skip', i);
    const names = steps.map((known) => known.name);
    const { text, fix } = didYouMean(step, names, range);
    const otherwise = names.length === 0 ? ' It has no steps to leave out.' : ` Its steps are ${list(names)}.`;
    problems.error('unknown-step', `\`${name}\` has no step \`${step}\`.${text || otherwise}`, range, fix);
  });
}

function checkConstants(call: Call, builtin: Builtin, folder: Folder, problems: Problems): void {
  builtin.parameters.forEach((parameter, i) => {
    const argument = call.arguments[i];
    if (argument === undefined || parameter.kind !== 'value') return;
    const value = folder.value(argument);
    if (value === null) return;
    const range = rangeOf(argument);
    if (
      parameter.name === 'bytes' &&
      (builtin.name === 'read' || builtin.name === 'write') &&
      ![1n, 2n, 4n, 8n].includes(value)
    ) {
      problems.error('bad-width', 'An access is 1, 2, 4 or 8 bytes wide.', range);
    } else if (parameter.name === 'level' && (value < 1n || value > 5n)) {
      problems.error('bad-value', 'A level is 1 (PT) to 5 (PML5).', range);
    } else if (parameter.name === 'perm' && ![0n, 1n, 3n, 5n, 7n].includes(value)) {
      problems.error('bad-value', 'Permissions are `none`, `r`, `rw`, `rx` or `rwx`.', range);
    } else if (parameter.name === 'key' && value > 15n) {
      problems.error('bad-value', 'A protection key is 0 to 15.', range);
    } else if (parameter.name === 'advice' && ![4n, 14n, 15n, 21n].includes(value)) {
      problems.error('bad-value', 'Advice is `hugepage`, `nohugepage`, `dontneed` or `pageout`.', range);
    } else if (parameter.name === 'below' && value === 0n) {
      problems.error('bad-value', 'There is no number below 0.', range);
    }
  });
}

function list(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}
