import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Fewer and smaller workloads. */
  readonly quick: boolean;
  /** Runs only rows whose name contains this. */
  readonly only: string | null;
  /** Folder with traces to replay, or null. */
  readonly traces: string | null;
  /** Prints one JSON object for each row instead of text. */
  readonly json: boolean;
}

export const USAGE = `npm run bench -- [--quick] [--only NAME] [--traces FOLDER] [--json]

  --quick          smaller footprints, fewer runs
  --only NAME      only the rows whose name contains NAME: "gups 64M", "tpt", "memory" …
  --traces FOLDER  replays the traces there too: NAME.tptt, NAME.lackey or NAME.lackey.gz
  --json           one JSON object for each row`;

/** @throws Error in words for unknown options. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      traces: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  return {
    quick: values.quick ?? false,
    only: values.only ?? null,
    traces: values.traces ?? null,
    json: values.json ?? false,
  };
}
