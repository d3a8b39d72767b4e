import { formatSize, parseNumber } from '../../language/numbers';
import type { TraceReader } from '../records';
import { BTree } from './btree';
import { Chase } from './chase';
import { Gups } from './gups';
import { Sequential } from './sequential';

interface Bounds {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly fallback?: number;
}

interface Kind {
  readonly parameters: readonly Bounds[];
  readonly make: (...values: [number, number, number]) => TraceReader;
}

const size = (least: number, most: number): Bounds => ({ name: 'SIZE', least, most });
const count = (name: string): Bounds => ({ name, least: 1, most: 2 ** 40 });
const seed: Bounds = { name: 'SEED', least: 0, most: 2 ** 32 - 1, fallback: 1 };

const KINDS: Readonly<Record<string, Kind>> = {
  gups: { parameters: [size(8, 2 ** 40), count('COUNT'), seed], make: (a, b, c) => new Gups(a, b, c) },
  chase: { parameters: [size(64, 2 ** 37), count('COUNT'), seed], make: (a, b, c) => new Chase(a, b, c) },
  btree: {
    parameters: [{ name: 'KEYS', least: 1, most: 2 ** 32 }, count('LOOKUPS'), seed],
    make: (a, b, c) => new BTree(a, b, c),
  },
  sequential: { parameters: [size(8, 2 ** 40), count('COUNT')], make: (a, b) => new Sequential(a, b) },
};

/** Forms of the specifications: `gups:SIZE:COUNT[:SEED]`, … */
export const SYNTHETIC_FORMS: readonly string[] = Object.entries(KINDS).map(([name, { parameters }]) =>
  [name, ...parameters.map((p) => (p.fallback === undefined ? `:${p.name}` : `[:${p.name}]`))].join(''),
);

/** Whether a text begins as the specification of a synthetic trace does. */
export function isSynthetic(text: string): boolean {
  return Object.keys(KINDS).some((name) => text.startsWith(`${name}:`));
}

/**
 * A synthetic trace from its specification. Numbers are written as in scenarios: `4G`, `1_000_000`.
 * @returns the trace, or what is wrong with the specification. Precondition: isSynthetic.
 */
export function syntheticTrace(text: string): TraceReader | string {
  const [name, ...given] = text.split(':');
  const { parameters, make } = KINDS[name];
  const form = SYNTHETIC_FORMS.find((f) => f.startsWith(name))!;
  const needed = parameters.filter((p) => p.fallback === undefined).length;
  if (given.length < needed || given.length > parameters.length) return `${text}: write ${form}.`;
  const values: number[] = [];
  for (const [i, { name: parameter, least, most, fallback }] of parameters.entries()) {
    const written = given[i] as string | undefined;
    if (written === undefined) {
      values.push(fallback!);
      continue;
    }
    const number = parseNumber(written);
    if (!number.ok) return `${text}: ${parameter} of ${form}: ${number.message}`;
    if (number.value < BigInt(least) || number.value > BigInt(most))
      return `${text}: ${parameter} is ${least} to ${formatSize(BigInt(most))}.`;
    values.push(Number(number.value));
  }
  return make(values[0], values[1], values[2]);
}
