import type { Journal, Steps } from '../history/journal';
import { Count } from '../machine/counters';
import type { Vm } from './vm';

/** Begins a VM exit: counts it, and is a place to stop. `reason` is in words. */
export function* vmExit(journal: Journal, vm: Vm, reason: string): Steps<void> {
  vm.counters.add(Count.VmExits);
  yield* journal.step('exit');
  yield* journal.event('vm_exit', `VM exit from ${vm.name}: ${reason}`);
}
