import { MachineInspector } from '../../inspect/inspector';
import type { Edit, EditAnswer } from '../../inspect/time-types';
import { hex, hex64, high32, low32 } from '../../units';
import { evaluateBits } from '../evaluate';
import type { Executor } from '../executor';
import { windowAt } from '../function-frames';
import { done, refused } from './values';

type VariableEdit = Extract<Edit, { kind: 'variable' }>;

/** Sets a variable of a function frame to the value of an expression. */
export function editVariable(x: Executor, { task: id, depth, name, value }: VariableEdit): EditAnswer {
  const task = x.tasks[id];
  const window = windowAt(x.program, task ?? null, depth);
  const variable = task && x.program.functions[window.function]?.variables.findLast((v) => v.name === name);
  if (!variable) return refused(`"${name}" is not a variable of this frame`);
  const bits = evaluateBits(x, new MachineInspector(x), value, task, window);
  if (typeof bits === 'string') return refused(bits);
  const at = window.base + variable.register;
  const before = hex64(task.hi[at] ?? 0, task.lo[at] ?? 0, 1);
  task.lo[at] = low32(bits);
  task.hi[at] = high32(bits);
  return done(`${name} of ${task.name}: ${before} → ${hex(BigInt.asUintN(64, bits))}`);
}
