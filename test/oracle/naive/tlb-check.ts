/** Runs a TLB program on a machine and on the naive model side by side. */
import { faultText, toHex } from '../vectors';
import type { WalkOut } from '../vectors';
import { NaiveTlb } from './tlb';
import type { Outcome, TlbOptions } from './tlb';
import type { AccessOp, TlbMachine, TlbMachineFactory, TlbOp, TlbProgram } from './tlb-program';
import type { EntryWrite } from './walker';

export interface TlbReport {
  /** null, or the first outcome that was not permitted, with what led to it. */
  readonly violation: string | null;
  readonly accesses: number;
  /** Accesses for which more than one outcome was permitted; for which a stale one came about. */
  readonly ambiguous: number;
  readonly stale: number;
}

/** null if every access of the machine had a permitted outcome. For property tests. */
export function checkTlbProgram(program: TlbProgram, make: TlbMachineFactory, options: TlbOptions = {}): string | null {
  return runTlbProgram(program, make, options).violation;
}

export function runTlbProgram(program: TlbProgram, make: TlbMachineFactory, options: TlbOptions = {}): TlbReport {
  const naive = new NaiveTlb(program, options);
  const machine = make(program);
  const counts = { accesses: 0, ambiguous: 0, stale: 0 };
  for (const [i, op] of program.ops.entries()) {
    if (op.op !== 'access') {
      machine.control(op);
      naive.control(op);
      continue;
    }
    counts.accesses++;
    if (!naive.onlyFresh(op)) counts.ambiguous++;
    const permitted = naive.permitted(op);
    const answer = machine.access(op);
    const after = readAll(machine, naive);
    const fitting = permitted.filter(
      (outcome) => sameAnswer(op, outcome, answer) && sameMemory(naive, outcome, permitted, after),
    );
    if (fitting.length === 0) {
      return { ...counts, violation: violation(program.ops, i, op, answer, permitted, naive, after) };
    }
    if (!fitting.includes(permitted[0])) counts.stale++;
    naive.settle(op, fitting, after);
  }
  return { ...counts, violation: null };
}

function readAll(machine: TlbMachine, naive: NaiveTlb): EntryWrite[] {
  return [...naive.memory.keys()].map((address) => [address, BigInt(machine.readEntry(toHex(address)))]);
}

function sameAnswer(op: AccessOp, { result }: Outcome, answer: WalkOut): boolean {
  if (answer.fault !== result.fault) return false;
  if (result.fault === '#GP') return (answer.errorCode ?? 0) === 0;
  if (result.fault === '#PF') {
    return answer.errorCode === result.errorCode && answer.cr2 !== undefined && BigInt(answer.cr2) === BigInt(op.va);
  }
  if (answer.pa === undefined) return op.access === 'write';
  return BigInt(answer.pa) === result.pa;
}

/**
 * Memory is as before plus the outcome's writes. A of upper entries may in addition be set by this walk if it
 * faulted, and by one that was abandoned for a fresh one (AMD, before it reports a fault).
 */
function sameMemory(
  naive: NaiveTlb,
  outcome: Outcome,
  permitted: readonly Outcome[],
  after: readonly EntryWrite[],
): boolean {
  const must = new Map(outcome.result.writes);
  const liberties = permitted.flatMap((other) => other.result.mayWrite);
  return after.every(([address, value]) => {
    const expected = must.get(address) ?? naive.memory.get(address) ?? 0n;
    return value === expected || liberties.some(([at, set]) => at === address && value === (set | expected));
  });
}

function outcomeText(outcome: Outcome): string {
  const { fault, errorCode, pa, writes } = outcome.result;
  const what = fault === null ? `pa ${toHex(pa ?? 0n)}` : faultText(fault, errorCode);
  const stores = writes.map(([address, value]) => ` [${toHex(address)}]=${toHex(value)}`).join('');
  return `${outcome.source}: ${what}${stores}`;
}

function violation(
  ops: readonly TlbOp[],
  at: number,
  op: AccessOp,
  answer: WalkOut,
  permitted: readonly Outcome[],
  naive: NaiveTlb,
  after: readonly EntryWrite[],
): string {
  const stores = after
    .filter(([address, value]) => value !== (naive.memory.get(address) ?? 0n))
    .map(([address, value]) => ` [${toHex(address)}]=${toHex(value)}`)
    .join('');
  const got = answer.fault === null ? `pa ${answer.pa ?? 'none'}` : faultText(answer.fault, answer.errorCode);
  return [
    `operation ${at}, ${op.user ? 'user' : 'supervisor'} ${op.access} at ${op.va}: outcome not permitted`,
    `  machine: ${got}${stores}`,
    ...permitted.map((outcome) => `  permitted, ${outcomeText(outcome)}`),
    '  operations so far:',
    ...ops.slice(0, at + 1).map((earlier, i) => `    ${i} ${JSON.stringify(earlier)}`),
  ].join('\n');
}
