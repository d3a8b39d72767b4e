/** The comparison view in its states, for shots.ts. */
import type { Browser } from 'playwright-core';
import { DEFAULT_SETTINGS } from '../../../extension/protocol/compare-view';
import { openCompare, type CompareOptions, type OpenCompare } from './compare-page';
import { gups, sources, still } from './comparisons';
import { THEMES } from './page';

interface CompareShot {
  readonly name: string;
  open(browser: Browser): Promise<OpenCompare>;
}

const shot = (name: string, options: CompareOptions): CompareShot => ({
  name: `compare-${name}`,
  open: (browser) => openCompare(browser, options),
});

const one = { messages: [{ type: 'comparisons', comparisons: [gups] }] } as const;
const many = { file: null, messages: [{ type: 'comparisons', comparisons: sources }] } as const;
const CHARTS = ['references', 'cycles', 'exits', 'misses', 'sweep'];
const PROGRESS = { type: 'progress', label: 'gups.tpt under nested', done: 1_240_000, total: 4_000_000 } as const;

export const compareShots: readonly CompareShot[] = [
  ...THEMES.flatMap((theme) => CHARTS.map((chart) => shot(`${chart}-${theme}-1400`, { ...one, theme, chart }))),
  ...CHARTS.flatMap((chart) => [
    shot(`${chart}-760`, { ...one, chart, width: 760 }),
    shot(`${chart}-420`, { ...one, chart, width: 420 }),
  ]),
  ...THEMES.map((theme) => shot(`sources-${theme}-1400`, { ...many, theme })),
  shot('sources-760', { ...many, width: 760 }),
  shot('still', { ...one, messages: [{ type: 'comparisons', comparisons: [still] }], chart: 'exits' }),
  shot('empty', { file: null, width: 900, height: 500 }),
  shot('ready', {
    width: 900,
    height: 500,
    settings: {
      ...DEFAULT_SETTINGS,
      profile: '/profiles/mine.json',
      sweep: { parameter: 'page', values: ['4K', '2M'] },
    },
  }),
  shot('running-first', { width: 900, height: 500, messages: [PROGRESS] }),
  shot('running-again', { messages: [...one.messages, PROGRESS] }),
  shot('failed', {
    width: 900,
    height: 500,
    messages: [
      { type: 'stopped', failed: true, message: 'gups.tpt:4:3: memory 2T is larger than the machine allows (1T)' },
    ],
  }),
  shot('failed-again', {
    messages: [
      ...one.messages,
      {
        type: 'stopped',
        failed: true,
        message: 'There is no cost profile "zen9". Choose skylake-sp or zen3, or name a file.',
      },
    ],
  }),
];
