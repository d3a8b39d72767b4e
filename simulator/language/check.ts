/** Everything that can be said about a scenario without running it. */

import { bind } from './bind';
import { checkAddresses } from './checks/addresses';
import { checkCalls } from './checks/calls';
import { checkContexts } from './checks/contexts';
import { checkFlow } from './checks/flow';
import { checkTasks } from './checks/tasks';
import { checkValues } from './checks/values';
import { checkVariables } from './checks/variables';
import { Folder } from './fold';
import { parseScenario } from './parse';
import { Problems } from './problems';
import type { Diagnostic } from './program';
import { readSettings, type Settings } from './settings';
import type { BoundScenario } from './symbols';

export interface CheckedScenario {
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** What names mean; null only if the text could not be parsed at all. Partial after syntax errors. */
  readonly bound: BoundScenario | null;
  /** What the compiler needs; null after syntax errors. */
  readonly checked: { readonly folder: Folder; readonly settings: Settings } | null;
}

/** Parses and checks. Never throws, whatever the text. */
export function checkScenario(text: string): CheckedScenario {
  const parsed = parseScenario(text);
  if (parsed.scenario === null) return { diagnostics: parsed.diagnostics, bound: null, checked: null };
  const problems = new Problems();
  const bound = bind(parsed.scenario, parsed.texts, problems);
  // Where the tree has holes, everything else would be a guess.
  if (parsed.diagnostics.length > 0) return { diagnostics: inOrder(parsed.diagnostics), bound, checked: null };
  const folder = new Folder(bound);
  const settings = readSettings(bound, problems);
  checkTasks(bound, settings, problems);
  checkValues(bound, folder, problems);
  checkCalls(bound, folder, problems);
  checkContexts(bound, problems);
  checkFlow(bound, folder, problems);
  checkAddresses(bound, folder, settings, problems);
  checkVariables(bound, problems);
  return { diagnostics: inOrder(problems.list), bound, checked: { folder, settings } };
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) => a.range.startLine - b.range.startLine || a.range.startColumn - b.range.startColumn,
  );
}
