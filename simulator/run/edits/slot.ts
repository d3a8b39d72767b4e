import { readSlot, writeSlot } from '../../host/map';
import type { Edit, EditAnswer } from '../../inspect/time-types';
import { hex } from '../../units';
import type { Executor } from '../executor';
import { done, frameProblem, refused, vmAt } from './values';

type SlotEdit = Extract<Edit, { kind: 'slot' }>;

/** Changes a slot of a VM's gfn→hfn map; frame 0: not backed. */
export function editSlot(x: Executor, { vm: index, gfn, frame }: SlotEdit): EditAnswer {
  const vm = vmAt(x, index);
  if (typeof vm === 'string') return refused(vm);
  if (vm.mapFrame < 0) return refused(`${vm.name} runs natively and has no gfn→hfn map`);
  if (!Number.isInteger(gfn) || !vm.hasGuestFrame(gfn))
    return refused(
      `${Number.isInteger(gfn) && gfn >= 0 ? `gfn ${hex(gfn)}` : gfn} is no memory of ${vm.name}, which has gfns 0x0 to ${hex(vm.frames - 1)}`,
    );
  const problem = frameProblem(x, frame);
  if (problem !== null) return refused(problem);
  const before = readSlot(x.memory, vm, gfn);
  if (before === frame) return refused(`the map slot of gfn ${hex(gfn)} of ${vm.name} is ${hex(frame)} already`);
  writeSlot(x.memory, vm, gfn, frame);
  return done(`map slot of gfn ${hex(gfn)} of ${vm.name}: ${hex(before)} → ${hex(frame)}`);
}
