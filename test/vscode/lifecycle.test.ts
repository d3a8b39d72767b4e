/** Starting, failing, dying and starting again, as a person meets it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { driver } from './driver';
import { TestSession } from './session';

const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';

describe('life of a session', () => {
  let run: TestSession | null = null;
  const scratch = mkdtempSync(join(tmpdir(), 'tpt-scope-test-'));

  before(function () {
    if (!driver.available) this.skip();
  });
  afterEach(async () => {
    await run?.stop();
    run = null;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
  after(() => {
    rmSync(scratch, { recursive: true, force: true });
  });

  it('the key F5 starts the scenario in the editor', async () => {
    await show(join(folder, '01-first-touch.tpt'));
    await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
    const started = await TestSession.start(() => driver.press('F5'));
    run = started.run;
    assert.equal(started.halt?.reason, 'entry');
  }).timeout(30_000);

  it('"Open Sample Scenario" opens a copy that F5 runs', async () => {
    await vscode.commands.executeCommand('tptScope.openSample', '02-two-tenants.tpt');
    const opened = vscode.window.activeTextEditor?.document;
    assert.ok(opened && opened.languageId === 'tpt');
    assert.notEqual(opened.uri.fsPath, join(folder, '02-two-tenants.tpt'));
    const started = await TestSession.start(start);
    run = started.run;
    assert.equal(started.halt?.reason, 'entry');
  }).timeout(30_000);

  it('errors are in Problems, and a launch is refused with the first', async () => {
    const path = join(scratch, 'wrong.tpt');
    writeFileSync(path, 'vm web { memory 16M }\nprocess p in web {\n  writ(1, 2)\n}\n');
    const document = await show(path);
    const problem = await until(() => vscode.languages.getDiagnostics(document.uri)[0]);
    assert.equal(problem.range.start.line, 2);
    // In its test mode VS Code throws a dialog's text instead of showing it.
    await assert.rejects(Promise.resolve(vscode.debug.startDebugging(undefined, launchOf(path))), (error: Error) => {
      assert.match(error.message, /wrong\.tpt:3:3: .*writ/);
      return true;
    });
  }).timeout(30_000);

  it('a killed adapter is reported, the views go empty, and the next start works', async () => {
    await show(join(folder, '01-first-touch.tpt'));
    await vscode.commands.executeCommand('tptScope.translations.focus');
    const first = await TestSession.start(start);
    assert.equal(first.halt?.reason, 'entry');
    const [pid] = adapters();
    assert.ok(pid !== undefined, 'the adapter is a process of its own');
    process.kill(pid, 'SIGKILL');
    assert.equal(await first.run.next(), null);
    await driver.waitForFrameText('translations', 'ended unexpectedly');
    await first.run.stop();
    await show(join(folder, '01-first-touch.tpt'));
    const second = await TestSession.start(start);
    run = second.run;
    assert.equal(second.halt?.reason, 'entry');
  }).timeout(60_000);
});

const start = async (): Promise<void> => {
  await vscode.commands.executeCommand('workbench.action.debug.start');
};

const launchOf = (scenario: string): vscode.DebugConfiguration => ({
  type: 'tpt',
  request: 'launch',
  name: 'test',
  scenario,
});

async function show(path: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(path);
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 100; i++) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('waited in vain');
}

/** Process ids of running adapters that this extension host started. */
function adapters(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const ours = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(process.pid);
        return ours && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join('out', 'adapter', 'main.js'));
      } catch {
        return false;
      }
    })
    .map(Number);
}
