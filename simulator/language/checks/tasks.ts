/** Tasks and what they run on. Problems: no-task, bad-value. */

import type { Problems } from '../problems';
import { parseNumber } from '../numbers';
import { EMPTY_RANGE, rangeOfProperty } from '../ranges';
import type { Settings } from '../settings';
import { type BoundScenario, tasksOf } from '../symbols';

export function checkTasks(bound: BoundScenario, settings: Settings, problems: Problems): void {
  const tasks = tasksOf(bound);
  if (tasks.length === 0) {
    problems.error('no-task', 'The scenario has no task: add a `process`, a `kernel` task or `host { }`.', EMPTY_RANGE);
  }
  for (const { node, vm } of tasks) {
    if ((node.$type !== 'Process' && node.$type !== 'KernelTask') || node.vcpu === undefined) continue;
    const parsed = parseNumber(node.vcpu);
    const count = vm === null ? 64 : settings.vms[vm.index].vcpus;
    if (parsed.ok && parsed.value < BigInt(count)) continue;
    const which = count === 1 ? 'only vCPU 0' : `vCPUs 0 to ${count - 1}`;
    problems.error('bad-value', `\`${vm?.name ?? 'The VM'}\` has ${which}.`, rangeOfProperty(node, 'vcpu'));
  }
}
