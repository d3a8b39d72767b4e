/**
 * The naive model proves itself on vectors it has never seen the making of, and then the comparison that
 * is built on it proves that it catches wrong walkers.
 */
import { basename } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  SPOILT_PA,
  checkKvm,
  checkQemu,
  faultText,
  kvmFiles,
  kvmVectors,
  qemuFiles,
  qemuVectors,
  runKvm,
} from '../vectors';
import type { WalkIn, WalkOut } from '../vectors';
import { naiveAnswer, naiveResult } from './answer';
import { compare, sampleQuestions, walkQuestion } from './arbitrary';

/** Both permitted behaviours as to A on a walk that faults. */
const HABITS = [false, true];

describe('naive model on QEMU vectors', () => {
  const lineCount: Record<string, number> = { 'qemu-4level.jsonl.gz': 30_000, 'qemu-5level.jsonl.gz': 15_000 };
  it.each(qemuFiles().map((file) => [basename(file), file]))('%s', (_, file) => {
    const wrong: string[] = [];
    let count = 0;
    for (const vector of qemuVectors(file)) {
      count++;
      const difference = checkQemu(vector, naiveAnswer(vector.in, count % 2 === 0));
      if (difference !== null) wrong.push(`${vector.at}: ${difference}`);
    }
    expect(wrong).toEqual([]);
    expect(count).toBe(lineCount[basename(file)]);
  });

  it.each(qemuFiles().map((file) => [basename(file), file]))(
    '%s: excused addresses are exactly the overwritten ones',
    (_, file) => {
      const stored = new Set<bigint>();
      const overwritten: string[] = [];
      for (const vector of qemuVectors(file)) {
        const { pa } = naiveResult(vector.in);
        if (vector.out.fault !== null || pa === undefined) continue;
        if (vector.in.access === 'write') stored.add(pa);
        else if (stored.has(pa)) overwritten.push(vector.at);
        if (vector.paSpoilt) expect(vector.out.pa).toBe('0x6f56df778');
      }
      const name = basename(file);
      expect(overwritten).toEqual(SPOILT_PA[name]?.map((line) => `${name}:${line}`));
    },
  );
});

describe('naive model on kvm-unit-tests vectors', () => {
  const { files, missing } = kvmFiles();
  if (missing !== null) console.warn(missing);
  it.skipIf(missing !== null)('has four files', () => expect(files).toHaveLength(4));
  it.each(files.map((file) => [basename(file), file]))('%s', (_, file) => {
    const wrong: string[] = [];
    let count = 0;
    for (const vector of kvmVectors(file)) {
      count++;
      const difference = checkKvm(
        vector,
        runKvm(vector, (question) => naiveAnswer(question, HABITS[count % 2])),
      );
      if (difference !== null) wrong.push(`case ${vector.flags}: ${difference}`);
    }
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(count).toBeGreaterThan(190_000);
  });
});

describe('generated states', () => {
  it('are dense: every outcome, every depth, and self-maps are common', () => {
    const seen = new Map<string, number>();
    const add = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    for (const question of sampleQuestions(1, 6000)) {
      const result = naiveResult(question);
      add(faultText(result.fault, result.errorCode));
      if (result.fault === null) add(`page of level ${result.leaf?.level}`);
      if (result.steps.length === question.levels) add(`${question.levels} levels deep`);
      if (new Set(result.steps.map((step) => step.address)).size < result.steps.length) add('one entry, two levels');
      if (result.writes.length > 0) add('sets A or D');
    }
    // P=0 with W, U, I; P with all refusals; RSVD with all accesses; PK with all data accesses.
    const codes = [0x0, 0x2, 0x4, 0x6, 0x10, 0x14, 0x1, 0x3, 0x5, 0x7, 0x11, 0x15, 0x9, 0xb, 0xd, 0xf, 0x19, 0x1d];
    const wanted = [...codes, 0x21, 0x23, 0x25, 0x27].map((code) => faultText('#PF', code));
    wanted.push('#GP', 'no fault', 'page of level 1', 'page of level 2', 'page of level 3');
    wanted.push('4 levels deep', '5 levels deep', 'one entry, two levels', 'sets A or D');
    expect(wanted.filter((what) => (seen.get(what) ?? 0) < 15)).toEqual([]);
  });

  it('are the same for the same seed', () => {
    expect(sampleQuestions(7, 20)).toEqual(sampleQuestions(7, 20));
  });

  it('the naive model agrees with itself, whichever it does with A on faults', () => {
    fc.assert(
      fc.property(walkQuestion(), (question) => {
        for (const habit of HABITS) expect(compare(question, (q) => naiveAnswer(q, habit))).toBeNull();
      }),
      { seed: 20260101, numRuns: 2000 },
    );
  });
});

/** Walkers with one mistake each, of the kind people make. The comparison must find every one. */
const MISTAKES: Record<string, (question: WalkIn) => WalkOut> = {
  'SMAP ignores AC': (q) => naiveAnswer({ ...q, ac: false }),
  'no SMAP': (q) => naiveAnswer({ ...q, smap: false }),
  'no SMEP': (q) => naiveAnswer({ ...q, smep: false }),
  'no NX': (q) => naiveAnswer({ ...q, nxe: false }),
  'WP always': (q) => naiveAnswer({ ...q, wp: true }),
  'no keys': (q) => naiveAnswer({ ...q, pke: false }),
  'keys for user mode only': (q) => naiveAnswer({ ...q, pke: q.pke && q.user }),
  'keys for fetches too': (q) => {
    const out = naiveAnswer(q);
    return q.access === 'exec' && out.fault === null ? naiveAnswer({ ...q, access: 'read' }) : out;
  },
  'PK only if nothing else refuses': (q) => {
    const withoutKeys = naiveAnswer({ ...q, pke: false });
    return withoutKeys.fault === null ? naiveAnswer(q) : withoutKeys;
  },
  'RSVD without P': (q) => mapCode(naiveAnswer(q), (code) => ((code & 8) !== 0 ? code & ~1 : code)),
  'I on every fetch': (q) => mapCode(naiveAnswer(q), (code) => (q.access === 'exec' ? code | 0x10 : code)),
  'one address bit too many': (q) => naiveAnswer({ ...q, physBits: Math.min(52, q.physBits + 1) }),
  'sign bit of the wrong mode': (q) => {
    const out = naiveAnswer(q);
    const sign = q.levels === 4 ? 47n : 46n;
    return out.fault === null && ((BigInt(q.va) >> sign) & 1n) === 1n ? { ...out, fault: '#GP' } : out;
  },
  'no A': (q) => ({ ...naiveAnswer(q), entries: q.entries }),
  'no D': (q) => (naiveAnswer(q).fault === null ? withoutDirty(q) : naiveAnswer(q)),
  'D in every level': (q) => {
    const out = naiveAnswer(q);
    if (out.fault !== null || q.access !== 'write') return out;
    const used = new Set(naiveResult(q).steps.map((step) => step.address));
    const entries = (out.entries ?? []).map((entry): [string, string] => {
      const [address, value] = entry as [string, string];
      return [address, used.has(BigInt(address)) ? `0x${(BigInt(value) | 0x40n).toString(16)}` : value];
    });
    return { ...out, entries };
  },
  'PAT taken for an address bit': (q) => {
    const out = naiveAnswer(q);
    const leaf = naiveResult(q).leaf;
    if (out.pa === undefined || leaf === undefined || leaf.level === 1) return out;
    return { ...out, pa: `0x${(BigInt(out.pa) | (leaf.value & 0x1000n)).toString(16)}` };
  },
  'the table beside the root': (q) => naiveAnswer({ ...q, cr3: `0x${(BigInt(q.cr3) ^ 0x1000n).toString(16)}` }),
};

function withoutDirty(question: WalkIn): WalkOut {
  const { entries } = naiveAnswer({ ...question, access: 'read' });
  return { ...naiveAnswer(question), ...(entries === undefined ? {} : { entries }) };
}

function mapCode(answer: WalkOut, change: (code: number) => number): WalkOut {
  return answer.fault === '#PF' ? { ...answer, errorCode: change(answer.errorCode ?? 0) } : answer;
}

describe('the comparison catches a walker with', () => {
  const questions = sampleQuestions(3, 6000);
  it.each(Object.keys(MISTAKES))('%s', (name) => {
    const caught = questions.filter((question) => compare(question, MISTAKES[name]) !== null).length;
    expect(caught).toBeGreaterThanOrEqual(3);
  });
});
