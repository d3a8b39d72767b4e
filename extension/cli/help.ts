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

  tpt-scope run FILE… [--scheme S] [--tags T] [--seed N] [--profile P] [--step-limit N] [--json]
      Runs each scenario and prints its expectations, faults and counters.
      --scheme S      every VM under native, nested, shadow, direct or tpt
      --tags T        tag table off, asid or rmp
      --seed N        instead of the scenario's seed
      --profile P     cost profile: none, skylake-sp, zen3, or a profile file (.json)
      --step-limit N  stop after N statements
      --json          one JSON object per file, one per line

  tpt-scope compare FILE… [--schemes A,B,…] [--profile P] [--sweep NAME=A,B,…] [--memory SIZE] [--warm] [--jobs N] [--json|--csv]
      Runs each scenario or trace under several schemes and prints what each paid, per access and in total.
      A trace is one of valgrind's (--tool=lackey --trace-mem=yes), plain or gzip, or its binary form.
      --schemes A,B   columns: native, nested, shadow, direct, tpt, each with modifiers after colons:
                      off asid rmp (tag checks; off but for tpt), per-frame per-reference (tag look-ups),
                      prototype hardware (tpt), contiguous scattered huge (backing), 4K 2M (pages).
                      Without it: native,nested,shadow,direct,tpt,tpt:off
      --profile P     cost profile: skylake-sp, zen3, or a profile file (.json)
      --sweep N=A,B   all columns again for each value of tlb (entries of the second level), page, backing,
                      profile, nested-tlb (entries) or lookup
      --memory SIZE   memory of the VM that replays a trace: 4G
      --warm          replay a trace once before counting: without first touches and cold caches
      --jobs N        runs at a time; as many as there are processors
      --json, --csv   everything as one JSON array, or one line for each run

  tpt-scope walk --vectors IN.jsonl
      Answers walk vectors, one JSON line for each line read. IN may end in .gz; - is standard input.

  tpt-scope convert IN OUT.tptt
      Converts a trace for replay() to the binary form, which is read fastest. IN is the output of
      valgrind --tool=lackey --trace-mem=yes, plain or gzip; - for standard input; or a synthetic trace:
${SYNTHETIC_FORMS.map((form) => `      ${form}`).join('\n')}
      Numbers are written as in scenarios: 4G, 1_000_000.

  tpt-scope --help, tpt-scope --version

Exit code: 0 all expectations hold (compare: all runs end), 1 an expectation fails or a run does not end, 2 bad input,
130 interrupted.
`;
