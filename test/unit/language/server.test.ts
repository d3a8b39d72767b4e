import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { Diagnostic, TextEdit } from 'vscode-languageserver';

const root = join(__dirname, '..', '..', '..');

/** The real server, bundled as it ships, in a process of its own. */
describe('language server', () => {
  let folder = '';
  let server: ChildProcess;
  let connection: MessageConnection;
  const uri = 'file:///a.tpt';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tpt-server-'));
    const outfile = join(folder, 'server.js');
    const entryPoints = [join(root, 'extension', 'language', 'server.ts')];
    await build({
      entryPoints,
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      logLevel: 'error',
    });
    server = spawn(process.execPath, [outfile, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (server.stdout === null || server.stdin === null) throw new Error('no pipes');
    connection = createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
    connection.listen();
    await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    await connection.sendNotification('initialized', {});
  });

  afterAll(async () => {
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    connection.dispose();
    server.kill();
    rmSync(folder, { recursive: true });
  });

  it('publishes problems, follows edits and answers', async () => {
    expect(
      await problemsAfter('textDocument/didOpen', {
        textDocument: { uri, languageId: 'tpt', version: 1, text: 'host { wrte(1)}' },
      }),
    ).toEqual(['unknown-name']);
    const change = { range: { start: { line: 0, character: 7 }, end: { line: 0, character: 15 } }, text: ' }' };
    expect(
      await problemsAfter('textDocument/didChange', { textDocument: { uri, version: 2 }, contentChanges: [change] }),
    ).toEqual([]);
    const position = { line: 0, character: 7 };
    const items = await connection.sendRequest<{ label: string }[]>('textDocument/completion', {
      textDocument: { uri },
      position,
    });
    expect(items.map(({ label }) => label)).toContain('migrate');
    const edits = await connection.sendRequest<TextEdit[]>('textDocument/formatting', {
      textDocument: { uri },
      options: { tabSize: 2, insertSpaces: true },
    });
    expect(edits.map(({ newText }) => newText)).toEqual(['host { }\n']);
    expect(await problemsAfter('textDocument/didClose', { textDocument: { uri } })).toEqual([]);
  });

  async function problemsAfter(method: string, parameters: object): Promise<unknown[]> {
    const published = new Promise<Diagnostic[]>((resolve) => {
      const listener = connection.onNotification(
        'textDocument/publishDiagnostics',
        ({ diagnostics }: { diagnostics: Diagnostic[] }) => {
          listener.dispose();
          resolve(diagnostics);
        },
      );
    });
    await connection.sendNotification(method, parameters);
    return (await published).map(({ code }) => code);
  }
});
