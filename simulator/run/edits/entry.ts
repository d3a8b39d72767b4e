import { Use } from '../../host/frames';
import type { Edit, EditAnswer } from '../../inspect/time-types';
import { changedBits } from '../../inspect/words';
import { A, D, G, NX, P, PCD, PKEY_SHIFT, PS, PWT, RW, US, frameHigh, frameLow } from '../../paging/format';
import { hex, hex64, high32, join64, low32 } from '../../units';
import type { Executor } from '../executor';
import { done, frameProblem, parseNumber, refused } from './values';

/** Bits by name, as the views and (short) people call them. */
const LOW_BITS: Readonly<Record<string, number>> = {
  P,
  W: RW,
  'R/W': RW,
  U: US,
  'U/S': US,
  PWT,
  PCD,
  A,
  D,
  PS,
  G,
};

/** Frames that the address field of an entry can name: bits 12 to 51. */
const FRAMES = 1n << 40n;
const LOW_FLAGS = 0xfff;
const HIGH_FLAGS = 0xfff00000;

type EntryEdit = Extract<Edit, { kind: 'entry' }>;

/** Changes a field of an entry, or all of it (`raw`). */
export function editEntry(x: Executor, { entry, field, value }: EntryEdit): EditAnswer {
  const { frame, index } = entry;
  const problem = frameProblem(x, frame) ?? entryProblem(x, frame, index, field);
  if (problem !== null) return refused(problem);
  const lo = x.memory.word(frame, index * 2);
  const hi = x.memory.word(frame, index * 2 + 1);
  const next = withField(lo, hi, field.trim(), value);
  if (typeof next === 'string') return refused(next);
  const where = `entry ${hex(frame * 4096 + index * 8)}`;
  if (next === join64(hi, lo)) return refused(`${where} is ${hex64(hi, lo)} already: nothing was changed`);
  x.memory.writeEntry(frame, index, low32(next), high32(next));
  const raw = field.trim() === 'raw';
  return done(
    `${where}: ${raw ? `${hex64(hi, lo)} → ${hex64(high32(next), low32(next))}` : changedBits(join64(hi, lo), next).join(', ')}`,
  );
}

/** Why an entry cannot be changed by this field. */
function entryProblem(x: Executor, frame: number, index: number, field: string): string | null {
  if (!Number.isInteger(index) || index < 0 || index > 511)
    return `there is no entry ${index} in a frame: entries are numbered 0 to 511`;
  if (field.trim() === 'raw') return null;
  if (frame >= x.tags.firstFrame)
    return `frame ${hex(frame)} holds the tag table, whose entries have other fields: change the tag of a frame, or "raw"`;
  if (x.host.frames.useOf(frame) === Use.Map)
    return `frame ${hex(frame)} holds a gfn→hfn map, whose slots have no fields: change the slot of a gfn, or "raw"`;
  return null;
}

/** The entry with a field changed, or why that cannot be done. */
function withField(lo: number, hi: number, field: string, text: string): bigint | string {
  const number = (end: bigint, what: string): bigint | string =>
    parseNumber(text, end) ?? `"${text}" is no value of ${field}: it takes ${what}`;
  if (field === 'raw') return number(1n << 64n, 'a number of 64 bits');
  if (field === 'frame') {
    const frame = number(FRAMES, `a frame number below ${hex(FRAMES)}`);
    if (typeof frame === 'string') return frame;
    const value = Number(frame);
    return join64(frameHigh(value) | (hi & HIGH_FLAGS), frameLow(value) | (lo & LOW_FLAGS));
  }
  if (field === 'PK') {
    const key = number(16n, 'a protection key, 0 to 15');
    if (typeof key === 'string') return key;
    return join64((hi & ~(15 << PKEY_SHIFT)) | (Number(key) << PKEY_SHIFT), lo);
  }
  const low = Object.hasOwn(LOW_BITS, field) ? LOW_BITS[field] : 0;
  if (low === 0 && field !== 'NX')
    return `an entry has no field "${field}"; it has ${[...Object.keys(LOW_BITS), 'PK', 'NX', 'frame', 'raw'].join(', ')}`;
  const bit = number(2n, '0 or 1');
  if (typeof bit === 'string') return bit;
  if (field === 'NX') return join64(bit === 1n ? hi | NX : hi & ~NX, lo);
  return join64(hi, bit === 1n ? lo | low : lo & ~low);
}
