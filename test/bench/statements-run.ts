/**
 * Statements of a scenario that access memory, without a cost profile: accesses per second of CPU time, where first-level
 * TLB hits, second-level TLB hits or walks answer them. Its arguments are a scheme, pages and accesses.
 */
import { compileScenario, Simulation } from '../../simulator/index';

const scheme = process.argv[2];
const pages = Number(process.argv[3]);
const accesses = Number(process.argv[4]);

/** CPU seconds of a whole scenario. */
function seconds(count: number): number {
  const { program, diagnostics } = compileScenario(scenario(count), 'bench.tpt');
  if (program === null) throw new Error(diagnostics[0]?.message);
  const machine = new Simulation(program);
  const before = process.cpuUsage();
  while (machine.run({ mode: 'continue', task: 0, budget: 1_000_000 }).reason === 'budget');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function scenario(count: number): string {
  // A stride of an odd number of pages visits all of them in an order that no set of a TLB likes better.
  return `
machine { memory 512M tags asid tlb skylake-sp }
vm guest { memory 128M paging ${scheme} backing contiguous }
process load in guest {
  let heap = mmap(${pages * 4}K, rw)
  touch(heap, ${pages * 4}K)
  for i in 0..${count} { write(heap + i * 167 * 4096 % ${pages * 4096}, i) }
}`;
}

// The difference of a long and a short run: start-up and first touches do not count.
seconds(1000);
console.log(accesses / (seconds(accesses + 1000) - seconds(1000)));
