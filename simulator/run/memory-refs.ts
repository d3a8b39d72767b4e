import { peekNested } from '../host/nested';
import type { MachineInspector } from '../inspect/inspector';
import { frameReached } from '../inspect/walks';
import { hex } from '../units';
import type { Executor } from './executor';

/** A place that a memory reference leads to. */
interface Place {
  readonly frame: number;
  readonly offset: number;
}

/** Reads bytes from a reference (`gva:VM:PID:0x…`, `gpa:VM:0x…`, `hpa:0x…`); shorter where memory ends or is not mapped. */
export function readBytes(
  x: Executor,
  inspect: MachineInspector,
  ref: string,
  offset: number,
  count: number,
): Uint8Array | null {
  const start = parse(ref, offset);
  if (start === null) return null;
  const bytes: number[] = [];
  while (bytes.length < count) {
    const place = locate(x, inspect, ref, start + BigInt(bytes.length), 'read');
    if (!place) break;
    const page = x.memory.page(place.frame);
    for (let at = place.offset; at < 4096 && bytes.length < count; at++)
      bytes.push((page[at >>> 2] >>> ((at & 3) * 8)) & 0xff);
  }
  return Uint8Array.from(bytes);
}

/** A run of bytes inside one frame. */
export interface Piece extends Place {
  readonly count: number;
}

/**
 * Where `count` bytes behind a reference are, frame by frame; fewer where memory ends or is not mapped.
 * @returns why there is not even one, in words.
 */
export function placesOf(
  x: Executor,
  inspect: MachineInspector,
  ref: string,
  offset: number,
  count: number,
): [Piece, ...Piece[]] | string {
  const start = parse(ref, offset);
  if (start === null) return `"${ref}" is not a memory reference`;
  const pieces: Piece[] = [];
  for (let found = 0; found < count;) {
    const place = locate(x, inspect, ref, start + BigInt(found), 'read');
    if (!place) break;
    const here = Math.min(4096 - place.offset, count - found);
    pieces.push({ ...place, count: here });
    found += here;
  }
  const [first, ...rest] = pieces;
  return first ? [first, ...rest] : `${hex(start)} is not mapped`;
}

/** Writes bytes to places, as a debugger does: past permissions, and without touching A, D or the TLB. */
export function writeBytes(x: Executor, places: readonly Piece[], bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let next = 0;
  for (const { frame, offset, count } of places) {
    for (let at = offset; at < offset + count;) {
      // Whole entries at once: whoever records writes sees one.
      const whole = at % 8 === 0 && at + 8 <= offset + count;
      if (whole) x.memory.store(frame, at, 8, view.getUint32(next, true), view.getUint32(next + 4, true));
      else x.memory.store(frame, at, 1, bytes[next], 0);
      at += whole ? 8 : 1;
      next += whole ? 8 : 1;
    }
  }
}

function parse(ref: string, offset: number): bigint | null {
  const match = /^(?:gva:\d+:\d+|gpa:\d+|hpa):(0x[0-9a-f]+)$/i.exec(ref);
  if (!match) return null;
  const at = BigInt(match[1]) + BigInt(offset);
  return at < 0n ? null : at;
}

function locate(x: Executor, inspect: MachineInspector, ref: string, at: bigint, access: 'read'): Place | null {
  const [kind, a, b] = ref.split(':');
  const offset = Number(at & 4095n);
  if (kind === 'gva') {
    const query = { vm: Number(a), pid: Number(b), gva: hex(at), access, user: true };
    const { context } = inspect;
    let frame = frameReached(context, { ...query, root: 'active' });
    // What the host has not derived yet is there all the same.
    if (frame < 0 && x.vms[query.vm]?.config.scheme === 'shadow')
      frame = frameReached(context, { ...query, root: 'native' });
    return frame >= 0 ? { frame, offset } : null;
  }
  const frame = Number(at >> 12n);
  if (kind === 'hpa') return frame < x.memory.frames ? { frame, offset } : null;
  const vm = x.vms[Number(a)];
  const hfn = vm ? peekNested(x.memory, vm, frame) : -1;
  return hfn < 0 ? null : { frame: hfn, offset };
}
