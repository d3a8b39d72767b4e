import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  compileScenario,
  COST_PROFILE_NAMES,
  costProfile,
  readProfile,
  WORK_KINDS,
  type ProfileProblem,
} from '../../../simulator/index';

const root = join(__dirname, '../../..');
type Json = Record<string, unknown>;
const bundled = (name: string): Json =>
  JSON.parse(readFileSync(join(root, 'simulator/costs/profiles', `${name}.json`), 'utf8')) as Json;

describe.each(COST_PROFILE_NAMES)('%s', (name) => {
  const profile = costProfile(name)!;

  test('is its file, and its file is valid', () => {
    expect(readProfile(bundled(name))).toEqual({ profile });
    expect(profile.name).toBe(name);
  });

  test('every number has a source in words', () => {
    const numbers = numberPaths(bundled(name));
    expect(Object.keys(profile.figures).sort()).toEqual(numbers.sort());
    expect(numbers.length).toBeGreaterThan(40);
    for (const figure of Object.values(profile.figures)) expect(figure.source.length).toBeGreaterThan(10);
  });

  test('its TLBs are those of the preset of the same name', () => {
    const { program } = compileScenario(`machine { tlb ${name} } vm a { } process p in a { read(4096) }`, 'x');
    expect(program?.machine.tlb).toEqual(profile.tlb);
  });
});

test('figures that are not assumed agree with the published ones', () => {
  const { caches, structureCaches, tlb, cycles } = costProfile('skylake-sp')!;
  expect([caches.l1.latency, caches.l2.latency, caches.llc.latency, caches.memory]).toEqual([4, 14, 54, 200]);
  expect(caches.llc.bytes / 64 / caches.llc.ways).toBe(32768);
  expect(structureCaches.guest).toMatchObject({ l4: 2, l3: 4, l2: 32 });
  expect(tlb.find((array) => array.level === 2)).toMatchObject({ entries: 1536, ways: 12 });
  expect(cycles.tlbL2Hit).toBe(9);
});

test('the schema for editors knows the same fields', () => {
  const schema = JSON.parse(readFileSync(join(root, 'extension/scenario/cost-profile.schema.json'), 'utf8')) as {
    properties: Record<string, { properties?: Record<string, { properties?: Json }> }>;
  };
  expect(Object.keys(schema.properties).filter((key) => key !== '$schema')).toEqual(Object.keys(bundled('zen3')));
  expect(Object.keys(schema.properties['cycles']?.properties?.['work']?.properties ?? {})).toEqual([...WORK_KINDS]);
});

describe('a bad profile is refused with the path of its field', () => {
  const figure = (value: unknown): Json => ({ value, source: 'a test' });
  test.each<[string, string, unknown, string, RegExp]>([
    ['a missing part', 'caches.llc', undefined, 'caches.llc', /missing/],
    ['a missing figure', 'cycles.work.retag', undefined, 'cycles.work.retag', /missing/],
    ['a missing value', 'cycles.exit', { source: 'x' }, 'cycles.exit.value', /missing/],
    ['a missing source', 'cycles.exit', { value: 1 }, 'cycles.exit.source', /missing/],
    ['an empty source', 'cycles.exit', { value: 1, source: ' ' }, 'cycles.exit.source', /not empty/],
    ['a bare number', 'caches.memory', 200, 'caches.memory', /"value": 200, "source"/],
    ['a text for a number', 'caches.l1.ways', figure('8'), 'caches.l1.ways', /must be a number/],
    ['null for a figure', 'caches.l1.ways', null, 'caches.l1.ways', /must be an object/],
    ['a list for a part', 'caches', [], 'caches', /must be an object/],
    ['a negative number', 'cycles.work.page-clear', figure(-1), 'cycles.work.page-clear', /is -1/],
    ['a fraction of an entry', 'structureCaches.guest.l2', figure(2.5), 'structureCaches.guest.l2', /whole number/],
    ['no way', 'caches.l1.ways', figure(0), 'caches.l1.ways', /is 0/],
    ['a cache without end', 'caches.llc.bytes', figure(2 ** 40), 'caches.llc.bytes', /from 64 to/],
    ['sets that are no power of two', 'caches.llc.ways', figure(12), 'caches.llc.bytes', /power of two/],
    ['ways that do not divide', 'tlb[0].ways', figure(7), 'tlb[0].ways', /7 ways do not divide 64/],
    ['a level that there is not', 'tlb[1].level', 3, 'tlb[1].level', /one of 1, 2/],
    ['a use that there is not', 'tlb[1].use', 'code', 'tlb[1].use', /one of "data"/],
    ['a page size that there is not', 'tlb[1].sizes', ['4K', '8K'], 'tlb[1].sizes', /4K/],
    ['a page size twice', 'tlb[1].sizes', ['4K', '4K'], 'tlb[1].sizes', /once/],
    ['no list of TLBs', 'tlb', {}, 'tlb', /list/],
    ['a name with blanks', 'name', 'My Machine', 'name', /small letters/],
    ['no title', 'title', '', 'title', /not empty/],
    ['a clock that stands', 'ghz', figure(0), 'ghz', /is 0/],
    ['assumed in words', 'ghz', { ...figure(1), assumed: 'yes' }, 'ghz.assumed', /true or false/],
  ])('%s', (_, path, value, field, message) => {
    expect(problemsOf(changed(path, value))).toEqual([{ field, message: expect.stringMatching(message) as string }]);
  });

  test('a field that is misspelt: named, with a guess', () => {
    const { latency, ...rest } = (bundled('zen3')['caches'] as Record<string, Json>)['l1'];
    const problems = problemsOf(changed('caches.l1', { ...rest, latancy: latency }));
    expect(problems).toEqual([
      { field: 'caches.l1.latancy', message: 'is not known here. Did you mean "latency"?' },
      { field: 'caches.l1.latency', message: 'is missing' },
    ]);
  });

  test.each([[null], [7], ['text'], [[]]])('%j is no profile', (json) => {
    expect(problemsOf(json)[0]).toMatchObject({ field: '', message: expect.stringMatching(/object/) as string });
  });

  test('all problems at once', () => {
    expect(problemsOf({}).map((p) => p.field)).toEqual([
      'name',
      'title',
      'ghz',
      'tlb',
      'structureCaches',
      'nestedTlb',
      'caches',
      'cycles',
    ]);
  });
});

const problemsOf = (json: unknown): readonly ProfileProblem[] => {
  const read = readProfile(json);
  return 'problems' in read ? read.problems : [];
};

/** The zen3 profile with one field replaced, or left out if the value is undefined. */
function changed(path: string, value: unknown): Json {
  const profile = bundled('zen3');
  const keys = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  const last = keys.pop()!;
  const holder = keys.reduce<Json>((at, key) => at[key] as Json, profile);
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
  return profile;
}

/** Paths of all figures in the JSON itself, found without the reader. */
function numberPaths(json: unknown, path = ''): string[] {
  if (Array.isArray(json)) return json.flatMap((item, i) => numberPaths(item, `${path}[${i}]`));
  if (typeof json !== 'object' || json === null) return [];
  if ('value' in json) return [path];
  return Object.entries(json).flatMap(([key, item]) => numberPaths(item, path === '' ? key : `${path}.${key}`));
}
