import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { driver } from './driver';
import { setTheme, themeNames } from './themes';

/** A panel under the strictest content policy: what the driver can do here, it can do in the real ones. */
const script = `
  const count = document.querySelector('button');
  count.addEventListener('click', () => { count.textContent = 'clicked'; });
  document.addEventListener('keydown', (event) => { document.querySelector('p').textContent = 'key ' + event.key; });
`;

describe('the driver of the embedded host', () => {
  let panel: vscode.WebviewPanel;

  before(function () {
    if (!driver.available) this.skip();
    const folder = join(__dirname, 'fixture', 'webview');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'faults.js'), script);
    panel = vscode.window.createWebviewPanel('tptScopeDriverTest', 'Driver test', vscode.ViewColumn.One, {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.file(folder)],
    });
    const source = panel.webview.asWebviewUri(vscode.Uri.file(join(folder, 'faults.js'))).toString();
    panel.webview.html = `<!DOCTYPE html>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${panel.webview.cspSource}">
      <body><button>not clicked</button><p>no key</p><script src="${source}"></script></body>`;
  });

  after(() => {
    panel?.dispose();
  });

  it('reads the text of a panel', async () => {
    assert.match(await driver.frameText('faults'), /not clicked/);
  });

  it('clicks in a panel', async () => {
    await driver.clickInFrame('faults', 'button');
    await driver.waitForFrameText('faults', 'clicked');
  });

  it('presses a key in a panel', async () => {
    await driver.press('ArrowDown');
    await driver.waitForFrameText('faults', 'key ArrowDown');
  });

  it('evaluates in a panel, which its content policy forbids to the panel itself', async () => {
    assert.equal(await driver.evaluateInFrame('faults', `document.querySelectorAll('p').length`), 1);
  });

  it('says what is wrong when a panel is not there', async () => {
    await assert.rejects(
      driver.ask('frameText', { panel: 'frames', timeoutMs: 200 }),
      /driver\.frameText: The panel 'frames' is not visible/,
    );
  });

  it('resizes the window and takes pictures of it in each theme', async () => {
    const sizes = new Set<number>();
    await driver.setViewport(1000, 600);
    for (const theme of themeNames) {
      await setTheme(theme);
      const picture = readFileSync(await driver.screenshot(`driver-${theme}`));
      assert.deepEqual([picture.readUInt32BE(16), picture.readUInt32BE(20)], [1000, 600]);
      sizes.add(picture.length);
    }
    assert.equal(sizes.size, themeNames.length, 'the themes look alike');
    await driver.setViewport(1400, 900);
  });
});
