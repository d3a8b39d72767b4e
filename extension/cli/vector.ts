/** Reads one line of a vector file and checks it: `{"in": {…}}`, or the inner object alone. */
import type { VectorInput } from '../../simulator/index';

type Bag = Readonly<Record<string, unknown>>;

const FLAGS = ['user', 'ac', 'wp', 'nxe', 'smep', 'smap', 'pke'] as const;
const HEX = /^0x[0-9a-f]{1,16}$/i;
/** The most that an address can hold: 52 bits. */
const MOST_PHYS_BITS = 52;

/** Throws an Error that names the field. */
export function readVector(line: string): VectorInput {
  const outer = parse(line);
  const bag = 'in' in outer ? asBag(outer['in'], 'in') : outer;
  const { levels, physBits, access } = bag;
  if (levels !== 4 && levels !== 5) throw wrong('levels', '4 or 5');
  if (typeof physBits !== 'number' || !Number.isInteger(physBits) || physBits < 32 || physBits > MOST_PHYS_BITS)
    throw wrong('physBits', 'a whole number from 32 to 52');
  if (access !== 'read' && access !== 'write' && access !== 'exec') throw wrong('access', 'read, write or exec');
  const [user, ac, wp, nxe, smep, smap, pke] = FLAGS.map((name) => flag(bag, name)) as [
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
  ];
  return {
    levels,
    physBits,
    access,
    user,
    ac,
    wp,
    nxe,
    smep,
    smap,
    pke,
    va: hex(bag['va'], 'va'),
    cr3: hex(bag['cr3'], 'cr3'),
    pkru: hex(bag['pkru'], 'pkru'),
    entries: entries(bag['entries']),
  };
}

function parse(line: string): Bag {
  try {
    return asBag(JSON.parse(line), 'the line');
  } catch (error) {
    throw error instanceof SyntaxError ? new Error('not a line of JSON') : error;
  }
}

function asBag(value: unknown, name: string): Bag {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Bag;
  throw wrong(name, 'an object');
}

function flag(bag: Bag, name: string): boolean {
  const value = bag[name];
  if (typeof value === 'boolean') return value;
  throw wrong(name, 'true or false');
}

function hex(value: unknown, name: string): string {
  if (typeof value === 'string' && HEX.test(value)) return value;
  throw wrong(name, 'hex text like "0x1000"');
}

function entries(value: unknown): [string, string][] {
  if (!Array.isArray(value)) throw wrong('entries', 'a list of [address, value]');
  return value.map((pair: unknown, index): [string, string] => {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong(`entries[${index}]`, '[address, value]');
    const address = hex(pair[0], `entries[${index}][0]`);
    if (BigInt(address) % 8n !== 0n || BigInt(address) >> BigInt(MOST_PHYS_BITS) !== 0n)
      throw wrong(`entries[${index}][0]`, 'the physical address of an 8-byte entry');
    return [address, hex(pair[1], `entries[${index}][1]`)];
  });
}

function wrong(name: string, expected: string): Error {
  return new Error(`"${name}" must be ${expected}`);
}
