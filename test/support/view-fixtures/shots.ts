/**
 * Screenshots of the views over make-believe data, to be looked at:
 *   npx tsx test/support/view-fixtures/shots.ts [part of a name]
 * They go to out/screenshots/fixtures/. Ends with an error if the browser complained of anything.
 */
import { mkdirSync } from 'node:fs';
import type { ViewName } from '../../../extension/protocol/messages';
import { launchBrowser } from './browser';
import { compareShots } from './compare-shots';
import { editShots } from './edit-shots';
import { openView, THEMES, type OpenOptions, type OpenView } from './page';

interface Shot extends OpenOptions {
  readonly name: string;
  readonly act?: (view: OpenView) => Promise<void>;
}

const OUT = 'out/screenshots/fixtures';
const SIZES = [
  [250, 720],
  [420, 760],
  [1400, 800],
] as const;
const VIEWS: readonly ViewName[] = ['translations', 'frames', 'faults'];

const ACTS: Readonly<Partial<Record<ViewName, (view: OpenView) => Promise<void>>>> = {
  frames: (view) => view.send({ type: 'selection', selection: { frame: 0x1b00 }, from: 'translations' }),
  faults: async ({ page }) => page.locator('[data-key="340"]').click({ position: { x: 14, y: 10 } }),
};

const sameAccess = {
  view: 'sameAccess',
  act: (view: OpenView) =>
    view.send({
      type: 'reveal',
      address: { kind: 'gva', address: '0x00007f0000001000', vm: 0, pid: 1, access: 'write' },
      action: 'sameAccess',
    }),
} as const;

const shots: Shot[] = [
  ...VIEWS.flatMap((view) =>
    THEMES.flatMap((theme) =>
      SIZES.map(([width, height]): Shot => ({
        name: `${view}-${theme}-${width}`,
        view,
        theme,
        width,
        height,
        ...(ACTS[view] ? { act: ACTS[view] } : {}),
      })),
    ),
  ),
  ...SIZES.flatMap(([width, height]): Shot[] => [
    { name: `translations-both-${width}`, view: 'translations', width, height, ui: { root: 'both' } },
    { name: `translations-tree-${width}`, view: 'translations', width, height, ui: { mode: 'tree' } },
    { name: `translations-pages-${width}`, view: 'translations', width, height, ui: { mode: 'pages' } },
  ]),
  { name: 'translations-filter-error', view: 'translations', ui: { filter: 'colour:red' } },
  {
    name: 'translations-menu',
    view: 'translations',
    act: ({ page }) => page.locator('.c-hpa .addr').nth(1).click({ button: 'right' }),
  },
  { name: 'translations-empty', view: 'translations', processes: false },
  ...(['none', 'starting', 'running', 'terminated', 'failed'] as const).map((state): Shot => ({
    name: `state-${state}`,
    view: 'translations',
    width: 300,
    height: 300,
    state: { state, message: state === 'failed' ? 'line 12: memory 2T is larger than the machine allows (1T)' : null },
  })),
  ...(['running', 'terminated'] as const).map((state): Shot => ({
    name: `state-${state}-rows`,
    view: 'translations',
    act: (view) => view.send({ type: 'state', state, revision: 7, message: null, summary: null, scenario: null }),
  })),
  { name: 'translations-low', view: 'translations', width: 260, height: 260 },
  { name: 'frames-low', view: 'frames', width: 260, height: 260, ...(ACTS.frames ? { act: ACTS.frames } : {}) },
  { name: 'faults-low', view: 'faults', width: 260, height: 260 },
  ...THEMES.map((theme): Shot => ({
    ...sameAccess,
    name: `same-access-${theme}-1400`,
    theme,
    width: 1400,
    height: 900,
  })),
  { ...sameAccess, name: 'same-access-420', width: 420 },
  {
    ...sameAccess,
    name: 'same-access-open',
    width: 1400,
    height: 900,
    act: async (view) => {
      await sameAccess.act(view);
      await view.page.locator('[data-row="PT"] [data-scheme="tpt"] button').first().click();
    },
  },
  { name: 'same-access-hint', view: 'sameAccess', width: 900, height: 300 },
  ...editShots,
  { name: 'frames-2m', view: 'frames', width: 900, ui: { framesPerCell: 512 } },
  { name: 'frames-1g', view: 'frames', width: 420, ui: { framesPerCell: 262144 } },
];

async function main(only: string): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  const browser = await launchBrowser();
  let bad = 0;
  for (const shot of shots.filter(({ name }) => name.includes(only))) {
    const view = await openView(browser, shot);
    await view.page.waitForTimeout(350);
    await shot.act?.(view);
    await view.page.waitForTimeout(250);
    await view.page.screenshot({ path: `${OUT}/${shot.name}.png` });
    for (const complaint of view.complaints) console.error(`${shot.name}: ${complaint}`);
    bad += view.complaints.length;
    await view.page.close();
  }
  for (const shot of compareShots.filter(({ name }) => name.includes(only))) {
    const { page, complaints } = await shot.open(browser);
    await page.waitForTimeout(250);
    await page.screenshot({ path: `${OUT}/${shot.name}.png` });
    for (const complaint of complaints) console.error(`${shot.name}: ${complaint}`);
    bad += complaints.length;
    await page.close();
  }
  await browser.close();
  process.exitCode = bad === 0 ? 0 : 1;
}

void main(process.argv[2] ?? '');
