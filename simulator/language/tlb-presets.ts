/** TLB arrangements that a machine can name: those of the cost profiles, and ours. */

import { COST_PROFILE_NAMES, costProfile } from '../costs/profiles';
import type { TlbArray } from './program';

const all = ['4K', '2M', '1G'] as const;

export const TLB_PRESETS: Readonly<Record<string, readonly TlbArray[]>> = {
  ...Object.fromEntries(COST_PROFILE_NAMES.map((name) => [name, costProfile(name)!.tlb])),
  // Small enough to watch entries come and go.
  tiny: [
    { level: 1, use: 'data', sizes: all, entries: 4, ways: 2 },
    { level: 1, use: 'instruction', sizes: all, entries: 4, ways: 2 },
    { level: 2, use: 'unified', sizes: all, entries: 8, ways: 2 },
  ],
  none: [],
};

/** First word of a TLB array in a `tlb { }` block. */
export const TLB_ARRAYS: Readonly<Record<string, Pick<TlbArray, 'level' | 'use'>>> = {
  l1d: { level: 1, use: 'data' },
  l1i: { level: 1, use: 'instruction' },
  l2: { level: 2, use: 'unified' },
  l2d: { level: 2, use: 'data' },
  l2i: { level: 2, use: 'instruction' },
};
