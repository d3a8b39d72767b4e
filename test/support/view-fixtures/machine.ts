/**
 * A make-believe machine for looking at the views without VS Code: the sample of docs/views.md, with 12,481 mappings,
 * a forged entry, changed cells and faults of every kind. Typed by the contract, so that it cannot drift from it.
 */
import type { MachineSummary, Owner, Queries, QueryMethod } from '../../../extension/protocol/messages';
import { branch } from './branch';
import { differences } from './differences';
import { fault, faults } from './faults';
import { frame, frames } from './frames';
import { causes, entryHistory, frameHistory, translationHistory } from './history';
import { sameAccess } from './same-access';
import { timeline, type TimelineFixture } from './timeline';
import { translations } from './translations';
import { walk } from './walks';

export const HOST: Owner = { asid: 0, name: 'host' };
export const WEB: Owner = { asid: 1, name: 'web' };
export const EVIL: Owner = { asid: 2, name: 'evil' };
export const OWNERS = [HOST, WEB, EVIL] as const;
export const FRAMES = 1 << 19;

export interface FixtureOptions extends TimelineFixture {
  /** Rows of the form `pages`. */
  readonly mappings?: number;
  readonly processes?: boolean;
  /** Rows of the differences. */
  readonly differences?: number;
  /** Edits that the run has already. */
  readonly edits?: readonly string[];
  /** Queries that are refused, with why. */
  readonly refused?: Partial<Record<QueryMethod, string>>;
  /** Writes to each entry. */
  readonly writes?: number;
  /** Intervals of each translation. */
  readonly intervals?: number;
}

export function summary(options: FixtureOptions = {}): MachineSummary {
  const roots = [
    { kind: 'native', hpa: '0x00003f1000' },
    { kind: 'tpt', hpa: '0x00003f2000' },
  ] as const;
  const process = (pid: number, name: string): MachineSummary['vms'][number]['processes'][number] => ({
    pid,
    name,
    state: 'running',
    roots,
  });
  const none = options.processes === false;
  return {
    tick: 48_213,
    running: false,
    levels: 4,
    tags: 'asid',
    frames: FRAMES,
    hpaDigits: 10,
    owners: OWNERS,
    vms: [
      {
        index: 0,
        name: 'web',
        asid: 1,
        scheme: 'tpt',
        profile: 'hardware',
        state: 'running',
        processes: none ? [] : [process(1, 'redis'), process(2, 'redis-child')],
      },
      {
        index: 1,
        name: 'evil',
        asid: 2,
        scheme: 'tpt',
        profile: 'hardware',
        state: 'running',
        processes: none ? [] : [process(1, 'attacker')],
      },
    ],
    present: none ? null : { vm: 0, pid: 1, gva: '0x00007f0000001000', access: 'write', frame: 0x1b00 },
  };
}

type Answers = { readonly [M in QueryMethod]: (args: Queries[M][0]) => Queries[M][1] };

export function answers(options: FixtureOptions = {}): Answers {
  const edits = [...(options.edits ?? [])];
  return {
    summary: () => summary(options),
    translations: (query) => translations(query, options.mappings ?? 12_481),
    walk,
    frames,
    frame: ({ frame: n }) => frame(n),
    faults,
    fault: ({ id }) => fault(id),
    sameAccess,
    differences: (query) => differences(query, options.differences ?? 7),
    timeline: (query) => timeline(query, { ...options, edits }),
    ...branch(edits),
    entryHistory: (query) => entryHistory(query, options.writes ?? 12),
    translationHistory: (query) => translationHistory(query, options.intervals ?? 4),
    frameHistory: (query) => frameHistory(query.frame),
    causes,
    travel: () => ({}),
    place: () => null,
  };
}
