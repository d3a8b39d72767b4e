/**
 * Every sample in the real VS Code: started as F5 does, without a launch.json, a breakpoint, steps into a walk level, and the three views
 * hold what the machine holds.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { FaultsPage, FramesPage, MachineSummary, TranslationsPage } from '../../extension/protocol/messages';
import { driver } from './driver';
import { TestSession, type Halt } from './session';

const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const samples = readdirSync(folder).filter((name) => name.endsWith('.tpt'));
const MOST_STEPS = 60;

describe('samples', () => {
  let run: TestSession | null = null;

  before(async function () {
    if (!driver.available) this.skip();
    await driver.setViewport(1400, 900);
    await vscode.commands.executeCommand('tptScope.translations.focus');
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await driver.screenshot(`failed-${this.currentTest.title.slice(0, 2)}`);
    await run?.stop();
    run = null;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('there are ten at least', () => {
    assert.ok(samples.length >= 10, samples.join());
  });

  for (const name of samples) {
    it(`${name}: F5, breakpoint, step in to a walk level, views`, async () => {
      const document = await vscode.workspace.openTextDocument(join(folder, name));
      await vscode.window.showTextDocument(document);
      const line = firstAccess(document);
      vscode.debug.addBreakpoints([
        new vscode.SourceBreakpoint(new vscode.Location(document.uri, new vscode.Position(line, 0))),
      ]);
      const started = await TestSession.start(async () => {
        await vscode.commands.executeCommand('workbench.action.debug.start');
      });
      run = started.run;
      assert.equal(started.halt?.reason, 'entry');

      const hit = await run.go('continue', started.halt.threadId);
      assert.equal(hit?.reason, 'breakpoint');
      assert.equal((await run.stack(hit.threadId))[0]?.line, line + 1);

      const walking = await stepIntoWalk(run, hit);
      const frames = (await run.stack(walking.threadId)).map((frame) => frame.name);
      assert.ok(frames.length >= 3, `a walk stands inside an access inside a statement: ${frames.join(' < ')}`);

      const end = await runToEnd(run, walking);
      assert.ok(end, 'stops once more at the end, so that people can look');
      await viewsHoldWhatTheMachineHolds(run);
    }).timeout(60_000);
  }
});

/** Line of the first load, store or fetch. */
function firstAccess(document: vscode.TextDocument): number {
  for (let line = 0; line < document.lineCount; line++) {
    if (/^\s*(read|write|fetch|expect read)\b/.test(document.lineAt(line).text)) return line;
  }
  throw new Error(`${document.fileName} makes no access`);
}

async function stepIntoWalk(run: TestSession, from: Halt): Promise<Halt> {
  let halt: Halt | null = from;
  for (let i = 0; i < MOST_STEPS && halt; i++) {
    halt = await run.go('stepIn', from.threadId);
    if (halt && (await run.stack(halt.threadId))[0]?.name.startsWith('walk ')) return halt;
  }
  throw new Error(`no walk within ${MOST_STEPS} steps`);
}

/** Goes on, past exceptions, to the stop at the end. */
async function runToEnd(run: TestSession, from: Halt): Promise<Halt | null> {
  vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
  let halt: Halt | null = from;
  for (let i = 0; i < 30 && halt; i++) {
    halt = await run.go('continue', halt.threadId);
    if (halt && /^ended/i.test(halt.text)) return halt;
  }
  return null;
}

async function viewsHoldWhatTheMachineHolds(run: TestSession): Promise<void> {
  const summary = await run.query<MachineSummary>('summary', {});
  const vm = summary.vms.find((candidate) => candidate.processes.length > 0);
  const process = vm?.processes[0];
  assert.ok(vm && process);

  await vscode.commands.executeCommand('tptScope.faults.focus');
  const faults = await run.query<FaultsPage>('faults', {
    kinds: [],
    fromTick: null,
    untilTick: null,
    filter: '',
    fold: true,
    offset: 0,
    limit: 20,
  });
  const [newest] = faults.rows;
  assert.ok(newest, 'every sample faults');
  for (const text of [newest.tick.toLocaleString('en'), newest.kindText.split(' ')[0], newest.task, newest.why])
    await driver.waitForFrameText('faults', text);

  await vscode.commands.executeCommand('tptScope.frames.focus');
  const frames = await run.query<FramesPage>('frames', { first: 0, framesPerCell: 512, cells: 8 });
  for (const { owner, frames: count } of frames.legend) {
    await driver.waitForFrameText('frames', owner.name);
    await driver.waitForFrameText('frames', count.toLocaleString('en'));
  }

  await vscode.commands.executeCommand('tptScope.translations.focus');
  const page = await run.query<TranslationsPage>('translations', {
    vm: summary.present?.vm ?? vm.index,
    pid: summary.present?.pid ?? process.pid,
    root: 'tpt',
    mode: 'flat',
    filter: '',
    expanded: [],
    kernelHalf: false,
    offset: 0,
    limit: 500,
  });
  if (page.rows[0]) await driver.waitForFrameText('translations', page.rows[0].gva);
  const shown = (await driver.evaluateInFrame(
    'translations',
    `[...document.querySelectorAll('[role=row][data-key]')].map((row) => row.innerText.replace(/\\s+/g, ' '))`,
  )) as string[];
  assert.ok(shown.length > 0 || page.total === 0, 'rows are shown');
  for (const text of shown) {
    const row = page.rows.find((candidate) => text.includes(candidate.gva));
    assert.ok(row, `the view shows ${text}, which the machine does not hold`);
    if (row.hpa !== null) assert.ok(text.includes(row.hpa), `the view shows ${text}, the machine has ${row.hpa}`);
    assert.ok(text.includes(row.perm.text), `the view shows ${text}, the machine has ${row.perm.text}`);
  }
}
