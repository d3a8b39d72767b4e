import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCostProfile } from '../../../extension/scenario/cost-profile-file';
import { readLaunchArguments } from '../../../extension/scenario/launch';
import { costProfile } from '../../../simulator/index';
import zen3 from '../../../simulator/costs/profiles/zen3.json';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-costs-'));
  writeFileSync(join(folder, 'mine.costs.json'), JSON.stringify({ ...zen3, name: 'mine' }));
  writeFileSync(join(folder, 'bad.json'), JSON.stringify({ ...zen3, ghz: 3, name: '' }));
  writeFileSync(join(folder, 'torn.json'), '{ "name": ');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a cost profile is asked for', () => {
  test('by name', () => {
    expect(loadCostProfile('zen3', folder, 'profile')).toBe(costProfile('zen3'));
    expect(loadCostProfile('none', folder, 'profile')).toBeNull();
  });

  test('by path, from the folder', () => {
    expect(loadCostProfile('mine.costs.json', folder, 'profile')).toMatchObject({ name: 'mine', ghz: 2.45 });
  });

  test('in a launch configuration, relative to the scenario', () => {
    const scenario = join(folder, 'a.tpt');
    const options = (value: unknown): unknown =>
      readLaunchArguments({ scenario, costProfile: value }).settings.options.costs;
    expect(options('mine.costs.json')).toMatchObject({ name: 'mine' });
    expect(options('none')).toBeNull();
    expect(options(undefined)).toBeUndefined();
    expect(() => options(3)).toThrow(/"costProfile" is 3/);
  });

  test.each([
    ['skylake', /"profile" is "skylake"; it takes one of none, skylake-sp, zen3, or the path/],
    ['nowhere.json', /nowhere\.json cannot be read/],
    ['torn.json', /torn\.json: the file is not JSON/],
    ['bad.json', /bad\.json: name must be a text that is not empty \(and 1 more problem\)/],
  ])('%s is refused', (name, message) => {
    expect(() => loadCostProfile(name, folder, 'profile')).toThrow(message);
  });
});
