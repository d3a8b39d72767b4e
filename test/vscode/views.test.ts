/** The views in the real VS Code: pictures in three themes, narrow and wide, and what their keyboard does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { driver } from './driver';
import { TestSession } from './session';
import { setTheme, themeNames } from './themes';

const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const VIEWS = ['translations', 'frames', 'faults', 'history'] as const;
/** What each shows at the forged entry. */
const SIGNS = {
  translations: '0x',
  frames: 'evil',
  faults: 'tag violation',
  history: 'Why the Newest Fault?',
} as const;

describe('views', () => {
  let run: TestSession;

  before(async function () {
    if (!driver.available) this.skip();
    this.timeout(60_000);
    await driver.setViewport(1400, 900);
    const document = await vscode.workspace.openTextDocument(join(folder, '03-forged-leaf.tpt'));
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('tptScope.translations.focus');
    const started = await TestSession.start(async () => {
      await vscode.commands.executeCommand('workbench.action.debug.start');
    });
    run = started.run;
    const stop = await run.go('continue', started.halt?.threadId ?? 1);
    assert.equal(stop?.reason, 'exception', 'the forged entry is met');
    await driver.waitForFrameText('faults', 'tag violation');
  });

  after(async () => {
    await run.stop();
    await setTheme('dark');
    await driver.setViewport(1400, 900);
  });

  it('side by side with the scenario, in three themes', async () => {
    for (const theme of themeNames) {
      await setTheme(theme);
      await driver.screenshot(`workbench-${theme}`);
    }
  }).timeout(60_000);

  it('each at the width of a side bar, in three themes', async () => {
    for (const view of VIEWS) {
      await vscode.commands.executeCommand(`tptScope.${view}.focus`);
      for (const theme of themeNames) {
        await setTheme(theme);
        await driver.screenshot(`${view}-narrow-${theme}`, view);
        const width = (await driver.frameBounds(view))?.width ?? 0;
        const overflow = await driver.evaluateInFrame(view, 'document.documentElement.scrollWidth');
        assert.ok(Number(overflow) <= Math.ceil(width), `${view} is ${String(overflow)} px wide in ${width} px`);
      }
    }
  }).timeout(60_000);

  it('each as an editor, in three themes', async () => {
    await vscode.commands.executeCommand('workbench.action.closeSidebar');
    await vscode.commands.executeCommand('workbench.action.closePanel');
    for (const view of VIEWS) {
      await vscode.commands.executeCommand(`tptScope.open${view[0]?.toUpperCase() ?? ''}${view.slice(1)}Editor`);
      await driver.waitForFrameText(view, SIGNS[view]);
      for (const theme of themeNames) {
        await setTheme(theme);
        await driver.screenshot(`${view}-${theme}`);
      }
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    }
    await vscode.commands.executeCommand('tptScope.translations.focus');
  }).timeout(120_000);

  it('the list of translations goes with the keyboard, and Enter walks', async () => {
    await vscode.commands.executeCommand('tptScope.translations.focus');
    await driver.clickInFrame('translations', '[role=row][data-key][aria-rowindex="1"]');
    await driver.press('Enter');
    await driver.waitForFrameText('translations', 'PML4');
    await driver.press('Shift+F10');
    await driver.waitForFrameText('translations', 'Copy');
    await driver.press('Escape');
  }).timeout(30_000);

  it('a fault is expanded with the keyboard, and shows its walk, the failed check marked', async () => {
    await vscode.commands.executeCommand('tptScope.faults.focus');
    await driver.clickInFrame('faults', '[role=option][aria-posinset="1"] .f-access');
    await driver.press('ArrowRight');
    await driver.waitForFrameText('faults', 'expected evil');
  }).timeout(30_000);
});
