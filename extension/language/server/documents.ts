/** A scenario as an editor holds it, with what is known about it. */

import type { Position, Range } from 'vscode-languageserver';
import { checkScenario, type CheckedScenario, type SourceRange } from './language';

export interface ScenarioDocument {
  readonly uri: string;
  readonly text: string;
  readonly checked: CheckedScenario;
}

/** Parses and checks a text. Never throws. */
export function openScenario(uri: string, text: string): ScenarioDocument {
  return { uri, text, checked: checkScenario(text) };
}

export function toRange(range: SourceRange): Range {
  return {
    start: { line: range.startLine, character: range.startColumn },
    end: { line: range.endLine, character: range.endColumn },
  };
}

export function offsetAt(text: string, position: Position): number {
  let start = 0;
  for (let line = 0; line < position.line; line++) {
    const next = text.indexOf('\n', start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  return Math.min(text.length, start + position.character);
}

/** The word around a position, with its range, or null between words. */
export function wordAt(text: string, position: Position): { readonly word: string; readonly range: Range } | null {
  const line = text.split('\n', position.line + 1)[position.line] ?? '';
  // Steps have hyphens; so do words such as `skylake-sp`.
  for (const match of line.matchAll(/[A-Za-z_0-9]+/g)) {
    if (match.index > position.character || match.index + match[0].length < position.character) continue;
    return {
      word: match[0],
      range: {
        start: { line: position.line, character: match.index },
        end: { line: position.line, character: match.index + match[0].length },
      },
    };
  }
  return null;
}
