/** Questions about names at a position. */

import type { Position } from 'vscode-languageserver';
import {
  allSymbols,
  type Body,
  containsPosition,
  type NamedSymbol,
  rangeOf,
  type SourceRange,
  type VariableSymbol,
} from './language';
import type { ScenarioDocument } from './documents';

/** The named thing whose declaration or use stands at a position. */
export function symbolAt(
  document: ScenarioDocument,
  position: Position,
): { readonly symbol: NamedSymbol; readonly range: SourceRange } | null {
  const { bound } = document.checked;
  if (bound === null) return null;
  for (const symbol of allSymbols(bound)) {
    for (const range of [...symbol.definitions, ...symbol.references]) {
      if (containsPosition(range, position.line, position.character)) return { symbol, range };
    }
  }
  return null;
}

/** The function or task whose text holds a position; the innermost, since forks stand within their parents. */
export function bodyAt(document: ScenarioDocument, position: Position): Body | null {
  const around = (document.checked.bound?.bodies ?? []).filter((body) =>
    containsPosition(rangeOf(body.node), position.line, position.character),
  );
  return around.at(-1) ?? null;
}

/** Variables declared before a position in a body. */
export function variablesBefore(body: Body, position: Position): VariableSymbol[] {
  return body.variables.filter(({ definitions: [definition] }) => {
    if (definition.startLine !== position.line) return definition.startLine < position.line;
    return definition.startColumn < position.character;
  });
}
