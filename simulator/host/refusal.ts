import type { Journal, Steps } from '../history/journal';
import type { Asid, Frame } from '../units';
import type { Vm } from './vm';

export interface ForeignFrame {
  readonly frame: Frame;
  readonly owner: Asid;
}

/**
 * Refuses a hypercall: a fault in the history, and a negative errno for the guest.
 * @param foreign frame that is another's, and whose, if that is the reason.
 * @returns the errno.
 */
export function* refuse(
  journal: Journal,
  vm: Vm,
  call: string,
  errno: number,
  why: string,
  foreign: ForeignFrame | null = null,
): Steps<number> {
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
    expectedOwner: foreign && vm.asid,
    foundOwner: foreign && foreign.owner,
    frame: foreign && foreign.frame,
    why: `${call}: ${why}`,
    resolution: `the guest gets ${errno}`,
    line: journal.line,
    walk: null,
  });
  yield* journal.event('hypercall_failure', record.why, record.id);
  return errno;
}
