/** Opens the comparison view in headless Chromium with a make-believe host. */
import type { Browser, Page } from 'playwright-core';
import {
  DEFAULT_SETTINGS,
  type CompareSettings,
  type FromCompareView,
  type ToCompareView,
} from '../../../extension/protocol/compare-view';
import { openPage, type Theme } from './page';

export interface CompareOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly file?: string | null;
  readonly settings?: CompareSettings;
  /** Sent after `setup`. */
  readonly messages?: readonly ToCompareView[];
  readonly chart?: string;
}

export interface OpenCompare {
  readonly page: Page;
  readonly posted: FromCompareView[];
  readonly complaints: string[];
  send(message: ToCompareView): Promise<void>;
}

export async function openCompare(browser: Browser, options: CompareOptions): Promise<OpenCompare> {
  const { theme = 'dark', width = 1400, height = 900, file = 'gups.tpt', settings = DEFAULT_SETTINGS } = options;
  const posted: FromCompareView[] = [];
  const opened = await openPage<ToCompareView>(
    browser,
    { bundle: 'compare', theme, width, height },
    async (message: FromCompareView, send) => {
      posted.push(message);
      if (message.type !== 'ready') return;
      if (options.chart !== undefined) await send({ type: 'restoreUi', ui: { chart: options.chart } });
      await send({ type: 'setup', file, settings, remember: { file } });
      for (const more of options.messages ?? []) await send(more);
    },
  );
  await opened.page.waitForSelector('[data-testid="compare"]:not([hidden])');
  return { ...opened, posted };
}
