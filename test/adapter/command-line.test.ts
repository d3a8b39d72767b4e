/** The command line as a program of its own: what only a process has, standard input and signals. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syntheticTrace, type TraceReader } from '../../simulator/index';
import { binaryOf } from '../unit/trace/sources';

const PROGRAM = join(__dirname, '../../out/cli/main.js');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tpt-command-line-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]): { child: ReturnType<typeof spawn>; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return { child, ended };
}

describe('tpt-scope as a program', () => {
  test.skipIf(process.platform === 'win32')('can be run by its name, however often it was built', () => {
    expect(execFileSync(PROGRAM, ['--help'], { encoding: 'utf8' })).toContain('tpt-scope run FILE');
  });

  test('convert reads standard input, however slowly it comes', async () => {
    const to = join(folder, 'out.tptt');
    const { child, ended } = start(['convert', '-', to]);
    const fixture = readFileSync(join(__dirname, '../unit/trace/fixtures/redis.lackey.gz'));
    child.stdin!.write(fixture.subarray(0, 3000));
    // Longer than reading waits at a time.
    await new Promise((resolve) => setTimeout(resolve, 30));
    child.stdin!.end(fixture.subarray(3000));
    const { code, out, err } = await ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/: 4,000 records, /);
    expect(existsSync(to)).toBe(true);
  });

  test.skipIf(process.platform === 'win32')('Ctrl+C ends a run with what was done so far', async () => {
    writeFileSync(join(folder, 'trace.tptt'), binaryOf(syntheticTrace('sequential:64K:1M') as TraceReader));
    const scenario = (name: string, body: string): string => {
      const path = join(folder, name);
      writeFileSync(path, `machine { memory 64M }\nvm web { memory 16M }\nprocess p in web {\n${body}\n}\n`);
      return path;
    };
    const endless = '  while true { replay("trace.tptt") }';
    const { child, ended } = start(['run', scenario('short.tpt', '  print "begun"'), scenario('endless.tpt', endless)]);
    // Once the first has told its result, a signal no longer just ends the process.
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(130);
    expect(out).toMatch(/stopped: interrupted/);
    expect(out).toMatch(/begun[^]*endless\.tpt/);
  });
});
