/**
 * `npm run test:vscode`: the tests under test/vscode, inside a real VS Code. TPT_SCOPE_VSCODE picks which one: a path to
 * an executable, or `download` for the one that @vscode/test-electron fetches; without it the embedded host.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { hostTests, projectRoot, resultsFolder, samplesFolder } from './paths';

async function main(): Promise<void> {
  if (!existsSync(hostTests)) throw new Error('out/test/vscode/index.js is missing: run `npm run build` first.');
  const results = join(resultsFolder, 'vscode.json');
  rmSync(results, { force: true });
  const wanted = process.env['TPT_SCOPE_VSCODE'] ?? join(__dirname, 'code');
  await runTests({
    ...(wanted === 'download' ? {} : { vscodeExecutablePath: wanted }),
    extensionDevelopmentPath: projectRoot,
    extensionTestsPath: hostTests,
    launchArgs: [samplesFolder, '--disable-extensions'],
  });
  // VS Code ends with 0 too when its extension host was killed under the tests.
  if (!existsSync(results)) throw new Error('The extension host ended before the tests did.');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
