/**
 * Going back in a recorded run of ten million ticks: what recording costs, how long reverse steps and the way to the last
 * write of an entry take, and what history takes in memory. Its arguments are a workload, a scheme and the ticks to run.
 */
import { compileScenario, Simulation, type RunRequest, type Stop } from '../../simulator/index';
import { median, quantile } from './compare';
import type { TravelFigures, TravelWorkload } from './workload';

const workload = process.argv[2] as TravelWorkload;
const scheme = process.argv[3];
const ticks = Number(process.argv[4]);
const REVERSE_STEPS = 100;

/** Bodies of a loop that never ends. */
const BODIES: Record<TravelWorkload, string> = {
  // Pages that the first-level TLB holds.
  hits: 'write(heap + i % 32 * 4096, i)',
  // 64 MiB at random: most accesses walk, and dirty another page.
  random: 'write(heap + random(16384) * 4096, i)',
  // The kernel writes tables all the time.
  mprotect: `mprotect(heap + i % 64 * 4096, 4096, r)
    mprotect(heap + i % 64 * 4096, 4096, rw)
    write(heap + i % 64 * 4096, i)`,
};

function start(recorded: boolean): Simulation {
  const { program, diagnostics } = compileScenario(
    `
machine { memory 512M tags asid tlb skylake-sp }
vm guest { memory 256M paging ${scheme} backing contiguous }
process load in guest {
  let heap = mmap(64M, rw)
  let marked = mmap(4K, rw)
  write(marked, 1)
  mprotect(marked, 4K, r)
  for i in 0..1000000000 {
    ${BODIES[workload]}
  }
}`,
    'bench.tpt',
  );
  if (program === null) throw new Error(diagnostics[0]?.message);
  return new Simulation(program, recorded ? { record: {} } : {});
}

/** Runs to a tick. @returns CPU seconds. */
function run(simulation: Simulation): number {
  const before = process.cpuUsage();
  while (simulation.tick < ticks) simulation.run({ mode: 'continue', task: 0, budget: 20_000 });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Travels. @returns CPU milliseconds, and where it ended. */
function travel(simulation: Simulation, request: RunRequest): { ms: number; stop: Stop } {
  const before = process.cpuUsage();
  simulation.markStop();
  for (;;) {
    const stop = simulation.run(request);
    if (stop.reason === 'budget') continue;
    const { user, system } = process.cpuUsage(before);
    return { ms: (user + system) / 1e3, stop };
  }
}

run(start(false));
const plain: number[] = [];
const recorded: number[] = [];
for (let i = 0; i < 3; i++) {
  plain.push(run(start(false)));
  recorded.push(run(start(true)));
}

const simulation = start(true);
run(simulation);
const { memory, end } = simulation.inspect.timeline({ fromTick: null, untilTick: null, buckets: 1, kinds: [] });
const steps = Array.from(
  { length: REVERSE_STEPS },
  () => travel(simulation, { mode: 'back-over', task: 0, budget: 1 }).ms,
);

// The entry that maps `marked` was last written before the loop began.
const process1 = simulation.inspect.summary(0).vms[0].processes[0];
const gva = simulation.variables(0, 0).find((v) => v.name === 'marked')!.value;
const walk = simulation.inspect.walk({ vm: 0, pid: process1.pid, gva, access: 'read', user: true, root: 'active' });
const entry = walk.steps.findLast((step) => step.kind === 'entry')!;
simulation.setWatches([{ kind: 'entry', hpa: entry.address }]);
const found = travel(simulation, { mode: 'back-continue', task: 0, budget: 1 });
if (found.stop.reason !== 'watch') throw new Error(`the write was not found: ${found.stop.reason}`);

const figures: TravelFigures = {
  overhead: median(recorded) / median(plain),
  stepMedian: median(steps),
  stepP95: quantile(steps, 0.95),
  lastWrite: found.ms / 1000,
  distance: end - simulation.tick,
  megabytes: memory.bytes / 1e6,
  checkpoints: memory.checkpoints,
};
console.log(JSON.stringify(figures));
