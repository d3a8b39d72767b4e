/**
 * Time in the real VS Code: from a fault to its causes, to the write that is to blame, and along the strip, by what a person
 * would click and type.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { Causes, FaultsPage, TimelinePage } from '../../extension/protocol/messages';
import { driver } from './driver';
import { TestSession } from './session';
import { setTheme, themeNames } from './themes';

const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';

describe('time', () => {
  let run: TestSession;
  let causes: Causes;

  before(async function () {
    if (!driver.available) this.skip();
    this.timeout(60_000);
    await driver.setViewport(1400, 900);
    const document = await vscode.workspace.openTextDocument(join(folder, '07-migration-stale-entry.tpt'));
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('tptScope.faults.focus');
    const started = await TestSession.start(async () => {
      await vscode.commands.executeCommand('workbench.action.debug.start');
    });
    run = started.run;
    const stop = await run.go('continue', started.halt?.threadId ?? 1);
    assert.equal(stop?.reason, 'exception', 'the stale entry is met');
    await driver.waitForFrameText('faults', 'tag violation');
  });

  after(async () => {
    await run.stop();
    await setTheme('dark');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('shows the recording on the strip, in the side bar and in an editor', async () => {
    const timeline = await run.query<TimelinePage>('timeline', {
      fromTick: null,
      untilTick: null,
      buckets: 50,
      kinds: [],
    });
    assert.ok(timeline.marks.some(({ kind }) => kind === 'tag_violation'));
    assert.ok(timeline.marks.some(({ kind }) => kind === 'host'));
    await stripStandsAt(timeline.now);
    for (const theme of themeNames) {
      await setTheme(theme);
      await driver.screenshot(`timeline-narrow-${theme}`, 'faults');
    }
    await setTheme('dark');
  }).timeout(60_000);

  it('tells the causes of the fault', async () => {
    await vscode.commands.executeCommand('tptScope.why');
    const [row] = (await run
      .query<FaultsPage>('faults', {
        kinds: [],
        fromTick: null,
        untilTick: null,
        filter: '',
        fold: false,
        offset: 0,
        limit: 1,
      })
      .then((page) => page.rows)) as readonly { readonly id: number }[];
    causes = await run.query<Causes>('causes', { kind: 'fault', faultId: row.id });
    const text = await driver.waitForFrameText('history', causes.verdict);
    for (const link of causes.links) assert.ok(text.includes(link.text), link.text);
    for (const theme of themeNames) {
      await setTheme(theme);
      await driver.screenshot(`causes-${theme}`);
    }
    await setTheme('dark');
  }).timeout(60_000);

  it('travels to the root cause, and shows what lies ahead', async () => {
    const before = await timelineNow();
    await driver.clickInFrame('history', '[data-testid="go-root"]');
    const stop = await run.next();
    assert.ok(stop, 'the machine stops where it went');
    const there = await timelineNow();
    assert.ok(there.now < before.now, `${there.now} is before ${before.now}`);
    assert.equal(there.end, before.end, 'what lies ahead is kept');
    const root = causes.links.find(({ role }) => role === 'root');
    assert.ok(root);
    const [top] = await run.stack(stop.threadId);
    assert.equal((await run.stack(stop.threadId)).at(-1)?.line, root.line, `the root's line; on top is ${top?.name}`);
    await vscode.commands.executeCommand('tptScope.faults.focus');
    await stripStandsAt(there.now);
    await driver.screenshot('timeline-back');
    await driver.waitForFrameText('history', causes.verdict);
  }).timeout(60_000);

  it('goes back and forth by the strip and by ticks, and finds its bookmark again', async () => {
    const { now, end } = await timelineNow();
    const naming = vscode.commands.executeCommand('tptScope.addBookmark');
    await new Promise((done) => setTimeout(done, 500));
    await driver.press('Control+A');
    await driver.type('where it went wrong');
    await driver.press('Enter');
    await naming;
    await vscode.commands.executeCommand('tptScope.goToTick', end);
    assert.ok(await run.next());
    await stripStandsAt(end);
    const going = vscode.commands.executeCommand('tptScope.goToBookmark');
    await new Promise((done) => setTimeout(done, 500));
    await driver.screenshot('bookmarks');
    await driver.press('Enter');
    await going;
    assert.ok(await run.next());
    await stripStandsAt(now);
  }).timeout(60_000);

  it('tells who wrote the entry of the walk, and where the address led before', async () => {
    await vscode.commands.executeCommand('tptScope.goToTick', (await timelineNow()).end);
    assert.ok(await run.next());
    const entry = causes.links.find((link) => link.entry !== null);
    if (entry !== undefined) {
      await vscode.commands.executeCommand('tptScope.why');
      await driver.waitForFrameText('history', causes.verdict);
      await driver.clickInFrame('history', '[data-testid="cause"] [data-ask] >> nth=0');
      await driver.waitForFrameText('history', 'Writes');
      await driver.screenshot('history-entry');
    }
    const { present } = await run.query<{ present: { gva: string } | null }>('summary', {});
    assert.ok(present);
    await vscode.commands.executeCommand('tptScope.history', present.gva);
    await driver.waitForFrameText('history', 'interval');
    await driver.screenshot('history-translation');
    await vscode.commands.executeCommand('tptScope.history', 'frame 0x20c');
    await driver.waitForFrameText('history', 'Owners, newest first');
    await driver.screenshot('history-frame');
  }).timeout(60_000);

  const timelineNow = (): Promise<TimelinePage> =>
    run.query<TimelinePage>('timeline', { fromTick: null, untilTick: null, buckets: 1, kinds: [] });
});

/** Waits until the strip shows the machine at a tick. */
async function stripStandsAt(tick: number): Promise<void> {
  const shown = (): Promise<unknown> =>
    driver.evaluateInFrame('faults', `document.querySelector('[data-testid="strip"]').dataset.now`);
  for (let tries = 0; (await shown()) !== String(tick); tries++) {
    assert.ok(tries < 100, `the strip stands at ${String(await shown())} and not at ${tick}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
