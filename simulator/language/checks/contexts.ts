/**
 * Who may call what: user mode of a process, the kernel, the host. A function may call anything, but may then be
 * called only from where all of it may run. Problems: wrong-context.
 */

import type { BuiltinContext } from '../builtins';
import type { Call, Statement } from '../generated/ast';
import type { Fix, Problems } from '../problems';
import { rangeOf, rangeOfProperty, textOf } from '../ranges';
import type { Body, BoundScenario, CallTarget, Place } from '../symbols';

export function checkContexts(bound: BoundScenario, problems: Problems): void {
  const allowed = allowedContexts(bound);
  for (const [call, target] of bound.calls) {
    const place = bound.places.get(call);
    // Calls in constants are reported with the constants.
    if (place === undefined) continue;
    const here = contextOf(place);
    if (here === null) continue;
    const contexts = contextsOf(target, allowed);
    if (contexts.size > 0 && !contexts.has(here)) reportCall(call, here, contexts, place, problems);
  }
  for (const body of bound.bodies) {
    if (body.role === 'fn' && allowed.get(body)!.size === 0) {
      problems.error(
        'wrong-context',
        `Nothing can call \`${body.name}\`: what it calls never runs in one place.`,
        body.definitions[0],
      );
    }
  }
  for (const [statement, place] of bound.places) {
    if (statement.$type === 'KernelBlock' || statement.$type === 'Fork') checkProcessOnly(statement, place, problems);
  }
}

/** The contexts in which each function may run. */
function allowedContexts(bound: BoundScenario): ReadonlyMap<Body, Set<BuiltinContext>> {
  const allowed = new Map<Body, Set<BuiltinContext>>();
  for (const body of bound.bodies) {
    if (body.role === 'fn') allowed.set(body, new Set<BuiltinContext>(['process', 'kernel', 'host']));
  }
  for (const [statement, place] of bound.places) {
    if (statement.$type === 'KernelBlock' && place.body.role === 'fn')
      keepOnly(allowed.get(place.body)!, new Set(['process']));
  }
  // Callers lose what their callees cannot do, until nothing changes; each round but the last takes something away.
  for (let changed = true; changed;) {
    changed = false;
    for (const [call, target] of bound.calls) {
      const place = bound.places.get(call);
      if (place?.body.role !== 'fn' || place.kernel) continue;
      if (keepOnly(allowed.get(place.body)!, contextsOf(target, allowed))) changed = true;
    }
  }
  return allowed;
}

function contextsOf(target: CallTarget, allowed: ReadonlyMap<Body, Set<BuiltinContext>>): ReadonlySet<BuiltinContext> {
  return target.kind === 'builtin' ? new Set(target.builtin.contexts) : allowed.get(target.body)!;
}

function keepOnly(contexts: Set<BuiltinContext>, others: ReadonlySet<BuiltinContext>): boolean {
  const before = contexts.size;
  for (const context of contexts) if (!others.has(context)) contexts.delete(context);
  return contexts.size < before;
}

/** Null in functions: their callers decide. */
function contextOf(place: Place): BuiltinContext | null {
  if (place.kernel) return 'kernel';
  switch (place.body.role) {
    case 'fn':
      return null;
    case 'process':
    case 'fork':
      return 'process';
    case 'kernel':
      return 'kernel';
    case 'host':
      return 'host';
  }
}

const PLACES: Readonly<Record<BuiltinContext, string>> = {
  process: 'a process in user mode',
  kernel: 'the guest kernel',
  host: 'the host',
};

function reportCall(
  call: Call,
  here: BuiltinContext,
  contexts: ReadonlySet<BuiltinContext>,
  place: Place,
  problems: Problems,
): void {
  const where = [...contexts].map((context) => PLACES[context]).join(' or ');
  const wrap = here === 'process' && contexts.has('kernel');
  const hint = wrap ? ' Put it into `kernel { }`.' : '';
  const fix = wrap && call.$container.$type === 'CallStatement' ? wrapFix(call) : undefined;
  const message = `\`${call.callee}\` runs in ${where}, not in ${place.kernel ? 'a `kernel` block' : PLACES[here]}.${hint}`;
  problems.error('wrong-context', message, rangeOfProperty(call, 'callee'), fix);
}

function wrapFix(call: Call): Fix {
  return { title: 'Put it into `kernel { }`', range: rangeOf(call), text: `kernel { ${textOf(call)} }` };
}

function checkProcessOnly(
  statement: Extract<Statement, { $type: 'KernelBlock' | 'Fork' }>,
  place: Place,
  problems: Problems,
): void {
  const name = statement.$type === 'Fork' ? 'fork' : 'kernel { }';
  const inProcess = place.body.role === 'process' || place.body.role === 'fork';
  if (place.kernel)
    problems.error(
      'wrong-context',
      `\`${name}\` is for user mode, and this is the kernel already.`,
      rangeOf(statement),
    );
  else if (!inProcess && !(place.body.role === 'fn' && statement.$type === 'KernelBlock')) {
    problems.error('wrong-context', `Only a process can use \`${name}\`.`, rangeOf(statement));
  }
}
