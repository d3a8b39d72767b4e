/** A run's result as people read it in a terminal. */
import { faultCount } from '../scenario/report';
import type { FaultResult, RunResult } from './result';

/** Faults shown at most; `--json` has them all. */
const MOST_FAULTS = 20;
const ROUTINE = ['page_fault', 'npf'];

export function describeResult(result: RunResult): string {
  const lines = [
    result.file,
    ...result.output.map((text) => `  ${text.trimEnd()}`),
    ...result.expectations.map(
      (e) => `  ${e.held ? '✓' : '✗'} line ${e.line}: ${e.text}${e.held || e.detail === '' ? '' : `: ${e.detail}`}`,
    ),
    ...describeFaults(result.faults),
    `  counters: ${describeCounters(result.counters)}`,
    ...(result.stopped === null ? [] : [`  stopped: ${result.stopped}`]),
    `  ${result.ok ? 'holds' : 'FAILS'} · ${result.ticks.toLocaleString('en-US')} ticks · trace ${result.traceHash}`,
  ];
  return `${lines.join('\n')}\n`;
}

function describeFaults(faults: readonly FaultResult[]): string[] {
  const counts: Record<string, number> = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  const shown = mostTelling(faults);
  const hidden = faults.length - shown.length;
  return [
    `  faults: ${faultCount(counts)}`,
    ...shown.map((f) => `    ${describeFault(f)}`),
    ...(hidden > 0 ? [`    … and ${hidden} more (--json has them all)`] : []),
  ];
}

/** First touches and backing are the daily bread of a run: where room is short, they give way to the rest. */
function mostTelling(faults: readonly FaultResult[]): FaultResult[] {
  const telling = faults.filter((f) => !ROUTINE.includes(f.kind)).slice(0, MOST_FAULTS);
  const routine = faults.filter((f) => ROUTINE.includes(f.kind)).slice(0, MOST_FAULTS - telling.length);
  const shown = new Set([...telling, ...routine]);
  return faults.filter((f) => shown.has(f));
}

function describeFault(fault: FaultResult): string {
  const where = fault.gva === null ? '' : ` ${fault.gva}`;
  const line = fault.line === null ? '' : ` (line ${fault.line})`;
  return `tick ${fault.tick} ${fault.vm} ▸ ${fault.task} ${fault.kind}${where}: ${fault.why} → ${fault.resolution}${line}`;
}

function describeCounters(counters: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counters)
    .filter(([, n]) => n !== 0)
    .map(([name, n]) => `${name} ${n.toLocaleString('en-US')}`);
  return parts.length > 0 ? parts.join(', ') : 'all 0';
}
