/**
 * `npm run bench`: how fast the machine is, and beside it a plain C simulator of the same (reference/), which must count
 * the same; how much memory a large VM takes; and how fast scenarios are. All in CPU time, so that other programs on
 * this computer matter less. The exit code is 1 if machine and reference disagree.
 */
import { execFileSync } from 'node:child_process';
import { compare, median } from './compare';
import { MEMORY_LIMIT, memoryUse } from './memory';
import { type BenchOptions, readOptions, USAGE } from './options';
import { bundle, compileReference, withFolder } from './programs';
import { comparisonLine, countsTable, heading, megabytes, perSecond, travelLine } from './words';
import { tracesIn } from './traces';
import { BENCH_SCHEMES, type Gups, type Trace, TRAVEL_WORKLOADS, type TravelFigures } from './workload';

const MIB = 2 ** 20;
/** All beyond the reach of the second-level TLB (6 MiB); the first is within that of the last-level data cache. */
const FOOTPRINTS = [
  { name: 'gups 16M', bytes: 16 * MIB },
  { name: 'gups 64M', bytes: 64 * MIB },
  { name: 'gups 256M', bytes: 256 * MIB },
  { name: 'gups 4G', bytes: 4096 * MIB },
] as const;

/** Pages that fit the first-level TLB, the second-level TLB, and neither. */
const STATEMENTS = [
  { name: 'statements, L1 TLB hits', pages: 32 },
  { name: 'statements, L2 TLB hits', pages: 1024 },
  { name: 'statements, walks', pages: 16_384 },
] as const;
const STATEMENT_ACCESSES = 1_000_000;
const TRAVEL_TICKS = 10_000_000;

/** Where rows go, and which are wanted. */
class Rows {
  constructor(private readonly options: BenchOptions) {}

  wants(name: string): boolean {
    return this.options.only === null || name.includes(this.options.only);
  }

  /** One row: its figures for programs, its words for people. */
  row(name: string, figures: object, words: string): void {
    console.log(this.options.json ? JSON.stringify({ name, ...figures }) : words);
  }

  say(words: string): void {
    if (!this.options.json) console.log(words);
  }
}

async function main(options: BenchOptions): Promise<number> {
  const rows = new Rows(options);
  return withFolder(async (folder) => {
    const code = await compareAll(folder, rows, options);
    await measureMemory(folder, rows, options.quick);
    await measureStatements(folder, rows, options.quick);
    await measureTravel(folder, rows, options.quick);
    return code;
  });
}

/** @returns the exit code. */
async function compareAll(folder: string, rows: Rows, { quick, traces }: BenchOptions): Promise<number> {
  const wanted = workloads(folder, quick, traces).flatMap(({ name, workload }) =>
    BENCH_SCHEMES.map((scheme) => ({ name: `${name} ${scheme}`, scheme, workload })).filter((row) =>
      rows.wants(row.name),
    ),
  );
  if (wanted.length === 0) return 0;
  const machine = await bundle(folder, 'machine-run');
  const reference = compileReference(folder);
  if (reference === null) rows.say('There is no C compiler (cc) here: the C column is left out.');
  rows.say(heading(reference !== null));
  let code = 0;
  for (const { name, scheme, workload } of wanted) {
    const result = await compare(machine, reference, { scheme, backing: 'contiguous', workload }, quick ? 3 : 5);
    rows.row(name, result, comparisonLine(name, result));
    rows.say(countsTable(result.counts));
    if (result.disagreements.length === 0) continue;
    code = 1;
    console.error(`${name}: machine and reference disagree\n  ${result.disagreements.join('\n  ')}`);
  }
  return code;
}

function workloads(folder: string, quick: boolean, traces: string | null): { name: string; workload: Gups | Trace }[] {
  // So many that what the other one's turn left of the caches, and late compiling, hardly count.
  const accesses = { seed: 1, warm: 1_000_000, accesses: 2_000_000 };
  return [
    ...(quick ? FOOTPRINTS.slice(0, 3) : FOOTPRINTS).map(({ name, bytes }) => ({
      name,
      workload: { kind: 'gups', bytes, ...accesses } as const,
    })),
    ...(traces === null ? [] : tracesIn(traces, folder)).map(({ name, file }) => ({
      name: `trace ${name}`,
      workload: { kind: 'trace', file } as const,
    })),
  ];
}

async function measureMemory(folder: string, rows: Rows, quick: boolean): Promise<void> {
  const wanted = (quick ? (['tpt'] as const) : BENCH_SCHEMES).filter((scheme) => rows.wants(`memory ${scheme}`));
  if (wanted.length === 0) return;
  const program = await bundle(folder, 'memory-run');
  rows.say(`\nPeak memory of a process with a VM of 8 GiB, 4 GiB touched; it may take ${MEMORY_LIMIT} MB`);
  for (const scheme of wanted) {
    const name = `memory ${scheme}`;
    const use = memoryUse(program, scheme);
    rows.row(name, { ...use, limit: MEMORY_LIMIT }, megabytes(name, use));
  }
}

async function measureStatements(folder: string, rows: Rows, quick: boolean): Promise<void> {
  const wanted = STATEMENTS.flatMap(({ name, pages }) =>
    (['native', 'nested', 'tpt'] as const)
      .map((scheme) => ({ name: `${name} ${scheme}`, scheme, pages }))
      .filter((row) => rows.wants(row.name)),
  );
  if (wanted.length === 0) return;
  const program = await bundle(folder, 'statements-run');
  rows.say('\nStatements of a scenario, one access each, without a cost profile');
  for (const { name, scheme, pages } of wanted) {
    const rates = Array.from({ length: quick ? 1 : 3 }, () =>
      Number(execFileSync(process.execPath, [program, scheme, String(pages), String(STATEMENT_ACCESSES)])),
    );
    rows.row(name, { perSecond: median(rates) }, perSecond(name, median(rates)));
  }
}

async function measureTravel(folder: string, rows: Rows, quick: boolean): Promise<void> {
  const wanted = TRAVEL_WORKLOADS.flatMap((workload) =>
    (quick ? (['tpt'] as const) : (['native', 'nested', 'tpt'] as const))
      .map((scheme) => ({ name: `travel ${workload} ${scheme}`, workload, scheme }))
      .filter((row) => rows.wants(row.name)),
  );
  if (wanted.length === 0) return;
  const program = await bundle(folder, 'travel-run');
  rows.say(`\nGoing back from tick ${TRAVEL_TICKS} of a recorded run`);
  for (const { name, workload, scheme } of wanted) {
    const out = execFileSync(process.execPath, [program, workload, scheme, String(TRAVEL_TICKS)], { encoding: 'utf8' });
    const figures = JSON.parse(out) as TravelFigures;
    rows.row(name, figures, travelLine(name, figures));
  }
}

async function start(): Promise<void> {
  let options: BenchOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  process.exitCode = await main(options);
}

void start();
