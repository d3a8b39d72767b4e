import { MachineInspector } from '../../inspect/inspector';
import type { Edit, EditAnswer } from '../../inspect/time-types';
import { hex } from '../../units';
import type { Executor } from '../executor';
import { placesOf, writeBytes } from '../memory-refs';
import { done, refused } from './values';

type MemoryEdit = Extract<Edit, { kind: 'memory' }>;

/** Writes bytes behind a memory reference: all of them, or none. */
export function editMemory(x: Executor, { reference, offset, bytes }: MemoryEdit): EditAnswer {
  if (bytes.length === 0) return refused('no bytes were given');
  const bad = bytes.find((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255);
  if (bad !== undefined) return refused(`${bad} is no byte: bytes are 0 to 255`);
  const places = placesOf(x, new MachineInspector(x), reference, offset, bytes.length);
  if (typeof places === 'string') return refused(places);
  const room = places.reduce((sum, place) => sum + place.count, 0);
  if (room < bytes.length)
    return refused(`only ${room} of ${bytes.length} bytes at ${reference} are mapped: write no more than those`);
  writeBytes(x, places, Uint8Array.from(bytes));
  const [{ frame, offset: at }] = places;
  return done(
    `${bytes.length} byte${bytes.length === 1 ? '' : 's'} written at hPA ${hex(frame * 4096 + at)} (${reference})`,
  );
}
