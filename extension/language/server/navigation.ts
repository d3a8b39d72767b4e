/** Go to definition, find references, rename. */

import {
  type Location,
  type Position,
  type Range,
  ResponseError,
  LSPErrorCodes,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { BUILTIN_BY_NAME, type SourceRange } from './language';
import { type ScenarioDocument, toRange } from './documents';
import { symbolAt } from './symbols';
import { DECLARATIONS, OTHER_WORDS, STATEMENTS } from './words';

export function definitionsAt(document: ScenarioDocument, position: Position): Location[] {
  return (symbolAt(document, position)?.symbol.definitions ?? []).map((range) => locate(document, range));
}

export function referencesAt(document: ScenarioDocument, position: Position, withDeclaration: boolean): Location[] {
  const found = symbolAt(document, position)?.symbol;
  if (found === undefined) return [];
  const ranges = [...(withDeclaration ? found.definitions : []), ...found.references];
  return ranges.map((range) => locate(document, range));
}

/** What a rename at this position would change first, or null if nothing there has a name of ours. */
export function renameRange(document: ScenarioDocument, position: Position): Range | null {
  const found = symbolAt(document, position);
  // `host { }` has a name without being given one.
  return found === null || found.symbol.name === 'host' ? null : toRange(found.range);
}

/** The edits of a rename. Throws an error for the editor to show if the new name cannot be one. */
export function rename(document: ScenarioDocument, position: Position, newName: string): WorkspaceEdit {
  const found = symbolAt(document, position);
  if (found === null || found.symbol.name === 'host') throw refusal('There is nothing to rename here.');
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(newName))
    throw refusal(`\`${newName}\` is not a name: letters, digits and _ only.`);
  const words = [DECLARATIONS, STATEMENTS, OTHER_WORDS];
  if (words.some((table) => Object.hasOwn(table, newName))) throw refusal(`\`${newName}\` is a word of the language.`);
  if (found.symbol.kind === 'body' && found.symbol.role === 'fn' && BUILTIN_BY_NAME.has(newName)) {
    throw refusal(`\`${newName}\` is an operation of the machine already.`);
  }
  const ranges = [...found.symbol.definitions, ...found.symbol.references];
  return { changes: { [document.uri]: ranges.map((range) => ({ range: toRange(range), newText: newName })) } };
}

function locate(document: ScenarioDocument, range: SourceRange): Location {
  return { uri: document.uri, range: toRange(range) };
}

function refusal(message: string): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestFailed, message);
}
