import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From package.json, which lies two folders up from here and from the bundle alike. */
export function version(): string {
  const { version: text } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  return text;
}

export const HELP = `tpt-scope: run TPT scenarios without an editor

  tpt-scope run FILE… [--scheme S] [--tags T] [--seed N] [--profile P] [--step-limit N] [--json]
      Runs each scenario and prints its expectations, faults and counters.
      --scheme S      every VM under native, nested, shadow or tpt
      --tags T        tag table off, asid or rmp
      --seed N        instead of the scenario's seed
      --profile P     cost profile: none, skylake-sp, zen3, or a profile file (.json)
      --step-limit N  stop after N statements
      --json          one JSON object per file, one per line

  tpt-scope walk --vectors IN.jsonl
      Answers walk vectors, one JSON line for each line read. IN may end in .gz; - is standard input.

  tpt-scope --help, tpt-scope --version

Exit code: 0 all expectations hold, 1 an expectation fails or a run does not end, 2 bad input.
`;
