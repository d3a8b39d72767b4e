/**
 * Each bug of the samples in the real VS Code: from where it shows itself to the line that is to blame, by the commands and views
 * that a person has. Every way back is gone at least once.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { driver } from './driver';
import { Hunt, openBeside, until } from './hunt';
import { setTheme, type ThemeName } from './themes';

interface Sample {
  readonly file: string;
  readonly bug: number | null;
  readonly hunt: { readonly symptomLine: number; readonly fault: string | null; readonly causeLine: number } | null;
}

const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const samples = (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as readonly Sample[]).filter(
  ({ bug }) => bug !== null,
);

/** From the symptom to the cause. */
interface Way {
  readonly by: string;
  readonly go: (hunt: Hunt) => Promise<void>;
  /** A picture is taken at the cause, in this theme. */
  readonly picture?: ThemeName;
}

const execute = (command: string): Thenable<unknown> => vscode.commands.executeCommand(command);
const clickRoot = (): Promise<unknown> => driver.clickInFrame('history', '[data-testid="go-root"]');

const ways: Readonly<Record<string, Way>> = {
  '03-forged-leaf.tpt': {
    by: 'the key of Why, and "go there"',
    go: async (hunt) => {
      await driver.press('Control+Alt+W');
      await driver.waitForFrameText('history', 'a forged entry');
      await hunt.travel(clickRoot);
    },
    picture: 'dark',
  },
  '04-forged-upper.tpt': {
    by: 'Why? at the row of Faults, and the tick of the root cause',
    go: async (hunt) => {
      await openBeside('Faults');
      await driver.clickInFrame('faults', '[role=option][aria-posinset="1"] .f-access');
      await driver.clickInFrame('faults', '[data-testid="why"]');
      await driver.waitForFrameText('history', 'a forged entry');
      await hunt.travel(() => driver.clickInFrame('history', '[data-role="root"] .tick-link'));
    },
  },
  '06-fork-without-mirror.tpt': {
    by: 'Why Is It So? in the menu of an address of Translations',
    go: async (hunt) => {
      await whyAddress('0x00007f0000000000');
      await driver.waitForFrameText('history', 'native and TPT table disagree');
      await hunt.travel(clickRoot);
    },
    picture: 'light',
  },
  '07-migration-stale-entry.tpt': {
    by: 'Add Translation Breakpoint on the owner of the frame, and back to it',
    go: async (hunt) => {
      const frame = /frame 0x([0-9a-f]+)/.exec(hunt.text)?.[1];
      assert.ok(frame, hunt.text);
      const adding = execute('tptScope.addTranslationBreakpoint');
      await hunt.answer('A frame or table entry');
      await hunt.answer(`0x${frame}000`);
      await hunt.answer(`owner 0x${frame}000`);
      await adding;
      await hunt.backToBreakpoint('function breakpoint');
    },
  },
  '08-reclaim-refill.tpt': {
    by: 'the history of the frame, to where the host had it',
    go: async (hunt) => {
      const asking = execute('tptScope.history');
      await hunt.answer(/frame 0x[0-9a-f]+/.exec(hunt.text)?.[0] ?? '');
      await asking;
      await driver.waitForFrameText('history', 'Owners, newest first');
      const host = '[aria-label="Owners"] [data-testid="interval"]:has-text("reclaim") [data-testid="go"]';
      await hunt.travel(() => driver.clickInFrame('history', host));
    },
  },
  '09-huge-page-scattered.tpt': {
    by: 'the console: why, writes, goto write',
    go: async (hunt) => {
      await hunt.console('why heap+12K', /a wrong entry made by .*check-contiguous/);
      const shown = await hunt.console('writes pte(heap+12K)', /\bwrite +tick +line/);
      const [, newest] =
        /^ *(\d+) +[\d,]+ +line \d+ +guest/m.exec(shown.slice(shown.search(/\bwrite +tick +line/))) ?? [];
      assert.ok(newest, shown);
      await hunt.travel(() => hunt.console(`goto write ${newest}`, /Going to write/));
    },
  },
  '11-retag-without-flush.tpt': {
    by: 'a function breakpoint of the Breakpoints pane on the operation, and back to it',
    go: async (hunt) => {
      await execute('workbench.debug.action.focusBreakpointsView');
      await execute('workbench.debug.viewlet.action.addFunctionBreakpointAction');
      // Its row is the last one, below what the pane shows.
      await driver.press('End');
      const input = '.debug-breakpoints .monaco-list-row .monaco-inputbox input';
      await until(async () => (await driver.texts(input)).length > 0, 'a name is asked for');
      await driver.click(input);
      await driver.type('retag');
      await driver.press('Enter');
      await until(() => Promise.resolve(vscode.debug.breakpoints.length === 1), 'the breakpoint is there');
      await hunt.backToBreakpoint('function breakpoint');
    },
  },
  '12-retag-without-map-update.tpt': {
    by: 'the marks of the strip of time, and a bookmark to compare with',
    go: async (hunt) => {
      await openBeside('Faults');
      await driver.waitForFrameText('faults', 'livelock');
      const naming = execute('tptScope.addBookmark');
      await hunt.answer('it hangs');
      await naming;
      await toMark(hunt, /retag/);
      await hunt.standsAt(31);
      const going = execute('tptScope.goToBookmark');
      await hunt.travel(() => hunt.answer('it hangs'));
      await going;
      await hunt.standsAt(25);
      await toMark(hunt, /retag/);
    },
  },
  '13-zero-map-slot.tpt': {
    by: 'the walk, the history of its entry, and the write before',
    go: async (hunt) => {
      await openBeside('Translations');
      await driver.clickInFrame('translations', '.walk-entry[data-entry-name^="PT["] [data-ask]');
      await driver.waitForFrameText('history', 'mprotect');
      await hunt.travel(() => driver.clickInFrame('history', '[data-testid="previous-write"]'));
    },
  },
  '14-mprotect-without-invlpg.tpt': {
    by: 'a breakpoint on stale TLB entries, back to it, and a step back by the button of the toolbar',
    go: async (hunt) => {
      const adding = execute('tptScope.addTranslationBreakpoint');
      await hunt.answer('A VM');
      await adding;
      await hunt.backToBreakpoint('function breakpoint');
      await hunt.travel(() => driver.click('.debug-toolbar .codicon-debug-step-back'));
    },
  },
  '16-lost-dirty-bit.tpt': {
    by: 'a data breakpoint on the address, and back to when its translation changed',
    go: async (hunt) => {
      const adding = execute('workbench.debug.viewlet.action.addDataBreakpointOnAddress');
      await hunt.answer('0x7f0000000000');
      await adding;
      await hunt.backToBreakpoint('data breakpoint');
      await hunt.backToBreakpoint('data breakpoint');
    },
  },
  '17-pcid-reused.tpt': {
    by: 'Why Is It So? of the address, to a load of CR3',
    go: async (hunt) => {
      await whyAddress('0x0000001000000000');
      await driver.waitForFrameText('history', 'a PCID used for two roots');
      await hunt.travel(clickRoot);
    },
    picture: 'high-contrast',
  },
  '18-kernel-mapping-missing.tpt': {
    by: 'Go to Fault after the end, and Why',
    go: async (hunt) => {
      const going = execute('tptScope.goToFault');
      await hunt.travel(() => hunt.answer('0xffffca0000000000'));
      await going;
      await execute('tptScope.why');
      await driver.waitForFrameText('history', 'the TPT table lacks');
      await hunt.travel(clickRoot);
    },
  },
  '19-stale-root.tpt': {
    by: 'Why Is It So? of the address, to a load of CR3 by another task',
    go: async (hunt) => {
      await whyAddress('0x0000001000000000');
      await driver.waitForFrameText('history', 'a stale CR3 root');
      await hunt.travel(clickRoot);
    },
  },
  '20-merged-across-tenants.tpt': {
    by: 'the entry that the chain names, a breakpoint on it, and back to its write',
    go: async (hunt) => {
      await execute('tptScope.why');
      await driver.waitForFrameText('history', 'livelock: the map gives');
      await driver.clickInFrame('history', '[data-role="root"] [data-ask]');
      const shown = await driver.waitForFrameText('history', 'Writes');
      const hpa = /entry (0x[0-9a-f]+)/.exec(shown)?.[1];
      assert.ok(hpa, shown);
      const adding = execute('tptScope.addTranslationBreakpoint');
      await hunt.answer('A frame or table entry');
      await hunt.answer(hpa);
      await hunt.answer('entry 0x');
      await adding;
      await hunt.backToBreakpoint('function breakpoint');
    },
  },
};

describe('bugs', () => {
  let hunt: Hunt | null = null;

  before(async function () {
    if (!driver.available) this.skip();
    await driver.setViewport(1400, 900);
    await execute('workbench.action.closeAllEditors');
    // Room for the Call Stack and the Breakpoints below.
    await execute('workbench.view.debug');
    for (const pane of ['Variables', 'Watch'])
      await driver.click(`.pane-header[aria-label^="${pane}"][aria-expanded="true"]`);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await driver.screenshot(`failed-bug-${this.currentTest.title.slice(0, 2)}`);
    await hunt?.run.stop();
    hunt = null;
    await execute('workbench.action.closeAllEditors');
    await execute('workbench.action.closePanel');
  });

  after(async () => {
    await setTheme('dark');
    if (!driver.available) return;
    await execute('workbench.view.debug');
    for (const pane of ['Variables', 'Watch']) await driver.click(`.pane-header[aria-label^="${pane}"]`);
  });

  it('all fourteen have a sample and a way', () => {
    const numbers = new Set(samples.map(({ bug }) => bug));
    assert.deepEqual(
      [...Array(14).keys()].filter((n) => !numbers.has(n + 1)),
      [],
    );
    assert.deepEqual(Object.keys(ways).sort(), samples.map(({ file }) => file).sort());
  });

  for (const { file, bug, hunt: quarry } of samples) {
    const way = ways[file];
    it(`${file}, bug ${bug}: ${way?.by}`, async () => {
      assert.ok(quarry && way);
      hunt = await Hunt.begin(file);
      await hunt.toSymptom({ file, ...quarry });
      await way.go(hunt);
      await hunt.standsAt(quarry.causeLine);
      if (way.picture) {
        await setTheme(way.picture);
        await driver.screenshot(`bug-${file.slice(0, 2)}-${way.picture}`);
        await setTheme('dark');
      }
    }).timeout(60_000);
  }
});

/** Asks why an address of the process is translated as it is: by the menu of its row. */
async function whyAddress(gva: string): Promise<void> {
  await openBeside('Translations');
  await driver.waitForFrameText('translations', gva);
  const selector = `[role=row] [data-address="${gva}"]`;
  await driver.ask('clickInFrame', { panel: 'translations', selector, button: 'right' });
  await driver.clickInFrame('translations', '[data-testid="menu"] [data-id="why"]');
}

/** Travels to the last mark of the strip of time with some words, by keys. */
async function toMark(hunt: Hunt, words: RegExp): Promise<void> {
  const strip = 'document.querySelector("[data-testid=strip]")';
  await driver.evaluateInFrame('faults', `${strip}.focus()`);
  const said = async (): Promise<string> =>
    String(await driver.evaluateInFrame('faults', `${strip}.getAttribute("aria-valuetext")`));
  for (let marks = 0; !words.test(await said()); marks++) {
    assert.ok(marks < 40, `no ${String(words)} on the strip: ${await said()}`);
    await driver.press('ArrowLeft');
  }
  await hunt.travel(() => driver.press('Enter'));
}
