import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScenario } from '../../extension/language/server/format';
import { openScenario } from '../../extension/language/server/documents';
import { completionsAt } from '../../extension/language/server/completion';
import { hoverAt } from '../../extension/language/server/hover';
import { foldingOf, outlineOf } from '../../extension/language/server/outline';
import { compileScenario, parseWatch } from '../../simulator/language';
import { goldenInputs } from '../support/golden';

const WORDS = [
  'machine',
  'vm',
  'process',
  'kernel',
  'host',
  'fn',
  'const',
  'schedule',
  'let',
  'if',
  'else',
  'for',
  'in',
  'while',
  'break',
  'return',
  'fork',
  'without',
  'expect',
  'fault',
  'no',
  'wait',
  'signal',
  'print',
  'step',
  'at',
  'on',
  'x',
  'web',
  'read',
  'mmap',
  'memory',
  '{',
  '}',
  '(',
  ')',
  ',',
  '.',
  '..',
  '=',
  '==',
  '+',
  '-',
  '*',
  '!',
  '<<',
  '&&',
  '4K',
  '0x1_0',
  '99999999999999999999',
  '"a {x} b"',
  '"',
  '//',
  '/*',
  '\n',
  ';',
];

describe('any text', () => {
  it('gets an answer, not an exception', () => {
    const scenarios = goldenInputs('language/programs').map(({ text }) => text);
    const cut = fc
      .tuple(fc.constantFrom(...scenarios), fc.nat(), fc.nat(), fc.constantFrom(...WORDS))
      .map(([text, from, length, word]) => {
        const start = from % text.length;
        return `${text.slice(0, start)}${word}${text.slice(start + (length % 40))}`;
      });
    const noise = fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }).map((words) => words.join(' '));
    fc.assert(fc.property(fc.oneof(cut, noise, fc.string({ unit: 'binary', maxLength: 60 })), check), {
      numRuns: Number(process.env['FUZZ_RUNS'] ?? 150),
    });
  });

  it('may be nested deeply', () => {
    const within = (statement: string): string => `vm w { }\nprocess p in w {\n${statement}\n}`;
    const deep = 10_000;
    for (const text of [
      `let x = ${'('.repeat(deep)}1${')'.repeat(deep)}`,
      `let x = ${'('.repeat(deep)}`,
      `${'if 1 {'.repeat(deep)}${'}'.repeat(deep)}`,
      `let x = ${'-'.repeat(deep)}1`,
      `let x = ${'1+'.repeat(deep)}1`,
      `let x = ${'f('.repeat(deep)}${')'.repeat(deep)}`,
      `x = ${'a == b && '.repeat(deep)} c`,
    ]) {
      expect(compileScenario(within(text), 'test').diagnostics.map(({ code }) => code)).toEqual(['nesting-too-deep']);
    }
    expect(compileScenario(within(`let _x = ${'('.repeat(50)}1${')'.repeat(50)}`), 'test').diagnostics).toEqual([]);
    expect(compileScenario(within(`let _x = ${'1+'.repeat(499)}1`), 'test').diagnostics).toEqual([]);
    expect(compileScenario(within(`if 1 { } ${'else if 1 { } '.repeat(500)}`), 'test').diagnostics).toEqual([]);
  });
});

/** Everything that reads a text lives through this one. */
function check(text: string): void {
  const { program, diagnostics } = compileScenario(text, 'test');
  expect(program === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  for (const { range } of diagnostics) {
    expect(range.startLine).toBeGreaterThanOrEqual(0);
    expect(range.endLine).toBeLessThan(text.split(/\r\n|\n|\r/).length);
    if (range.startLine === range.endLine) expect(range.endColumn).toBeGreaterThanOrEqual(range.startColumn);
  }
  parseWatch(text);
  formatScenario(text);
  const document = openScenario('test', text);
  const lines = text.split('\n');
  const end = { line: lines.length - 1, character: lines[lines.length - 1].length };
  completionsAt(document, end);
  hoverAt(document, end);
  outlineOf(document);
  foldingOf(document);
}
