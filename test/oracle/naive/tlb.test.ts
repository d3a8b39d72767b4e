/** The TLB checker proves itself: honest TLBs of several habits pass, each bug is found. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NaiveTlb } from './tlb';
import { tlbProgram } from './tlb-arbitrary';
import { checkTlbProgram, runTlbProgram } from './tlb-check';
import type { TlbProgram } from './tlb-program';
import { SampleMachine, TLB_BUGS } from './tlb-sample-machine';
import type { SampleHabits } from './tlb-sample-machine';
import { TLB_SCENARIOS } from './tlb-scenarios';

const make = (habits: SampleHabits) => (program: TlbProgram) => new SampleMachine(program, habits);

const HONEST: Record<string, SampleHabits> = {
  'no TLB': { walkCaches: false, spurious: false, capacity: 0 },
  'tiny TLB': { walkCaches: false, spurious: false, capacity: 2 },
  'walk caches only': { walkCaches: true, spurious: false, capacity: 0 },
  'large TLB and walk caches, AMD faults': { walkCaches: true, spurious: false, capacity: 1000 },
  'large TLB and walk caches, Intel faults': { walkCaches: true, spurious: true, capacity: 1000 },
};
const programs = fc.sample(tlbProgram(), { seed: 11, numRuns: 1500 });

describe('TLB model: scenarios', () => {
  it.each(TLB_SCENARIOS)('$name: $last', ({ program, last }) => {
    const tlb = new NaiveTlb(program);
    const final = program.ops.at(-1);
    if (final?.op !== 'access') throw new Error('a scenario ends with an access');
    for (const op of program.ops.slice(0, -1)) {
      if (op.op === 'access') {
        const [fresh] = tlb.permitted(op);
        tlb.settle(op, [fresh], fresh.result.writes);
      } else tlb.control(op);
    }
    expect(tlb.onlyFresh(final)).toBe(last === 'fresh');
  });
});

describe('TLB model: honest machines pass', () => {
  it.each(Object.keys(HONEST))('%s', (name) => {
    const habits = HONEST[name];
    const options = { spuriousFaults: habits.spurious };
    for (const { program } of TLB_SCENARIOS) expect(checkTlbProgram(program, make(habits), options)).toBeNull();
    let stale = 0;
    let ambiguous = 0;
    for (const program of programs) {
      const report = runTlbProgram(program, make(habits), options);
      expect(report.violation).toBeNull();
      stale += report.stale;
      ambiguous += report.ambiguous;
    }
    if (habits.capacity === 1000) expect(stale).toBeGreaterThan(500);
    expect(ambiguous).toBeGreaterThan(500);
  });

  it('after INVPCID 2 nothing but the fresh outcome is permitted', () => {
    for (const program of programs.slice(0, 500)) {
      const tlb = new NaiveTlb(program);
      for (const op of program.ops) {
        if (op.op === 'access') {
          const [fresh] = tlb.permitted(op);
          tlb.settle(op, [fresh], fresh.result.writes);
        } else tlb.control(op);
      }
      tlb.control({ op: 'invpcid', type: 2, pcid: 0, va: '0x0' });
      for (const op of program.ops) if (op.op === 'access') expect(tlb.onlyFresh(op)).toBe(true);
    }
  });
});

describe('TLB model: generated programs find the bug', () => {
  it.each(TLB_BUGS)('%s', (bug) => {
    const finds = (spurious: boolean): boolean => {
      const machine = make({ bug, walkCaches: true, spurious, capacity: 1000 });
      return programs.some((program) => checkTlbProgram(program, machine, { spuriousFaults: spurious }) !== null);
    };
    expect([finds(false), finds(true)]).toEqual([true, true]);
  });
});
