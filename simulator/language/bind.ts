/** Finds what each name means. Works on partial trees too, since the editor asks while people type. */

import { BindContext, given } from './bind/context';
import { declare, declareVm } from './bind/declarations';
import { bindExpression } from './bind/expressions';
import { bindBody } from './bind/statements';
import type { Print, Scenario } from './generated/ast';
import type { TextPart } from './parse';
import type { Problems } from './problems';
import type { BoundScenario } from './symbols';

/**
 * Binds a parsed scenario. Problems: unknown-name, duplicate-name, not-a-variable, wrong-argument, missing-vm,
 * ambiguous-event, never-signalled.
 */
export function bind(
  scenario: Scenario,
  texts: ReadonlyMap<Print, readonly TextPart[]>,
  problems: Problems,
): BoundScenario {
  const context = new BindContext(scenario, texts, problems);
  for (const declaration of scenario.declarations) if (declaration.$type === 'Vm') declareVm(context, declaration);
  for (const declaration of scenario.declarations) declare(context, declaration);
  for (const constant of context.constants.values()) bindExpression(context, given(constant.node.value), null);
  // Forks add bodies while this runs; they are bound with their parents.
  for (const declaration of scenario.declarations) {
    const body = context.bodyOf.get(declaration);
    if (body !== undefined) bindBody(context, body);
  }
  for (const resolve of context.late) resolve();
  return {
    scenario,
    texts,
    vms: context.allVms,
    constants: [...context.constants.values()],
    bodies: context.bodies,
    events: [...context.events.values()],
    names: context.names,
    variables: context.variables,
    qualifiers: context.qualifiers,
    calls: context.calls,
    operands: context.operands,
    waits: context.waits,
    signals: context.signals,
    forks: context.forks,
    places: context.places,
  };
}
