/** The comparison of schemes in the real VS Code: a file opened, its table and charts, pictures in three themes. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { Comparison } from '../../extension/protocol/compare-view';
import { driver } from './driver';
import { TestSession } from './session';
import { setTheme, themeNames } from './themes';

/** The figures of docs/costs.md, as the command line wrote them. */
const measured = readFileSync(join(__dirname, '../../../docs/costs.json'), 'utf8');

describe('comparing schemes', () => {
  let folder: string;
  const text = (selector: string): Promise<unknown> =>
    driver.evaluateInFrame('compare', `document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);

  before(async function () {
    if (!driver.available) this.skip();
    await driver.setViewport(1500, 950);
    await vscode.commands.executeCommand('workbench.action.closeSidebar');
    await vscode.commands.executeCommand('workbench.action.closePanel');
    folder = mkdtempSync(join(tmpdir(), 'tpt-comparison-'));
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await setTheme('dark');
    await driver.setViewport(1400, 900);
  });

  function file(name: string, content: string): vscode.Uri {
    const path = join(folder, name);
    writeFileSync(path, content);
    return vscode.Uri.file(path);
  }

  it('opens a comparison file, in three themes', async () => {
    await vscode.commands.executeCommand('tptScope.openComparison', file('comparison.json', measured));
    await driver.waitForFrameText('compare', 'redis.lackey.gz');
    const [native, nested] = (JSON.parse(measured) as Comparison[])[0].reports.map((r) => r.cycles / r.accesses);
    assert.equal(await text('[data-figure="relative"] td:nth-of-type(2)'), `${(nested / native).toFixed(2)}×`);
    for (const theme of themeNames) {
      await setTheme(theme);
      await driver.screenshot(`comparison-${theme}`);
    }
    for (const chart of ['references', 'exits', 'misses', 'sweep']) {
      await driver.clickInFrame('compare', `[data-testid="kinds"] [data-value="${chart}"]`);
      await setTheme('dark');
      await driver.screenshot(`comparison-${chart}`, 'compare');
    }
  }).timeout(120_000);

  it('shows the same comparison in the panel that is open already', async () => {
    const { length } = vscode.window.tabGroups.activeTabGroup.tabs;
    await vscode.commands.executeCommand('tptScope.openComparison', vscode.Uri.file(join(folder, 'comparison.json')));
    assert.equal(vscode.window.tabGroups.activeTabGroup.tabs.length, length);
  }).timeout(20_000);

  it('says what is wrong with a file that is no comparison', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('tptScope.openComparison', file('other.json', '{ "source": 1 }'));
    await driver.waitForFrameText('compare', 'other.json is not a comparison: source is not a text.');
  }).timeout(20_000);

  it('runs a sample under each scheme, and keeps what was chosen for the next time', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const samples = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    const sample = vscode.Uri.file(join(samples, '10-nested-vs-tpt.tpt'));
    await vscode.commands.executeCommand('tptScope.compareSchemes', sample);
    await driver.waitForFrameText('compare', 'cycles per access');
    const columns = await driver.evaluateInFrame(
      'compare',
      `document.querySelectorAll('thead th[scope=col]').length - 1`,
    );
    assert.equal(columns, 6, 'native, nested, shadow, direct, tpt, tpt:off');
    assert.equal(await text('[data-figure="relative"] td:nth-of-type(1)'), '1.00×');
    const nested = Number.parseFloat(String(await text('[data-figure="relative"] td:nth-of-type(2)')));
    assert.ok(nested > 1, `nested is ${nested} of native`);
    await driver.screenshot('comparison-run');
    await driver.clickInFrame('compare', '[data-column="direct"]');
    await driver.clickInFrame('compare', '[data-column="shadow"]');
    await driver.clickInFrame('compare', '[data-testid="run"]');
    await driver.waitForFrameText('compare', 'Run Again');
    const deadline = Date.now() + 15_000;
    while ((await text('thead th:nth-of-type(4)')) !== 'tpt') {
      assert.ok(Date.now() < deadline, 'the second run shows the columns that were chosen');
      await new Promise((done) => setTimeout(done, 100));
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('tptScope.compareSchemes', sample);
    await driver.waitForFrameText('compare', 'cycles per access');
    assert.equal(await text('thead th:nth-of-type(4)'), 'tpt');
  }).timeout(90_000);

  it('walks the access of a fault under each scheme, in three themes', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const samples = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await vscode.window.showTextDocument(vscode.Uri.file(join(samples, '03-forged-leaf.tpt')));
    await vscode.commands.executeCommand('tptScope.faults.focus');
    const { run, halt } = await TestSession.start(async () => {
      await vscode.commands.executeCommand('workbench.action.debug.start');
    });
    try {
      await run.go('continue', halt?.threadId ?? 1);
      await driver.waitForFrameText('faults', 'tag violation');
      await driver.clickInFrame('faults', '[role=option][aria-posinset="1"] .f-access');
      await driver.clickInFrame('faults', '[data-testid="same-access"]');
      const shown = await driver.waitForFrameText('sameAccess', 'each run has made');
      assert.match(shown, /nested\s+\d+ references/);
      assert.match(shown, /tpt · this session[\s\S]*tag violation/);
      await vscode.commands.executeCommand('workbench.action.closeSidebar');
      for (const theme of themeNames) {
        await setTheme(theme);
        await driver.screenshot(`same-access-${theme}`);
      }
    } finally {
      await run.stop();
    }
  }).timeout(90_000);
});
