/** readMemory and writeMemory over references for gVA, gPA and hPA. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { Edit, EditAnswer, MemoryRef, Simulation } from '../../simulator/index';
import { badArgument, badMemoryReference, memoryNotWritten } from '../scenario/errors';

/** Most that one request can read: a client that asks for more gets the rest by asking again. */
const MOST_BYTES = 1 << 20;
const REFERENCE = /^(?:gva:\d+:\d+|gpa:\d+|hpa):0x[0-9a-f]{1,16}$/i;
const PLAIN = /^0x[0-9a-f]{1,16}$/i;

export type MemoryTarget = Pick<Simulation, 'readMemory' | 'tasks' | 'process' | 'inspect'>;

export function readMemory(
  args: P.ReadMemoryArguments,
  task: number,
  target: MemoryTarget,
): P.ReadMemoryResponse['body'] {
  const reference = resolveReference(args.memoryReference, task, target);
  const offset = offsetOf(args.offset);
  if (!Number.isSafeInteger(args.count) || args.count < 0) throw badArgument('count', 'a whole number, 0 or larger');
  const wanted = Math.min(args.count, MOST_BYTES);
  const bytes = target.readMemory(reference, offset, wanted) ?? new Uint8Array();
  const address = addressOf(reference, offset);
  if (bytes.length === wanted) return { address, data: encode(bytes) };
  return { address, unreadableBytes: args.count - bytes.length, ...(bytes.length > 0 && { data: encode(bytes) }) };
}

/** Writes all bytes or none, unless the client allows a part. */
export function writeMemory(
  args: P.WriteMemoryArguments,
  task: number,
  target: MemoryTarget,
  edit: (edit: Edit) => EditAnswer,
): { offset: number; bytesWritten: number } {
  const reference = resolveReference(args.memoryReference, task, target);
  const offset = offsetOf(args.offset);
  const bytes = decode(args.data);
  const reachable = target.readMemory(reference, offset, bytes.length)?.length ?? 0;
  if (reachable < bytes.length && args.allowPartial !== true) {
    throw memoryNotWritten(`only ${reachable} of ${bytes.length} bytes at ${addressOf(reference, offset)} are mapped.`);
  }
  if (bytes.length === 0) return { offset, bytesWritten: 0 };
  if (reachable === 0) throw memoryNotWritten(`nothing is mapped at ${addressOf(reference, offset)}.`);
  const answer = edit({ kind: 'memory', reference, offset, bytes: [...bytes.subarray(0, reachable)] });
  if (!answer.ok) throw memoryNotWritten(answer.error);
  return { offset, bytesWritten: reachable };
}

/** Memory viewers let people type plain addresses: those are guest-virtual ones of the stopped process. */
export function resolveReference(text: unknown, task: number, target: MemoryTarget): MemoryRef {
  if (typeof text !== 'string') throw badMemoryReference(String(text));
  if (REFERENCE.test(text)) return text;
  if (!PLAIN.test(text)) throw badMemoryReference(text);
  const space = spaceOf(task, target);
  if (space === null) throw badMemoryReference(text);
  return `gva:${space}:${text}`;
}

/** `VM:PID` of the process that a task runs in; null if it has none. */
function spaceOf(task: number, target: MemoryTarget): string | null {
  const vmName = target.tasks().find((t) => t.id === task)?.vm;
  const vm = target.inspect.summary(task).vms.find((v) => v.name === vmName);
  const pid = target.process(task).find((v) => v.name === 'pid');
  return vm && pid ? `${vm.index}:${pid.value}` : null;
}

function offsetOf(value: number | undefined): number {
  const offset = value ?? 0;
  if (!Number.isSafeInteger(offset)) throw badArgument('offset', 'a whole number');
  return offset;
}

/** The address is the reference's last part, moved by the offset, within 64 bits. */
function addressOf(reference: MemoryRef, offset: number): string {
  const base = BigInt(reference.slice(reference.lastIndexOf(':') + 1));
  return `0x${BigInt.asUintN(64, base + BigInt(offset)).toString(16)}`;
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function decode(data: unknown): Uint8Array {
  if (typeof data !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) throw badArgument('data', 'base64');
  return Buffer.from(data, 'base64');
}
