import type { LangiumCoreServices } from 'langium';

type Provider = LangiumCoreServices['parser']['ParserErrorMessageProvider'];
type Mismatch = Parameters<Provider['buildMismatchTokenMessage']>[0];
type TokenType = Mismatch['expected'];
type IToken = Mismatch['actual'];

/** Syntax errors in words a reader of scenarios knows: what was expected, what stands there. */
export class SyntaxMessages implements Provider {
  buildMismatchTokenMessage({ expected, actual }: { expected: TokenType; actual: IToken }): string {
    const found = describeToken(actual);
    if (expected.name === 'EOF') {
      return `${capital(found)} does not belong here: statements stand in a \`process\`, \`kernel\` or \`host\` block.`;
    }
    // Where a list could go on as well as end.
    if (expected.name === '}' && actual.tokenType.name !== 'EOF')
      return `${capital(found)} does not belong here; expected \`}\`.`;
    return `Expected ${describeType(expected)} but found ${found}.`;
  }

  buildNotAllInputParsedMessage({ firstRedundant }: { firstRedundant: IToken }): string {
    return `${capital(describeToken(firstRedundant))} does not belong here.`;
  }

  buildNoViableAltMessage({
    actual,
    expectedPathsPerAlt,
    ruleName,
  }: {
    actual: IToken[];
    expectedPathsPerAlt: TokenType[][][];
    ruleName: string;
  }): string {
    // The parser ends the names of its rules with an invisible character.
    if (ruleName.startsWith('Statement') && actual[0]?.tokenType.name === 'ID') {
      return `${capital(describeToken(actual[0]))} begins neither a call nor an assignment: expected \`(\` or \`=\` after it.`;
    }
    return this.describe(actual[0], firstTokens(expectedPathsPerAlt.flat()));
  }

  buildEarlyExitMessage({
    actual,
    expectedIterationPaths,
  }: {
    actual: IToken[];
    expectedIterationPaths: TokenType[][];
  }): string {
    return this.describe(actual[0], firstTokens(expectedIterationPaths));
  }

  private describe(actual: IToken | undefined, expected: readonly string[]): string {
    const found = actual === undefined ? 'the end' : describeToken(actual);
    if (expected.includes('a number') && expected.includes('`(`')) return `Expected an expression but found ${found}.`;
    if (expected.includes('a number') && expected.includes('a name')) return `Expected a value but found ${found}.`;
    if (expected.length === 0 || expected.length > 5) return `${capital(found)} does not belong here.`;
    return `Expected ${expected.join(' or ')} but found ${found}.`;
  }
}

/** Words that are names as well where a name may stand. */
const SOFT_KEYWORDS: ReadonlySet<string> = new Set(['step', 'at', 'on', 'schedule', 'machine', 'as', 'host']);

function firstTokens(paths: TokenType[][]): string[] {
  const types = paths.flatMap((path) => path.slice(0, 1));
  const soft = types.some((type) => type.name === 'ID');
  return [...new Set(types.filter((type) => !(soft && SOFT_KEYWORDS.has(type.name))).map(describeType))];
}

function describeType(type: TokenType): string {
  switch (type.name) {
    case 'ID':
      return 'a name';
    case 'NUMBER':
      return 'a number';
    case 'STRING':
      return 'a text in quotes';
    case 'EOF':
      return 'the end';
    default:
      return `\`${type.name}\``;
  }
}

function describeToken(token: IToken): string {
  if (token.tokenType.name === 'EOF') return 'the end of the file';
  const shown = token.image.length > 30 ? `${token.image.slice(0, 27)}…` : token.image;
  return `\`${shown}\``;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
