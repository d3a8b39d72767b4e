/** Comparisons read from a file, as `tpt-scope compare --json` writes them. No vscode here, so that it can be tested. */
import type { Comparison } from '../protocol/compare-view';

export type ComparisonFile =
  { readonly ok: true; readonly comparisons: readonly Comparison[] } | { readonly ok: false; readonly problem: string };

/** One comparison or a list of them. What the view counts with is checked; a problem names file and field. */
export function readComparisons(text: string, name: string): ComparisonFile {
  const refuse = (what: string): ComparisonFile => ({
    ok: false,
    problem: `${name} is not a comparison: ${what}. Write one with "tpt-scope compare FILE --json".`,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) return refuse('the list is empty');
  try {
    list.forEach((item, i) => checkComparison(item, Array.isArray(value) ? `[${i}]` : ''));
  } catch (error) {
    if (error instanceof Wrong) return refuse(error.message);
    throw error;
  }
  return { ok: true, comparisons: list as readonly Comparison[] };
}

class Wrong extends Error {}

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown, path: string) => void;

const text: Check = (value, path) => {
  if (typeof value !== 'string') throw new Wrong(`${path} is not a text`);
};
const number: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Wrong(`${path} is not a number`);
};
const nullable =
  (check: Check): Check =>
  (value, path) => {
    if (value !== null) check(value, path);
  };
const list =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw new Wrong(`${path} is not a list`);
    value.forEach((item, i) => check(item, `${path}[${i}]`));
  };
const object =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Wrong(`${path === '' ? 'it' : path} is not an object`);
    for (const [key, check] of Object.entries(checks)) {
      check((value as Fields)[key], path === '' ? key : `${path}.${key}`);
    }
  };
const numbers: Check = (value, path) => {
  object({})(value, path);
  for (const [key, item] of Object.entries(value as Fields)) number(item, `${path}.${key}`);
};

const checkReport = object({
  variant: object({
    name: text,
    scheme: text,
    tags: text,
    lookup: text,
    tptProfile: text,
    backing: nullable(text),
    page: text,
  }),
  problem: nullable(text),
  accesses: number,
  kernelAccesses: number,
  cycles: number,
  walks: number,
  byCause: numbers,
  exits: list(object({ reason: text, count: number, cycles: number })),
  work: list(object({ kind: text, count: number, cycles: number })),
  references: list(object({ label: text, cause: text, count: number })),
  caches: list(object({ name: text, lookups: number, misses: number })),
});

const checkReports: Check = (value, path) => {
  list(checkReport)(value, path);
  if ((value as readonly unknown[]).length === 0) throw new Wrong(`${path} is empty`);
};

const checkComparison = object({
  source: text,
  kind: text,
  profile: object({ name: text, title: text, ghz: number }),
  reports: checkReports,
  sweep: nullable(object({ parameter: text, points: list(object({ value: text, reports: list(checkReport) })) })),
  warning: nullable(text),
});
