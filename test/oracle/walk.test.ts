/**
 * The real walker and TLB against truth made elsewhere: 45,000 accesses of QEMU's MMU, 784,502 expectations of
 * kvm-unit-tests. Each question is asked once, and once again through the TLB that the first access filled.
 */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { walkVector } from '../../simulator/index';
import { checkKvm, checkQemu, kvmFiles, kvmVectors, qemuFiles, qemuVectors, runKvm } from './vectors';
import type { WalkIn, WalkOut } from './vectors';

const once = (question: WalkIn): WalkOut => walkVector(question);
/** The second of two equal accesses on one vCPU. */
const again = (question: WalkIn): WalkOut => walkVector(question, 2);
const WAYS: Record<string, (question: WalkIn) => WalkOut> = { walk: once, 'walk, then TLB': again };

/** Asks every vector in every way. @returns how many vectors there were; fails with the first wrong answers. */
function checkAll<V>(vectors: Iterable<V>, check: (vector: V, walk: (q: WalkIn) => WalkOut) => string | null): number {
  const wrong: string[] = [];
  let count = 0;
  for (const vector of vectors) {
    count++;
    for (const way in WAYS) {
      const difference = check(vector, WAYS[way]);
      if (difference !== null && wrong.length < 20) wrong.push(`${count}, ${way}: ${difference}`);
    }
  }
  expect(wrong).toEqual([]);
  return count;
}

describe('walkVector on QEMU vectors', () => {
  const lines: Record<string, number> = { 'qemu-4level.jsonl.gz': 30_000, 'qemu-5level.jsonl.gz': 15_000 };
  it.each(qemuFiles().map((file) => [basename(file), file]))('%s', (name, file) => {
    expect(checkAll(qemuVectors(file), (v, walk) => checkQemu(v, walk(v.in)))).toBe(lines[name]);
  });
});

describe('walkVector on kvm-unit-tests vectors', () => {
  const { files, missing } = kvmFiles();
  if (missing !== null) console.warn(missing);
  let total = 0;
  it.each(files.map((file) => [basename(file), file]))('%s', (_, file) => {
    total += checkAll(kvmVectors(file), (v, walk) => checkKvm(v, runKvm(v, walk)));
  });
  it.skipIf(missing !== null)('are 784,502', () => expect(total).toBe(784_502));
});
