/** Which question an address stands for. No vscode here, so that it can be tested. */
import type { AddressRef, FrameUse, PresentAccess, Question } from '../protocol/messages';

const TABLES: ReadonlySet<FrameUse> = new Set([
  'guest-table',
  'tpt-table',
  'nested-table',
  'shadow-table',
  'tag-table',
  'map',
]);

/**
 * The history of an address: of a gVA that of its translation, of an hPA at which an entry lies that of the entry, else that
 * of its frame. `use`: what the frame of an hPA is used for, where that is known. Null: an address without a history.
 */
export function historyQuestion(ref: AddressRef, use: FrameUse | null): Question | null {
  const { kind, address, vm, pid } = ref;
  if (kind === 'gva') {
    return vm === undefined || pid === undefined
      ? null
      : { kind: 'translation', vm, pid, gva: address, root: 'active' };
  }
  if (kind !== 'hpa') return null;
  const value = BigInt(address);
  const frame = Number(value >> 12n);
  // The first address of a table's frame stands for the frame, unless it is known to be meant as an entry.
  const isEntry = ref.entry === true || (use !== null && TABLES.has(use) && (value & 0xfffn) !== 0n);
  return isEntry ? { kind: 'entry', frame, index: Number((value >> 3n) & 0x1ffn) } : { kind: 'frame', frame };
}

/** Why an address is as it is: the causes of its translation, or of its frame's state. */
export function whyQuestion({ kind, address, vm, pid }: AddressRef): Question | null {
  if (kind === 'hpa') {
    return { kind: 'causes', subject: { kind: 'frame', frame: Number(BigInt(address) >> 12n) } };
  }
  if (kind === 'gpa' || vm === undefined || pid === undefined) return null;
  return { kind: 'causes', subject: { kind: 'translation', vm, pid, gva: address } };
}

/**
 * An address as it is typed: `0x7f…` or `gva 0x7f…` of the process that is stopped, `hpa 0x61008`, `frame 0x1b00`. Null: it
 * is none, or nobody is stopped in whose space a gVA could lie.
 */
export function parseAddress(text: string, present: PresentAccess | null): AddressRef | null {
  const match = /^(?:(gva|hpa|frame)[\s:]*)?(?:0x)?([0-9a-f]{1,16})$/i.exec(text.trim());
  if (match === null) return null;
  const value = BigInt(`0x${match[2]}`);
  switch (match[1]?.toLowerCase()) {
    case 'hpa':
      return { kind: 'hpa', address: `0x${match[2].toLowerCase()}` };
    case 'frame':
      return value >= 1n << 40n ? null : { kind: 'hpa', address: `0x${(value << 12n).toString(16)}` };
    default:
      return present === null
        ? null
        : { kind: 'gva', address: `0x${value.toString(16).padStart(16, '0')}`, vm: present.vm, pid: present.pid };
  }
}
