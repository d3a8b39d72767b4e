/** What VS Code calls in its extension host (extensionTestsPath): runs every *.test.js beside this file with mocha. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Mocha from 'mocha';
import { driver } from './driver';

/** Bundled to out/test/vscode/index.js. */
const resultsFile = join(__dirname, '..', '..', 'test-results', 'vscode.json');

/** Mocha's own reporters write to a terminal; an extension host has none. The events are listened to in run(). */
class Silent extends Mocha.reporters.Base {}

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: Silent, ...only() });
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith('.test.js')) mocha.addFile(join(__dirname, name));
  }
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let said = Promise.resolve();
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    const say = (line: string): void => {
      said = said.then(() => print(line));
    };
    runner.on('pass', (test) => {
      counts.passed++;
      say(`  ✓ ${test.fullTitle()} ${test.duration ?? 0} ms`);
    });
    runner.on('pending', (test) => {
      counts.skipped++;
      say(`  - ${test.fullTitle()}`);
    });
    runner.on('fail', (test, error: Error) => {
      counts.failed++;
      say(`  ✗ ${test.fullTitle()}\n${(error.stack ?? error.message).replaceAll(/^/gm, '      ')}`);
    });
  });
  await said;
  mkdirSync(dirname(resultsFile), { recursive: true });
  writeFileSync(resultsFile, JSON.stringify(counts));
  await print(`  vscode: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (counts.failed > 0 || counts.passed === 0) throw new Error(`${counts.failed} tests failed`);
}

/** `TPT_SCOPE_GREP=words npm run test:vscode` runs the tests whose title holds the words. */
function only(): { grep?: string } {
  const words = process.env['TPT_SCOPE_GREP'];
  return words === undefined ? {} : { grep: words };
}

async function print(line: string): Promise<void> {
  if (driver.available) await driver.log(line);
  else console.log(line);
}
