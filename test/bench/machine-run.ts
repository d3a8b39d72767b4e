/**
 * One measurement of the machine. It runs in a process of its own, so that no other run has shaped the compiled code:
 * takes a workload as JSON, prints a Measurement.
 */
import { Cause } from '../../simulator/costs/causes';
import { costProfile } from '../../simulator/costs/profiles';
import { compileScenario } from '../../simulator/language';
import { Count } from '../../simulator/machine/counters';
import { Access } from '../../simulator/paging/walk';
import { assemble } from '../../simulator/run/assemble';
import type { Executor } from '../../simulator/run/executor';
import type { ByCache, Counts, Gups, Measurement } from './workload';

/** The heap is at 0x100000000000; this is the high half of its address. */
const HEAP_HIGH = 0x1000;

function main(): void {
  const workload = JSON.parse(process.argv[2] ?? '') as Gups;
  const machine = boot(workload);
  const pages = workload.bytes / 4096;
  let state = gups(machine, pages, workload.seed, workload.warm);
  const before = countsOf(machine);
  const seconds = Array.from({ length: workload.runs }, () => {
    const start = cpuSeconds();
    state = gups(machine, pages, state, workload.accesses);
    return cpuSeconds() - start;
  });
  const measurement: Measurement = { seconds, counts: difference(countsOf(machine), before) };
  console.log(JSON.stringify(measurement));
}

/** A machine whose one process has touched its footprint. */
function boot({ scheme, backing, bytes }: Gups): Executor {
  const { program, diagnostics } = compileScenario(
    `
machine { memory 16G tags ${scheme === 'tpt' ? 'asid' : 'off'} }
vm guest { memory 8G paging ${scheme} backing ${backing} }
process load in guest {
  let heap = mmap(${bytes}, rw, 0x100000000000)
  touch(heap, ${bytes})
}`,
    'bench.tpt',
  );
  if (program === null) throw new Error(diagnostics[0]?.message);
  const machine = assemble(program, { costs: costProfile('skylake-sp'), briefHistory: true });
  while (machine.run({ mode: 'continue', task: 0, budget: 1_000_000 }).reason === 'budget');
  return machine;
}

/** The accesses that reference/main.c makes too. @returns the state of the random numbers after them. */
function gups(machine: Executor, pages: number, seed: number, count: number): number {
  const vm = machine.vms[0];
  const cpu = vm.vcpus[0];
  const { accesses } = machine.parts;
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = nextRandom(state);
    const page = Math.floor(((state >>> 4) * pages) / 0x1000_0000);
    state = nextRandom(state);
    const lo = ((page << 12) | ((state >>> 20) & 0xff8)) >>> 0;
    const frame = accesses.attempt(cpu, vm, HEAP_HIGH + (page >>> 20), lo, Access.Write, true, Cause.Data);
    if (frame < 0) throw new Error('an access faulted');
  }
  return state;
}

const nextRandom = (state: number): number => (Math.imul(state, 1103515245) + 12345) | 0;

function countsOf(machine: Executor): Counts {
  const vm = machine.vms[0];
  const { values } = vm.counters;
  const meter = vm.vcpus[0].meter;
  const answered = (cause: Cause): ByCache => {
    const [l1 = 0, l2 = 0, llc = 0, memory = 0] = meter?.answered.slice(cause * 4, cause * 4 + 4) ?? [];
    return [l1, l2, llc, memory];
  };
  return {
    accesses: values[Count.Accesses],
    tlbL1Hits: values[Count.TlbL1Hits],
    tlbL2Hits: values[Count.TlbL2Hits],
    walks: values[Count.Walks],
    references: {
      data: answered(Cause.Data),
      table: answered(Cause.Table),
      nested: answered(Cause.Nested),
      tag: answered(Cause.Tag),
    },
  };
}

function difference(after: Counts, before: Counts): Counts {
  const minus = (a: ByCache, b: ByCache): ByCache => [a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]];
  return {
    accesses: after.accesses - before.accesses,
    tlbL1Hits: after.tlbL1Hits - before.tlbL1Hits,
    tlbL2Hits: after.tlbL2Hits - before.tlbL2Hits,
    walks: after.walks - before.walks,
    references: {
      data: minus(after.references.data, before.references.data),
      table: minus(after.references.table, before.references.table),
      nested: minus(after.references.nested, before.references.nested),
      tag: minus(after.references.tag, before.references.tag),
    },
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

main();
