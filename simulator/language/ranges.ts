/** Where nodes of the syntax tree stand in the file. */

import { type AstNode, type CstNode, GrammarUtils, type RootCstNode } from 'langium';
import type { TextLiteral } from './generated/ast';
import type { SourceRange } from './program';

export const EMPTY_RANGE: SourceRange = { startLine: 0, startColumn: 0, endLine: 0, endColumn: 0 };

/**
 * Expressions inside the text of `print` are parsed on their own; their positions are shifted to where they stand.
 * They never span lines.
 */
const shifts = new WeakMap<RootCstNode, { readonly line: number; readonly column: number }>();

/** The range of a whole node. */
export function rangeOf(node: AstNode): SourceRange {
  // The parser gives every operator of a chain the range of the whole chain.
  if (node.$type === 'BinaryExpression') {
    const { left, right } = node as unknown as { left?: AstNode; right?: AstNode };
    if (left && right) return joinRanges(rangeOf(left), rangeOf(right));
  }
  return node.$cstNode ? rangeOfCst(node.$cstNode) : EMPTY_RANGE;
}

/** The range of one property, or of the `index`th value of a list; the whole node if the property is missing. */
export function rangeOfProperty(node: AstNode, property: string, index = 0): SourceRange {
  const found = GrammarUtils.findNodesForProperty(node.$cstNode, property)[index];
  return found ? rangeOfCst(found) : rangeOf(node);
}

/** The range of the `index`th keyword of this spelling in a node. */
export function rangeOfKeyword(node: AstNode, keyword: string): SourceRange {
  const found = GrammarUtils.findNodeForKeyword(node.$cstNode, keyword);
  return found ? rangeOfCst(found) : rangeOf(node);
}

export function rangeOfCst(cst: CstNode): SourceRange {
  const { start, end } = cst.range;
  const shift = shifts.get(cst.root);
  if (shift === undefined) {
    return { startLine: start.line, startColumn: start.character, endLine: end.line, endColumn: end.character };
  }
  return {
    startLine: start.line + shift.line,
    startColumn: start.character + shift.column,
    endLine: end.line + shift.line,
    endColumn: end.character + shift.column,
  };
}

/** From here on, nodes of this tree count from (line, column). */
export function shiftTree(root: AstNode, line: number, column: number): void {
  if (root.$cstNode) shifts.set(root.$cstNode.root, { line, column });
}

export function joinRanges(first: SourceRange, last: SourceRange): SourceRange {
  return {
    startLine: first.startLine,
    startColumn: first.startColumn,
    endLine: last.endLine,
    endColumn: last.endColumn,
  };
}

export function containsPosition(range: SourceRange, line: number, column: number): boolean {
  if (line < range.startLine || line > range.endLine) return false;
  if (line === range.startLine && column < range.startColumn) return false;
  return !(line === range.endLine && column > range.endColumn);
}

/** Source text of a node as written. */
export function textOf(node: AstNode): string {
  if (node.$type === 'BinaryExpression') {
    const { left, operator, right } = node as unknown as { left?: AstNode; operator: string; right?: AstNode };
    if (left && right) return `${textOf(left)} ${operator} ${textOf(right)}`;
  }
  return (node.$cstNode?.text ?? '').replace(/\s+/g, ' ');
}

/** The text between the quotes. Only `\"` and `\\` are escapes, so that a Windows path can be written as it is. */
export function textValue(literal: TextLiteral): string {
  return (literal.$cstNode?.text ?? '').slice(1, -1).replace(/\\(["\\])/g, '$1');
}
