/** The adapter as one file for a process of its own, built once from the present sources. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

let built: string | null = null;

export function adapterBundle(): string {
  if (built !== null) return built;
  const folder = mkdtempSync(join(tmpdir(), 'tpt-adapter-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'main.js');
  buildSync({
    entryPoints: [join(__dirname, '../../extension/adapter/main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outfile,
    logLevel: 'error',
  });
  built = outfile;
  return outfile;
}
