/** Changing the machine and breaking on its events from the views, in the real VS Code. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { ViewsApi } from '../../extension/views/register';
import { driver } from './driver';
import { TestSession } from './session';

const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const BIT = '[data-testid="walk"] [data-entry-name^="PT["][data-bit="R/W"]';

interface Walk {
  readonly outcome: { readonly frame?: number };
}

interface Summary {
  readonly present: { readonly vm: number; readonly pid: number; readonly gva: string };
}

describe('edits and breakpoints from the views', () => {
  let run: TestSession;
  let thread = 1;

  before(async function () {
    if (!driver.available) this.skip();
    this.timeout(60_000);
    await driver.setViewport(1400, 900);
    const document = await vscode.workspace.openTextDocument(join(folder, '07-migration-stale-entry.tpt'));
    await vscode.window.showTextDocument(document);
    const line = document.getText().split('\n').indexOf('  signal ready');
    vscode.debug.addBreakpoints([
      new vscode.SourceBreakpoint(new vscode.Location(document.uri, new vscode.Position(line, 0))),
    ]);
    await vscode.commands.executeCommand('tptScope.translations.focus');
    const started = await TestSession.start(async () => {
      await vscode.commands.executeCommand('workbench.action.debug.start');
    });
    run = started.run;
    // The stop at the beginning is to be known as the last one.
    const views = vscode.extensions.getExtension<ViewsApi>('tpt-scope.tpt-scope')?.exports;
    await until(() => Promise.resolve(views?.state().state === 'stopped'), 'the views know of the first stop');
    const stop = await run.go('continue', started.halt?.threadId ?? 1);
    assert.equal(stop?.reason, 'breakpoint');
    thread = stop.threadId;
    await vscode.commands.executeCommand('tptScope.openTranslationsEditor');
    await driver.waitForFrameText('translations', 'PML4');
  });

  after(async () => {
    await run.stop();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('a bit is cleared in the walk; the views say that the run is a branch, until it is undone', async () => {
    const before = await walk(run, 'write');
    await driver.ask('clickInFrame', { panel: 'translations', selector: `${BIT} >> nth=0`, button: 'right' });
    await driver.clickInFrame('translations', '[data-testid="menu"] [data-id="bit-R/W"]');
    await driver.waitForFrameText('translations', 'branch: 1 edit');
    assert.equal((await walk(run, 'write')).outcome.frame, undefined, 'the write is no longer allowed');
    await driver.screenshot('edit-branch');
    await vscode.commands.executeCommand('tptScope.undoEdit');
    assert.equal((await run.next())?.reason, 'goto', 'it stands where the edit was made');
    await until(
      async () => driver.evaluateInFrame('translations', 'document.querySelector("[data-testid=branch]").hidden'),
      'the badge goes',
    );
    assert.deepEqual((await walk(run, 'write')).outcome, before.outcome);
  }).timeout(60_000);

  it('differences since the last stop open as an editor', async () => {
    await vscode.commands.executeCommand('tptScope.differencesSinceLastStop');
    await driver.waitForFrameText('differences', 'equal mapping');
    await driver.screenshot('differences');
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  }).timeout(60_000);

  it('a breakpoint on the owner of a frame is listed by VS Code once, and hit', async () => {
    const { frame } = (await walk(run, 'read')).outcome;
    assert.ok(frame !== undefined);
    const name = `owner 0x${(frame * 4096).toString(16)}`;
    for (let twice = 0; twice < 2; twice++) {
      await driver.clickInFrame('translations', '[data-testid="break-address"]');
      await until(
        async () => (await driver.texts('.quick-input-list .monaco-list-row')).length > 1,
        'the choice opens',
      );
      await driver.type(name);
      await driver.press('Enter');
      await until(() => Promise.resolve(named(name).length > 0), 'the breakpoint is added');
    }
    assert.equal(named(name).length, 1);
    await vscode.commands.executeCommand('workbench.debug.action.focusBreakpointsView');
    // Below the filters of exceptions, where the pane may have to be scrolled to.
    await driver.press('End');
    await until(
      async () => (await driver.texts('.debug-breakpoints .monaco-list-row')).some((text) => text.includes(name)),
      'the Breakpoints pane lists it',
    );
    await driver.screenshot('breakpoint-owner');
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints.filter((p) => p instanceof vscode.SourceBreakpoint));
    const halt = await run.go('continue', thread);
    assert.match(`${halt?.reason} ${halt?.text}`, /breakpoint.*owner/i);
    const detail = await run.query<{ owner: { name: string } }>('frame', { frame });
    assert.equal(detail.owner.name, 'host', 'the migration took it from the VM');
  }).timeout(60_000);
});

function named(name: string): readonly vscode.FunctionBreakpoint[] {
  return vscode.debug.breakpoints.filter(
    (point): point is vscode.FunctionBreakpoint =>
      point instanceof vscode.FunctionBreakpoint && point.functionName === name,
  );
}

/** The walk of the page that was written last. */
async function walk(run: TestSession, access: 'read' | 'write'): Promise<Walk> {
  const { present } = await run.query<Summary>('summary', {});
  return run.query<Walk>('walk', { ...present, access, user: true, root: 'active' });
}

async function until(holds: () => Promise<unknown>, what: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while ((await holds()) !== true) {
    if (Date.now() > deadline) throw new Error(`Not within 15 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
