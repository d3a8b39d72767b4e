import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatScenario } from '../../../extension/language/server/format';
import {
  BUILTINS,
  compileScenario,
  FAULT_KINDS,
  FORK_STEPS,
  MACHINE_SETTINGS,
  VM_SETTINGS,
} from '../../../simulator/language';

const root = join(__dirname, '..', '..', '..');
const reference = readFileSync(join(root, 'docs', 'language.md'), 'utf8');
const samples = existsSync(join(root, 'samples'))
  ? readdirSync(join(root, 'samples')).filter((file) => file.endsWith('.tpt'))
  : [];

describe('docs/language.md', () => {
  it('shows a scenario that compiles', () => check(/^```\n([^]*?)^```$/m.exec(reference)?.[1] ?? ''));

  it('names every operation, step, setting and fault', () => {
    for (const { name, steps } of BUILTINS) {
      expect(reference).toContain(`\`${name}(`);
      if (steps.length > 0) expect(reference).toContain(stepRow(name, steps));
    }
    expect(reference).toContain(stepRow('fork', FORK_STEPS));
    for (const { name } of [...MACHINE_SETTINGS, ...VM_SETTINGS]) expect(reference).toContain(`| \`${name}\` |`);
    for (const kind of FAULT_KINDS) expect(reference).toContain(`\`${kind}\``);
  });
});

describe('samples', () => {
  it.each(samples)('%s compiles and is formatted', (file) => check(readFileSync(join(root, 'samples', file), 'utf8')));
});

function check(text: string): void {
  expect(compileScenario(text, 'test').diagnostics).toEqual([]);
  expect(text).toBe(formatScenario(text));
}

function stepRow(name: string, steps: readonly { readonly name: string }[]): string {
  return `| \`${name}\` | ${steps.map((step) => `\`${step.name}\``).join(', ')} |`;
}
