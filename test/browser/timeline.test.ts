/** The strip of time in a real browser: mouse, wheel, keys, big recordings, and none at all. */
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/view-fixtures/browser';
import { openView, queriesOf, stateMessage, type OpenOptions, type OpenView } from '../support/view-fixtures/page';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 30_000);
afterAll(() => browser.close());

async function open(options: Partial<OpenOptions> = {}): Promise<OpenView & { strip: Locator }> {
  const view = await openView(browser, { view: 'faults', width: 1000, ...options });
  await view.page.waitForSelector('[data-testid="strip"] .now-text');
  await view.page.waitForSelector('.row[data-key]');
  return { ...view, strip: view.page.getByTestId('strip') };
}

const travels = (view: OpenView): unknown[] =>
  queriesOf(view, 'travel').map((message) => (message.type === 'query' ? message.args : null));
const lastTimeline = (view: OpenView): Record<string, number | null> =>
  (queriesOf(view, 'timeline').at(-1) as unknown as { args: Record<string, number | null> }).args;
const shown = async (strip: Locator): Promise<[number, number]> => [
  Number(await strip.getAttribute('data-from')),
  Number(await strip.getAttribute('data-until')),
];

describe('the strip', () => {
  it('shows lanes of marks, the present tick, the end and bookmarks, and what history costs', async () => {
    const view = await open({ bookmarks: [{ tick: 12_000, name: 'before the fork' }] });
    const texts = async (selector: string): Promise<string[]> => view.strip.locator(selector).allTextContents();
    expect(await texts('.lane-name')).toEqual(['faults', 'host', 'owner', 'CR3', 'expect', 'edits']);
    expect(await texts('.now-text')).toEqual(['48,213']);
    expect(await texts('.bookmark-name')).toEqual(['before the fork']);
    expect(await view.strip.locator('.end-line').count()).toBe(1);
    const ahead = await view.strip
      .locator('.mark.ahead')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-kind')));
    expect(ahead).toEqual(expect.arrayContaining(['page_fault', 'cr3']));
    expect(await view.page.getByTestId('strip-words').innerText()).toBe('tick 48,213 of 61,020');
    expect(await view.page.getByTestId('strip-memory').innerText()).toBe('12 of 256 MiB · 31 checkpoints');
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });

  it('travels where one clicks: to a mark, or to an empty place', async () => {
    const view = await open({ ticks: 1000, marks: 1, now: 1000 });
    const box = (await view.strip.boundingBox())!;
    const mark = (await view.strip.locator('path.mark').boundingBox())!;
    await view.page.mouse.click(mark.x + mark.width / 2 + 4, mark.y + 3);
    await view.page.mouse.click(box.x + 50 + (box.width - 58) / 2, box.y + 22);
    await expect.poll(() => travels(view).length).toBe(2);
    const [first, second] = travels(view) as { kind: string; tick: number }[];
    const x = mark.x + mark.width / 2 - box.x - 50;
    expect(Math.abs(first.tick - (x / (box.width - 58)) * 1000)).toBeLessThan(2);
    expect(second).toEqual({ kind: 'tick', tick: 500 });
    await view.page.close();
  });

  it('says under the pointer what is there', async () => {
    const view = await open();
    const marks = (await view.strip.locator('.kind-expect').first().boundingBox())!;
    await view.page.mouse.move(marks.x + 3, marks.y + 3);
    expect(await view.page.getByTestId('strip-tip').innerText()).toMatch(/^tick [\d,]+ · expected 7, found 0 · line/);
    await view.page.mouse.move(5, 500);
    expect(await view.page.getByTestId('strip-tip').isVisible()).toBe(false);
    await view.page.close();
  });

  it('zooms by wheel around the pointer, asks again at each, and moves by its scale', async () => {
    const view = await open();
    const box = (await view.strip.boundingBox())!;
    expect(lastTimeline(view)).toMatchObject({
      fromTick: null,
      untilTick: null,
      buckets: Math.floor((box.width - 58) / 5),
    });
    await view.page.mouse.move(box.x + 50 + (box.width - 58) / 4, box.y + 30);
    for (let i = 0; i < 4; i++) await view.page.mouse.wheel(0, -100);
    await expect.poll(async () => (await shown(view.strip))[1] - (await shown(view.strip))[0]).toBeLessThan(26_000);
    const [from, until] = await shown(view.strip);
    expect(Math.abs(from + (until - from) / 4 - 61_020 / 4)).toBeLessThan(300);
    await expect.poll(() => lastTimeline(view)).toMatchObject({ fromTick: from, untilTick: until });
    const scale = box.y + box.height - 5;
    await view.page.mouse.move(box.x + 400, scale);
    await view.page.mouse.down();
    await view.page.mouse.move(box.x + 300, scale, { steps: 3 });
    await view.page.mouse.up();
    await expect.poll(async () => (await shown(view.strip))[0]).toBeGreaterThan(from + 1000);
    expect(travels(view)).toEqual([]);
    await view.page.getByTestId('strip-fit').click();
    expect(await shown(view.strip)).toEqual([0, 61_020]);
    await view.page.close();
  });

  it('filters the list by a range that is dragged or chosen by keys; Escape shows all', async () => {
    const view = await open();
    const box = (await view.strip.boundingBox())!;
    await view.page.mouse.move(box.x + 200, box.y + 30);
    await view.page.mouse.down();
    await view.page.mouse.move(box.x + 420, box.y + 30, { steps: 4 });
    await view.page.mouse.up();
    const range = (): unknown => (queriesOf(view, 'faults').at(-1) as unknown as { args: unknown }).args;
    await expect.poll(range).toMatchObject({ fromTick: expect.any(Number) as number });
    await expect.poll(() => view.page.getByTestId('footer').innerText()).toMatch(/ticks [\d,]+ – [\d,]+/);
    expect(travels(view)).toEqual([]);
    await view.strip.focus();
    await view.strip.press('Escape');
    await expect.poll(range).toMatchObject({ fromTick: null, untilTick: null });
    await view.strip.press('Shift+ArrowLeft');
    await expect.poll(range).toMatchObject({ untilTick: 48_213 });
    await view.page.close();
  });

  it('goes from mark to mark by keys, tells each, travels by Enter and bookmarks by b', async () => {
    const view = await open();
    await view.strip.focus();
    await view.strip.press('ArrowLeft');
    const before = Number(await view.strip.getAttribute('aria-valuenow'));
    expect(before).toBeLessThan(48_213);
    expect(await view.strip.getAttribute('aria-valuetext')).toMatch(/^tick 4[\d,]+; tick/);
    await view.strip.press('ArrowRight');
    expect(Number(await view.strip.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
    await view.strip.press('ArrowLeft');
    await view.strip.press('b');
    await view.strip.press('Enter');
    await expect.poll(() => travels(view)).toEqual([{ kind: 'tick', tick: before }]);
    expect(view.posted.find((message) => message.type === 'bookmark')).toEqual({
      type: 'bookmark',
      deed: 'name',
      tick: before,
    });
    await view.strip.press('End');
    await view.strip.press('Enter');
    await expect.poll(() => travels(view).at(-1)).toEqual({ kind: 'tick', tick: 61_020 });
    await view.strip.press('Home');
    expect(await view.strip.getAttribute('aria-valuenow')).toBe('0');
    await view.page.close();
  });

  it('goes on over the edge of what is shown', async () => {
    const view = await open();
    await view.strip.focus();
    for (let i = 0; i < 6; i++) await view.strip.press('+');
    const [from] = await shown(view.strip);
    for (let i = 0; i < 14; i++) {
      await view.strip.press('ArrowLeft');
      await view.page.waitForTimeout(40);
    }
    expect((await shown(view.strip))[0]).toBeLessThan(from);
    expect(Number(await view.strip.getAttribute('aria-valuenow'))).toBeLessThan(from);
    await view.page.close();
  });

  it('offers to go to, rename and remove a bookmark', async () => {
    const view = await open({ bookmarks: [{ tick: 12_000, name: 'before the fork' }] });
    const flag = (await view.strip.locator('.bookmark-flag').boundingBox())!;
    await view.page.mouse.click(flag.x + 3, flag.y + 4, { button: 'right' });
    await view.page.locator('[data-testid="menu"] [data-id="remove"]').click();
    await expect.poll(() => view.posted.at(-1)).toEqual({ type: 'bookmark', deed: 'remove', tick: 12_000 });
    await view.page.mouse.click(flag.x + 3, flag.y + 4);
    await expect.poll(() => travels(view)).toEqual([{ kind: 'tick', tick: 12_000 }]);
    await view.page.close();
  });

  it('goes to the place of a bookmark that has one, by click, menu and key; renaming leaves it', async () => {
    const place = { statements: 310, moment: 4 };
    const view = await open({ bookmarks: [{ tick: 12_000, name: 'in the walk', place }] });
    const flag = (await view.strip.locator('.bookmark-flag').boundingBox())!;
    const item = (id: string): Locator => view.page.locator(`[data-testid="menu"] [data-id="${id}"]`);
    const there = { kind: 'place', ...place, tick: 12_000 };
    await view.page.mouse.click(flag.x + 3, flag.y + 4, { button: 'right' });
    await item('rename').click();
    await expect.poll(() => view.posted.at(-1)).toEqual({ type: 'bookmark', deed: 'rename', tick: 12_000 });
    await view.page.mouse.click(flag.x + 3, flag.y + 4, { button: 'right' });
    await item('travel').click();
    await expect.poll(() => travels(view)).toEqual([there]);
    await view.page.mouse.click(flag.x + 3, flag.y + 4);
    await expect.poll(() => travels(view)).toEqual([there, there]);
    await view.strip.focus();
    await view.strip.press('Enter');
    await expect.poll(() => travels(view)).toEqual([there, there, there]);
    await view.page.close();
  });
});

describe('big recordings', () => {
  it('of 10⁸ ticks and a million marks are drawn from buckets, in a side bar and in an editor', async () => {
    for (const width of [250, 1400]) {
      const view = await open({ width, ticks: 100_000_000, marks: 1_000_000, now: 48_213_004 });
      const drawn = await view.strip
        .locator('.mark')
        .evaluateAll((all) => all.reduce((sum, one) => sum + Number(one.getAttribute('data-marks')), 0));
      expect(drawn).toBeGreaterThan(width / 2);
      expect(drawn).toBeLessThan(width * 3);
      const clipped = await view.strip.locator('text').evaluateAll(
        (texts, right) =>
          texts
            .filter((text) => {
              const box = text.getBoundingClientRect();
              return box.left < 0 || box.right > right;
            })
            .map((text) => text.textContent),
        width,
      );
      expect(clipped, `${width} px`).toEqual([]);
      expect(await view.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const bar = await view.page.getByTestId('strip-fit').boundingBox();
      expect(bar!.x + bar!.width).toBeLessThanOrEqual(width);
      await view.page.close();
    }
  });

  it('are redrawn within a frame or two', async () => {
    const view = await open({ width: 1400, ticks: 100_000_000, marks: 1_000_000, now: 48_213_004 });
    const took = await view.page.evaluate(async () => {
      const strip = document.querySelector('[data-testid="strip"]')!;
      const times: number[] = [];
      for (let i = 0; i < 12; i++) {
        const start = performance.now();
        strip.dispatchEvent(new KeyboardEvent('keydown', { key: i % 2 === 0 ? '+' : '-', bubbles: true }));
        times.push(performance.now() - start);
        await new Promise(requestAnimationFrame);
      }
      return times.sort((a, b) => a - b)[6];
    });
    expect(took).toBeLessThan(50);
    await view.page.close();
  });
});

describe('states', () => {
  it('without a recording show the faults alone, say why, and do not travel', async () => {
    const view = await open({ refused: { timeline: 'Recording is off: the machine cannot go back.' } });
    expect(await view.strip.locator('.lane-name').allTextContents()).toEqual(['faults']);
    expect(await view.page.getByTestId('strip-memory').innerText()).toMatch(/Recording is off/);
    await view.strip.click({ position: { x: 300, y: 24 } });
    await view.page.waitForSelector('.strip-problem:not([hidden])');
    expect(travels(view)).toEqual([]);
    await view.page.close();
  });

  it('say what the machine answered when it could not travel', async () => {
    const view = await open({ refused: { travel: 'Tick 12 was dropped to save memory.' } });
    await view.strip.click({ position: { x: 300, y: 24 } });
    await expect.poll(() => view.page.locator('.strip-problem').innerText()).toMatch(/Tick 12 was dropped/);
    await view.page.close();
  });

  it('keep the strip while the machine runs, and do not travel then', async () => {
    const view = await open();
    await view.send({ ...stateMessage({ view: 'faults' }), state: 'running', revision: 8 });
    await view.page.waitForSelector('body[data-state="running"]');
    await view.strip.click({ position: { x: 300, y: 24 } });
    expect(await view.page.locator('.strip-problem').innerText()).toMatch(/pause it first/);
    expect(travels(view)).toEqual([]);
    await view.page.close();
  });
});
