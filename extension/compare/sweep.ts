/** One parameter of a comparison, varied: from `tlb` and `512` to the options of a run. */
import { loadCostProfile } from '../scenario/cost-profile-file';
import { badSweep, messageOf } from '../scenario/errors';
import type { CostProfile, TlbArray, Variant } from '../../simulator/index';
import type { CompareSweep } from '../protocol/comparison';
import type { Column } from './columns';
import { guess } from './guess';

/** How runs at one point differ from the usual. `tlbEntries`: of the second level. */
export interface SweepPoint {
  readonly value: string;
  readonly variant: Partial<Pick<Variant, 'page' | 'backing' | 'lookup'>>;
  readonly costs?: CostProfile;
  readonly tlbEntries?: number;
  readonly nestedTlb?: number;
}

const PAGES = ['4K', '2M'] as const;
const BACKINGS = ['contiguous', 'scattered', 'huge'] as const;
const LOOKUPS = ['per-frame', 'per-reference'] as const;
const MOST_ENTRIES = 65_536;

const PARAMETERS: Readonly<Record<string, (value: string) => Omit<SweepPoint, 'value'>>> = {
  tlb: (value) => ({ variant: {}, tlbEntries: entries('tlb', value, 1) }),
  page: (value) => ({ variant: { page: choice('page', value, PAGES) } }),
  backing: (value) => ({ variant: { backing: choice('backing', value, BACKINGS) } }),
  lookup: (value) => ({ variant: { lookup: choice('lookup', value, LOOKUPS) } }),
  profile: (value) => ({ variant: {}, costs: profile(value) }),
  'nested-tlb': (value) => ({ variant: {}, nestedTlb: entries('nested-tlb', value, 0) }),
};

/** @throws UserError in words: the parameter, or the value that it does not take. */
export function readSweep(sweep: CompareSweep, columns: readonly Column[]): SweepPoint[] {
  const { parameter, values } = sweep;
  const names = Object.keys(PARAMETERS);
  if (!names.includes(parameter))
    throw badSweep(`cannot vary "${parameter}"; it can vary ${names.join(', ')}${guess(parameter, names)}`);
  const trimmed = values.map((value) => value.trim());
  if (trimmed.length === 0 || trimmed.includes('')) throw badSweep(`of ${parameter} needs values: ${parameter}=A,B,…`);
  const twice = trimmed.find((value, i) => trimmed.indexOf(value) < i);
  if (twice !== undefined) throw badSweep(`of ${parameter} has the value ${twice} twice`);
  const points = trimmed.map((value) => ({ value, ...PARAMETERS[parameter](value) }));
  const fixed = columns.find((column) =>
    Object.keys(points[0]?.variant ?? {}).some((key) => Object.hasOwn(column, key)),
  );
  if (fixed) throw badSweep(`varies ${parameter}, which the column "${fixed.name}" sets`);
  return points;
}

/** The TLBs with another number of entries in the second level of small pages. Ways stay; entries fill whole sets. */
export function resizedTlb(tlb: readonly TlbArray[], wanted: number): TlbArray[] {
  return tlb.map((array) => {
    if (array.level !== 2 || array.use === 'instruction' || !array.sizes.includes('4K')) return array;
    const ways = Math.min(array.ways, wanted);
    return { ...array, ways, entries: Math.floor(wanted / ways) * ways };
  });
}

function entries(parameter: string, value: string, least: number): number {
  const number = /^\d{1,6}$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= MOST_ENTRIES) return number;
  throw badSweep(`of ${parameter} has "${value}"; it takes whole numbers from ${least} to ${MOST_ENTRIES}`);
}

function choice<T extends string>(parameter: string, value: string, choices: readonly T[]): T {
  const found = choices.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw badSweep(`of ${parameter} has "${value}"; it takes ${choices.join(', ')}${guess(value, choices)}`);
}

function profile(value: string): CostProfile {
  try {
    const costs = loadCostProfile(value, '.', 'profile');
    if (costs !== null) return costs;
  } catch (error) {
    throw badSweep(`of profile: ${messageOf(error)}`);
  }
  throw badSweep('of profile has "none", which gives no cycles to compare');
}
