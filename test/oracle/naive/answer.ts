/** The naive model in the clothes of the vectors: WalkIn in, WalkOut out. */
import { toHex } from '../vectors';
import type { WalkIn, WalkOut } from '../vectors';
import { naiveAccess } from './walker';
import type { Memory, NaiveCpu, NaiveResult } from './walker';

export function memoryOf(question: WalkIn): Memory {
  return new Map(question.entries.map(([address, value]) => [BigInt(address), BigInt(value)]));
}

export function cpuOf(question: WalkIn): NaiveCpu {
  const { levels, physBits, wp, nxe, smep, smap, pke, ac, user } = question;
  const cr3 = BigInt(question.cr3);
  return { levels, physBits, cr3, wp, nxe, smep, smap, pke, ac, user, pkru: BigInt(question.pkru) };
}

/** The naive result of one question, in full. */
export function naiveResult(question: WalkIn): NaiveResult {
  return naiveAccess(memoryOf(question), cpuOf(question), BigInt(question.va), question.access);
}

/**
 * The naive answer. With `accessedOnFault` it takes the liberty of setting A in upper entries on a walk
 * that faults; without, it does not. Both are right.
 */
export function naiveAnswer(question: WalkIn, accessedOnFault = false): WalkOut {
  const result = naiveResult(question);
  const changed = new Map(accessedOnFault ? [...result.writes, ...result.mayWrite] : result.writes);
  const entries = question.entries.map(
    ([address, value]) => [address, toHex(changed.get(BigInt(address)) ?? BigInt(value))] as const,
  );
  if (result.fault === '#GP') return { fault: '#GP', errorCode: 0, entries };
  if (result.fault === '#PF') {
    return { fault: '#PF', errorCode: result.errorCode ?? 0, cr2: question.va, entries };
  }
  return { fault: null, pa: toHex(result.pa ?? 0n), entries };
}
