/** Our walker against the naive one, for a single question. */
import { entryValues, faultText, toHex } from '../vectors';
import type { WalkIn, WalkOut } from '../vectors';
import { naiveResult } from './answer';
import type { NaiveResult } from './walker';

/**
 * null if `ours` answers `question` in a way the manual permits, else the first divergence and the walk.
 *
 * Permitted liberties: after a fault `entries` may be absent, or may have A set in upper entries of the
 * walk (never in the entry that faulted); #GP's error code may be absent; `pa` of a write may be absent.
 * An exception thrown by `ours` is a divergence too.
 */
export function compare(question: WalkIn, ours: (question: WalkIn) => WalkOut): string | null {
  const want = naiveResult(question);
  let answer: WalkOut;
  try {
    answer = ours(question);
  } catch (error) {
    return report(
      question,
      want,
      `ours threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  const difference = differs(question, want, answer);
  return difference === null ? null : report(question, want, difference);
}

function differs(question: WalkIn, want: NaiveResult, answer: WalkOut): string | null {
  const gotCode = answer.fault === '#GP' ? (answer.errorCode ?? 0) : answer.errorCode;
  if (answer.fault !== want.fault || (want.fault !== null && gotCode !== want.errorCode)) {
    return `ours ${faultText(answer.fault, answer.errorCode)}, naive ${faultText(want.fault, want.errorCode)}`;
  }
  if (want.fault === '#PF' && (answer.cr2 === undefined || BigInt(answer.cr2) !== want.cr2)) {
    return `cr2: ours ${answer.cr2 ?? 'none'}, naive ${question.va}`;
  }
  if (want.fault === null && (answer.pa !== undefined || question.access !== 'write')) {
    if (answer.pa === undefined || BigInt(answer.pa) !== want.pa) {
      return `pa: ours ${answer.pa ?? 'none'}, naive ${toHex(want.pa ?? 0n)}`;
    }
  }
  if (want.fault !== null && answer.entries === undefined) return null;
  const values = entryValues(question, answer);
  if (typeof values === 'string') return values;
  const must = new Map(want.writes);
  const may = new Map(want.mayWrite);
  for (const [i, [address, before]] of question.entries.entries()) {
    const at = BigInt(address);
    const expected = must.get(at) ?? BigInt(before);
    if (values[i] !== expected && values[i] !== may.get(at)) {
      return `entry at ${address}: ours ${toHex(values[i])}, naive ${toHex(expected)}`;
    }
  }
  return null;
}

function report(question: WalkIn, want: NaiveResult, difference: string): string {
  const cpu = (['wp', 'nxe', 'smep', 'smap', 'pke', 'ac'] as const).filter((bit) => question[bit]);
  const who = question.user ? 'user' : 'supervisor';
  return [
    difference,
    `  ${who} ${question.access} at ${question.va}, ${question.levels} levels, ${question.physBits} address bits, ` +
      `cr3 ${question.cr3}, ${cpu.length > 0 ? cpu.join(' ') : 'no control bits'}, pkru ${question.pkru}`,
    ...walkLines(want),
    `  question: ${JSON.stringify(question)}`,
  ].join('\n');
}

const TABLE = ['?', 'PTE', 'PDE', 'PDPTE', 'PML4E', 'PML5E'];

/** The walk as the naive model saw it, one line per entry. */
export function walkLines(result: NaiveResult): string[] {
  const seen = result.steps.map(
    ({ level, address, value }) =>
      `  ${TABLE[level].padEnd(5)} at ${toHex(address)} = ${toHex(value)} ${flagText(value)}`,
  );
  if (result.leaf !== undefined) {
    const { rights, key, pageSize, base } = result.leaf;
    const may = `${rights.userAddress ? 'user' : 'supervisor'} ${rights.writable ? 'RW' : 'R'}${rights.noExecute ? ' XD' : ''}`;
    seen.push(`  page ${toHex(base)} of ${toHex(pageSize)} bytes: ${may}, key ${key}`);
  }
  return seen;
}

function flagText(value: bigint): string {
  const names = ['P', 'RW', 'US', 'PWT', 'PCD', 'A', 'D', 'PS/PAT', 'G'];
  const set = names.filter((_, bit) => ((value >> BigInt(bit)) & 1n) === 1n);
  if (value >> 63n === 1n) set.push('XD');
  return `[${set.join(' ')}]`;
}
