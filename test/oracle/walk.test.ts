/**
 * The real walker and TLB against truth made elsewhere: 45,000 accesses of QEMU's MMU, 784,502 expectations of
 * kvm-unit-tests. Each access is made once, and once again through the TLB that the first one filled.
 */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VectorMachine } from '../../simulator/index';
import { checkKvm, checkQemu, kvmFiles, kvmVectors, qemuFiles, qemuVectors } from './vectors';
import type { WalkIn, WalkOut } from './vectors';

interface Asked {
  readonly question: WalkIn;
  /** An access made before, on the same tables and with the same TLB; its own answer does not matter. */
  readonly first: WalkIn | null;
  readonly at: string;
  readonly check: (answer: WalkOut) => string | null;
}

/** @returns how many vectors there were; fails with the first wrong answers. */
function checkAll(asked: Iterable<Asked>): number {
  const machine = new VectorMachine();
  const wrong: string[] = [];
  let count = 0;
  for (const { question, first, at, check } of asked) {
    count++;
    machine.load(question);
    if (first !== null) machine.access(first);
    for (const way of ['walk', 'again']) {
      const difference = check(machine.access(question));
      if (difference !== null && wrong.length < 20) wrong.push(`${at}, ${way}: ${difference}`);
    }
  }
  expect(wrong).toEqual([]);
  return count;
}

function* qemu(file: string): Generator<Asked> {
  for (const v of qemuVectors(file)) yield { question: v.in, first: null, at: v.at, check: (a) => checkQemu(v, a) };
}

function* kvm(file: string): Generator<Asked> {
  for (const v of kvmVectors(file)) {
    yield { question: v.in, first: v.first, at: `case ${v.flags}`, check: (a) => checkKvm(v, a) };
  }
}

describe('vector machine on QEMU vectors', () => {
  const lines: Record<string, number> = { 'qemu-4level.jsonl.gz': 30_000, 'qemu-5level.jsonl.gz': 15_000 };
  it.each(qemuFiles().map((file) => [basename(file), file]))('%s', (name, file) => {
    expect(checkAll(qemu(file))).toBe(lines[name]);
  });
});

describe('vector machine on kvm-unit-tests vectors', () => {
  const { files, missing } = kvmFiles();
  if (missing !== null) console.warn(missing);
  let total = 0;
  it.each(files.map((file) => [basename(file), file]))('%s', (_, file) => {
    total += checkAll(kvm(file));
  });
  it.skipIf(missing !== null)('are 784,502', () => {
    expect(total).toBe(784_502);
  });
});
