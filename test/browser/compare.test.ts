/** The comparison view in a real browser: its figures, charts, exports, keyboard and states. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Comparison, FromCompareView } from '../../extension/protocol/compare-view';
import { launchBrowser } from '../support/view-fixtures/browser';
import { openCompare, type CompareOptions, type OpenCompare } from '../support/view-fixtures/compare-page';
import { damaged, gups, sources, still } from '../support/view-fixtures/comparisons';
import { THEMES } from '../support/view-fixtures/page';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 30_000);
afterAll(() => browser.close());

const CHARTS = ['references', 'cycles', 'exits', 'misses', 'sweep'] as const;

const show = (comparisons: readonly Comparison[], options: CompareOptions = {}): Promise<OpenCompare> =>
  openCompare(browser, { ...options, messages: [{ type: 'comparisons', comparisons }] });

const cells = (view: OpenCompare, figure: string): Promise<string[]> =>
  view.page.locator(`[data-figure="${figure}"] td`).allTextContents();
const bold = (view: OpenCompare, figure: string): Promise<string[]> =>
  view.page.locator(`[data-figure="${figure}"] td:has(strong)`).allTextContents();

async function exported(view: OpenCompare, format: string): Promise<Extract<FromCompareView, { type: 'export' }>> {
  await view.page.getByTestId(`export-${format}`).click();
  let found: FromCompareView | undefined;
  await expect
    .poll(() => (found = view.posted.find((message) => message.type === 'export' && message.format === format)))
    .toBeDefined();
  return found as Extract<FromCompareView, { type: 'export' }>;
}

describe('the table of a comparison', () => {
  it('has a column for each scheme, and figures that follow from the reports', async () => {
    const view = await show([gups]);
    expect(await view.page.locator('[data-testid="figures"] thead th').allTextContents()).toEqual([
      'figure',
      ...gups.reports.map((r) => r.variant.name),
    ]);
    const perAccess = gups.reports.map((r) => r.cycles / r.accesses);
    expect(await cells(view, 'cycles-per-access')).toEqual(perAccess.map((n) => n.toFixed(2)));
    expect(await cells(view, 'relative')).toEqual(perAccess.map((n) => `${(n / perAccess[0]).toFixed(2)}×`));
    expect(await cells(view, 'nanoseconds')).toEqual(['41.56', '80.72', '43.37', '41.91', '46.88', '42.03']);
    expect(await cells(view, 'references-per-walk')).toEqual(['1.33', '4.74', '1.33', '1.33', '1.33', '1.33']);
    expect(await cells(view, 'tags-per-walk')).toEqual(['0', '0', '0', '0', '2.32', '0']);
    expect(await cells(view, 'exits')).toEqual(['0', '0.262', '1.088', '0.297', '0.275', '0.262']);
    expect(await cells(view, 'exits:init-tpt')).toEqual(['0', '0', '0', '0', '<0.001', '<0.001']);
    expect(await cells(view, 'miss:nested TLB')).toEqual(['–', '71.30', '–', '–', '–', '–']);
    expect(await cells(view, 'sweep:3072')).toHaveLength(6);
    expect(await view.page.locator('[data-figure="exits:enter-tpt"]').count()).toBe(0);
    expect(view.complaints).toEqual([]);
    await view.page.close();
  });

  it('has the best cell of a row in bold, all of them where it cannot be told apart, none where all are equal', async () => {
    const view = await show([gups]);
    expect(await bold(view, 'cycles-per-access')).toEqual(['83.11']);
    expect(await bold(view, 'causes:table')).toEqual(['26.40', '26.40', '26.40', '26.40', '26.40']);
    expect(await bold(view, 'causes:data')).toEqual([]);
    expect(await bold(view, 'accesses')).toEqual([]);
    await view.page.close();
  });

  it('keeps head and first column in sight, and aligns figures at the right', async () => {
    const view = await show([gups], { width: 420, height: 700 });
    const pane = view.page.locator('.table-pane');
    await pane.evaluate((element) => element.scrollTo(200, 300));
    const [head, first, box] = await Promise.all(
      ['[data-testid="figures"] thead th:nth-child(3)', '[data-figure="exits"] th', '.table-pane'].map((selector) =>
        view.page.locator(selector).boundingBox(),
      ),
    );
    expect(head!.y).toBeCloseTo(box!.y, 0);
    expect(first!.x).toBeCloseTo(box!.x, 0);
    const style = await view.page
      .locator('[data-figure="cycles"] td')
      .first()
      .evaluate((cell) => [getComputedStyle(cell).textAlign, getComputedStyle(cell).fontVariantNumeric]);
    expect(style).toEqual(['right', 'tabular-nums']);
    await view.page.close();
  });

  it('says which run did not come to its end, and what of the input could not be used', async () => {
    const view = await show([damaged]);
    expect(await view.page.getByTestId('warnings').innerText()).toMatch(
      /ends in the middle of line 1,204,117[\s\S]*shadow: stopped at line 12/,
    );
    expect(await view.page.locator('[data-testid="figures"] thead th.wrong').allTextContents()).toEqual(['shadow ⚠']);
    await view.page.close();
  });
});

describe('the charts of a comparison', () => {
  it.each(CHARTS)('%s: has its numbers on it, in every theme', async (chart) => {
    const expected = {
      references: ['nested', 'N1 2.21', '4.74', 'tag 2.32', 'references per walk'],
      cycles: ['161.43', '71.8', 'nested tables', 'cycles per access'],
      exits: ['shadow write', '0.53', '1.09', 'VM exits per 1,000 accesses'],
      misses: ['nested PD cache', '44.70 %', '31.20 %'],
      sweep: ['168', '139  nested', '3072', 'TLB entries'],
    }[chart];
    for (const theme of THEMES) {
      const view = await show([gups], { theme, chart });
      const texts = await view.page.locator('[data-testid="chart"] svg text').allTextContents();
      expect(texts, theme).toEqual(expect.arrayContaining(expected));
      expect(view.complaints, theme).toEqual([]);
      await view.page.close();
    }
  });

  it.each(CHARTS)('%s: no label lies on another or is cut off, wide and narrow', async (chart) => {
    for (const width of [420, 760, 1000, 1400, 1900]) {
      const view = await show([gups], { width, chart });
      const faults = await view.page.locator('[data-testid="chart"]').evaluate((stage) => {
        const outer = stage.getBoundingClientRect();
        const texts = [...stage.querySelectorAll('svg text')].filter((text) => text.textContent !== '');
        const boxes = texts.map((text) => ({ name: text.textContent, box: text.getBoundingClientRect() }));
        const found: string[] = [];
        boxes.forEach((a, i) => {
          if (a.box.left < outer.left - 1 || a.box.right > outer.right + 1) found.push(`${a.name} is cut off`);
          for (const b of boxes.slice(i + 1)) {
            const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
            const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
            if (wide > 1 && high > 3) found.push(`${a.name} lies on ${b.name}`);
          }
        });
        return found;
      });
      expect(faults, `${width} px`).toEqual([]);
      await view.page.close();
    }
  });

  it('tells parts of a bar apart by patterns, too, and outlines them in high contrast', async () => {
    const view = await show([gups], { theme: 'hc' });
    const fills = await view.page
      .locator('.swatch')
      .evaluateAll((all) => all.map((swatch) => swatch.getAttribute('fill')));
    expect(new Set(fills).size).toBe(fills.length);
    for (const fill of fills.filter((value) => value?.startsWith('url('))) {
      expect(await view.page.locator(`pattern[id="${fill!.slice(5, -1)}"]`).count()).toBe(1);
    }
    const [stroke, contrast] = await view.page
      .locator('.swatch')
      .first()
      .evaluate((swatch) => [getComputedStyle(swatch).stroke, getComputedStyle(document.body).backgroundColor]);
    expect(stroke).not.toBe(contrast);
    await view.page.close();
  });

  it('is another one where the one that was shown last has nothing to show', async () => {
    const view = await show([{ ...gups, sweep: null }], { chart: 'sweep' });
    expect(await view.page.getByTestId('chart').getAttribute('data-kind')).toBe('cycles');
    await view.page.close();
  });

  it('says in words why there is nothing to draw', async () => {
    const view = await show([still], { chart: 'exits' });
    const words = view.page.getByTestId('chart');
    expect(await words.innerText()).toMatch(/No VM exit was made/);
    for (const [chart, expected] of [
      ['references', /No walk was made/],
      ['misses', /Nothing was looked up/],
      ['sweep', /Nothing was swept/],
    ] as const) {
      await view.page.locator(`[data-testid="kinds"] [data-value="${chart}"]`).click();
      expect(await words.innerText()).toMatch(expected);
    }
    await view.page.close();
  });
});

describe('several sources', () => {
  it('are rows with cycles per access and the ratio to native; the selected one is shown below', async () => {
    const view = await show(sources, { file: null });
    const rows = view.page.locator('[data-testid="summary"] tbody tr');
    expect(await rows.locator('th').allTextContents()).toEqual(sources.map((c) => c.source));
    const [native, nested] = sources[2].reports.map((r) => r.cycles / r.accesses);
    expect((await rows.nth(2).locator('td').allTextContents()).slice(0, 4)).toEqual([
      native.toFixed(2),
      '1.00×',
      nested.toFixed(2),
      `${(nested / native).toFixed(2)}×`,
    ]);
    await rows.first().focus();
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('ArrowDown');
    expect(await rows.nth(2).getAttribute('aria-selected')).toBe('true');
    expect(await cells(view, 'cycles-per-access')).toEqual(
      sources[2].reports.map((r) => (r.cycles / r.accesses).toFixed(2)),
    );
    await view.page.keyboard.press('End');
    expect(await view.page.locator('.chart-subtitle').textContent()).toMatch(/^sqlite3\.lackey\.gz/);
    expect(await view.page.locator('.settings').isHidden()).toBe(true);
    await view.page.close();
  });
});

describe('exports', () => {
  it('CSV has every figure of the table in full precision', async () => {
    const view = await show(sources, { file: null });
    const { text, name } = await exported(view, 'csv');
    expect(name).toBe('comparison');
    const lines = text.trimEnd().split('\r\n');
    expect(lines[0]).toBe('source,profile,group,figure,native,nested,shadow,direct,tpt,tpt:off');
    const line = lines.find((l) => l.startsWith('btree.tpt,') && l.includes(',Cost,cycles per access,'))!;
    expect(line.split(',').slice(4).map(Number)).toEqual(sources[2].reports.map((r) => r.cycles / r.accesses));
    expect(lines.some((l) => l.includes('"Cycles per access, by cause",nested tables'))).toBe(true);
    await view.page.close();
  });

  it('JSON is what the command line writes, and can be opened again', async () => {
    const one = await show([gups]);
    const saved = await exported(one, 'json');
    expect(saved.name).toBe('gups');
    expect(JSON.parse(saved.text)).toEqual(gups);
    await one.page.close();
    const many = await show(sources);
    expect(JSON.parse((await exported(many, 'json')).text)).toEqual(sources);
    await many.page.close();
  });

  it.each(CHARTS)('SVG of %s stands alone: no variables, no classes, and a browser draws it', async (chart) => {
    const view = await show([gups], { chart, theme: 'light' });
    const { text, name } = await exported(view, 'svg');
    expect(name).toBe(`gups-${chart}`);
    expect(text).not.toMatch(/var\(|class=|style=|<style|currentColor|color-mix|rgba?\(/);
    expect(text).toMatch(/font-family="[^"]*sans-serif"/);
    for (const id of text.matchAll(/url\(#([^)]+)\)/g)) expect(text).toContain(`id="${id[1]}"`);
    const alone = await browser.newPage();
    await alone.setContent(`<img src="data:image/svg+xml;base64,${Buffer.from(text).toString('base64')}">`);
    const size = await alone.locator('img').evaluate(async (image: HTMLImageElement) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(size[0]).toBeGreaterThan(400);
    expect(size[1]).toBeGreaterThan(250);
    await alone.close();
    await view.page.close();
  });
});

describe('controls and states', () => {
  it('run with what is chosen, by keyboard alone', async () => {
    const view = await openCompare(browser, {});
    const { page } = view;
    expect(await page.locator('body').getAttribute('data-state')).toBe('ready');
    await page.locator('[data-column="shadow"]').focus();
    await page.keyboard.press('Space');
    expect(await page.locator('[data-column="shadow"]').getAttribute('aria-pressed')).toBe('false');
    await page.getByTestId('more').locator('input').fill('nested:huge');
    await page.getByTestId('profile').focus();
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('sweep').focus();
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('run').focus();
    await page.keyboard.press('Enter');
    await expect
      .poll(() => view.posted.find((message) => message.type === 'run'))
      .toEqual({
        type: 'run',
        settings: {
          columns: ['native', 'nested', 'direct', 'tpt', 'tpt:off', 'nested:huge'],
          profile: 'skylake-sp',
          sweep: { parameter: 'tlb', values: ['256', '512', '1024', '1536', '3072'] },
        },
      });
    await page.close();
  });

  it('charts are chosen with arrow keys, and the choice is kept', async () => {
    const view = await show([gups], { chart: 'references' });
    await view.page.locator('[data-testid="kinds"] [aria-checked="true"]').focus();
    await view.page.keyboard.press('ArrowRight');
    await view.page.keyboard.press('ArrowRight');
    expect(await view.page.getByTestId('chart').getAttribute('data-kind')).toBe('exits');
    await expect.poll(() => view.posted.at(-1)).toEqual({ type: 'saveUi', ui: { chart: 'exits' } });
    await view.page.close();
  });

  it('a run shows progress and can be cancelled; old figures stay until new ones are there', async () => {
    const view = await show([gups]);
    await view.send({ type: 'progress', label: 'gups.tpt under nested', done: 30, total: 120 });
    await view.page.waitForSelector('body[data-state="running"]');
    expect(await view.page.getByTestId('notice').innerText()).toMatch(/gups\.tpt under nested\s+25 %/);
    expect(await cells(view, 'cycles-per-access')).toHaveLength(6);
    await view.page.getByTestId('cancel').click();
    await expect.poll(() => view.posted.at(-1)).toEqual({ type: 'cancel' });
    await view.send({ type: 'stopped', failed: false, message: 'The comparison was cancelled.' });
    await view.page.waitForSelector('body[data-state="shown"]');
    expect(await view.page.getByTestId('run').innerText()).toBe('Run Again');
    await view.page.close();
  });

  it('what failed is said in words, and nothing is chosen without a way on', async () => {
    const message = 'There is no cost profile "zen9". Choose skylake-sp or zen3, or name a file.';
    const view = await openCompare(browser, { messages: [{ type: 'stopped', failed: true, message }] });
    expect(await view.page.getByTestId('problem').innerText()).toBe(message);
    expect(await view.page.getByTestId('run').isVisible()).toBe(true);
    const empty = await openCompare(browser, { file: null });
    await empty.page.getByTestId('choose-comparison').click();
    await empty.page.getByTestId('choose-source').click();
    await expect
      .poll(() => empty.posted.filter((m) => m.type === 'choose').map((m) => m.what))
      .toEqual(['comparison', 'source']);
    await Promise.all([view.page.close(), empty.page.close()]);
  });

  it('without a column there is nothing to run', async () => {
    const view = await openCompare(browser, { settings: { columns: ['tpt'], profile: null, sweep: null } });
    await view.page.locator('[data-column="tpt"]').click();
    expect(await view.page.getByTestId('run').getAttribute('disabled')).not.toBeNull();
    await view.page.close();
  });
});
