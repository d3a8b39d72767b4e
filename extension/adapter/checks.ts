/** Checks of arguments that come from outside: each gives the value, or throws a UserError that names the argument. */
import { badArgument } from '../scenario/errors';

export type Bag = Readonly<Record<string, unknown>>;

/** Most rows a page can have: views ask for what they show. */
const MOST_ROWS = 10_000;
/** Numbers may not be larger than this. */
export const MOST = Number.MAX_SAFE_INTEGER;
const HEX = /^0x[0-9a-f]{1,16}$/i;

export function bagOf(args: unknown): Bag {
  return typeof args === 'object' && args !== null ? (args as Bag) : {};
}

export function space(a: Bag): { vm: number; pid: number } {
  return { vm: integer(a, 'vm', 0, MOST), pid: integer(a, 'pid', 0, MOST) };
}

export function page(a: Bag): { offset: number; limit: number } {
  return { offset: integer(a, 'offset', 0, MOST), limit: integer(a, 'limit', 0, MOST_ROWS) };
}

export function integer(a: Bag, name: string, least: number, most: number): number {
  const value = a[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw badArgument(
    name,
    most === MOST ? `a whole number, ${least} or larger` : `a whole number from ${least} to ${most}`,
  );
}

export function tick(a: Bag, name: string): number | null {
  return a[name] === undefined || a[name] === null ? null : integer(a, name, 0, MOST);
}

export function hex(a: Bag, name: string): string {
  const value = a[name];
  if (typeof value === 'string' && HEX.test(value)) return value.toLowerCase();
  throw badArgument(name, 'an address as hex text, like "0x7f0000000000"');
}

export function flag(a: Bag, name: string, fallback: boolean): boolean {
  const value = a[name] ?? fallback;
  if (typeof value === 'boolean') return value;
  throw badArgument(name, 'true or false');
}

export function text(a: Bag, name: string, fallback: string): string {
  const value = a[name] ?? fallback;
  if (typeof value === 'string') return value;
  throw badArgument(name, 'text');
}

export function texts(a: Bag, name: string): string[] {
  const value = a[name] ?? [];
  if (Array.isArray(value) && value.every((v): v is string => typeof v === 'string')) return value;
  throw badArgument(name, 'a list of texts');
}

/** The first choice is the default. */
export function choice<T extends string>(a: Bag, name: string, choices: readonly [T, ...T[]]): T {
  const value = a[name] ?? choices[0];
  const found = choices.find((c) => c === value);
  if (found !== undefined) return found;
  throw badArgument(name, `one of ${choices.join(', ')}`);
}

export function oneOf<T extends number>(a: Bag, name: string, choices: readonly T[]): T {
  const found = choices.find((c) => c === a[name]);
  if (found !== undefined) return found;
  throw badArgument(name, `one of ${choices.join(', ')}`);
}

export function byteList(a: Bag, name: string, most: number): number[] {
  const value = a[name];
  if (Array.isArray(value) && value.length <= most && value.every(isByte)) return value;
  throw badArgument(name, `a list of at most ${most} bytes`);
}

const isByte = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 256;
