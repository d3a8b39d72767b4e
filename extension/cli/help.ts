import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYNTHETIC_FORMS } from '../../simulator/index';

/** From package.json, which lies two folders up from here and from the bundle alike. */
export function version(): string {
  const { version: text } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  return text;
}

export const HELP = `tpt-scope: run TPT scenarios without an editor

  tpt-scope run FILE… [--scheme S] [--tags T] [--seed N] [--step-limit N] [--json]
      Runs each scenario and prints its expectations, faults and counters.
      --scheme S      every VM under native, nested or tpt
      --tags T        tag table off, asid or rmp
      --seed N        instead of the scenario's seed
      --step-limit N  stop after N statements
      --json          one JSON object per file, one per line

  tpt-scope walk --vectors IN.jsonl
      Answers walk vectors, one JSON line for each line read. IN may end in .gz; - is standard input.

  tpt-scope convert IN OUT.tptt
      Converts a trace for replay() to the binary form, which is read fastest. IN is the output of
      valgrind --tool=lackey --trace-mem=yes, plain or gzip; - for standard input; or a synthetic trace:
${SYNTHETIC_FORMS.map((form) => `      ${form}`).join('\n')}
      Numbers are written as in scenarios: 4G, 1_000_000.

  tpt-scope --help, tpt-scope --version

Exit code: 0 all expectations hold, 1 an expectation fails or a run does not end, 2 bad input, 130 interrupted.
`;
