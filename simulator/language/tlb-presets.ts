/** TLB arrangements that a machine can name. Sizes and ways as published for the processors. */

import type { TlbArray } from './program';

const all = ['4K', '2M', '1G'] as const;

export const TLB_PRESETS: Readonly<Record<string, readonly TlbArray[]>> = {
  'skylake-sp': [
    { level: 1, use: 'data', sizes: ['4K'], entries: 64, ways: 4 },
    { level: 1, use: 'data', sizes: ['2M'], entries: 32, ways: 4 },
    { level: 1, use: 'data', sizes: ['1G'], entries: 4, ways: 4 },
    { level: 1, use: 'instruction', sizes: ['4K'], entries: 128, ways: 8 },
    { level: 1, use: 'instruction', sizes: ['2M'], entries: 8, ways: 8 },
    { level: 2, use: 'unified', sizes: ['4K', '2M'], entries: 1536, ways: 12 },
    { level: 2, use: 'unified', sizes: ['1G'], entries: 16, ways: 4 },
  ],
  zen3: [
    { level: 1, use: 'data', sizes: all, entries: 64, ways: 64 },
    { level: 1, use: 'instruction', sizes: all, entries: 64, ways: 64 },
    { level: 2, use: 'data', sizes: ['4K', '2M'], entries: 2048, ways: 8 },
    { level: 2, use: 'instruction', sizes: ['4K', '2M'], entries: 512, ways: 4 },
  ],
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
