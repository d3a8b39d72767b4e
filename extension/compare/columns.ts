/** Columns of a comparison: from `tpt:off:2M` to how a run is set up. */
import { SCHEMES, type Program, type Variant } from '../../simulator/index';
import { badColumn } from '../scenario/errors';
import { guess } from './guess';

export const DEFAULT_COLUMNS: readonly string[] = [...SCHEMES, 'tpt:off'];

/** What of a variant a column sets; the rest is as in the scenario. */
export type Column = Pick<Variant, 'name' | 'scheme'> & Setup;

type Setup = Partial<Omit<Variant, 'name' | 'scheme'>>;

const MODIFIERS: Readonly<Record<string, Setup>> = {
  off: { tags: 'off' },
  asid: { tags: 'asid' },
  rmp: { tags: 'rmp' },
  'per-frame': { lookup: 'per-frame' },
  'per-reference': { lookup: 'per-reference' },
  hardware: { tptProfile: 'hardware' },
  prototype: { tptProfile: 'prototype' },
  contiguous: { backing: 'contiguous' },
  scattered: { backing: 'scattered' },
  huge: { backing: 'huge' },
  '4K': { page: '4K' },
  '2M': { page: '2M' },
};

/** @throws UserError that names the column and what is wrong with it. */
export function readColumns(names: readonly string[]): Column[] {
  if (names.length === 0) throw badColumn('', `a comparison needs at least one of ${SCHEMES.join(', ')}`);
  const columns = names.map((name) => readColumn(name.trim()));
  const twice = columns.find((column, i) => columns.findIndex((other) => other.name === column.name) < i);
  if (twice) throw badColumn(twice.name, 'is named twice');
  return columns;
}

function readColumn(name: string): Column {
  const [first = '', ...modifiers] = name.split(':');
  const scheme = SCHEMES.find((candidate) => candidate === first);
  if (scheme === undefined)
    throw badColumn(name, `must begin with a scheme: ${SCHEMES.join(', ')}${guess(first, SCHEMES)}`);
  const words = Object.keys(MODIFIERS);
  let setup: Setup = {};
  for (const word of modifiers) {
    if (!words.includes(word))
      throw badColumn(name, `has the modifier "${word}"; there are ${words.join(', ')}${guess(word, words)}`);
    const modifier = MODIFIERS[word];
    if (Object.keys(modifier).some((field) => Object.hasOwn(setup, field)))
      throw badColumn(name, `says ${word} and something else of the same kind`);
    if (modifier.tptProfile && scheme !== 'tpt') throw badColumn(name, `says ${word}, which only tpt can be`);
    if (modifier.backing && scheme === 'native')
      throw badColumn(name, `says ${word}, but native memory has no backing: it is the machine's own`);
    setup = { ...setup, ...modifier };
  }
  return { name, scheme, ...setup };
}

/**
 * Fills in what a column leaves open. Tags guard only TPT: the other schemes keep VMs apart by other means, and pay for those.
 * @param program of the scenario: with several VMs, the first one speaks for all.
 */
export function variantOf(column: Column, program: Program): Variant {
  return {
    tags: column.scheme === 'tpt' ? program.machine.tags : 'off',
    lookup: program.machine.lookup,
    tptProfile: program.vms[0]?.profile ?? 'hardware',
    backing: null,
    page: '4K',
    ...column,
  };
}
