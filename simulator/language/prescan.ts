/** What is looked at before parsing, so that no text can upset the parser. */

import type { Diagnostic, SourceRange } from './program';

/** Brackets within brackets, and operators in front of operators. The parser needs some 100 stack frames for each. */
export const MAX_NESTING = 60;
/** Operators in one expression. */
export const MAX_CHAIN = 500;
/** A scenario is a page or two; a file beyond this is not one. */
const MAX_LENGTH = 4_000_000;

/** The reason not to parse this text, or null. */
export function prescan(text: string): Diagnostic | null {
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x08\x0e-\x1f]/.test(text)) {
    return problem('not-text', 'This is not a text file: it holds control characters.', positionAt(text, 0));
  }
  if (text.length > MAX_LENGTH)
    return problem('too-long', 'The scenario is too long: more than 4 million characters.', positionAt(text, 0));
  const comment = findOpenComment(text);
  if (comment >= 0) return problem('syntax', 'This comment is never closed.', positionAt(text, comment));
  const deep = findDeepNesting(text);
  return deep < 0 ? null : tooDeep(positionAt(text, deep));
}

export function tooDeep(range: SourceRange): Diagnostic {
  return problem(
    'nesting-too-deep',
    `Nested too deeply: more than ${MAX_NESTING} levels, or ${MAX_CHAIN} operators in one expression.`,
    range,
  );
}

/** Line and column of an offset, as the range of one character. */
export function positionAt(text: string, offset: number): SourceRange {
  let line = 0;
  let start = 0;
  for (let next = text.indexOf('\n'); next >= 0 && next < offset; next = text.indexOf('\n', next + 1)) {
    line++;
    start = next + 1;
  }
  const column = offset - start;
  return { startLine: line, startColumn: column, endLine: line, endColumn: column + (text.length > offset ? 1 : 0) };
}

function problem(code: string, message: string, range: SourceRange): Diagnostic {
  return { severity: 'error', code, message, range };
}

/** Offset of a block comment without an end, or -1. */
function findOpenComment(text: string): number {
  const pieces = /\/\/[^\n\r]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n\r])*"|(\/\*)/g;
  for (let match = pieces.exec(text); match !== null; match = pieces.exec(text)) if (match[1]) return match.index;
  return -1;
}

/** Words after which an expression begins anew. */
const BREAKS: ReadonlySet<string> = new Set([
  'let',
  'const',
  'if',
  'else',
  'for',
  'in',
  'step',
  'while',
  'return',
  'expect',
  'at',
  'wait',
  'signal',
  'print',
  'fork',
]);

/**
 * Offset of the first bracket, prefix operator or operator of a chain past its limit, or -1. Skips comments and texts.
 * The parser works by recursion on each of the three.
 */
function findDeepNesting(text: string): number {
  /** Operators so far in the expression, one count for each open bracket. */
  const chains = [0];
  let prefixes = 0;
  const pieces = /\/\/[^\n\r]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n\r])*"|[A-Za-z_0-9]+|[=!<>]=|&&|\|\||<<|>>|\.\.|[^\s]/g;
  for (let match = pieces.exec(text); match !== null; match = pieces.exec(text)) {
    const piece = match[0];
    if (piece.startsWith('//') || piece.startsWith('/*')) continue;
    const last = chains.length - 1;
    prefixes = '-!~*'.includes(piece) ? prefixes + 1 : 0;
    if ('([{'.includes(piece)) {
      if (piece === '{') chains[last] = 0;
      if (chains.push(0) > MAX_NESTING + 1) return match.index;
    } else if (')]}'.includes(piece)) {
      if (last > 0) chains.pop();
      if (piece === '}') chains[chains.length - 1] = 0;
    } else if (piece === '=' || piece === ',' || piece === ';' || piece === '..' || BREAKS.has(piece)) chains[last] = 0;
    else if (OPERATOR.test(piece) && ++chains[last] > MAX_CHAIN) return match.index;
    if (prefixes > MAX_NESTING) return match.index;
  }
  return -1;
}

const OPERATOR = /^(?:[-+*/%&|^<>!~]|[=!<>]=|&&|\|\||<<|>>)$/;
