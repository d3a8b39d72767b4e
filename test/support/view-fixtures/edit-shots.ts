/** Pictures of the differences and of what changes the machine. */
import type { ToView } from '../../../extension/protocol/messages';
import { THEMES, type OpenOptions, type OpenView } from './page';

export interface EditShot extends OpenOptions {
  readonly name: string;
  readonly act?: (view: OpenView) => Promise<void>;
}

export const SIDES: ToView = {
  type: 'differences',
  a: { vm: 0, pid: 1, root: 'tpt', at: 'lastStop' },
  b: { vm: 0, pid: 1, root: 'tpt', at: 'now' },
};

export const MOMENTS: ToView = {
  type: 'moments',
  lastStop: 48_190,
  bookmarks: [{ name: 'before the migration', tick: 812 }],
};

export async function showDifferences(view: OpenView): Promise<void> {
  await view.send(MOMENTS);
  await view.send(SIDES);
}

const differences = { view: 'differences', act: showDifferences } as const;
const bit = '[data-testid="walk-step"] [data-bit="R/W"]';

export const editShots: readonly EditShot[] = [
  ...THEMES.flatMap((theme) =>
    ([420, 1400] as const).map((width): EditShot => ({
      ...differences,
      name: `differences-${theme}-${width}`,
      theme,
      width,
    })),
  ),
  { ...differences, name: 'differences-250', width: 250 },
  { ...differences, name: 'differences-900', width: 900 },
  { ...differences, name: 'differences-none', width: 900, height: 300, differences: 0 },
  { ...differences, name: 'differences-many', width: 1400, height: 400, differences: 12_000 },
  { view: 'differences', name: 'differences-hint', width: 900, height: 300 },
  {
    ...differences,
    name: 'differences-refused',
    width: 900,
    height: 300,
    refused: { differences: 'Tick 90,000 was never reached: this run ends at 48,213.' },
  },
  ...THEMES.map((theme): EditShot => ({
    name: `edit-bit-${theme}`,
    view: 'translations',
    theme,
    width: 1400,
    act: ({ page }) => page.locator(bit).last().click({ button: 'right' }),
  })),
  {
    name: 'edit-bit-420',
    view: 'translations',
    act: ({ page }) => page.locator(bit).last().click({ button: 'right' }),
  },
  ...THEMES.map((theme): EditShot => ({
    name: `edit-prompt-${theme}`,
    view: 'translations',
    theme,
    act: async ({ page }) => {
      await page.locator(bit).last().click({ button: 'right' });
      await page.locator('[data-id="setFrame"]').click();
      await page.keyboard.press('Control+A');
      await page.keyboard.type('0x1a00000');
      await page.keyboard.press('Enter');
    },
  })),
  ...THEMES.map((theme): EditShot => ({
    name: `edit-done-${theme}`,
    view: 'translations',
    theme,
    edits: ['W cleared'],
    act: async ({ page }) => {
      await page.locator(bit).last().focus();
      await page.keyboard.press('F2');
      await page.keyboard.press('Enter');
    },
  })),
  {
    name: 'edit-refused-250',
    view: 'translations',
    width: 250,
    edits: ['W cleared', 'A set'],
    refused: { edit: 'The machine runs. Pause it, then edit.' },
    act: async ({ page }) => {
      await page.locator(bit).last().focus();
      await page.keyboard.press('F2');
      await page.keyboard.press('Enter');
    },
  },
  ...([250, 1400] as const).map((width): EditShot => ({
    name: `inject-${width}`,
    view: 'translations',
    width,
    act: ({ page }) => page.getByTestId('inject').click(),
  })),
  {
    name: 'edit-tag',
    view: 'frames',
    width: 1000,
    edits: ['W cleared'],
    act: async (view) => {
      await view.send({ type: 'selection', selection: { frame: 0x1b00 }, from: 'translations' });
      await view.page.locator('[data-tag-field="asid"]').click({ button: 'right' });
    },
  },
  { name: 'branch-faults', view: 'faults', width: 420, edits: ['W cleared'] },
];
