/** A run's result as people read it in a terminal. */
import { faultCount } from '../adapter/report';
import type { FaultResult, RunResult } from './result';

/** Faults shown at most; `--json` has them all. */
const MOST_FAULTS = 20;

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
  const hidden = faults.length - MOST_FAULTS;
  return [
    `  faults: ${faultCount(counts)}`,
    ...faults.slice(0, MOST_FAULTS).map((f) => `    ${describeFault(f)}`),
    ...(hidden > 0 ? [`    … and ${hidden} more (--json has them all)`] : []),
  ];
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
