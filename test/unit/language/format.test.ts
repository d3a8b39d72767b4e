import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatScenario } from '../../../extension/language/server/format';
import { compileScenario, type Program } from '../../../simulator/language';
import { expectGolden, goldenInputs } from '../../support/golden';

describe('formatter', () => {
  it('tidies as recorded', () => {
    for (const { name, text } of goldenInputs('language/format'))
      expectGolden(`language/format/${name}.txt`, format(text));
  });

  it('leaves a tidy scenario alone', () => {
    for (const { text } of goldenInputs('language/programs')) expect(format(text)).toBe(text);
  });

  it('leaves syntax errors alone', () => {
    expect(formatScenario('host { let x = }')).toBeNull();
    expect(formatScenario('')).toBe('');
    expect(formatScenario('// only this')).toBe('// only this\n');
    expect(formatScenario('host {\r\nlet x = 1\r\n}')).toBe('host {\r\n  let x = 1\r\n}\r\n');
  });

  it('is idempotent and changes no program', () => {
    const tokens = goldenInputs('language/programs').map(
      ({ text }) => text.match(/\/\/.*|"(?:\\.|[^"\\])*"|[\w-]*\w|[^\s\w]/g) ?? [],
    );
    const spaces = fc.array(fc.constantFrom(' ', ' ', '  ', '\n', '\n\n\n', '\t'), { minLength: 400, maxLength: 400 });
    fc.assert(
      fc.property(fc.constantFrom(...tokens), spaces, (words, gaps) => {
        const text = words.map((word, i) => word + gap(word, words[i + 1] ?? '', gaps[i % gaps.length])).join('');
        const formatted = format(text);
        expect(format(formatted)).toBe(formatted);
        expect(meaning(formatted)).toEqual(meaning(text));
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 30) },
    );
  });
});

/** Keeps tokens such as `==` whole and comments on their line. */
function gap(word: string, next: string, wanted: string): string {
  if (word.startsWith('//')) return '\n';
  return /^[^\w\s"(){},]$/.test(word) && /^[^\w\s"(){},]$/.test(next) ? '' : wanted;
}

function format(text: string): string {
  const formatted = formatScenario(text);
  if (formatted === null) throw new Error(`cannot be parsed:\n${text}`);
  return formatted;
}

/** A program without its positions, and without the spaces of the texts it quotes. */
function meaning(text: string): unknown {
  const { program, diagnostics } = compileScenario(text, 'test');
  if (program === null) throw new Error(JSON.stringify(diagnostics));
  const withoutPlaces = (key: string, value: unknown): unknown => {
    if (key === 'range') return undefined;
    return key === 'text' || key === 'name' ? String(value).replace(/\s/g, '') : value;
  };
  const plain: Record<keyof Program, unknown> = { ...program, code: [...program.code] };
  return JSON.parse(JSON.stringify(plain, withoutPlaces));
}
