/**
 * What is paid for. Machine events are counted (events.ts), never cycles: cycles are counts times a cost profile's
 * figures, worked out when somebody asks (report.ts).
 */

import { Cause } from './cause';

/** Who makes a memory reference. */
export const REFERENCE_CAUSES = ['data', 'kernel', 'table', 'nested', 'tag'] as const;
/**
 * - `data`: loads, stores and fetches of the scenario's tasks
 * - `kernel`: the guest kernel's own
 * - `table`: the walker, to the table that the CPU's root names
 * - `nested`: the walker, to the nested table
 * - `tag`: tag look-ups
 */
export type ReferenceCause = (typeof REFERENCE_CAUSES)[number];

/** Where a reference is answered. */
export const CACHE_LEVELS = ['L1', 'L2', 'LLC', 'memory'] as const;
export type CacheLevel = (typeof CACHE_LEVELS)[number];

export { Cause };

/** Why a VM exits to the host. */
export const EXIT_REASONS = [
  'nested-fault',
  'tag-violation',
  'enter-tpt',
  'leave-tpt',
  'init-tpt',
  'shadow-fault',
  'shadow-write',
  'cr3-load',
  'invlpg',
  'mmu-update',
  'update-va-mapping',
  'mmuext-op',
  'pv-trap',
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** Work of software that the machine does not carry out instruction by instruction, with a cost of its own. */
export const WORK_KINDS = [
  /** Delivery of a fault to the guest kernel, and the way back. */
  'fault-delivery',
  /** The guest kernel's handler, apart from its loads and stores. */
  'fault-handler',
  /** Entry to the guest kernel for a system call, and the way back. */
  'system-call',
  /** Clearing 4 KiB. */
  'page-clear',
  /** Copying 4 KiB. */
  'page-copy',
  /** Host: giving a frame to a guest frame (one 4 KiB or 2 MiB leaf of the nested table). */
  'host-back',
  /** Host: looking into a tag violation. */
  'host-violation',
  /** Host: deriving one shadow entry from the guest's. */
  'shadow-fill',
  /** Host: decoding and emulating one store to a write-protected guest table. */
  'shadow-emulate',
  /** Host: comparing one entry of an out-of-sync table with the guest's. */
  'shadow-resync',
  /** Host: validating one entry of an update under direct paging. */
  'direct-validate',
  /** Host: RMPUPDATE or another change of a tag, with its flush. */
  'retag',
  /** Reading the gfn→hfn map is an access of the kernel; this is INVLPG or a TLB flush without an exit. */
  'tlb-flush',
] as const;
export type WorkKind = (typeof WORK_KINDS)[number];
