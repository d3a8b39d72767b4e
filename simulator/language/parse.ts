/** Text to syntax tree. Parsing never throws: what is wrong comes back as diagnostics beside a partial tree. */

import {
  type AstNode,
  AstUtils,
  createDefaultCoreModule,
  createDefaultSharedCoreModule,
  EmptyFileSystem,
  GrammarUtils,
  inject,
  type LangiumCoreServices,
} from 'langium';
import { type Expression, type Print, type Scenario, isPrint } from './generated/ast';
import { TptGeneratedModule, TptGeneratedSharedModule } from './generated/module';
import { MAX_CHAIN, positionAt, prescan, tooDeep } from './prescan';
import type { Diagnostic, SourceRange } from './program';
import { EMPTY_RANGE, rangeOf, rangeOfProperty, shiftTree } from './ranges';
import { SyntaxMessages } from './syntax-messages';

/** More help nobody. */
const MAX_SYNTAX_ERRORS = 50;

export interface ParsedScenario {
  /** Null if the text cannot be a scenario at all. With syntax errors, parts of the tree are missing. */
  readonly scenario: Scenario | null;
  /** Empty iff the tree is complete. */
  readonly diagnostics: readonly Diagnostic[];
  /** The parts of each `print` text. */
  readonly texts: ReadonlyMap<Print, readonly TextPart[]>;
}

/** `print "a {b}"` is the parts "a " and b. */
export type TextPart = string | Expression;

export function parseScenario(text: string): ParsedScenario {
  const reason = prescan(text);
  if (reason !== null) return { scenario: null, diagnostics: [reason], texts: new Map() };
  const { root, diagnostics } = parse<Scenario>(text, undefined);
  if (root === null) return { scenario: null, diagnostics, texts: new Map() };
  const deep = findDeepNode(root);
  if (deep !== null) return { scenario: null, diagnostics: [tooDeep(rangeOf(deep))], texts: new Map() };
  const texts = new Map<Print, readonly TextPart[]>();
  for (const node of AstUtils.streamAst(root)) {
    if (isPrint(node)) texts.set(node, parsePrintText(node, diagnostics));
  }
  return { scenario: root, diagnostics, texts };
}

/** One expression, alone. */
export function parseExpression(text: string): { expression: Expression | null; diagnostics: readonly Diagnostic[] } {
  const reason = prescan(text);
  if (reason !== null) return { expression: null, diagnostics: [reason] };
  const parsed = parse<Expression>(text, 'Expression');
  const { root } = parsed;
  const diagnostics = parsed.diagnostics.map((diagnostic) => ({
    ...diagnostic,
    message: diagnostic.message.replace(/the end of the file/i, 'the end'),
  }));
  if (root === null || diagnostics.length > 0) return { expression: null, diagnostics };
  const deep = findDeepNode(root);
  return deep === null
    ? { expression: root, diagnostics }
    : { expression: null, diagnostics: [tooDeep(rangeOf(deep))] };
}

let cached: LangiumCoreServices | null = null;

/** Building the parser takes some 30 ms, so it is kept. */
function services(): LangiumCoreServices {
  if (cached === null) {
    const shared = inject(createDefaultSharedCoreModule(EmptyFileSystem), TptGeneratedSharedModule);
    cached = inject(createDefaultCoreModule({ shared }), TptGeneratedModule, {
      parser: { ParserErrorMessageProvider: () => new SyntaxMessages() },
    });
    shared.ServiceRegistry.register(cached);
  }
  return cached;
}

// The rule decides what comes out.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
function parse<T extends AstNode>(
  text: string,
  rule: string | undefined,
): { root: T | null; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  try {
    const result = services().parser.LangiumParser.parse<T>(text, rule === undefined ? {} : { rule });
    for (const error of result.lexerErrors) {
      const line = (error.line ?? 1) - 1;
      const column = (error.column ?? 1) - 1;
      const range = {
        startLine: line,
        startColumn: column,
        endLine: line,
        endColumn: column + Math.max(1, lengthOnLine(text, error.offset, error.length)),
      };
      diagnostics.push({ severity: 'error', code: 'syntax', message: lexerMessage(text[error.offset] ?? ''), range });
    }
    for (const { token, message } of result.parserErrors) {
      // The end of the file has no place of its own.
      const atEnd = Number.isNaN(token.startOffset) || token.startOffset < 0;
      const range = atEnd ? positionAt(text, Math.max(0, text.trimEnd().length - 1)) : rangeOfToken(token);
      diagnostics.push({ severity: 'error', code: 'syntax', message, range });
    }
    const first = firstOfEachLine(diagnostics);
    // The default value of an expression that is not there at all.
    const root = result.value as T | undefined;
    return { root: root ?? null, diagnostics: first };
  } catch (error) {
    // The limits of prescan should keep the parser from this; an editor must live through it all the same.
    cached = null;
    if (error instanceof RangeError) return { root: null, diagnostics: [tooDeep(EMPTY_RANGE)] };
    const message = `The parser failed on this text: ${String(error)}`;
    return { root: null, diagnostics: [{ severity: 'error', code: 'internal', message, range: EMPTY_RANGE }] };
  }
}

/** What follows the first mistake of a line is mostly confusion of the parser. */
function firstOfEachLine(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const lines = new Set<number>();
  const sorted = [...diagnostics].sort(
    (a, b) => a.range.startLine - b.range.startLine || a.range.startColumn - b.range.startColumn,
  );
  const first = sorted.filter(({ range }) => !lines.has(range.startLine) && lines.add(range.startLine));
  return first.slice(0, MAX_SYNTAX_ERRORS);
}

interface PlacedToken {
  readonly startLine?: number;
  readonly startColumn?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

/** Chevrotain counts from 1, with inclusive ends. */
function rangeOfToken(token: PlacedToken): SourceRange {
  return {
    startLine: (token.startLine ?? 1) - 1,
    startColumn: (token.startColumn ?? 1) - 1,
    endLine: (token.endLine ?? 1) - 1,
    endColumn: token.endColumn ?? 1,
  };
}

function lengthOnLine(text: string, offset: number, length: number): number {
  const lineEnd = text.slice(offset, offset + length).search(/[\r\n]/);
  return lineEnd < 0 ? length : lineEnd;
}

function lexerMessage(character: string): string {
  if (character === '"') return 'This text has no closing quote on its line.';
  return `The character \`${character}\` has no meaning here.`;
}

/** A node nested deeper than recursion may follow, or null. Walks without recursion itself. */
function findDeepNode(root: AstNode): AstNode | null {
  const limit = 2 * MAX_CHAIN;
  let level: AstNode[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return level[0];
    const next: AstNode[] = [];
    for (const node of level) for (const child of AstUtils.streamContents(node)) next.push(child);
    level = next;
  }
  return null;
}

/** Splits the text of a `print` and parses what stands in braces. */
function parsePrintText(print: Print, diagnostics: Diagnostic[]): readonly TextPart[] {
  const literal = print.text as string | undefined;
  if (literal === undefined) return [];
  const range = rangeOfProperty(print, 'text');
  // As written, escapes included, so that columns are right.
  const source = (GrammarUtils.findNodeForProperty(print.$cstNode, 'text')?.text ?? '').slice(1, -1);
  const parts: TextPart[] = [];
  const pieces = /\{([^{}]*)\}|(\\.)|([^{}\\]+)|([{}])/g;
  let plain = '';
  for (let match = pieces.exec(source); match !== null; match = pieces.exec(source)) {
    const [, inner, escape, chars, brace] = match;
    if (chars !== undefined) plain += chars;
    else if (escape !== undefined) plain += unescape(escape);
    else {
      const column = range.startColumn + 1 + match.index;
      const place = {
        startLine: range.startLine,
        startColumn: column,
        endLine: range.startLine,
        endColumn: column + match[0].length,
      };
      if (brace !== undefined || inner === undefined) {
        diagnostics.push({
          severity: 'error',
          code: 'syntax',
          message: `A brace without its partner; \`\\${brace ?? '{'}\` prints one.`,
          range: place,
        });
        continue;
      }
      const parsed = parseExpression(inner);
      if (parsed.expression === null) {
        diagnostics.push({
          severity: 'error',
          code: 'syntax',
          message: parsed.diagnostics[0]?.message ?? 'An expression is missing between the braces.',
          range: place,
        });
        continue;
      }
      shiftTree(parsed.expression, range.startLine, column + 1);
      if (plain !== '') parts.push(plain);
      plain = '';
      parts.push(parsed.expression);
    }
  }
  if (plain !== '') parts.push(plain);
  return parts;
}

function unescape(escape: string): string {
  const character = escape[1];
  return character === 'n' ? '\n' : character === 't' ? '\t' : character;
}
