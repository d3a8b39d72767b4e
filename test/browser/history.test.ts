/** The History view in a real browser: its questions and answers, its trail, its states, and the ways to it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Question } from '../../extension/protocol/messages';
import { launchBrowser } from '../support/view-fixtures/browser';
import {
  openView,
  queriesOf,
  stateMessage,
  THEMES,
  type OpenOptions,
  type OpenView,
} from '../support/view-fixtures/page';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 30_000);
afterAll(() => browser.close());

const ENTRY: Question = { kind: 'entry', frame: 0x61, index: 1 };
const FRAME: Question = { kind: 'frame', frame: 0x1b00 };
const TRANSLATION: Question = { kind: 'translation', vm: 0, pid: 1, gva: '0x00007f0000001000', root: 'active' };
const CAUSES: Question = { kind: 'causes', subject: { kind: 'fault', faultId: 340 } };

async function open(question: Question | null, options: Partial<OpenOptions> = {}): Promise<OpenView> {
  const view = await openView(browser, { view: 'history', width: 1000, ...options });
  await view.page.waitForSelector('[data-testid="hint"]');
  if (question !== null) await view.send({ type: 'ask', question });
  return view;
}

const travels = (view: OpenView): unknown[] =>
  queriesOf(view, 'travel').map((message) => (message.type === 'query' ? message.args : null));
const crumbs = (view: OpenView): Promise<string[]> => view.page.getByTestId('crumb').allTextContents();

describe('an entry', () => {
  it('lists its writes newest first, with changed bits, writer and line; those ahead are dimmed', async () => {
    const view = await open(ENTRY);
    const rows = view.page.locator('.row[data-key]');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(12);
    expect((await rows.first().innerText()).replaceAll(/\s+/g, ' ')).toBe(
      '60,407 frame 0x1a32 → 0x1b00, A 1 → 0, D 1 → 0 0x0000000001a32067 → 0x0000000001b00007 guest redis, set_pte line 24',
    );
    expect(await view.page.locator('.row.ahead').count()).toBe(3);
    expect(await view.page.locator('.row.after-now').getAttribute('data-key')).toBe('8');
    expect(await view.page.getByTestId('entry').innerText()).toMatch(/TPT PT entry of web ▸ redis/);
    await rows.first().locator('.line-link').click();
    await expect.poll(() => view.posted.at(-1)).toEqual({ type: 'goToLine', line: 24 });
    await rows.nth(4).getByTestId('go').click();
    await expect.poll(() => travels(view)).toEqual([{ kind: 'write', write: 7 }]);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });

  it('goes to the write before and the next, by buttons and by keys', async () => {
    const view = await open(ENTRY);
    await view.page.locator('.row[data-key]').first().waitFor();
    await view.page.getByTestId('previous-write').click();
    await view.page.getByTestId('next-write').click();
    const rows = view.page.getByTestId('rows');
    await rows.focus();
    await rows.press('ArrowDown');
    await rows.press('Enter');
    await expect.poll(() => travels(view)).toEqual([8, 9, 11].map((write) => ({ kind: 'write', write })));
    await view.page.close();
  });

  it('spells its bits out, each with the write that made it so', async () => {
    const view = await open(ENTRY);
    await view.page.getByTestId('bits').click();
    const bits = view.page.locator('.entry-bits');
    expect((await bits.innerText()).replaceAll(/\s+/g, ' ')).toMatch(/D 0 not dirty since 44,043/);
    await bits.locator('.tick-link').last().click();
    await expect.poll(() => travels(view)).toEqual([{ kind: 'write', write: 8 }]);
    await view.page.close();
  });

  it('scrolls a million writes, and says what was dropped', async () => {
    const view = await open(ENTRY, { writes: 1_000_000 });
    const rows = view.page.getByTestId('rows');
    await view.page.locator('.row[data-key]').first().waitFor();
    await rows.focus();
    await rows.press('End');
    await view.page.waitForSelector('.row[aria-posinset="1000000"][data-key="0"]');
    expect(await view.page.locator('.writes-bar').innerText()).toMatch(/1,000,000 writes · .*complete from tick 400/);
    await view.page.close();
  });
});

describe('a translation and a frame', () => {
  it('are lists of intervals with a bar; a cause leads to its line and its tick', async () => {
    const view = await open(TRANSLATION);
    const rows = view.page.getByTestId('interval');
    await rows.first().waitFor();
    expect((await rows.nth(1).innerText()).replaceAll(/\s+/g, ' ')).toMatch(
      /^30,000 – 45,000 0x0001b00000 rw-u E? ?evil .* guest redis, set_pte line 24/,
    );
    expect(await view.page.locator('[aria-current="time"]').count()).toBe(1);
    expect(await view.page.locator('[data-testid="time-bar"] rect').count()).toBe(4);
    await rows.nth(1).locator('.tick-link').click();
    await expect.poll(() => travels(view)).toEqual([{ kind: 'write', write: 2 }]);
    await view.send({ type: 'ask', question: FRAME });
    await view.page.getByTestId('frame').waitFor();
    expect(await view.page.locator('h2').filter({ visible: true }).allTextContents()).toEqual([
      'Owners, newest first',
      'Uses, newest first',
      'Mapped by, newest first',
    ]);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });

  it('with very many intervals show the newest, and the others on demand', async () => {
    const view = await open(TRANSLATION, { intervals: 3000 });
    await view.page.getByTestId('interval').first().waitFor();
    expect(await view.page.getByTestId('interval').count()).toBe(200);
    await view.page.locator('.more').click();
    expect(await view.page.getByTestId('interval').count()).toBe(400);
    expect(await view.page.locator('.more').innerText()).toMatch(/2,600 more/);
    await view.page.close();
  });
});

describe('causes', () => {
  it('begin with the verdict, and lead to lines, ticks and the history of an entry', async () => {
    const view = await open(CAUSES);
    await view.page.getByTestId('verdict').waitFor();
    const links = view.page.getByTestId('cause');
    expect(await links.evaluateAll((items) => items.map((item) => item.getAttribute('data-role')))).toEqual([
      'symptom',
      'check',
      'event',
      'omission',
      'root',
    ]);
    const indents = await links
      .locator('.c-words')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left));
    expect(indents).toEqual([...indents].sort((a, b) => a - b));
    expect(new Set(indents).size).toBe(5);
    await view.page.getByTestId('go-root').click();
    await links.first().locator('.tick-link').click();
    await expect
      .poll(() => travels(view))
      .toEqual([
        { kind: 'write', write: 2 },
        { kind: 'tick', tick: 48_160 },
      ]);
    await links.last().getByText('entry', { exact: true }).click();
    await expect.poll(() => view.posted.at(-1)).toEqual({ type: 'ask', question: ENTRY });
    await view.page.close();
  });

  it('stay when the machine goes back to them', async () => {
    const view = await open(CAUSES);
    await view.page.getByTestId('verdict').waitFor();
    const told = stateMessage({ view: 'history' });
    await view.send({ ...told, revision: 8, summary: { ...told.summary!, tick: 407 } });
    await view.page.getByText('Asked at tick 48,213, which lies ahead.').waitFor();
    expect(queriesOf(view, 'causes')).toHaveLength(1);
    expect(await view.page.locator('.cause.ahead').count()).toBe(4);
    await view.page.close();
  });

  it('say so where nothing is wrong', async () => {
    const view = await open({ kind: 'causes', subject: { kind: 'frame', frame: 0x1b00 } });
    await view.page.getByTestId('verdict').waitFor();
    expect(await view.page.locator('.verdict.is-wrong').count()).toBe(0);
    expect(await view.page.getByTestId('verdict').innerText()).toMatch(/Nothing is wrong/);
    await view.page.close();
  });
});

describe('the trail', () => {
  it('goes back and forward by buttons, crumbs and keys', async () => {
    const view = await open(CAUSES);
    await view.send({ type: 'ask', question: ENTRY });
    await view.send({ type: 'ask', question: FRAME });
    expect(await crumbs(view)).toEqual(['why fault 340', 'entry 0x0000061008', 'frame 0x1b00']);
    await view.page.getByTestId('back').click();
    await view.page.getByTestId('entry').waitFor();
    await view.page.keyboard.press('Alt+ArrowLeft');
    await view.page.getByTestId('verdict').waitFor();
    await view.page.getByTestId('crumb').last().click();
    await view.page.getByTestId('frame').waitFor();
    await view.page.close();
  });

  it('keeps its question when something is selected elsewhere, unless it is unpinned', async () => {
    const view = await open(FRAME);
    await view.page.getByTestId('frame').waitFor();
    const select = () => view.send({ type: 'selection', selection: { frame: 0x77 }, from: 'frames' });
    await select();
    await view.page.waitForTimeout(60);
    expect(await crumbs(view)).toEqual(['frame 0x1b00']);
    await view.page.getByTestId('pin').click();
    await select();
    await expect.poll(() => crumbs(view)).toEqual(['frame 0x77']);
    expect(view.posted.find((message) => message.type === 'saveUi')).toEqual({ type: 'saveUi', ui: { pinned: false } });
    await view.page.close();
  });

  it('copies the answer as text', async () => {
    const view = await open(CAUSES);
    await view.page.getByTestId('verdict').waitFor();
    await view.page.getByTestId('copy').click();
    await expect
      .poll(() => view.posted.at(-1))
      .toMatchObject({ type: 'copy', text: expect.stringMatching(/^Why fault 340\nThe TPT entry/) as string });
    await view.page.close();
  });
});

describe('states', () => {
  it('without a question say how to ask one', async () => {
    const view = await open(null);
    await view.page.getByTestId('deed-why').click();
    await expect.poll(() => view.posted.at(-1)).toEqual({ type: 'command', command: 'why' });
    await view.page.close();
  });

  it('tell what the recording refused, and ask again', async () => {
    for (const question of [ENTRY, CAUSES]) {
      const refused = { entryHistory: 'Recording is off.', causes: 'Recording is off.' };
      const view = await open(question, { refused });
      expect(await view.page.getByTestId('refused').innerText()).toBe('Recording is off.');
      const asked = view.posted.length;
      await view.page.getByTestId('again').click();
      await expect.poll(() => view.posted.length).toBeGreaterThan(asked);
      await view.page.close();
    }
  });

  it('say that they wait; ask again at each stop, and keep the old answer until then', async () => {
    const view = await open(CAUSES, { delay: 400 });
    await view.page.getByText('Reading the recording…').waitFor();
    await view.page.getByTestId('verdict').waitFor();
    const asked = queriesOf(view, 'causes').length;
    await view.send(stateMessage({ view: 'history', state: { revision: 8 } }));
    await view.page.waitForTimeout(250);
    expect(await view.page.getByTestId('verdict').isVisible()).toBe(true);
    await expect.poll(() => queriesOf(view, 'causes').length).toBe(asked + 1);
    await view.send({ ...stateMessage({ view: 'history' }), state: 'terminated', revision: 8 });
    await view.page.getByTestId('deed-restart').waitFor();
    expect(await view.page.getByTestId('verdict').isVisible()).toBe(true);
    await view.page.close();
  });

  it('answer at the next stop what was asked while the machine ran', async () => {
    const view = await open(null);
    await view.send({ ...stateMessage({ view: 'history' }), state: 'running', revision: 8 });
    await view.send({ type: 'ask', question: FRAME });
    await view.page.getByText('the answer comes at the next stop').waitFor();
    await view.send(stateMessage({ view: 'history', state: { revision: 9 } }));
    await view.page.getByTestId('frame').waitFor();
    await view.page.close();
  });
});

describe('looks', () => {
  it('cut nothing off and overflow nowhere, at any width, in any theme', async () => {
    for (const theme of THEMES) {
      const view = await open(null, { theme });
      for (const question of [ENTRY, TRANSLATION, FRAME, CAUSES]) {
        await view.send({ type: 'ask', question });
        for (const width of [250, 420, 700, 1400]) {
          await view.page.setViewportSize({ width, height: 700 });
          await view.page.waitForTimeout(60);
          const cut = await view.page
            .locator('.w-values, .w-tick, .i-ticks, .c-tick, .c-words, .entry-value, .hex, .addr')
            .filter({ visible: true })
            .evaluateAll(
              (cells, right) =>
                cells
                  .filter(
                    (cell) => cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).display !== 'inline',
                  )
                  .concat(cells.filter((cell) => cell.getBoundingClientRect().right > right))
                  .map((cell) => cell.outerHTML),
              width,
            );
          expect(cut, `${theme} ${question.kind} ${width} px`).toEqual([]);
          expect(await view.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        }
      }
      expect(view.complaints).toEqual([]);
      await view.page.close();
    }
  }, 40_000);
});

describe('the ways there', () => {
  it('are in the menus of addresses', async () => {
    const view = await openView(browser, { view: 'translations', width: 1400 });
    await view.page.locator('.c-gva .addr').nth(1).click({ button: 'right' });
    await view.page.locator('[data-testid="menu"] [data-id="why"]').click();
    await view.page.locator('.c-hpa .addr').nth(1).click({ button: 'right' });
    await view.page.locator('[data-testid="menu"] [data-id="history"]').click();
    await expect
      .poll(() => view.posted.flatMap((message) => (message.type === 'addressAction' ? [message] : [])))
      .toMatchObject([
        { action: 'why', address: { kind: 'gva', vm: 0, pid: 1 } },
        { action: 'history', address: { kind: 'hpa' } },
      ]);
    await view.page.close();
  });

  it('are on each entry of a walk, whose address is known to be an entry’s', async () => {
    const view = await openView(browser, { view: 'translations', width: 1400 });
    const step = view.page.getByTestId('walk-step').last();
    await step.locator('.ask-sign').click();
    await expect
      .poll(() => view.posted.find((message) => message.type === 'ask'))
      .toEqual({
        type: 'ask',
        question: { kind: 'entry', frame: 0x63, index: 1 },
      });
    await step.locator('.addr').first().click({ button: 'right' });
    await view.page.locator('[data-testid="menu"] [data-id="history"]').click();
    await expect
      .poll(() => view.posted.find((message) => message.type === 'addressAction'))
      .toMatchObject({ address: { entry: true } });
    await view.page.close();
  });

  it('are on faults and on frames', async () => {
    const asked = async (view: OpenView): Promise<Question[]> => {
      await view.page.waitForTimeout(40);
      return view.posted.flatMap((message) => (message.type === 'ask' ? [message.question] : []));
    };
    const faults = await openView(browser, { view: 'faults', width: 1000 });
    await faults.page.locator('[data-key="340"] [data-testid="why"]').click();
    expect(await faults.page.getByTestId('fault-detail').count()).toBe(0);
    await faults.page.locator('[data-key="340"]').click({ position: { x: 14, y: 10 } });
    await faults.page.getByTestId('history').click();
    expect(await asked(faults)).toEqual([CAUSES, TRANSLATION]);
    await faults.page.close();
    const frames = await openView(browser, { view: 'frames', width: 1400 });
    await frames.page.waitForSelector('[data-testid="legend"] [data-key="1"]');
    await frames.send({ type: 'selection', selection: { frame: 0x1b00 }, from: 'faults' });
    const detail = frames.page.locator('[data-testid="frame-detail"][data-key="6912"]');
    await detail.getByText('History', { exact: true }).click();
    await detail.locator('.tag-entry .ask-sign').click();
    expect(await asked(frames)).toEqual([FRAME, { kind: 'entry', frame: 0x2b, index: 0 }]);
    await frames.page.close();
  });
});
