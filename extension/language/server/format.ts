/**
 * The formatter: two spaces for each open bracket, one space between words, settings and trailing comments aligned.
 * Lines stay where people broke them. It works on tokens and leaves a text with syntax errors alone.
 */

import { CstUtils, type AstNode, type LeafCstNode } from 'langium';
import { parseScenario } from './language';

/** The formatted text, or null if the text cannot be parsed. Formatting twice changes nothing more. */
export function formatScenario(text: string): string | null {
  const { scenario, diagnostics } = parseScenario(text);
  if (scenario?.$cstNode === undefined || diagnostics.length > 0) return null;
  const leaves = CstUtils.flattenCst(scenario.$cstNode)
    .toArray()
    .filter((leaf) => leaf.tokenType.name !== 'WS' && leaf.text !== '');
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = alignComments(alignSettings(layOut(leaves)));
  const body = lines.map(({ indent, code, comment }) => `${' '.repeat(indent)}${code}${comment}`.trimEnd()).join(eol);
  return body === '' ? '' : `${body}${eol}`;
}

interface Line {
  readonly indent: number;
  code: string;
  /** A trailing comment, with the spaces before it. */
  comment: string;
  /** For a line that holds exactly one setting: the length of its key. */
  readonly key: number;
}

/** Tokens to lines, with at most one blank line where there were several. */
function layOut(leaves: readonly LeafCstNode[]): Line[] {
  const lines: Line[] = [];
  let depth = 0;
  let row: LeafCstNode[] = [];
  let lastRow = -1;
  const flush = (): void => {
    if (row.length === 0) return;
    const leading = row.findIndex((leaf) => !isCloser(leaf));
    const closers = leading < 0 ? row.length : leading;
    const previous = lines.length === 0 ? undefined : lastCode;
    const continues = previous !== undefined && continuesLine(previous, row[0]);
    lines.push(makeLine(row, 2 * (Math.max(0, depth - closers) + (continues ? 1 : 0))));
    for (const leaf of row) {
      if (isOpener(leaf)) depth++;
      else if (isCloser(leaf)) depth = Math.max(0, depth - 1);
      if (!isComment(leaf)) lastCode = leaf;
    }
    row = [];
  };
  let lastCode: LeafCstNode | undefined;
  for (const leaf of leaves) {
    const start = leaf.range.start.line;
    if (start !== lastRow) {
      flush();
      if (lines.length > 0 && start > lastRow + 1) lines.push({ indent: 0, code: '', comment: '', key: 0 });
    }
    row.push(leaf);
    lastRow = leaf.range.end.line;
  }
  flush();
  return lines;
}

function makeLine(row: readonly LeafCstNode[], indent: number): Line {
  const last = row[row.length - 1];
  const trailing = row.length > 1 && last.tokenType.name === 'LINE_COMMENT' ? last : undefined;
  const code = trailing === undefined ? row : row.slice(0, -1);
  let text = '';
  code.forEach((leaf, i) => {
    const spaced = i > 0 && needsSpace(code[i - 1], leaf, code[i - 2]);
    text += `${spaced ? ' ' : ''}${tidy(leaf)}`;
  });
  return { indent, code: text, comment: trailing === undefined ? '' : ` ${tidy(trailing)}`, key: settingKey(code) };
}

/** Length of the key if the line is one setting of a machine or a VM, else 0. */
function settingKey(code: readonly LeafCstNode[]): number {
  const first = code[0]?.astNode;
  if (first.$type !== 'Setting' || code.some((leaf) => leaf.astNode !== first || isOpener(leaf))) return 0;
  return code.length > 1 ? code[0].text.length : 0;
}

function tidy(leaf: LeafCstNode): string {
  return isComment(leaf) ? leaf.text.trimEnd() : leaf.text;
}

/** Values of settings in neighbouring lines begin in one column. */
function alignSettings(lines: Line[]): Line[] {
  for (const group of groups(lines, ({ key }) => key > 0)) {
    const width = Math.max(...group.map(({ key }) => key));
    for (const line of group) line.code = `${line.code.slice(0, line.key).padEnd(width)}${line.code.slice(line.key)}`;
  }
  return lines;
}

/** Trailing comments of neighbouring lines begin in one column. */
function alignComments(lines: Line[]): Line[] {
  for (const group of groups(lines, ({ comment }) => comment !== '')) {
    const width = Math.max(...group.map(({ indent, code }) => indent + code.length));
    for (const line of group) line.comment = `${' '.repeat(width - line.indent - line.code.length)} ${line.comment}`;
  }
  return lines;
}

function groups(lines: readonly Line[], belongs: (line: Line) => boolean): Line[][] {
  const found: Line[][] = [];
  let current: Line[] = [];
  for (const line of lines) {
    if (belongs(line)) current.push(line);
    else if (current.length > 0) {
      found.push(current);
      current = [];
    }
  }
  if (current.length > 0) found.push(current);
  return found;
}

function needsSpace(left: LeafCstNode, right: LeafCstNode, beforeLeft: LeafCstNode | undefined): boolean {
  if (isComment(left) || isComment(right)) return true;
  const a = left.text;
  const b = right.text;
  if (a === '(' || b === ')' || b === ',' || b === ';' || a === '.' || b === '.' || a === '..' || b === '..')
    return false;
  // Within `skylake-sp`, `4-level`, `map-nested`.
  if ((a === '-' && isHyphen(left)) || (b === '-' && isHyphen(right))) return false;
  if (isPrefix(left)) return false;
  if (b === '(') return !isCallee(left, right) && !(a === '(' || (beforeLeft !== undefined && isPrefix(left)));
  return true;
}

function isHyphen(leaf: LeafCstNode): boolean {
  return !['BinaryExpression', 'Unary'].includes(typeOf(leaf));
}

function isPrefix(leaf: LeafCstNode): boolean {
  return typeOf(leaf) === 'Unary' && ['-', '!', '~', '*'].includes(leaf.text);
}

function isCallee(name: LeafCstNode, bracket: LeafCstNode): boolean {
  return (typeOf(bracket) === 'Call' || typeOf(bracket) === 'Fn') && name.astNode === bracket.astNode;
}

/** True if the second token goes on with what the first left unfinished on the line before. */
function continuesLine(before: LeafCstNode, first: LeafCstNode): boolean {
  if (isComment(first) || isCloser(first)) return false;
  if (before.text === '=' || before.text === 'without') return true;
  const isBinary = (leaf: LeafCstNode): boolean => typeOf(leaf) === 'BinaryExpression' && !/\w/.test(leaf.text);
  return isBinary(before) || isBinary(first) || first.text === 'without';
}

function isOpener(leaf: LeafCstNode): boolean {
  return leaf.text === '{' || leaf.text === '(';
}

function isCloser(leaf: LeafCstNode): boolean {
  return leaf.text === '}' || leaf.text === ')';
}

function isComment(leaf: LeafCstNode): boolean {
  return leaf.tokenType.name === 'LINE_COMMENT' || leaf.tokenType.name === 'BLOCK_COMMENT';
}

function typeOf(leaf: LeafCstNode): string {
  return (leaf.astNode as AstNode | undefined)?.$type ?? '';
}
