/** Changing the machine from the views: bits, fields, injections, the badge of a branch, breakpoints. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Edit } from '../../extension/protocol/messages';
import { launchBrowser } from '../support/view-fixtures/browser';
import { openView, queriesOf, THEMES, type OpenOptions, type OpenView } from '../support/view-fixtures/page';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 30_000);
afterAll(() => browser.close());

/** The machine may be busy with other things. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 8000 });

async function translations(options: Partial<OpenOptions> = {}): Promise<OpenView> {
  const view = await openView(browser, { view: 'translations', width: 1400, ...options });
  await view.page.waitForSelector('[data-testid="walk-step"] [data-bit]');
  return view;
}

async function frames(options: Partial<OpenOptions> = {}): Promise<OpenView> {
  const view = await openView(browser, { view: 'frames', width: 1400, ...options });
  await view.page.waitForSelector('[data-testid="legend"] [data-key]');
  await view.send({ type: 'selection', selection: { frame: 0x1b00 }, from: 'translations' });
  await view.page.waitForSelector('[data-testid="frame-detail"][data-key="6912"]');
  return view;
}

const edits = (view: OpenView): Edit[] =>
  queriesOf(view, 'edit').map((message) => (message as { readonly args: Edit }).args);
const said = (view: OpenView) => view.page.getByTestId('said').innerText();
const breaks = (view: OpenView) =>
  view.posted.flatMap((message) => (message.type === 'breakOn' ? [message.subject] : []));

describe('a bit of an entry', () => {
  it('is turned over by right click; the answer is told, and the run is a branch', async () => {
    const view = await translations();
    expect(await view.page.getByTestId('branch').isVisible()).toBe(false);
    await view.page.locator('[data-entry-name="PT[1]"][data-bit="R/W"]').click({ button: 'right' });
    const menu = view.page.getByTestId('menu');
    expect(await menu.locator('[role="menuitem"]').first().innerText()).toMatch(/Clear W\s+read-only/);
    await menu.locator('[data-id="bit-R/W"]').click();
    await eventually(() => edits(view)).toEqual([
      { kind: 'entry', entry: { frame: 0x63, index: 1 }, field: 'W', value: '0' },
    ]);
    await eventually(() => said(view)).toBe('Entry 0x63[1]: W is now 0.');
    await eventually(() => view.page.getByTestId('branch').innerText()).toMatch(/branch: 1 edit\s*·\s*Undo/);
    await view.page.getByTestId('branch-undo').click();
    await eventually(() => said(view)).toBe('Undone: Entry 0x63[1]: W is now 0.');
    await eventually(() => view.page.getByTestId('branch').isVisible()).toBe(false);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });

  it.each(['F2', 'Enter', 'Shift+F10'])('has its menu under %s, and keeps the focus afterwards', async (key) => {
    const view = await translations({ width: 420 });
    await view.page.locator('[data-entry-name="PT[1]"][data-bit="U/S"]').focus();
    await view.page.keyboard.press(key);
    await view.page.waitForSelector('[data-testid="menu"]');
    await view.page.keyboard.press('Enter');
    await eventually(() => edits(view)).toMatchObject([{ field: 'U', value: '0' }]);
    await eventually(() => said(view)).toMatch(/U is now 0/);
    await view.page.waitForTimeout(50);
    expect(await view.page.evaluate(() => (document.activeElement as HTMLElement).dataset.bit)).toBe('U/S');
    await view.page.close();
  });

  it('that is off is changed where the bits are spelt out', async () => {
    const view = await translations();
    await view.page.locator('[data-testid="walk-step"] button.walk-level').last().click();
    const nx = view.page.locator('dl [data-entry-name="PT[1]"][data-bit="NX"]');
    await nx.focus();
    await nx.press('F2');
    await view.page.keyboard.press('Enter');
    await eventually(() => edits(view)).toMatchObject([{ field: 'NX', value: '1' }]);
    await view.page.close();
  });

  it('of a fault in the past is not to be changed', async () => {
    const view = await openView(browser, { view: 'faults', width: 1000 });
    await view.page.locator('[data-key="340"]').click({ position: { x: 14, y: 10 } });
    await view.page.waitForSelector('[data-testid="walk-step"]');
    expect(await view.page.locator('[data-bit]').count()).toBe(0);
    await view.page.close();
  });
});

describe('a value', () => {
  const ask = async (view: OpenView): Promise<void> => {
    await view.page.locator('[data-entry-name="PT[1]"][data-bit="P"]').click({ button: 'right' });
    await view.page.locator('[data-id="setFrame"]').click();
    await eventually(() => view.page.getByTestId('prompt-value').locator('input').inputValue()).toBe('0x1b00');
    await eventually(() => view.page.evaluate(() => document.activeElement?.tagName)).toBe('VSCODE-TEXT-FIELD');
  };
  const type = async (view: OpenView, text: string): Promise<void> => {
    await view.page.keyboard.press('Control+A');
    await view.page.keyboard.type(text);
    await view.page.keyboard.press('Enter');
  };

  it('is checked before it is sent, and stays to be mended when it is refused', async () => {
    const view = await translations();
    await ask(view);
    const error = view.page.getByTestId('prompt-error');
    await type(view, '0x1a00000');
    await eventually(() => error.innerText()).toBe('This is an address; its frame is 0x1a00.');
    await type(view, '0x90001');
    await eventually(() => error.innerText()).toBe('The machine has 0x80000 frames.');
    expect(edits(view)).toEqual([]);
    await type(view, '0x1b01');
    await eventually(() => error.innerText()).toMatch(/no entry may lead there/);
    await type(view, '0x1a00');
    await eventually(() => view.page.getByTestId('prompt').count()).toBe(0);
    expect(edits(view).at(-1)).toEqual({
      kind: 'entry',
      entry: { frame: 0x63, index: 1 },
      field: 'frame',
      value: '0x1a00',
    });
    await view.page.close();
  });

  it('is not sent on Escape, nor on a click elsewhere', async () => {
    const view = await translations();
    await ask(view);
    await view.page.keyboard.press('Escape');
    await eventually(() => view.page.getByTestId('prompt').count()).toBe(0);
    await ask(view);
    await view.page.getByTestId('footer').click();
    await eventually(() => view.page.getByTestId('prompt').count()).toBe(0);
    expect(edits(view)).toEqual([]);
    await view.page.close();
  });
});

describe('an entry of the tree', () => {
  it('is changed with F2 and from the menu of its value', async () => {
    const view = await translations({ ui: { mode: 'tree' } });
    const list = view.page.getByTestId('rows');
    await view.page.waitForSelector('.row.active .c-value');
    await list.focus();
    await list.press('Home');
    await list.press('F2');
    await view.page.locator('[data-testid="menu"] [data-id="bit-P"]').click();
    await eventually(() => edits(view)).toMatchObject([
      { kind: 'entry', entry: { frame: 0x3f2, index: 254 }, field: 'P', value: '0' },
    ]);
    await view.page.locator('.row[data-index="1"] .c-value').click({ button: 'right' });
    await view.page.locator('[data-testid="menu"] [data-id="breakOnEntry"]').click();
    await eventually(() => breaks(view)).toMatchObject([{ kind: 'entry', hpa: /^0x/ }].map(() => ({ kind: 'entry' })));
    await view.page.close();
  });
});

describe('a tag', () => {
  it('is changed field by field', async () => {
    const view = await frames();
    await view.page.locator('[data-tag-field="asid"]').focus();
    await view.page.keyboard.press('F2');
    expect(await view.page.locator('[data-testid="menu"] [role="menuitem"]').allInnerTexts()).toEqual([
      expect.stringMatching(/Give to host/),
      expect.stringMatching(/Give to web/),
      expect.stringMatching(/Clear assigned/),
      expect.stringMatching(/Set pagesize/),
      expect.stringMatching(/Set Guest Frame…/),
    ]);
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('Enter');
    await eventually(() => edits(view)).toEqual([{ kind: 'tag', frame: 0x1b00, field: 'owner', value: 'web' }]);
    await view.page.locator('[data-tag-field="gPA"]').click({ button: 'right' });
    await view.page.locator('[data-id="setGfn"]').click();
    await eventually(() => view.page.getByTestId('prompt-value').locator('input').inputValue()).toBe('0x500');
    await view.page.getByTestId('prompt-value').locator('input').fill('0x501');
    await view.page.getByTestId('prompt-set').click();
    await eventually(() => edits(view)[1]).toMatchObject({ field: 'gfn', value: '0x501' });
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });
});

describe('injections', () => {
  it('of Translations are for its VM, each with what it does', async () => {
    const view = await translations();
    await view.page.getByTestId('inject').focus();
    await view.page.keyboard.press('Enter');
    const items = view.page.locator('[data-testid="menu"] [role="menuitem"]');
    expect(await items.evaluateAll((all) => all.map((item) => item.getAttribute('data-id')))).toEqual([
      'evict',
      'drop-flush',
      'spurious-fault',
    ]);
    expect(await items.nth(1).innerText()).toMatch(/web[^]*The next flush for the VM does nothing/);
    await items.nth(1).click();
    await view.page.getByTestId('evict').click();
    await eventually(() => edits(view)).toEqual([
      { kind: 'drop-flush', vm: 0 },
      { kind: 'evict', vm: 0, pid: 1, gva: '0x00007f0000001000' },
    ]);
    await view.page.close();
  });

  it('of Frames take the chosen frame away', async () => {
    const view = await frames();
    await view.page.getByTestId('take-frame').click();
    await view.page.getByTestId('inject').click();
    await view.page.locator('[data-testid="menu"] [data-id="take-frame"]').click();
    await eventually(() => edits(view)).toEqual([
      { kind: 'take-frame', frame: 0x1b00 },
      { kind: 'take-frame', frame: 0x1b00 },
    ]);
    await view.page.close();
  });

  it('that are refused say why', async () => {
    const view = await frames({ refused: { edit: 'The session ended.' } });
    await view.page.getByTestId('take-frame').click();
    await eventually(() => said(view)).toBe('The session ended.');
    expect(await view.page.getByTestId('said').getAttribute('role')).toBe('alert');
    await view.page.close();
  });
});

describe('a breakpoint', () => {
  it('is made on an entry, an address, a process, a frame', async () => {
    const view = await translations();
    await view.page.getByTestId('break-entry').last().focus();
    await view.page.keyboard.press('Enter');
    await view.page.getByTestId('break-address').click();
    await view.page.getByTestId('break-process').click();
    await eventually(() => breaks(view)).toEqual([
      { kind: 'entry', hpa: '0x0000063008' },
      { kind: 'address', vm: 0, pid: 1, gva: '0x00007f0000001000', frame: null },
      { kind: 'process', vm: 0, pid: 1 },
    ]);
    await view.page.close();
    const other = await frames();
    await other.page.getByTestId('break-frame').click();
    await eventually(() => breaks(other)).toEqual([{ kind: 'frame', frame: 0x1b00 }]);
    await other.page.close();
  });

  it('is in the menu of a gVA and an hPA, which say what it follows; a gPA has its slot', async () => {
    const view = await translations();
    const menu = view.page.getByTestId('menu');
    await view.page.locator('.c-gva .addr').nth(1).click({ button: 'right' });
    expect(await menu.locator('[data-id="breakOnChange"]').innerText()).toMatch(/the address, or its frame/);
    await view.page.keyboard.press('Escape');
    await view.page.locator('.c-hpa .addr').nth(1).click({ button: 'right' });
    expect(await menu.locator('[data-id="breakOnChange"]').innerText()).toMatch(/the frame/);
    await view.page.keyboard.press('Escape');
    await view.page.locator('.c-gpa .addr').nth(1).click({ button: 'right' });
    await menu.locator('[data-id="setSlot"]').click();
    await eventually(() => view.posted.find((message) => message.type === 'addressAction')).toMatchObject({
      action: 'setSlot',
      address: { kind: 'gpa', address: '0x0000422000', vm: 0 },
    });
    await view.page.close();
  });
});

describe('the badge of a branch', () => {
  it.each(['translations', 'frames', 'faults', 'sameAccess', 'differences'] as const)('is in %s', async (view) => {
    const opened = await openView(browser, { view, width: 420, edits: ['W cleared', 'A set'] });
    await eventually(() => opened.page.getByTestId('branch').innerText()).toMatch(/branch: 2 edits/);
    expect(await opened.page.getByTestId('branch').locator('[title]').first().getAttribute('title')).toMatch(/A set/);
    expect(opened.complaints).toEqual([]);
    await opened.page.close();
  });

  it.each(THEMES)('and the menu of a bit make no complaint in the theme %s', async (theme) => {
    const view = await translations({ theme, width: 250, edits: ['W cleared'] });
    await view.page.locator('[data-entry-name="PT[1]"][data-bit="R/W"]').click({ button: 'right' });
    const box = await view.page.getByTestId('menu').boundingBox();
    expect(box!.x + box!.width).toBeLessThanOrEqual(250);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });
});
