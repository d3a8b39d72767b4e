/**
 * `npm run bench`: accesses per second of the machine, by where the translation comes from and by scheme. Each figure is
 * the median of several runs; ratios are to the first row of the same run, since machines differ and are noisy.
 *
 * Langium is an ES module only, so the simulator is bundled before it is run (docs/style.md).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { compileScenario as Compile, Simulation as Machine } from '../../simulator/index';

interface Simulator {
  readonly compileScenario: typeof Compile;
  readonly Simulation: typeof Machine;
}

const RUNS = 5;
const ACCESSES = 2_000_000;

/** Pages that fit the first-level TLB, the second-level TLB, and neither. */
const FOOTPRINTS = [
  { name: 'L1 TLB hits', pages: 32 },
  { name: 'L2 TLB hits', pages: 1024 },
  { name: 'walks', pages: 16_384 },
] as const;
const SCHEMES = ['native', 'nested', 'tpt'] as const;

async function main(): Promise<void> {
  const simulator = await load();
  let base = 0;
  console.log(`${RUNS} runs of ${ACCESSES.toLocaleString('en')} accesses each, medians`);
  for (const { name, pages } of FOOTPRINTS) {
    for (const scheme of SCHEMES) {
      const rates = Array.from({ length: RUNS }, () => rate(simulator, scheme, pages)).sort((a, b) => a - b);
      const median = rates[Math.floor(RUNS / 2)] ?? 0;
      base ||= median;
      console.log(
        `${name.padEnd(12)} ${scheme.padEnd(7)} ${(median / 1e6).toFixed(2).padStart(7)} M/s  ${(median / base).toFixed(2)}`,
      );
    }
  }
}

/** Accesses per second: the difference of a long and a short run, so that start-up and first touches do not count. */
function rate({ compileScenario, Simulation }: Simulator, scheme: (typeof SCHEMES)[number], pages: number): number {
  const seconds = (accesses: number): number => {
    const { program, diagnostics } = compileScenario(scenario(scheme, pages, accesses), 'bench.tpt');
    if (program === null) throw new Error(diagnostics[0]?.message);
    const machine = new Simulation(program);
    const start = performance.now();
    while (machine.run({ mode: 'continue', task: 0, budget: 1_000_000 }).reason === 'budget');
    return (performance.now() - start) / 1000;
  };
  return ACCESSES / (seconds(ACCESSES + 1000) - seconds(1000));
}

function scenario(scheme: string, pages: number, accesses: number): string {
  // A stride of an odd number of pages visits all of them in an order that no set of a TLB likes better.
  return `
machine { memory 512M tags asid tlb skylake-sp }
vm guest { memory 128M paging ${scheme} backing contiguous }
process load in guest {
  let heap = mmap(${pages * 4}K, rw)
  touch(heap, ${pages * 4}K)
  for i in 0..${accesses} { write(heap + i * 167 * 4096 % ${pages * 4096}, i) }
}`;
}

async function load(): Promise<Simulator> {
  const folder = mkdtempSync(join(tmpdir(), 'tpt-scope-bench-'));
  try {
    const outfile = join(folder, 'simulator.cjs');
    await build({
      entryPoints: ['simulator/index.ts'],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile,
      logLevel: 'error',
    });
    return (await import(outfile)) as Simulator;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
