/** The differences in a real browser: sides, rows, filters, forms to keep, and the states. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/view-fixtures/browser';
import { showDifferences } from '../support/view-fixtures/edit-shots';
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

/** The machine may be busy with other things. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 8000 });

const SIDE = { vm: 0, pid: 1, root: 'tpt' };

async function open(options: Partial<OpenOptions> = {}): Promise<OpenView> {
  const view = await openView(browser, { view: 'differences', width: 1400, ...options });
  await view.page.waitForSelector('body[data-state="stopped"]');
  await showDifferences(view);
  return view;
}

const rows = (view: OpenView) => view.page.locator('[data-testid="rows"] .row[data-key]');
const footer = (view: OpenView) => view.page.getByTestId('footer');

describe('the differences', () => {
  it('are asked for by sides, and shown with what differs marked on both', async () => {
    const view = await open();
    await view.page.waitForSelector('.row[data-key]');
    expect(queriesOf(view, 'differences')).toMatchObject([
      { args: { a: { ...SIDE, tick: 48_190 }, b: { ...SIDE, tick: null } } },
    ]);
    const first = rows(view).first();
    expect(await first.locator('.c-aTarget .hex-changed').allInnerTexts()).toEqual(['a33']);
    expect(await first.locator('.c-bTarget .hex-changed').allInnerTexts()).toEqual(['b00']);
    expect(await first.locator('.c-aPerm .hex-changed').allInnerTexts()).toEqual(['-']);
    expect(await first.locator('.c-bOwner .hex-changed').innerText()).toMatch(/evil/);
    expect(await rows(view).locator('.sign').allInnerTexts()).toEqual(['~', '~', '~', '~', '+', '-', '+']);
    expect(await view.page.locator('.side-title').allInnerTexts()).toEqual([
      'web ▸ redis, TPT, tick 48,190',
      'web ▸ redis, TPT, now',
    ]);
    expect(await footer(view).innerText()).toMatch(/7 differences\s+· 12,474 equal mappings/);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });

  it('are filtered by change, and copied and saved as they are seen', async () => {
    const view = await open();
    await view.page.locator('.legend-item[data-key="added"]').click();
    await eventually(() => rows(view).count()).toBe(2);
    await view.page.getByTestId('copy').click();
    await view.page.getByTestId('save-csv').click();
    await eventually(() => view.posted.some(({ type }) => type === 'save')).toBe(true);
    const copied = view.posted.find((message) => message.type === 'copy');
    expect(copied?.text).toMatch(/^--- web ▸ redis[^]*\n\+ 0x00007f0000600000[^]*\n2 of 7 differences/);
    const saved = view.posted.find((message) => message.type === 'save');
    expect(saved).toMatchObject({ name: 'differences.csv', text: expect.stringMatching(/^change,gva,/) as string });
    expect(saved?.text.trim().split('\r\n')).toHaveLength(3);
    await view.page.locator('.legend-item[data-key="added"]').click();
    await eventually(() => rows(view).count()).toBe(7);
    await view.page.close();
  });

  it('are asked for anew with the sides swapped, another table, another moment, a tick', async () => {
    const view = await open();
    const last = () => queriesOf(view, 'differences').at(-1);
    await view.page.getByTestId('swap').click();
    await eventually(last).toMatchObject({ args: { a: { tick: null }, b: { tick: 48_190 } } });
    const choose = async (testId: string, label: string): Promise<void> => {
      await view.page.getByTestId(testId).click();
      await view.page.getByTestId(testId).getByRole('option', { name: label }).click();
    };
    await choose('side-b-root', 'native');
    await eventually(last).toMatchObject({ args: { a: { root: 'tpt' }, b: { root: 'native' } } });
    await choose('side-a-at', 'before the migration · tick 812');
    await eventually(last).toMatchObject({ args: { a: { tick: 812 } } });
    await choose('side-a-at', 'a tick…');
    await view.page.getByTestId('side-a-tick').locator('input').fill('1,204');
    await view.page.keyboard.press('Enter');
    await eventually(last).toMatchObject({ args: { a: { tick: 1204 } } });
    await choose('side-a-space', 'evil ▸ attacker');
    await eventually(last).toMatchObject({ args: { a: { vm: 1, pid: 1, tick: 1204 } } });
    await view.page.close();
  });

  it('go with the keyboard: rows, cells, the menu of the address under the cursor, Enter walks', async () => {
    const view = await open();
    await view.page.waitForSelector('.row[data-key]');
    const list = view.page.getByTestId('rows');
    await list.focus();
    await list.press('ArrowDown');
    for (let i = 0; i < 4; i++) await list.press('ArrowRight');
    await list.press('Shift+F10');
    await view.page.locator('[data-testid="menu"] [data-id="breakOnChange"]').click();
    await eventually(() => view.posted.find((message) => message.type === 'addressAction')).toMatchObject({
      action: 'breakOnChange',
      address: { kind: 'hpa', address: '0x0001a33000' },
    });
    await list.press('Enter');
    await eventually(() => view.posted.findLast((message) => message.type === 'addressAction')).toMatchObject({
      action: 'walk',
      address: { kind: 'gva', address: '0x00007f0000001000', vm: 0, pid: 1 },
    });
    expect(view.posted.find(({ type }) => type === 'select')).toMatchObject({ selection: { frame: 0x1b00 } });
    await view.page.close();
  });

  it('cut no address off at any width', async () => {
    const view = await open();
    for (const width of [250, 320, 420, 640, 1000, 1400]) {
      await view.page.setViewportSize({ width, height: 700 });
      const cut = (): Promise<number> =>
        view.page
          .locator('.row .addr, .c-aPerm, .c-bPerm')
          .evaluateAll(
            (cells, right) => cells.filter((cell) => cell.getBoundingClientRect().right > right).length,
            width,
          );
      const overflowing = (): Promise<number> =>
        view.page
          .locator('.row .cell:not(.c-text)')
          .evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).length);
      // Columns are laid out anew some time after the resize.
      await eventually(async () => [width, await cut(), await overflowing()]).toEqual([width, 0, 0]);
      const page = await view.page.evaluate(() => document.documentElement.scrollWidth);
      expect(page).toBeLessThanOrEqual(width);
    }
    await view.page.close();
  });
});

describe('the states of the differences', () => {
  it('no difference', async () => {
    const view = await open({ differences: 0 });
    await eventually(() => view.page.getByTestId('note').innerText()).toBe('No difference: 12,474 equal mappings.');
    await view.page.close();
  });

  it('more than are sent', async () => {
    const view = await open({ differences: 12_000 });
    await eventually(() => footer(view).innerText()).toMatch(/12,000 differences\s+· the first 1,000 are here/);
    await view.page.getByTestId('rows').focus();
    await view.page.getByTestId('rows').press('End');
    await view.page.waitForSelector('.row.active[aria-rowindex="1000"]');
    await view.page.close();
  });

  it('nothing chosen yet, loading, then rows that stay while the next ones come', async () => {
    const view = await openView(browser, { view: 'differences', width: 900, delay: 150 });
    await eventually(() => view.page.getByTestId('note').innerText()).toMatch(/Choose “Differences…”/);
    await showDifferences(view);
    await eventually(() => footer(view).innerText()).toMatch(/Comparing…/);
    await view.page.waitForSelector('.row[data-key]');
    const asked = queriesOf(view, 'differences').length;
    await view.send(stateMessage({ view: 'differences', state: { state: 'running', revision: 8 } }));
    await view.page.waitForSelector('body[data-state="running"] .row[data-key]');
    await view.send(stateMessage({ view: 'differences', state: { revision: 9 } }));
    await view.page.waitForSelector('[data-asking] .row[data-key]');
    await eventually(() => queriesOf(view, 'differences').length).toBe(asked + 1);
    await view.page.close();
  });

  it('refused in words; no stop before this one', async () => {
    const view = await open({ refused: { differences: 'Tick 90,000 was never reached.' } });
    await eventually(() => view.page.getByTestId('problem').innerText()).toBe('Tick 90,000 was never reached.');
    await view.send({ type: 'moments', lastStop: null, bookmarks: [] });
    await eventually(() => view.page.getByTestId('note').innerText()).toMatch(/There was no stop before this one/);
    await view.page.close();
  });

  it.each(THEMES)('the browser complains of nothing in the theme %s', async (theme) => {
    const view = await open({ theme, width: 420 });
    await view.page.waitForSelector('.row[data-key]');
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });
});

describe('the way there', () => {
  it('is in the toolbar of Translations', async () => {
    const view = await openView(browser, { view: 'translations', width: 1400 });
    await view.page.waitForSelector('.row[data-key]');
    await view.page.getByTestId('differences').focus();
    await view.page.keyboard.press('Enter');
    await view.page.waitForSelector('[data-testid="menu"] [data-id="sinceLastStop"]');
    await view.page.keyboard.press('Enter');
    await eventually(() => view.posted.find(({ type }) => type === 'differences')).toEqual({
      type: 'differences',
      choice: 'sinceLastStop',
      space: { vm: 0, pid: 1 },
    });
    await view.page.close();
  });
});
