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

/** Writes bytes behind a reference, as a debugger does: past permissions, and without touching A, D or the TLB. */
export function writeBytes(
  x: Executor,
  inspect: MachineInspector,
  ref: string,
  offset: number,
  bytes: Uint8Array,
): { written: number; error: string | null } {
  const start = parse(ref, offset);
  if (start === null) return { written: 0, error: `"${ref}" is not a memory reference` };
  for (let i = 0; i < bytes.length; i++) {
    const place = locate(x, inspect, ref, start + BigInt(i), 'read');
    if (!place) return { written: i, error: i > 0 ? null : `${hex(start)} is not mapped` };
    x.memory.store(place.frame, place.offset, 1, bytes[i], 0);
  }
  return { written: bytes.length, error: null };
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
