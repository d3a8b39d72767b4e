/** `tpt-scope walk --vectors FILE`, as a program of its own, answers as the walker does. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare, sampleQuestions } from './naive/arbitrary';
import { checkKvm, checkQemu, kvmFiles, kvmVectors, projectRoot, qemuFiles, qemuVectors } from './vectors';
import type { WalkIn, WalkOut } from './vectors';

const PROGRAM = join(projectRoot(), 'out/cli/main.js');
const missing = existsSync(PROGRAM) ? null : `${PROGRAM} is not built: npm run build`;
if (missing !== null) console.warn(missing);

interface Asked {
  readonly in: WalkIn;
  readonly at: string;
  readonly check: (answer: WalkOut) => string | null;
}

/** The first `count` of each file; of kvm-unit-tests those that can stand alone on a line. */
function asked(count: number): Asked[] {
  const list: Asked[] = [];
  for (const file of qemuFiles()) {
    for (const v of take(qemuVectors(file), count)) list.push({ in: v.in, at: v.at, check: (a) => checkQemu(v, a) });
  }
  for (const file of kvmFiles().files) {
    for (const v of take(kvmVectors(file), count)) {
      if (v.first === null) list.push({ in: v.in, at: `case ${v.flags}`, check: (a) => checkKvm(v, a) });
    }
  }
  for (const [i, q] of sampleQuestions(99, count).entries()) {
    list.push({ in: q, at: `question ${i}`, check: (a) => compare(q, () => a) });
  }
  return list;
}

function* take<T>(all: Iterable<T>, count: number): Generator<T> {
  let n = 0;
  for (const one of all) {
    if (n++ === count) return;
    yield one;
  }
}

/** Runs the program over a file of lines. @returns its exit code, and one answer for each line. */
function run(lines: readonly string[]): { code: number | null; answers: WalkOut[]; errors: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tpt-walk-'));
  try {
    const file = join(folder, 'vectors.jsonl');
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'walk', '--vectors', file], options);
    const answers = stdout.split('\n').filter((line) => line !== '');
    return { code: status, answers: answers.map((line) => JSON.parse(line) as WalkOut), errors: stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(missing !== null)('tpt-scope walk', () => {
  it.each([
    ['{"in": …}', (one: Asked) => JSON.stringify({ in: one.in })],
    ['the bare question', (one: Asked) => JSON.stringify(one.in)],
  ] as const)('answers some thousand lines, each %s', (_, line) => {
    const all = asked(1000);
    const { code, answers, errors } = run(all.map(line));
    expect([code, errors, answers.length]).toEqual([0, '', all.length]);
    const wrong = all.flatMap((one, i) => {
      const difference = one.check(answers[i]);
      return difference === null ? [] : [`${one.at}: ${difference}`];
    });
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(all.length).toBeGreaterThan(3000 - 1);
  });

  it('says which line is none, and answers the others', () => {
    const [good] = asked(1);
    const { code, answers, errors } = run([JSON.stringify(good), '{', JSON.stringify(good)]);
    expect(code).not.toBe(0);
    expect(errors).toContain(':2:');
    expect(answers.map((answer) => 'error' in answer)).toEqual([false, true, false]);
    expect(good.check(answers[2])).toBeNull();
  });
});
