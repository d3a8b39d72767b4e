/** Builds what the bench runs into a folder that is removed at the end. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** From the project's folder, where npm runs scripts. */
const BENCH = 'test/bench';
const REFERENCE = join(BENCH, 'reference');

/** Calls back with a folder for built programs. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tpt-scope-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bundles one of the bench's programs, since Langium is an ES module only (docs/style.md). @returns the file to run. */
export async function bundle(
  folder: string,
  name: 'machine-run' | 'memory-run' | 'statements-run' | 'travel-run',
): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  await build({
    entryPoints: [join(BENCH, `${name}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** Compiles the C reference. @returns the program, or null if this machine has no C compiler. */
export function compileReference(folder: string): string | null {
  const program = join(folder, 'reference');
  const sources = readdirSync(REFERENCE).filter((name) => name.endsWith('.c'));
  try {
    execFileSync('cc', ['-O2', ...sources, '-o', program], { cwd: REFERENCE, stdio: ['ignore', 'ignore', 'inherit'] });
    return program;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
