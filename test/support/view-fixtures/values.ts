/** Shorthand of the fixtures. */
import type { BitView, Hex, Permissions } from '../../../extension/protocol/messages';

export const gva = (n: bigint): Hex => `0x${n.toString(16).padStart(16, '0')}`;
export const hpa = (n: number): Hex => `0x${n.toString(16).padStart(10, '0')}`;

export function perm(text: string): Permissions {
  return { text, write: text.includes('w'), execute: text.includes('x'), user: text.endsWith('u') };
}

/** A number that looks random and is the same each time. */
export function hash(n: number): number {
  let x = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Bits of a table entry, with those in `on` set. */
export function bits(on: readonly string[], frame: Hex, wrong: readonly string[] = []): BitView[] {
  const meaning: Readonly<Record<string, string>> = {
    P: 'present',
    'R/W': 'writable',
    'U/S': 'user',
    PWT: 'write-through',
    PCD: 'cache disabled',
    A: 'accessed',
    D: 'dirty',
    PS: 'large page',
    G: 'global',
    NX: 'no execute',
  };
  const flags = Object.entries(meaning).map(([name, words]) => ({
    name,
    value: on.includes(name) ? '1' : '0',
    meaning: on.includes(name) ? words : `not ${words}`,
    wrong: wrong.includes(name),
  }));
  return [
    ...flags,
    { name: 'frame', value: frame, meaning: 'where the next table or the page is', wrong: wrong.includes('frame') },
  ];
}
