/** VS Code drives a session backwards by its own commands and buttons, and finds each place as it was. */
import assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { driver } from './driver';
import { Hunt } from './hunt';

const SAMPLE = '07-migration-stale-entry.tpt';
const STEPS = 4;

describe('backwards', () => {
  let hunt: Hunt | null = null;

  before(async function () {
    if (!driver.available) this.skip();
    await driver.setViewport(1400, 900);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await driver.screenshot('failed-backwards');
    await hunt?.run.stop();
    hunt = null;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('Step Back undoes Step Over: by the command, and by the button of the toolbar', async () => {
    hunt = await Hunt.begin(SAMPLE);
    const places = [await look(hunt)];
    for (let n = 0; n < STEPS; n++) {
      await hunt.debug('stepOver');
      places.push(await look(hunt));
    }
    assert.equal(new Set(places).size, STEPS + 1, 'each step leads to another place');
    for (let n = STEPS - 1; n >= 0; n--) {
      if (n % 2 === 0) await hunt.debug('stepBack');
      else await hunt.travel(() => driver.click('.debug-toolbar .codicon-debug-step-back'));
      assert.equal(await look(hunt), places[n], `step ${n}, going back`);
    }
  }).timeout(60_000);

  it('Reverse finds the breakpoint, and leaves it for the beginning; Continue comes by it again', async () => {
    hunt = await Hunt.begin(SAMPLE);
    const entry = await look(hunt);
    const uri = vscode.window.activeTextEditor!.document.uri;
    vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(19, 0)))]);
    assert.equal((await hunt.debug('continue')).reason, 'breakpoint');
    const hit = await look(hunt);
    await hunt.standsAt(20);
    assert.equal((await hunt.debug('continue')).reason, 'exception');
    assert.equal(
      (await hunt.travel(() => driver.click('.debug-toolbar .codicon-debug-reverse-continue'))).reason,
      'breakpoint',
    );
    assert.equal(await look(hunt), hit);
    await hunt.standsAt(20);
    assert.equal((await hunt.debug('reverseContinue')).reason, 'entry');
    assert.equal(await look(hunt), entry);
    assert.equal((await hunt.debug('continue')).reason, 'breakpoint');
    assert.equal(await look(hunt), hit);
  }).timeout(60_000);

  it('steps of one instruction go back the way that Step Into came, through levels of a walk', async () => {
    hunt = await Hunt.begin(SAMPLE);
    await hunt.debug('stepOver');
    const places = [await look(hunt)];
    for (let n = 0; n < 2 * STEPS; n++) {
      await hunt.debug('stepInto');
      places.push(await look(hunt));
    }
    assert.ok(
      places.some((place) => place.includes('walk ')),
      'some are inside a walk',
    );
    const { session } = hunt.run;
    for (let n = 2 * STEPS - 1; n >= 0; n--) {
      const threadId = (vscode.debug.activeStackItem as vscode.DebugStackFrame).threadId;
      await hunt.travel(() => session.customRequest('stepBack', { threadId, granularity: 'instruction' }));
      assert.equal(await look(hunt), places[n], `step ${n}, going back`);
    }
  }).timeout(60_000);
});

/** All that VS Code shows of a place: the stack and every scope with its values; and the tick. */
async function look({ run }: Hunt): Promise<string> {
  const { threadId, frameId } = vscode.debug.activeStackItem as vscode.DebugStackFrame;
  const frames = (await run.stack(threadId)).map(({ name, line }) => `${name}:${line}`);
  const { scopes } = (await run.session.customRequest('scopes', { frameId })) as {
    scopes: { name: string; variablesReference: number }[];
  };
  const values = await Promise.all(
    scopes.map(async ({ name, variablesReference }) => {
      const { variables } = (await run.session.customRequest('variables', { variablesReference })) as {
        variables: { name: string; value: string }[];
      };
      return [name, ...variables.map((variable) => `${variable.name} = ${variable.value}`)];
    }),
  );
  const { tick } = await run.query<{ tick: number }>('summary', {});
  return JSON.stringify({ tick, frames, values });
}
