/**
 * Every operation that a scenario can call: one table for the checker, the compiler, completion, hover and the
 * executor. A builtin is known by its `name`; its position in the table is its opcode in a compiled program.
 */
import { ACCESSES } from './builtins/accesses';
import { type Builtin, type NamedStep, step } from './builtins/builtin';
import { HOST } from './builtins/host';
import { KERNEL } from './builtins/kernel';
import { LOOKING } from './builtins/looking';
import { SYSTEM_CALLS } from './builtins/system-calls';

export type { Builtin, BuiltinContext, NamedStep, Parameter, ParameterKind } from './builtins/builtin';

export const BUILTINS = [
  ...ACCESSES,
  ...SYSTEM_CALLS,
  ...KERNEL,
  ...HOST,
  ...LOOKING,
] as const satisfies readonly Builtin[];

export type BuiltinName = (typeof BUILTINS)[number]['name'];

/** Builtins by name. */
export const BUILTIN_BY_NAME: ReadonlyMap<string, Builtin> = new Map(BUILTINS.map((b) => [b.name, b]));

/** Steps of the `fork` statement. */
export const FORK_STEPS: readonly NamedStep[] = [
  step('areas', 'copy the address-space areas'),
  step('tables', "allocate the child's page tables"),
  step('copy', "copy the native entries, write-protected in both, and raise the frames' counts"),
  step('join', 'add the accessed and dirty bits of the TPT entries to those of the native ones'),
  step('mirror', "write-protect the parent's TPT entries and write the child's"),
  step('flush', "drop the parent's writable translations from the TLB"),
];

/** Named constants that any expression may use; a variable of the same name hides them. */
export const CONSTANTS: Readonly<Record<string, number>> = {
  none: 0,
  r: 1,
  rw: 3,
  rx: 5,
  rwx: 7,
  true: 1,
  false: 0,
  hugepage: 14,
  nohugepage: 15,
  dontneed: 4,
  pageout: 21,
};

/** Kinds that `expect fault KIND` takes. */
export const FAULT_KINDS = [
  'page_fault',
  'npf',
  'tag_violation',
  'gp',
  'hypercall_failure',
  'livelock',
  'breach',
  'shadow_miss',
  'shadow_write',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Counters of the machine, in display order. */
export const COUNTERS = [
  'accesses',
  'reads',
  'writes',
  'fetches',
  'tlb_l1_hits',
  'tlb_l2_hits',
  'tlb_misses',
  'walks',
  'table_references',
  'nested_references',
  'tag_lookups',
  'fills',
  'page_faults',
  'npfs',
  'tag_violations',
  'gps',
  'breaches',
  'vm_exits',
  'hypercalls',
  'tlb_flushes',
  'map_reads',
  'shadow_misses',
  'shadow_writes',
] as const;
export type CounterName = (typeof COUNTERS)[number];
