import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const folder = join(__dirname, '..', 'golden');

/** The scenarios of a subfolder, by name without ending. */
export function goldenInputs(subfolder: string, ending = '.tpt'): { name: string; text: string }[] {
  return readdirSync(join(folder, subfolder))
    .filter((file) => file.endsWith(ending) && !file.includes('.expected.'))
    .map((file) => ({
      name: file.slice(0, -ending.length),
      text: readFileSync(join(folder, subfolder, file), 'utf8'),
    }));
}

/**
 * Compares with a golden file. A missing one fails: goldens are written only with UPDATE_GOLDENS=1, by somebody who
 * then reads them.
 */
export function expectGolden(file: string, actual: string): void {
  const path = join(folder, file);
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(path, actual);
  expect(existsSync(path), `${path} is missing; UPDATE_GOLDENS=1 writes it`).toBe(true);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}
