/** Names of causes, reasons and kinds, in the order in which they are shown. Typed, so that none can be missing. */
import type { CostCause, ExitReason, WorkKind } from '../../extension/protocol/compare-view';

export interface Name {
  readonly label: string;
  readonly title: string;
}

export const CAUSES: Readonly<Record<CostCause, Name>> = {
  data: { label: 'data', title: 'Loads, stores and fetches of the tasks' },
  kernel: { label: 'kernel', title: 'Loads and stores of the guest kernel' },
  tlb: { label: 'L2 TLB', title: 'Hits in the second-level TLB' },
  structure: { label: 'structure caches', title: 'Hits in paging-structure caches and the nested TLB' },
  table: { label: 'tables', title: 'References of the walker to the table that the CPU’s root names' },
  nested: { label: 'nested tables', title: 'References of the walker to the nested table' },
  tag: { label: 'tag look-ups', title: 'References to the tag table' },
  faults: { label: 'faults', title: 'Delivery, handler, system calls, page clears and copies, flushes of the guest' },
  exits: { label: 'VM exits', title: 'Round trips of VM exits' },
  host: { label: 'host', title: 'What the host does in VM exits' },
};

export const REASONS: Readonly<Record<ExitReason, Name>> = {
  'nested-fault': { label: 'nested fault', title: 'A guest frame that the nested table does not map' },
  'tag-violation': { label: 'tag violation', title: 'A frame of another owner was met' },
  'enter-tpt': { label: 'enter TPT', title: 'Hypercall 13' },
  'leave-tpt': { label: 'leave TPT', title: 'Hypercall 14' },
  'init-tpt': { label: 'init TPT', title: 'Hypercall 15' },
  'shadow-fault': { label: 'shadow fault', title: 'A page fault that the host looks into: hidden, or reflected' },
  'shadow-write': { label: 'shadow write', title: 'A store to a write-protected guest table' },
  'cr3-load': { label: 'CR3 load', title: 'The guest loads a root' },
  invlpg: { label: 'INVLPG', title: 'The guest flushes a translation' },
  'mmu-update': { label: 'mmu_update', title: 'Hypercall: entries to validate and write' },
  'update-va-mapping': { label: 'update_va_mapping', title: 'Hypercall: one leaf entry to validate and write' },
  'mmuext-op': { label: 'mmuext_op', title: 'Hypercall: pin, unpin, new root, flush' },
  'pv-trap': {
    label: 'PV trap',
    title: 'A fault or system call that the host reflects, and the iret hypercall that ends it',
  },
};

export const WORK: Readonly<Record<WorkKind, Name>> = {
  'fault-delivery': { label: 'fault delivery', title: 'Of a fault to the guest kernel, and the way back' },
  'fault-handler': { label: 'fault handler', title: 'The guest kernel’s, apart from its loads and stores' },
  'system-call': { label: 'system call', title: 'Entry to the guest kernel, and the way back' },
  'page-clear': { label: 'page clear', title: 'Clearing 4 KiB' },
  'page-copy': { label: 'page copy', title: 'Copying 4 KiB' },
  'host-back': { label: 'host: back a frame', title: 'Giving a frame to a guest frame' },
  'host-violation': { label: 'host: tag violation', title: 'Looking into a tag violation' },
  'shadow-fill': { label: 'host: shadow fill', title: 'Deriving one shadow entry' },
  'shadow-emulate': { label: 'host: shadow write', title: 'Decoding and emulating one store to a guest table' },
  'shadow-resync': { label: 'host: shadow re-sync', title: 'Comparing one entry of an out-of-sync table' },
  'direct-validate': { label: 'host: validate', title: 'Validating one entry of an update' },
  retag: { label: 'host: retag', title: 'RMPUPDATE or another change of a tag, with its flush' },
  'tlb-flush': { label: 'TLB flush', title: 'INVLPG or a flush without an exit' },
};

/** A name for what this version does not know: a comparison can come from a file. */
export function nameOf(names: Readonly<Record<string, Name>>, key: string): Name {
  return Object.hasOwn(names, key) ? names[key] : { label: key, title: key };
}
