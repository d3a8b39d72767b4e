/** The views in a real browser over make-believe data: what only a browser can tell. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/view-fixtures/browser';
import { openView, queriesOf, stateMessage, type OpenOptions, type OpenView } from '../support/view-fixtures/page';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 30_000);
afterAll(() => browser.close());

async function open(options: OpenOptions): Promise<OpenView> {
  const view = await openView(browser, options);
  await view.page.waitForSelector(options.view === 'frames' ? '[data-testid="legend"] [data-key]' : '.row[data-key]');
  return view;
}

/** Rows in sight by `aria-rowindex`. */
const rowsInSight = (view: OpenView): Promise<number[]> =>
  view.page
    .locator('[data-testid="rows"] .row')
    .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-rowindex'))).sort((a, b) => a - b));

describe('Translations', () => {
  it('scrolls a million rows: to the end by key, by row with the wheel', async () => {
    const view = await open({ view: 'translations', ui: { mode: 'pages' }, mappings: 1_000_000, width: 900 });
    const rows = view.page.locator('[data-testid="rows"]');
    await view.page.waitForFunction(
      () => document.querySelector('[data-testid="rows"]')?.getAttribute('aria-rowcount') === '1000000',
    );
    expect(await rows.evaluate((list) => list.scrollHeight)).toBeLessThan(5_000_000);
    await rows.focus();
    await rows.press('End');
    await view.page.waitForSelector('.row[aria-rowindex="1000000"][data-key]');
    await rows.press('Home');
    await view.page.waitForSelector('.row.active[aria-rowindex="1"][data-key]');
    await rows.hover();
    await view.page.mouse.wheel(0, 220);
    await expect.poll(async () => (await rowsInSight(view))[0]).toBeGreaterThan(5);
    expect((await rowsInSight(view))[0]).toBeLessThan(15);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });

  it('marks changed digits, and colours only the cells that are wrong', async () => {
    const view = await open({ view: 'translations', width: 1400 });
    const row = view.page.locator('.row[data-key="k1"]');
    expect(await row.locator('.c-hpa .hex-changed').allTextContents()).toEqual(['b00']);
    expect(
      await row.locator('.cell.wrong').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-cell'))),
    ).toEqual(['owner', 'agreement']);
    expect(await row.locator('.c-owner').getAttribute('title')).toMatch(/belongs to evil/);
    expect(await view.page.getByTestId('footer').innerText()).toMatch(
      /12,481 mappings in 37 ranges\s·\s3 changed\s·\s1 wrong/,
    );
    expect(await view.page.getByTestId('walk-outcome').innerText()).toMatch(/tag violation/);
    await view.page.close();
  });

  it('cuts no address off at any width', async () => {
    const view = await open({ view: 'translations' });
    for (const width of [250, 320, 420, 640, 1000, 1400]) {
      await view.page.setViewportSize({ width, height: 700 });
      await view.page.waitForTimeout(80);
      const cut = await view.page
        .locator('.c-gva, .c-hpa, .c-perm')
        .evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).length);
      expect(cut, `${width} px`).toBe(0);
    }
    await view.page.close();
  });

  it('filters by typing in the list, tells errors in place, and Escape clears', async () => {
    const view = await open({ view: 'translations' });
    await view.page.getByTestId('rows').focus();
    await view.page.keyboard.type('colour:red', { delay: 5 });
    await view.page.waitForFunction(() => document.querySelector('[data-testid="filter-error"]')?.textContent !== '');
    await view.page.keyboard.press('Escape');
    await view.page.waitForFunction(() => document.querySelector('[data-testid="filter-error"]')?.textContent === '');
    const last = queriesOf(view, 'translations').at(-1);
    expect(last).toMatchObject({ args: { filter: '' } });
    await view.page.close();
  });

  it('opens the menu of the address under the cursor with Shift+F10, and does what it says', async () => {
    const view = await open({ view: 'translations', width: 1400 });
    const rows = view.page.getByTestId('rows');
    await view.page.waitForSelector('.row.active');
    await rows.focus();
    await rows.press('ArrowRight');
    await rows.press('ArrowRight');
    await rows.press('Shift+F10');
    await view.page.waitForSelector('[data-testid="menu"]');
    await view.page.keyboard.press('Enter');
    await expect
      .poll(() => view.posted.find((message) => message.type === 'addressAction'))
      .toMatchObject({ action: 'showInFrames', address: { kind: 'hpa', address: '0x0001b00000' } });
    await view.page.close();
  });

  it('keeps its rows while the machine runs and after it ended, and empties when the adapter dies', async () => {
    const view = await open({ view: 'translations' });
    const told = stateMessage({ view: 'translations' });
    await view.send({ ...told, state: 'running', revision: 8 });
    await view.page.waitForSelector('body[data-state="running"] .row[data-key="k1"]');
    await view.send({ ...told, state: 'terminated', revision: 8 });
    await view.page.waitForSelector('[data-testid="deed-restart"]');
    expect(await view.page.locator('.row[data-key="k1"]').count()).toBe(1);
    await view.send({ ...told, state: 'none', summary: null, message: 'The debug adapter ended unexpectedly.' });
    await view.page.waitForSelector('[data-testid="deed-openSample"]');
    expect(await view.page.locator('.row[data-key="k1"]').isVisible()).toBe(false);
    await view.page.close();
  });
});

describe('Frames', () => {
  it('says the frame under the cursor, and shows all about the one that is selected anywhere', async () => {
    const view = await open({ view: 'frames', width: 1400 });
    const map = view.page.getByTestId('map');
    await view.page.waitForSelector('[data-testid="legend"] [data-key="1"]');
    await map.focus();
    await map.press('Home');
    await map.press('ArrowDown');
    await expect
      .poll(() => view.page.getByTestId('map-cursor').textContent())
      .toMatch(/frame 0x40 · host · gfn→hfn map/);
    await view.send({ type: 'selection', selection: { frame: 0x1b00 }, from: 'faults' });
    await view.page.waitForSelector('[data-testid="frame-detail"][data-key="6912"]');
    expect(await view.page.getByTestId('mapper').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringMatching(/web ▸ redis[^]*dormant/)]),
    );
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });
});

describe('Faults', () => {
  it('opens a fault into its chain and its walk, and a line leads to the source', async () => {
    const view = await open({ view: 'faults', width: 1000 });
    const rows = view.page.getByTestId('rows');
    await rows.focus();
    await rows.press('ArrowDown');
    await rows.press('Enter');
    await view.page.waitForSelector('[data-testid="chain"]');
    expect(await view.page.getByTestId('fault-detail').innerText()).toMatch(/expected web/);
    await view.page.locator('[data-testid="chain"] .line-link').first().click();
    await expect.poll(() => view.posted.some((message) => message.type === 'goToLine')).toBe(true);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });
});
