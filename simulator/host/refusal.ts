import type { Journal, Steps } from '../history/journal';
import type { Vm } from './vm';

/** Refuses a hypercall: a fault in the history, and a negative errno for the guest. @returns the errno. */
export function* refuse(journal: Journal, vm: Vm, call: string, errno: number, why: string): Steps<number> {
  const record = journal.faults.add({
    tick: journal.tick,
    vm: vm.index,
    pid: 0,
    task: journal.taskId,
    taskName: journal.taskName,
    kind: 'hypercall_failure',
    gva: null,
    access: null,
    errorCode: errno,
    errorHigh: 0,
    expectedOwner: null,
    foundOwner: null,
    frame: null,
    why: `${call}: ${why}`,
    resolution: `the guest gets ${errno}`,
    line: journal.line,
    walk: null,
  });
  yield* journal.event('hypercall_failure', record.why, record.id);
  return errno;
}
