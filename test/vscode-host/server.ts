/** Starts and stops VS Code's server on a free loopback port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverMain, vscodeRoot } from './paths';

export interface HostServer {
  readonly port: number;
  /** Resolves when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Profile, extensions and logs of this VS Code. */
  readonly dataFolder: string;
  /** Added to the environment of the server, and so of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the server's own chatter goes. */
  readonly log?: (text: string) => void;
}

const startTimeoutMs = 60_000;

export async function startServer(options: ServerOptions): Promise<HostServer> {
  mkdirSync(options.dataFolder, { recursive: true });
  const port = await freePort();
  // Not through code-server's own front: it drops --enable-smoke-test-driver, without which a built VS Code ignores
  // the extensionDevelopmentPath in the address.
  const child = spawn(
    process.execPath,
    [
      serverMain,
      ...['--host', '127.0.0.1', '--port', String(port)],
      '--without-connection-token',
      '--accept-server-license-terms',
      ...['--telemetry-level', 'off'],
      '--disable-workspace-trust',
      '--enable-smoke-test-driver',
      ...['--server-data-dir', options.dataFolder],
    ],
    { cwd: vscodeRoot, env: serverEnvironment(options.env), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const output: string[] = [];
  const keep = (chunk: Buffer): void => {
    output.push(chunk.toString());
    options.log?.(chunk.toString());
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  const stop = (): Promise<void> => stopGroup(child, ended);
  await waitUntilAnswering(port, ended, stop, () => output.join('').slice(-4000));
  return { port, ended, stop };
}

/** Node options of a test runner, or of VS Code around us, are not meant for the VS Code that we start. */
function serverEnvironment(added: ServerOptions['env']): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), ...added };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1');
  return address.port;
}

async function waitUntilAnswering(
  port: number,
  ended: Promise<void>,
  stop: () => Promise<void>,
  tail: () => string,
): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if (over) throw new Error(`VS Code's server ended at once:\n${tail()}`);
    const answer = await fetch(`http://127.0.0.1:${port}/version`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  await stop();
  throw new Error(`VS Code's server does not answer on port ${port}:\n${tail()}`);
}

/** The server forks extension hosts and watchers: its whole process group goes, politely first. */
async function stopGroup(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // Already gone.
    }
  };
  signalGroup('SIGTERM');
  await Promise.race([ended, sleep(3000, undefined, { ref: false })]);
  signalGroup('SIGKILL');
  await ended;
}
