import type { Vm } from '../../host/vm';
import type { EditAnswer } from '../../inspect/time-types';
import { hex } from '../../units';
import type { Executor } from '../executor';

export const refused = (error: string): EditAnswer => ({ ok: false, error });
export const done = (text: string): EditAnswer => ({ ok: true, text });

/** A number as a person writes it: decimal or hexadecimal, with `_` between digits. @returns null if it is none, or not below `end`. */
export function parseNumber(text: string, end: bigint): bigint | null {
  const plain = text.trim().replaceAll('_', '');
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(plain)) return null;
  const value = BigInt(plain);
  return value < end ? value : null;
}

/** Why a frame cannot be changed; null if it is in memory. */
export function frameProblem(x: Executor, frame: number): string | null {
  const { frames } = x.memory;
  if (Number.isInteger(frame) && frame >= 0 && frame < frames) return null;
  return `there is no frame ${Number.isInteger(frame) && frame >= 0 ? hex(frame) : frame}: memory has frames 0x0 to ${hex(frames - 1)}`;
}

/** A VM by its index, or why it cannot be changed. */
export function vmAt(x: Executor, index: number): Vm | string {
  return x.vms[index] ?? `there is no VM ${index}; there are ${x.vms.map((v) => `${v.index} (${v.name})`).join(', ')}`;
}
