import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSampleInfo } from '../../../extension/samples/sample';
import { formatScenario } from '../../../extension/language/server/format';
import { compileScenario, Simulation, type RunOptions } from '../../../simulator/index';
import { complete, faultCounts } from '../scenarios/check';

const folder = join(__dirname, '..', '..', '..', 'samples');

interface SampleEntry {
  readonly file: string;
  readonly title: string;
  readonly teaches: string;
  readonly symptom: { readonly line: number; readonly text: string } | null;
  readonly expectedExit: 0 | 1;
}

const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as readonly SampleEntry[];
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** Faults that each sample must have, exactly, by kind. Written by hand, not by the code. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // One #PF for the page. The host backs three tables, their three mirrors and the page itself.
  '01-first-touch.tpt': { page_fault: 1, npf: 7 },
  '02-two-tenants.tpt': { page_fault: 2, npf: 14 },
  '03-forged-leaf.tpt': { page_fault: 2, npf: 14, tag_violation: 1 },
  '04-forged-upper.tpt': { page_fault: 2, npf: 14, tag_violation: 1 },
  // The parent's first touch and its copy-on-write.
  '05-fork-mirror.tpt': { page_fault: 2, npf: 18 },
  // The parent's first touch, and the child's first read: its TPT entry is missing too.
  '06-fork-without-mirror.tpt': { page_fault: 2, npf: 17 },
  '07-migration-stale-entry.tpt': { page_fault: 1, npf: 7, tag_violation: 1 },
  '08-reclaim-refill.tpt': { page_fault: 8, npf: 14, tag_violation: 8 },
  // Data lies in frames that the host backed beforehand: six table pages and the extra TPT page.
  '09-huge-page-scattered.tpt': { page_fault: 1, npf: 5 },
  '10-nested-vs-tpt.tpt': { page_fault: 128, npf: 137 },
  '11-retag-without-flush.tpt': { page_fault: 1, npf: 7, breach: 1, tag_violation: 1 },
  '12-retag-without-map-update.tpt': { page_fault: 1, npf: 7, tag_violation: 8, livelock: 1 },
  '13-zero-map-slot.tpt': { page_fault: 1, npf: 7, tag_violation: 1 },
  '14-mprotect-without-invlpg.tpt': { page_fault: 2, npf: 7 },
  '15-frame-comes-back.tpt': { page_fault: 2, npf: 8, tag_violation: 1 },
};

test('the index lists every sample, in order', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.tpt'));
  expect(index.map((entry) => entry.file)).toEqual(files.sort());
  expect(files.length).toBeGreaterThanOrEqual(10);
  expect(Object.keys(FAULTS)).toEqual(files);
});

describe.each(index)('$file', ({ file, title, symptom, expectedExit }) => {
  const text = textOf(file);

  test('has no problems, is formatted and says what it is', () => {
    expect(compileScenario(text, file).diagnostics).toEqual([]);
    expect(formatScenario(text)).toBe(text);
    const info = readSampleInfo(text, file);
    expect(info.title).toBe(title);
    expect(info.story.length).toBeGreaterThan(100);
  });

  test('shows exactly its symptom, twice the same', () => {
    const run = plainRun(text);
    const { ok, expectations, traceHash } = run.summary();
    expect(ok).toBe(expectedExit === 0);
    const failed = expectations.filter((e) => !e.held).map(({ line, text: what }) => ({ line, text: what }));
    expect(failed).toEqual(symptom === null ? [] : [symptom]);
    expect(runSample(text).summary().traceHash).toBe(traceHash);
  });

  test('raises exactly these faults', () => expect(faultCounts(plainRun(text))).toEqual(FAULTS[file]));

  test.each(['nested', 'native', 'shadow', 'direct'] as const)('runs to an end under %s', (scheme) => {
    expect(complete(runSample(text, { scheme })).reason).toBe('ended');
  });
});

test.each(['03-forged-leaf.tpt', '04-forged-upper.tpt'])('%s: with tags off the attack succeeds', (file) => {
  expect(faultCounts(plainRun(textOf(file)))['breach']).toBeUndefined();
  const run = runSample(textOf(file), { tags: 'off' });
  expect(run.summary().ok).toBe(false);
  const counts = faultCounts(run);
  expect(counts['breach']).toBeGreaterThan(0);
  expect(counts['tag_violation']).toBeUndefined();
});

/** Runs without options are used by several tests, which only look. */
const plainRuns = new Map<string, Simulation>();
function plainRun(text: string): Simulation {
  const run = plainRuns.get(text) ?? runSample(text);
  plainRuns.set(text, run);
  return run;
}

function runSample(text: string, options: RunOptions = {}): Simulation {
  const { program } = compileScenario(text, 'sample');
  const simulation = new Simulation(program!, options);
  complete(simulation);
  return simulation;
}
