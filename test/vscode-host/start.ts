/**
 * `npm start`: VS Code with the extension in development mode and the samples open. The desktop `code` where it is on
 * the PATH, else the embedded host, whose address is printed and which runs until Ctrl-C.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureHostInstalled } from './install';
import { profilesFolder, projectRoot, samplesFolder } from './paths';
import { writeProfile } from './profile';
import { startServer } from './server';
import { workbenchUrl } from './workbench-url';

/** What a newcomer should meet first. */
const firstSample = join(samplesFolder, '01-first-touch.tpt');

function startDesktop(): boolean {
  if (process.argv.includes('--embedded')) return false;
  const shell = process.platform === 'win32';
  if (spawnSync('code', ['--version'], { shell, stdio: 'ignore' }).status !== 0) return false;
  const args = ['--new-window', `--extensionDevelopmentPath=${projectRoot}`, samplesFolder, firstSample];
  const quoted = shell ? args.map((arg) => `"${arg}"`) : args;
  const succeeded = spawnSync('code', quoted, { shell, stdio: 'inherit' }).status === 0;
  if (succeeded) console.log('Opened in the desktop VS Code with the first sample: press F5.');
  return succeeded;
}

async function startEmbedded(): Promise<void> {
  await ensureHostInstalled();
  const dataFolder = join(profilesFolder, 'start-profile');
  writeProfile(dataFolder);
  const server = await startServer({ dataFolder });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void server.stop());
  const url = workbenchUrl({
    port: server.port,
    workspace: samplesFolder,
    file: firstSample,
    extensionDevelopmentPath: projectRoot,
  });
  console.log(`\nTPT Scope is ready in VS Code at\n\n  ${url}\n\nThe first sample is open: press F5. Ctrl-C ends it.`);
  await server.ended;
}

async function main(): Promise<void> {
  if (!startDesktop()) await startEmbedded();
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
