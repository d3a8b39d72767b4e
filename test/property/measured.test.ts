/** docs/costs.json holds what the commands of docs/costs.md print today. The quicker ones of them are made here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Comparison } from '../../simulator/index';
import { projectRoot } from '../support/source-files';
import { run } from '../unit/cli/runner';

const MEASURED = JSON.parse(readFileSync(join(projectRoot, 'docs/costs.json'), 'utf8')) as Comparison[];

test.each(['chase.tpt', 'fork.tpt', 'churn.tpt'])(
  '%s',
  async (name) => {
    const { code, out } = await run(['compare', join(projectRoot, 'samples/compare', name), '--jobs', '1', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(MEASURED.filter(({ source }) => source === name));
  },
  60_000,
);
