/** The settings of `machine { }` and `vm { }`: one table for the checks, completion and hover. */

import { COST_PROFILE_NAMES } from '../costs/profiles';
import { TLB_PRESETS } from './tlb-presets';

export interface SettingInfo {
  readonly name: string;
  readonly doc: string;
  /** `size` and `number` take a number, `word` one of `words`. */
  readonly kind: 'size' | 'number' | 'word';
  readonly words: readonly string[];
  /** As it would be written. */
  readonly fallback: string;
  /** Only for numbers. */
  readonly minimum?: number;
  readonly maximum?: number;
}

const size = (name: string, fallback: string, doc: string): SettingInfo => ({
  name,
  doc,
  kind: 'size',
  words: [],
  fallback,
});
const word = (name: string, words: readonly string[], doc: string): SettingInfo => ({
  name,
  doc,
  kind: 'word',
  words,
  fallback: words[0],
});
const number = (name: string, fallback: string, minimum: number, maximum: number, doc: string): SettingInfo => ({
  name,
  doc,
  kind: 'number',
  words: [],
  fallback,
  minimum,
  maximum,
});

const MAX_SEED = 0xffff_ffff;

export const MACHINE_SETTINGS: readonly SettingInfo[] = [
  size('memory', '256M', 'Host-physical memory: a multiple of 2M, at most 1T.'),
  word('paging', ['4-level', '5-level'], 'Levels of page tables: 48-bit or 57-bit virtual addresses.'),
  word('tags', ['asid', 'off', 'rmp'], 'Tag checks: by ASID, none, or by the rules of the RMP.'),
  word(
    'lookup',
    ['per-frame', 'per-reference'],
    'Tag look-ups: one for each frame that is checked, or one with each reference to a table.',
  ),
  word(
    'costs',
    ['none', ...COST_PROFILE_NAMES],
    'The cost profile: with one, caches of the walker and of data are modelled and every event is charged.',
  ),
  word('tlb', Object.keys(TLB_PRESETS), 'The TLBs: a preset, or arrays such as `{ l1d 4K 64 4-way }`.'),
  number('physbits', '46', 32, 52, 'Physical address bits; higher ones are reserved in entries.'),
  number('seed', '1', 0, MAX_SEED, 'Seed of everything that is chosen at random.'),
];

export const VM_SETTINGS: readonly SettingInfo[] = [
  size('memory', '32M', 'Guest-physical memory: a multiple of 2M, at least 4M.'),
  word('paging', ['tpt', 'native', 'nested', 'shadow', 'direct'], 'The translation scheme.'),
  word(
    'backing',
    ['contiguous', 'scattered', 'huge'],
    'Which host frames back the memory: neighbours, chosen by `seed`, or whole 2 MiB blocks.',
  ),
  number('seed', '1', 0, MAX_SEED, 'Seed of the scattered backing.'),
  word('nested', ['as-machine', '4-level', '5-level'], 'Levels of the nested table; as the guest tables unless given.'),
  number('vcpus', '1', 1, 64, 'Virtual CPUs.'),
  word(
    'profile',
    ['hardware', 'prototype'],
    'How TPT is entered: by the CPU itself, or by hypercalls at each kernel entry.',
  ),
  word('policy', ['kill', 'inject'], 'What the host does on an isolation attempt: end the VM, or inject #GP.'),
];
