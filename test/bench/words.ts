/** The bench's figures as text. */
import type { Comparison } from './compare';
import { MEMORY_LIMIT, type MemoryUse } from './memory';
import { type Counts, REFERENCES, type TravelFigures } from './workload';

const NAME_WIDTH = 36;

export const heading = (withReference: boolean): string =>
  `${'M accesses/s of CPU time, medians'.padEnd(NAME_WIDTH)}   ours${withReference ? '      C   C/ours' : ''}`;

export function comparisonLine(name: string, { ours, reference, ratio }: Comparison): string {
  const cells = [ours.toFixed(2).padStart(7)];
  if (reference !== null && ratio !== null)
    cells.push(reference.toFixed(2).padStart(6), `${ratio.toFixed(1).padStart(7)}x`);
  return `${name.padEnd(NAME_WIDTH)}${cells.join(' ')}`;
}

/** What both counted, for each access: hits, walks, and references as L1/L2/LLC/memory. */
export function countsTable(counts: Comparison['counts']): string {
  const line = (who: string, c: Counts): string => {
    const share = (n: number): string => (n / c.accesses).toFixed(3);
    const references = REFERENCES.filter((cause) => c.references[cause].some((n) => n > 0)).map(
      (cause) => `${cause} ${c.references[cause].map(share).join('/')}`,
    );
    return `  ${who.padEnd(5)} TLB ${share(c.tlbL1Hits)} ${share(c.tlbL2Hits)}, walks ${share(c.walks)}, ${references.join(', ')}`;
  };
  return [line('ours', counts.ours), ...(counts.reference ? [line('C', counts.reference)] : [])].join('\n');
}

export const megabytes = (name: string, { megabytes, seconds }: MemoryUse): string =>
  `${name.padEnd(NAME_WIDTH)}${megabytes.toFixed(0).padStart(7)} MB${megabytes > MEMORY_LIMIT ? ', too much' : ''}; ${seconds.toFixed(1)} s`;

export const perSecond = (name: string, rate: number): string =>
  `${name.padEnd(NAME_WIDTH)}${(rate / 1e6).toFixed(2).padStart(7)} M/s`;

export const travelLine = (name: string, f: TravelFigures): string =>
  `${name.padEnd(NAME_WIDTH)} recording ${f.overhead.toFixed(2)}x; step back ${f.stepMedian.toFixed(1)} ms, p95 ${f.stepP95.toFixed(1)} ms; last write, ${f.distance} ticks ago: ${f.lastWrite.toFixed(2)} s; history ${f.megabytes.toFixed(0)} MB, ${f.checkpoints} checkpoints`;
