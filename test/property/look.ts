import type { Simulation } from '../../simulator/index';

interface Look {
  readonly name: string;
  readonly ask: () => unknown;
}

/** Every question that a view, a scope or a debug client can ask of a run. */
export function lookAtEverything(s: Simulation, task: number): Look[] {
  const { inspect } = s;
  const looks: Look[] = [];
  const add = (name: string, ask: () => unknown): void => void looks.push({ name, ask });
  add('summary', () => inspect.summary(task));
  const gva = '0x0000001000200000';
  inspect.summary(null).vms.forEach((vm) => {
    for (const { pid } of vm.processes) {
      for (const root of ['native', 'tpt', 'shadow', 'both'] as const) {
        for (const mode of ['flat', 'pages', 'tree'] as const) {
          const query = {
            vm: vm.index,
            pid,
            root,
            mode,
            filter: 'perm:w',
            expanded: [],
            kernelHalf: true,
            offset: 0,
            limit: 50,
          };
          add(`translations ${root} ${mode}`, () => inspect.translations(query));
        }
      }
      for (const access of ['read', 'write', 'fetch'] as const) {
        add(`walk ${access}`, () => inspect.walk({ vm: vm.index, pid, gva, access, user: true, root: 'active' }));
      }
      add('readMemory gva', () => s.readMemory(`gva:${vm.index}:${pid}:${gva}`, 0, 64));
    }
    add('readMemory gpa', () => s.readMemory(`gpa:${vm.index}:0x200000`, -8, 64));
  });
  add('frames', () => inspect.frames({ first: 0, framesPerCell: 512, cells: 32 }));
  add('frames single', () => inspect.frames({ first: 0x2e00, framesPerCell: 1, cells: 64 }));
  add('frame', () => inspect.frame(0x2e0c));
  const faults = inspect.faults({
    kinds: [],
    fromTick: null,
    untilTick: null,
    filter: '',
    fold: true,
    offset: 0,
    limit: 5,
  });
  for (const { id } of faults.rows) add('fault', () => inspect.fault(id));
  add('readMemory hpa', () => s.readMemory('hpa:0x1000', 0, 8192));
  add('tasks', () => s.tasks());
  add('stack', () => s.stack(task));
  add('variables', () => s.variables(task, 0));
  add('registers', () => s.registers(task));
  add('process', () => s.process(task));
  add('tlb', () => s.tlb(task));
  add('counters', () => s.counters());
  add('inlineValues', () => s.inlineValues(task));
  add('scenario summary', () => s.summary());
  for (const text of ['walk(small)', 'pte(large)', '*small', 'owner(0x1000)', 'map(12)', 'small + 1', 'nonsense(']) {
    add(`evaluate ${text}`, () => s.evaluate(text, task, 0));
  }
  return looks;
}
