import fc from 'fast-check';
import { TLB_PRESETS } from '../../../simulator/language/tlb-presets';
import { describe, expect, it } from 'vitest';
import { compileScenario, disassemble, type Program } from '../../../simulator/language';
import { expectGolden, goldenInputs } from '../../support/golden';
import { printed } from './interpreter';

describe('compiler', () => {
  for (const { name, text } of goldenInputs('language/programs')) {
    it(`gives the recorded program for ${name}.tpt`, () =>
      expectGolden(`language/programs/${name}.txt`, disassemble(compile(text))));
  }

  it('keeps what the executor relies on', () => {
    for (const { text } of goldenInputs('language/programs')) {
      const program = compile(text);
      for (const info of program.functions) {
        expect(info.variables.map(({ register }) => register)).toEqual(info.variables.map((_, i) => i));
      }
      for (const task of program.tasks) if (task.forkedBy >= 0) checkFork(program, task);
      for (const { addresses } of program.statements) {
        expect(new Set(addresses.map(({ register }) => register)).size).toBeLessThanOrEqual(addresses.length);
      }
    }
  });

  it('reads the machine', () => {
    const { machine, vms, roundRobin } = compile(
      'machine { memory 1G paging 5-level tags rmp lookup per-reference costs zen3 physbits 40 seed 0x10 tlb { l1d 4K 2M 8 2-way l1i 4K 4 } }\n' +
        'vm a { memory 4M paging nested backing huge vcpus 2 profile prototype policy inject }\nschedule round-robin 3\nhost { }',
    );
    expect(machine).toEqual({
      memory: 2 ** 30,
      levels: 5,
      tags: 'rmp',
      lookup: 'per-reference',
      costs: 'zen3',
      tlb: [
        { level: 1, use: 'data', sizes: ['4K', '2M'], entries: 8, ways: 2 },
        { level: 1, use: 'instruction', sizes: ['4K'], entries: 4, ways: 4 },
      ],
      physBits: 40,
      seed: 16,
    });
    expect(vms[0]).toMatchObject({
      name: 'a',
      memory: 2 ** 22,
      scheme: 'nested',
      backing: 'huge',
      vcpus: 2,
      nestedLevels: 5,
      profile: 'prototype',
      policy: 'inject',
    });
    expect(roundRobin).toBe(3);
  });

  it('gives a machine the TLBs of its cost profile, unless it has its own', () => {
    const tlbOf = (settings: string): unknown => compile(`machine { ${settings} } vm a { } host { }`).machine.tlb;
    expect(tlbOf('costs zen3')).toBe(TLB_PRESETS['zen3']);
    expect(tlbOf('costs zen3 tlb tiny')).toBe(TLB_PRESETS['tiny']);
    expect(compile('host { }').machine).toMatchObject({
      memory: 2 ** 28,
      levels: 4,
      tags: 'asid',
      physBits: 46,
      seed: 1,
    });
  });

  it('keeps texts and words of calls apart from values', () => {
    const { strings, calls } = compile(
      String.raw`vm web { } process p in web { replay("a\"b\\c\d  e", as binary) replay("x") let n = replay("x", as lackey) write(n, n) }`,
    );
    expect(strings).toEqual([String.raw`a"b\c\d  e`, 'x']);
    expect(calls.map((call) => call.arguments)).toEqual([
      [0, 2],
      [1, 0],
      [1, 1],
    ]);
  });

  it('computes', () => {
    checkValue('2 + 3 * 4', 14n);
    checkValue('1 | 6 & 3 == 3', 1n);
    checkValue('0 - 1', 0xffff_ffff_ffff_ffffn);
    checkValue('10 - 3 - 2', 5n);
    checkValue('-1 >> 60 << 2', 60n);
    checkValue('!0 + !7', 1n);
  });

  it('computes the same from constants and from variables', () => {
    fc.assert(
      fc.property(expressions, fc.array(values, { minLength: 3, maxLength: 3 }), ({ text, value }, given) => {
        const names = ['a', 'b', 'c'];
        const expected = value(given);
        const declared = given.map((v, i) => `let ${names[i]} = ${v}`).join(' ');
        const folded = given.map((v, i) => `const ${names[i]} = ${v}`).join('\n');
        // Once plainly, once with constants shared by a loop, once into a variable that the expression uses.
        const inLoop = `for i in 0..2 { print "{${text}}" }`;
        const intoOperand = `a = ${text} print "{a}"`;
        const inCondition = `if ${text} { print "1" } else { print "0" }`;
        const truth = expected === 0n ? '0' : '1';
        expect(run(`host { ${declared} print "{${text}}" ${inLoop} ${inCondition} ${intoOperand} }`)).toEqual([
          String(expected),
          String(expected),
          String(expected),
          truth,
          String(expected),
        ]);
        expect(run(`${folded}\nhost { print "{${text}}" }`)).toEqual([String(expected)]);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 120) },
    );
  });

  it('follows control flow', () => {
    checkRun('for i in 2..9 step 3 { print "{i}" }', ['2', '5', '8']);
    checkRun('for i in 5..5 { print "{i}" }', []);
    checkRun('let n = 3 for i in 0..n { n = 1 print "{i}" }', ['0', '1', '2']);
    checkRun('let n = 0 while n < 5 { n = n + 1 if n == 2 { continue } if n == 4 { break } print "{n}" }', ['1', '3']);
    checkRun('for i in 0..3 { for j in 0..3 { if j > i { break } print "{i}{j}" } }', [
      '00',
      '10',
      '11',
      '20',
      '21',
      '22',
    ]);
    checkRun('if 0 { print "a" } else if 1 { print "b" } else { print "c" }', ['b']);
    checkRun('print "{fib(10)}"', ['55'], 'fn fib(n) { if n < 2 { return n } return fib(n - 1) + fib(n - 2) }');
    checkRun('let x = f(1) print "{x}"', ['0'], 'fn f(_a) { }');
    checkRun('for i in 0..2 { let x = 7 x = x + i print "{x}" }', ['7', '8']);
    checkRun('print "a" return print "b"', ['a']);
  });
});

function compile(text: string): Program {
  const { program, diagnostics } = compileScenario(text, 'test');
  if (program === null) throw new Error(JSON.stringify(diagnostics));
  return program;
}

function checkFork(program: Program, task: Program['tasks'][number]): void {
  const names = (index: number): string[] =>
    program.functions[program.tasks[index].function].variables.map(({ name }) => name);
  const child = names(program.tasks.indexOf(task));
  const parent = names(task.forkedBy);
  const shared = parent.filter((name, i) => child[i] === name).length;
  expect(child.slice(0, shared)).toEqual(parent.slice(0, shared));
}

function run(text: string): string[] {
  return printed(compile(text));
}

function checkValue(expression: string, expected: bigint): void {
  expect(run(`host { print "{${expression}}" }`)).toEqual([String(expected)]);
}

function checkRun(statements: string, expected: string[], declarations = ''): void {
  expect(run(`${declarations}\nhost { ${statements} }`)).toEqual(expected);
}

interface Sample {
  readonly text: string;
  readonly value: (given: readonly bigint[]) => bigint;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);

/** What each operator means, written down once more. Divisors are kept from being zero. */
const OPERATORS: readonly (readonly [string, (a: bigint, b: bigint) => bigint])[] = [
  ['+', (a, b) => u64(a + b)],
  ['-', (a, b) => u64(a - b)],
  ['*', (a, b) => u64(a * b)],
  ['&', (a, b) => a & b],
  ['|', (a, b) => a | b],
  ['^', (a, b) => a ^ b],
  ['<<', (a, b) => (b > 63n ? 0n : u64(a << b))],
  ['>>', (a, b) => (b > 63n ? 0n : a >> b)],
  ['==', (a, b) => truth(a === b)],
  ['!=', (a, b) => truth(a !== b)],
  ['<', (a, b) => truth(a < b)],
  ['<=', (a, b) => truth(a <= b)],
  ['>', (a, b) => truth(a > b)],
  ['>=', (a, b) => truth(a >= b)],
  ['&&', (a, b) => truth(a !== 0n && b !== 0n)],
  ['||', (a, b) => truth(a !== 0n || b !== 0n)],
  ['/ 1 +', (a, b) => u64(a + b)],
  ['/ 8 +', (a, b) => u64(a / 8n + b)],
  ['/ 7 +', (a, b) => u64(a / 7n + b)],
  ['% 4096 +', (a, b) => u64((a % 4096n) + b)],
  ['% 10 +', (a, b) => u64((a % 10n) + b)],
  ['* 64 +', (a, b) => u64(a * 64n + b)],
];

const values = fc.oneof(fc.bigInt({ min: 0n, max: 70n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));

const expressions: fc.Arbitrary<Sample> = fc.letrec<{ expression: Sample }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    values.map((value): Sample => ({ text: String(value), value: () => value })),
    fc.nat(2).map((i): Sample => ({ text: 'abc'[i], value: (given) => given[i] })),
    fc.tuple(fc.constantFrom('-', '~', '!'), tie('expression')).map(([operator, { text, value }]): Sample => ({
      text: `${operator}(${text})`,
      value: (given) =>
        operator === '!' ? truth(value(given) === 0n) : u64(operator === '-' ? -value(given) : ~value(given)),
    })),
    fc
      .tuple(fc.constantFrom(...OPERATORS), tie('expression'), tie('expression'))
      .map(([[operator, apply], left, right]): Sample => ({
        text: `((${left.text}) ${operator} (${right.text}))`,
        value: (given) => apply(left.value(given), right.value(given)),
      })),
  ),
})).expression;
