import type { ExitReason } from '../costs/causes';
import type { Journal, Steps } from '../history/journal';
import { Count } from '../machine/counters';
import type { Vm } from './vm';

/** Begins a VM exit: counts it, and is a place to stop. */
export function* vmExit(journal: Journal, vm: Vm, reason: ExitReason): Steps<void> {
  vm.counters.add(Count.VmExits);
  vm.events.exit(reason);
  yield* journal.step('exit');
  yield* journal.event('vm_exit', `VM exit from ${vm.name}: ${IN_WORDS[reason]}`);
}

const IN_WORDS: Readonly<Record<ExitReason, string>> = {
  'nested-fault': 'nested page fault',
  'tag-violation': 'tag violation',
  'enter-tpt': 'hypercall 13',
  'leave-tpt': 'hypercall 14',
  'init-tpt': 'hypercall 15',
  'shadow-fault': 'page fault under shadow paging',
  'shadow-write': 'store to a write-protected guest table',
  'cr3-load': 'CR3 load',
  invlpg: 'INVLPG',
  'mmu-update': 'hypercall mmu_update',
  'update-va-mapping': 'hypercall update_va_mapping',
  'mmuext-op': 'hypercall mmuext_op',
  'pv-trap': 'exception, system call or return to user mode under direct paging',
};
