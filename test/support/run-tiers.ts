/**
 * `npm test`: every tier in order, all of them even after a failure, then one line with the sum that CI reads.
 *
 * A step that counts no tests (build, typecheck, lint) adds one failure when it fails and nothing when it passes, so
 * that the last line never says "0 failed" over a red step.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Counts, readMochaCounts, readVitestCounts } from './counts';

const root = join(__dirname, '..', '..');
const results = join(root, 'out', 'test-results');

interface Step {
  readonly name: string;
  /** Arguments of `npm run`. */
  readonly args: readonly string[];
  readonly counts?: () => Counts;
}

function vitestStep(project: string): Step {
  const file = join(results, `${project}.json`);
  return {
    name: project,
    args: [`test:${project}`, '--', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    counts: () => readVitestCounts(file),
  };
}

const steps: readonly Step[] = [
  { name: 'build', args: ['build'] },
  { name: 'typecheck', args: ['typecheck'] },
  { name: 'lint', args: ['lint'] },
  vitestStep('unit'),
  vitestStep('property'),
  vitestStep('browser'),
  vitestStep('adapter'),
  vitestStep('oracle'),
  { name: 'vscode', args: ['test:vscode'], counts: () => readMochaCounts(join(results, 'vscode.json')) },
];

function npmRun(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', ...args], {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

async function runStep(step: Step): Promise<Counts> {
  console.log(`\n── ${step.name} ${'─'.repeat(Math.max(0, 70 - step.name.length))}`);
  const started = process.hrtime.bigint();
  const succeeded = await npmRun(step.args);
  const counts = step.counts?.() ?? { passed: 0, failed: 0, skipped: 0 };
  const seconds = Number((process.hrtime.bigint() - started) / 1_000_000n) / 1000;
  console.log(`── ${step.name}: ${succeeded ? 'ok' : 'FAILED'} in ${seconds.toFixed(1)} s`);
  return succeeded || counts.failed > 0 ? counts : { ...counts, failed: counts.failed + 1 };
}

async function main(): Promise<void> {
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    const counts = await runStep(step);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
}

void main();
