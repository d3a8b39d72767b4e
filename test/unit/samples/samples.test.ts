import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSampleInfo } from '../../../extension/samples/sample';
import { formatScenario } from '../../../extension/language/server/format';
import { compileScenario, Simulation, type RunOptions } from '../../../simulator/index';
import { complete, faultCounts, faultsOf } from '../scenarios/check';

const folder = join(__dirname, '..', '..', '..', 'samples');

interface SampleEntry {
  readonly file: string;
  readonly title: string;
  readonly teaches: string;
  readonly symptom: { readonly line: number; readonly text: string } | null;
  readonly expectedExit: 0 | 1;
  /** Number of the bug of the field (samples/README.md), or null. */
  readonly bug: number | null;
  /** What there is to find, with 1-based lines; null if nothing is wrong. */
  readonly hunt: {
    readonly symptomLine: number;
    /** Kind of the fault on that line that shows it, or null: the failed expectation does. */
    readonly fault: string | null;
    readonly causeLine: number;
    readonly repair: { readonly replace: string; readonly by: string } | null;
  } | null;
}

const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as readonly SampleEntry[];
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** Faults that each sample must have, exactly, by kind. Written by hand, not by the code. */
const FAULTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // One #PF for the page. The host backs three tables, their three mirrors and the page itself.
  '01-first-touch.tpt': { page_fault: 1, npf: 7 },
  '02-two-tenants.tpt': { page_fault: 2, npf: 14 },
  '03-forged-leaf.tpt': { page_fault: 2, npf: 14, tag_violation: 1 },
  // A forged PD entry and a forged root; the host injects #GP.
  '04-forged-upper.tpt': { page_fault: 2, npf: 14, tag_violation: 2, gp: 2 },
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
  '16-lost-dirty-bit.tpt': { page_fault: 3, npf: 9 },
  '17-pcid-reused.tpt': { page_fault: 2, npf: 14 },
  '18-kernel-mapping-missing.tpt': { page_fault: 2, npf: 15 },
  // The neighbour's own root was moved too.
  '19-stale-root.tpt': { page_fault: 2, npf: 14, tag_violation: 1 },
  // Its own frame is the host's; from the second time on it is the other VM's.
  '20-merged-across-tenants.tpt': { page_fault: 2, npf: 14, tag_violation: 8, livelock: 1 },
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

describe('bugs of the field', () => {
  test('each of the fourteen has a sample', () => {
    const shown = new Set(index.flatMap(({ bug }) => bug ?? []));
    expect([...shown].sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
  });

  test('what has a symptom or shows a bug is to be hunted', () => {
    for (const { symptom, bug, hunt } of index) expect(hunt !== null).toBe(symptom !== null || bug !== null);
  });

  const hunts = index.flatMap(({ hunt, ...entry }) => (hunt === null ? [] : [{ ...entry, hunt }]));
  describe.each(hunts)('$file', ({ file, symptom, hunt }) => {
    const text = textOf(file);
    const shows = (run: Simulation): boolean =>
      hunt.fault === null
        ? run.summary().expectations.some((e) => !e.held && e.line === hunt.symptomLine && e.text === symptom?.text)
        : faultsOf(run).rows.some((row) => row.kind === hunt.fault && row.line === hunt.symptomLine);

    test('ends with a solution that names the line at fault', () => {
      const solution = text
        .slice(text.lastIndexOf('\n\n') + 2)
        .trimEnd()
        .split('\n');
      expect(solution[0]).toBe('// solution:');
      expect(solution.length).toBeGreaterThanOrEqual(3);
      expect(solution.length).toBeLessThanOrEqual(6);
      expect(solution.every((line) => line.startsWith('// '))).toBe(true);
      expect(solution.join(' ')).toMatch(new RegExp(`\\b[Ll]ines? ${hunt.causeLine}\\b`));
    });

    test('has its symptom where it says', () => expect(shows(plainRun(text))).toBe(true));

    test.runIf(hunt.repair)('has it no more with the line at fault repaired', () => {
      const lines = text.split('\n');
      const line = lines[hunt.causeLine - 1];
      expect(line).toContain(hunt.repair!.replace);
      lines[hunt.causeLine - 1] = line.replace(hunt.repair!.replace, hunt.repair!.by);
      expect(shows(runSample(lines.join('\n')))).toBe(false);
    });
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
