/** One workload under one scheme: the machine and the C reference in turns, their speeds and whether they agree. */
import { Contestant } from './contestant';
import { type Counts, REFERENCES, type Setup } from './workload';

/** Counts may differ by this much of the larger one, or by this much of all accesses: a few cold misses are no walk's doing. */
const TOLERANCE = 0.01;
const TOLERATED_SHARE = 0.00001;

export interface Comparison {
  /** Millions of accesses per second of CPU time, in the median run. */
  readonly ours: number;
  readonly reference: number | null;
  /** How many times as fast the reference is: the median over the turns. */
  readonly ratio: number | null;
  readonly counts: { readonly ours: Counts; readonly reference: Counts | null };
  /** Counts that differ by more than 1%, in words. */
  readonly disagreements: readonly string[];
}

/**
 * Measures a workload.
 * @param machine bundled machine-run.ts
 * @param reference the compiled C reference, or null to leave it out
 */
export async function compare(
  machine: string,
  reference: string | null,
  setup: Setup,
  runs: number,
): Promise<Comparison> {
  const ours = await Contestant.start('the machine', process.execPath, [machine, JSON.stringify(setup)]);
  const theirs =
    reference === null ? null : await Contestant.start('the reference', reference, referenceArguments(setup));
  const oursSeconds: number[] = [];
  const theirSeconds: number[] = [];
  // In turns: when the speed of this computer drifts, it does so for both.
  for (let run = 0; run < runs; run++) {
    oursSeconds.push(await ours.run());
    if (theirs) theirSeconds.push(await theirs.run());
  }
  const counts = { ours: await ours.finish(), reference: theirs ? await theirs.finish() : null };
  const rate = (seconds: readonly number[]): number => counts.ours.accesses / runs / median(seconds) / 1e6;
  return {
    ours: rate(oursSeconds),
    reference: theirs && rate(theirSeconds),
    ratio: theirs && median(oursSeconds.map((seconds, run) => seconds / (theirSeconds[run] ?? NaN))),
    counts,
    disagreements: counts.reference === null ? [] : disagreements(counts.ours, counts.reference),
  };
}

function referenceArguments({ scheme, backing, workload }: Setup): string[] {
  // Shadow tables, and a guest's own under direct paging, name host frames: the CPU walks them as native ones.
  const modelled = scheme === 'shadow' || scheme === 'direct' ? 'native' : scheme;
  if (workload.kind === 'trace') return [modelled, backing, 'trace', workload.file];
  const { bytes, seed, warm, accesses } = workload;
  return [modelled, backing, 'gups', ...[bytes, seed, warm, accesses].map(String)];
}

/** What must agree for the reference to be a fair one: TLB hits, and references per walk by cause. */
function disagreements(ours: Counts, reference: Counts): string[] {
  const figures = (counts: Counts): [string, number][] => [
    ['accesses', counts.accesses],
    ['TLB L1 hits', counts.tlbL1Hits],
    ['TLB L2 hits', counts.tlbL2Hits],
    ['walks', counts.walks],
    ...REFERENCES.map((cause): [string, number] => [
      `${cause} references`,
      counts.references[cause].reduce((a, b) => a + b, 0),
    ]),
  ];
  const theirs = figures(reference);
  return figures(ours).flatMap(([name, value], i) => {
    const other = theirs[i]?.[1] ?? NaN;
    const allowed = Math.max(TOLERANCE * Math.max(value, other), TOLERATED_SHARE * ours.accesses);
    const agrees = Math.abs(value - other) <= allowed;
    return agrees ? [] : [`${name}: the machine has ${value}, the reference ${other}`];
  });
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** @param share of the values that are smaller, about */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;
