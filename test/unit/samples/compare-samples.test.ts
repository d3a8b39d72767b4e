import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SCHEMES } from '../../../simulator/index';
import { formatScenario } from '../../../extension/language/server/format';
import { readSampleInfo } from '../../../extension/samples/sample';
import { compileScenario, Simulation } from '../../../simulator/index';
import { complete } from '../scenarios/check';

const samples = join(__dirname, '../../../samples');
const folder = join(samples, 'compare');
const files = readdirSync(folder);
const readme = readFileSync(join(samples, 'README.md'), 'utf8');

/** Fewer rounds and smaller tables: the same operations in a fraction of the time. */
const shrunk = (text: string): string =>
  text
    .replace(/^const (UPDATES|LAPS|SEARCHES|ROUNDS|ACCESSES) = .*$/gm, 'const $1 = 3')
    .replace(/^const PAGES = .*$/gm, 'const PAGES = 64')
    .replace(/^( +memory) 16G/m, '$1 128M')
    .replace(/^( +memory) 8G/m, '$1 16M')
    .replace(/^const WARM = .*$/gm, 'const WARM = 1M')
    .replace(/^ +touch\(.*$/gm, '');

test('the README lists them all', () => {
  expect(files.length).toBe(6);
  const listed = [...readme.matchAll(/\[([^\]]+)\]\(compare\/([^)]+)\)/g)];
  expect(listed.map((match) => match[2]).sort()).toEqual(files.sort());
  for (const [, title, file] of listed)
    expect(readSampleInfo(readFileSync(join(folder, file), 'utf8'), file).title).toBe(title);
});

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');

  test('has no problems, is formatted, charges by a profile, and says what it shows', () => {
    const { program, diagnostics } = compileScenario(text, file);
    expect(diagnostics).toEqual([]);
    expect(formatScenario(text)).toBe(text);
    expect(program?.machine.costs).toBe('skylake-sp');
    expect(readSampleInfo(text, file).story.length).toBeGreaterThan(200);
  });

  test.each(SCHEMES)('runs to its end under %s, and its expectations hold', (scheme) => {
    const simulation = new Simulation(compileScenario(shrunk(text), file).program!, { scheme });
    expect(complete(simulation)).toEqual({ reason: 'ended', deadlock: null });
    expect(simulation.summary().ok).toBe(true);
    expect(simulation.tasks().map((task) => task.state)).not.toContain('killed');
  });
});
