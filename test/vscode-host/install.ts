/**
 * Makes the VS Code inside code-server runnable: its dependencies, from the npm registry alone. Done on first use,
 * since these 400 MB should not be what `npm ci` costs everybody.
 *
 * Deliberately absent: its native modules @vscode/spdlog and @vscode/native-watchdog are not built but replaced by
 * scripts of ours (stand-ins/), so that no C++ compiler is needed and nothing takes twenty seconds more.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverMain, vscodeRoot } from './paths';

const stamp = join(vscodeRoot, '.tpt-scope-installed');
const lock = join(vscodeRoot, '.tpt-scope-installing');
const staleLockMs = 5 * 60_000;

/** Installs what is missing. Two callers at once are fine: the second waits for the first. */
export async function ensureHostInstalled(): Promise<void> {
  if (!existsSync(serverMain)) {
    throw new Error('The embedded VS Code is missing: node_modules/code-server is not there. Run `npm ci` first.');
  }
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new Error(
      `The embedded VS Code needs Node 24 and this is ${process.version}. Start it through an npm script of the ` +
        'project, which brings Node 24 on Linux and Windows; elsewhere install Node 24.',
    );
  }
  if (existsSync(stamp)) return;
  while (!takeLock()) await sleep(500);
  try {
    if (!existsSync(stamp)) await install();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const heldSince = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (heldSince !== undefined && Date.now() - heldSince > staleLockMs) {
      rmSync(lock, { recursive: true, force: true });
    }
    return false;
  }
}

async function install(): Promise<void> {
  console.log('Setting up the embedded VS Code (once after each npm ci) …');
  const args = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const output: string[] = [];
  const child = spawn('npm', args, {
    cwd: vscodeRoot,
    env: npmEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    const tail = output.join('').trimEnd().split('\n').slice(-15).join('\n');
    throw new Error(
      `${tail}\n\nThe embedded VS Code cannot be set up: npm could not install its packages (see above). ` +
        'Is the npm registry reachable? A desktop VS Code works too: `code` on the PATH for `npm start`, ' +
        'TPT_SCOPE_VSCODE=PATH for `npm run test:vscode`.',
    );
  }
  for (const name of ['spdlog', 'native-watchdog']) {
    copyFileSync(
      join(__dirname, 'stand-ins', `${name}.cjs`),
      join(vscodeRoot, 'node_modules', '@vscode', name, 'index.js'),
    );
  }
  writeFileSync(stamp, '');
}

/** The npm around us hands its settings down as npm_*; those that are about our own package are dropped. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const ours = /^npm_(config_(ignore_scripts|omit|save|prefix|local_prefix)|lifecycle|package|command)/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };
}
