import { type TraceBatch, type TraceKind, whatOf } from '../batch';

/** Where the data of a synthetic trace lies: aligned to any page size, with room for all of it above. */
const BASE = 0x1000_0000_0000;

/** Appends an access of 8 bytes at an offset from the base. Precondition: there is room. */
export function put(batch: TraceBatch, kind: TraceKind, offset: number): void {
  const i = batch.count++;
  const address = BASE + offset;
  batch.what[i] = whatOf(kind, 8);
  batch.addresses[2 * i] = address >>> 0;
  batch.addresses[2 * i + 1] = Math.floor(address / 2 ** 32);
}
