import { describe, expect, it } from 'vitest';
import { compileScenario } from '../../../simulator/language';
import type { Diagnostic } from '../../../simulator/language';
import { expectGolden, goldenInputs } from '../../support/golden';

describe('diagnostics', () => {
  for (const { name, text } of goldenInputs('language/diagnostics')) {
    it(`of ${name}.tpt are as recorded`, () => expectGolden(`language/diagnostics/${name}.txt`, render(text)));
  }

  it('of syntax errors are as recorded', () => {
    const cases = goldenInputs('language/diagnostics', '.cases')[0].text.split('=====\n');
    expectGolden(
      'language/diagnostics/syntax.txt',
      cases
        .filter((text) => text.trim() !== '')
        .map(render)
        .join('\n'),
    );
  });

  it('point at the words in question', () => {
    check('host { wait redis.ready }', ['unknown-name redis']);
    check('vm w { }\nprocess p in w { let a = 1 print "b {c} {a}" }', ['unknown-name c']);
    check('vm w { }\nprocess p in w { write(1 + (0xFFFF0000_00000000), 1) }', [
      'non-canonical-address 1 + (0xFFFF0000_00000000)',
    ]);
    check('vm w { }\nprocess p in w { fork c { let x = 1 } let y = c.x + 1 }', ['unused-variable y']);
  });

  it('offer fixes that fix', () => {
    checkFix('vm w { }\nprocess p in w { wrte(4K, 1) }');
    checkFix('vm w { }\nprocess p { write(4K, 1) }');
    checkFix('vm w { memory 3M }\nprocess p in w { }');
    checkFix('vm w { }\nprocess p in w { invlpg(4K) }');
    checkFix('vm w { }\nprocess p in w { x = mmap(4K, rw) write(x, 1) }');
    checkFix('vm w { }\nprocess p in w { signal ready }\nhost { wait p.raedy }');
    checkFix('vm w { }\nprocess p in w { let heap = 1 expect heap }\nhost { expect heap }');
    checkFix('vm w { }\nprocess p in w { let _m = mmap(4K, rw, 0x4001) }');
    checkFix('machine { memory 2T }\nhost { }');
    checkFix('vm w { }\nhost { migrate(w, 0) without map-nestd }');
  });

  it('are none for good scenarios', () => {
    check('host { }', []);
    check('\uFEFFvm w { }\r\nprocess p in w {\r\n  let step = 1; let at = step\r\n  expect at == step\r\n}\r\n', []);
    check('vm w { }\nprocess w in w { let r = rw  print "{r}" }', []);
    check('fn f(n) { if n { return f(n - 1) } }\nhost { f(10) }', []);
    check('vm w { }\nfn low(a) { invlpg(a) }\nprocess p in w { kernel { low(1) } }', []);
    check('vm w { }\nprocess p in w { expect owner(0) == host  expect owner(4K) != w }', []);
  });

  it('say what cannot be a scenario', () => {
    check('', ['no-task ']);
    check('\n// only a comment\n', ['no-task ']);
    check('ELF\0\x01\x02', ['not-text E']);
    check(`host { print "${'x'.repeat(5_000_000)}" }`, ['too-long h']);
  });
});

/** Codes of the problems, each with the text it points at. */
function check(text: string, expected: string[]): void {
  const { program, diagnostics } = compileScenario(text, 'test');
  expect(diagnostics.map((diagnostic) => `${diagnostic.code} ${pointedAt(text, diagnostic)}`)).toEqual(expected);
  expect(program === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
}

/** Applying the fix of the first problem leaves none. */
function checkFix(text: string): void {
  const fix = compileScenario(text, 'test').diagnostics[0]?.fix;
  if (fix === undefined) throw new Error(`no fix for ${text}`);
  const lines = text.split('\n');
  const { startLine, startColumn, endColumn } = fix.range;
  lines[startLine] = lines[startLine].slice(0, startColumn) + fix.text + lines[startLine].slice(endColumn);
  expect(compileScenario(lines.join('\n'), 'test').diagnostics).toEqual([]);
}

function pointedAt(text: string, { range }: Diagnostic): string {
  const lines = text.split('\n').slice(range.startLine, range.endLine + 1);
  lines[lines.length - 1] = (lines.at(-1) ?? '').slice(0, range.endColumn);
  lines[0] = lines[0].slice(range.startColumn);
  return lines.join('\n');
}

/** Each line of the source with its problems below, as a compiler prints them. */
function render(text: string): string {
  const { diagnostics } = compileScenario(text, 'test');
  const shown = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line, i) => {
      const notes = diagnostics
        .filter(({ range }) => range.startLine === i)
        .map(({ severity, code, message, range, fix }) => {
          const end = range.endLine === i ? range.endColumn : line.length;
          const marks = ' '.repeat(range.startColumn) + '^'.repeat(Math.max(1, end - range.startColumn));
          return `   | ${marks} ${severity} ${code}: ${message}${fix === undefined ? '' : ` [${fix.title}]`}`;
        });
      return [`${String(i + 1).padStart(2)} | ${line}`, ...notes].join('\n');
    });
  return `${shown.join('\n')}\n`;
}
