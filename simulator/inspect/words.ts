import { A, D, G, NX, P, PAT_LARGE, PCD, PKEY_SHIFT, PS, PWT, RW, US, frameOf, pkeyOf } from '../paging/format';
import type { FaultKind } from '../language/builtins';
import type { TagEntry } from '../machine/tags';
import { hex, high32, low32 } from '../units';
import type { BitView, Permissions } from './types';

/** Effective permissions as `rw-u`. */
export function permissions(write: boolean, execute: boolean, user: boolean): Permissions {
  return { text: `r${write ? 'w' : '-'}${execute ? 'x' : '-'}${user ? 'u' : 's'}`, write, execute, user };
}

/** Names of faults in words. */
export const FAULT_WORDS: Readonly<Record<FaultKind, string>> = {
  page_fault: '#PF page fault',
  npf: 'NPF nested page fault',
  tag_violation: 'tag violation',
  gp: '#GP general protection',
  hypercall_failure: 'hypercall failure',
  livelock: 'livelock',
  breach: 'breach',
  shadow_miss: 'shadow miss',
  shadow_write: 'shadow write',
};

/**
 * Decodes an entry's bits, in manual order, those that mean something at its level (SDM vol. 3 §4.5).
 * @param wrong names of bits that made a check fail.
 */
export function decodeEntry(lo: number, hi: number, level: number, wrong: ReadonlySet<string> = new Set()): BitView[] {
  const bits: BitView[] = [];
  const add = (name: string, value: string, meaning: string): void => {
    bits.push({ name, value, meaning, wrong: wrong.has(name) });
  };
  const flag = (name: string, set: boolean, yes: string, no: string): void => {
    add(name, set ? '1' : '0', set ? yes : no);
  };
  flag('P', (lo & P) !== 0, 'present', 'not present');
  if ((lo & P) === 0) return bits;
  const leaf = level === 1 || ((lo & PS) !== 0 && level <= 3);
  flag('R/W', (lo & RW) !== 0, 'writes allowed', 'read-only');
  flag('U/S', (lo & US) !== 0, 'user access allowed', 'supervisor only');
  flag('PWT', (lo & PWT) !== 0, 'write-through', 'write-back');
  flag('PCD', (lo & PCD) !== 0, 'cache disabled', 'cacheable');
  flag('A', (lo & A) !== 0, 'accessed', 'not accessed');
  if (leaf) flag('D', (lo & D) !== 0, 'dirty', 'clean');
  if (level === 2 || level === 3)
    flag('PS', (lo & PS) !== 0, level === 2 ? 'maps 2 MiB' : 'maps 1 GiB', 'points to a table');
  if (leaf) {
    flag('G', (lo & G) !== 0, 'global', 'not global');
    flag('PAT', (lo & (level === 1 ? PS : PAT_LARGE)) !== 0, 'PAT index high', 'PAT index low');
    add('PK', String((hi >>> PKEY_SHIFT) & 15), 'protection key');
  }
  flag('NX', (hi & NX) !== 0, 'no execute', 'execute allowed');
  add('frame', hex(frameOf(lo, hi)), leaf ? 'frame of the page' : 'frame of the next table');
  return bits;
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [P, 'P'],
  [RW, 'R/W'],
  [US, 'U/S'],
  [PWT, 'PWT'],
  [PCD, 'PCD'],
  [A, 'A'],
  [D, 'D'],
  [PS, 'PS'],
  [G, 'G'],
];

/** Fields of a paging-structure entry that differ, in manual order: "R/W 1 → 0", "frame 0x1a → 0x1b". */
export function changedBits(before: bigint, after: bigint): string[] {
  const [oldLo, oldHi, lo, hi] = [low32(before), high32(before), low32(after), high32(after)];
  const changed: string[] = [];
  const compare = (name: string, was: string, is: string): void => {
    if (was !== is) changed.push(`${name} ${was} → ${is}`);
  };
  for (const [bit, name] of FLAG_NAMES) compare(name, oldLo & bit ? '1' : '0', lo & bit ? '1' : '0');
  compare('PK', String(pkeyOf(oldHi)), String(pkeyOf(hi)));
  compare('NX', oldHi & NX ? '1' : '0', hi & NX ? '1' : '0');
  compare('frame', hex(frameOf(oldLo, oldHi)), hex(frameOf(lo, hi)));
  return changed;
}

/** Decodes a tag-table entry, field by field. */
export function decodeTag(entry: TagEntry): BitView[] {
  const field = (name: string, value: string, meaning: string): BitView => ({ name, value, meaning, wrong: false });
  return [
    field('assigned', entry.assigned ? '1' : '0', entry.assigned ? 'belongs to a VM' : 'belongs to the host'),
    field('pagesize', entry.huge ? '1' : '0', entry.huge ? 'tagged as 2 MiB' : 'tagged as 4 KiB'),
    field(
      'immutable',
      entry.immutable ? '1' : '0',
      entry.immutable ? 'cannot be changed by the host' : 'can be changed',
    ),
    field('gPA', hex(entry.gfn * 4096), 'guest-physical address that the frame backs'),
    field('asid', String(entry.asid), 'address-space identifier of the owner'),
    field('validated', entry.validated ? '1' : '0', entry.validated ? 'accepted by the guest' : 'not accepted'),
  ];
}

/** An error code of #PF, NPF or a tag violation, in words (tpt.md's table). */
export function errorWords(kind: FaultKind, code: number | null, high: number): string {
  if (code === null) return '';
  if (kind === 'hypercall_failure') return `errno ${code}`;
  if (kind === 'gp') return 'error code 0';
  const words = [code & 2 ? 'write' : code & 16 ? 'fetch' : 'read', code & 4 ? 'user' : 'supervisor'];
  words.push(code & 1 ? 'page present' : 'page not present');
  if (code & 8) words.push('reserved bit');
  if (code & 32) words.push('protection key');
  if (code >= 0x8000_0000) words.push('RMP');
  if (high & 1) words.push('final address');
  if (high & 2) words.push('guest table walk');
  if (high & 8) words.push('size mismatch');
  return words.join(', ');
}
