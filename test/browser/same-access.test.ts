/** "The same access under…" in a real browser: how it is asked for, and what is shown. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToView } from '../../extension/protocol/messages';
import { launchBrowser } from '../support/view-fixtures/browser';
import { openView, queriesOf, stateMessage, type OpenOptions, type OpenView } from '../support/view-fixtures/page';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 30_000);
afterAll(() => browser.close());

const REVEAL: ToView = {
  type: 'reveal',
  address: { kind: 'gva', address: '0x00007f0000001000', vm: 0, pid: 1, access: 'write' },
  action: 'sameAccess',
};

async function open(options: Partial<OpenOptions> = {}): Promise<OpenView> {
  const view = await openView(browser, { view: 'sameAccess', width: 1400, height: 900, ...options });
  await view.page.waitForSelector('.hint');
  await view.send(REVEAL);
  await view.page.waitForSelector('[data-testid="walks"]');
  return view;
}

describe('the walks of one access', () => {
  it('stand side by side, with counts, costs and how each ends', async () => {
    const view = await open();
    const { page } = view;
    expect(queriesOf(view, 'sameAccess')).toEqual([
      {
        type: 'query',
        id: expect.any(Number) as number,
        method: 'sameAccess',
        args: { vm: 0, pid: 1, gva: '0x00007f0000001000', access: 'write', user: true },
      },
    ]);
    const heads = await page.locator('[data-testid="walks"] thead th').allInnerTexts();
    expect(heads.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
      'native 4 references · 212 cycles',
      'nested 24 references · 1,272 cycles',
      expect.stringMatching(/^shadow Not reached within 10 s/),
      'tpt · this session 4 references + 1 tag look-up · 226 cycles',
    ]);
    const cell = (row: string, scheme: string) => page.locator(`[data-row="${row}"] [data-scheme="${scheme}"]`);
    expect(await cell('PML4', 'nested').getByTestId('reference').count()).toBe(5);
    expect(await cell('frame', 'native').innerText()).toBe('–');
    expect(await cell('outcome', 'tpt').innerText()).toMatch(/tag violation/);
    expect(await page.getByTestId('footer').innerText()).toMatch(/each run has made 12,481 statements/);
    expect(view.complaints).toEqual([]);
    await page.close();
  });

  it('open to value, bits and owner by keyboard; another access is asked for', async () => {
    const view = await open();
    const reference = view.page.locator('[data-row="PT"] [data-scheme="tpt"] [data-testid="reference"]');
    await reference.locator('button').focus();
    await view.page.keyboard.press('Enter');
    expect(await reference.innerText()).toMatch(/0x0000000001b00007[\s\S]*expected web[\s\S]*writable/);
    await view.page.locator('[data-testid="access"] [aria-checked="true"]').focus();
    await view.page.keyboard.press('ArrowRight');
    await view.page.getByTestId('user').click();
    await expect
      .poll(() => queriesOf(view, 'sameAccess').at(-1))
      .toMatchObject({ args: { access: 'fetch', user: false } });
    await view.page.close();
  });

  it('are asked for again at each stop; those of the last stop stay until then', async () => {
    const view = await open({ delay: 100 });
    const before = queriesOf(view, 'sameAccess').length;
    await view.send(stateMessage({ view: 'sameAccess', state: { revision: 8 } }));
    await view.page.waitForSelector('[aria-busy="true"] [data-testid="walks"]');
    await expect.poll(() => queriesOf(view, 'sameAccess').length).toBe(before + 1);
    await view.page.waitForSelector('.walks-pane[aria-busy="false"]');
    await view.page.close();
  });
});

describe('the way there', () => {
  it('is in the menu of a guest-virtual address', async () => {
    const view = await openView(browser, { view: 'translations', width: 1400 });
    await view.page.locator('.c-gva .addr').nth(1).click({ button: 'right' });
    await view.page.locator('[data-testid="menu"] [data-id="sameAccess"]').click();
    await expect
      .poll(() => view.posted.find((message) => message.type === 'addressAction'))
      .toMatchObject({ action: 'sameAccess', address: { kind: 'gva', vm: 0, pid: 1 } });
    await view.page.locator('.c-hpa .addr').nth(1).click({ button: 'right' });
    expect(await view.page.locator('[data-testid="menu"] [data-id="sameAccess"]').count()).toBe(0);
    await view.page.close();
  });

  it('is on a fault, with the access that failed', async () => {
    const view = await openView(browser, { view: 'faults', width: 1400 });
    await view.page.locator('[data-key="340"]').click({ position: { x: 14, y: 10 } });
    await view.page.getByTestId('same-access').click();
    await expect
      .poll(() => view.posted.find((message) => message.type === 'addressAction'))
      .toEqual({
        type: 'addressAction',
        action: 'sameAccess',
        address: {
          kind: 'gva',
          address: '0x00007f0000001000',
          vm: 0,
          pid: 1,
          access: expect.stringMatching(/read|write/) as string,
        },
      });
    await view.page.close();
  });
});
