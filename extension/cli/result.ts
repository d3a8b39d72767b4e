/** What `--json` prints for a file. The form is documented in docs/protocol.md and only grows. */
import type { ExpectationResult, FaultRow, Hex, Owner, Simulation } from '../../simulator/index';

/** One fault of the history, oldest first. */
export interface FaultResult {
  readonly tick: number;
  readonly vm: string;
  readonly task: string;
  readonly kind: string;
  readonly gva: Hex | null;
  readonly errorCode: Hex | null;
  readonly expectedOwner: Owner | null;
  readonly foundOwner: Owner | null;
  readonly why: string;
  readonly resolution: string;
  readonly line: number | null;
}

export interface RunResult {
  readonly file: string;
  readonly ok: boolean;
  readonly ticks: number;
  readonly traceHash: Hex;
  /** Why the run did not come to its end: a limit, tasks that wait for ever, or Ctrl+C. */
  readonly stopped: string | null;
  readonly expectations: readonly ExpectationResult[];
  readonly faults: readonly FaultResult[];
  readonly counters: Readonly<Record<string, number>>;
  /** Lines that the scenario printed. */
  readonly output: readonly string[];
}

/** `error`: the file cannot be read or has errors; nothing was run. */
export type FileResult = RunResult | { readonly file: string; readonly ok: false; readonly error: string };

const PAGE = 4096;

/** The whole history, oldest first. */
export function allFaults(simulation: Simulation): FaultResult[] {
  const rows: FaultRow[] = [];
  for (;;) {
    const page = simulation.inspect.faults({
      kinds: [],
      fromTick: null,
      untilTick: null,
      filter: '',
      fold: false,
      offset: rows.length,
      limit: PAGE,
    });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return rows.reverse().map(faultResult);
  }
}

function faultResult(row: FaultRow): FaultResult {
  const { tick, vm, task, kind, gva, errorCode, expectedOwner, foundOwner, why, resolution, line } = row;
  return { tick, vm, task, kind, gva, errorCode, expectedOwner, foundOwner, why, resolution, line };
}
