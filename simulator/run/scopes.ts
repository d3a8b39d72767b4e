import type { InlineValueView } from '../control';
import type { MachineInspector } from '../inspect/inspector';
import type { NamedValue } from '../inspect/types';
import { tlbEntries } from '../inspect/walks';
import { COUNTERS } from '../language/builtins';
import { frameOf } from '../paging/format';
import { hex, hex64 } from '../units';
import { evaluateBits } from './evaluate';
import type { Executor } from './executor';
import { functionFrames } from './function-frames';

/*
 * What the Variables pane and the editor show of a task: values by name, read and never kept.
 */

/** Variables in sight in a function of a task. @param depth of the function: 0 is the outermost */
export function variablesOf(x: Executor, taskId: number, depth: number): NamedValue[] {
  const task = x.tasks[taskId];
  const frame = task && (functionFrames(x.program, task)[depth] ?? functionFrames(x.program, task).at(-1));
  if (!task || !frame) return [];
  const seen = new Map<string, NamedValue>();
  for (const v of x.program.functions[frame.function]?.variables ?? []) {
    // Variables whose declaration is still to come are not shown.
    if (v.range.startLine > frame.range.startLine) continue;
    const at = frame.base + v.register;
    const value = hex64(task.hi[at] ?? 0, task.lo[at] ?? 0, 1);
    const number = Number(value);
    seen.set(v.name, {
      name: v.name,
      value: number < 10_000 ? String(number) : value,
      type: 'u64',
      ...(task.process && number >= 4096 ? { memory: `gva:${task.info.vm}:${task.process.pid}:${value}` } : {}),
    });
  }
  return [...seen.values()];
}

/** Registers of the vCPU that a task runs on; none for tasks of the host. */
export function registersOf(x: Executor, taskId: number): NamedValue[] {
  const cpu = x.tasks[taskId]?.cpu;
  if (!cpu) return [];
  const { mode } = cpu;
  const flags = (names: [string, boolean][]): string =>
    names
      .filter(([, on]) => on)
      .map(([n]) => n)
      .join(' ') || 'none';
  const value = (name: string, text: string, type: string, memory?: string): NamedValue => ({
    name,
    value: text,
    type,
    ...(memory ? { memory } : {}),
  });
  const nested = cpu.nestedRoot >= 0;
  return [
    value(
      'CR0',
      flags([
        ['PE', true],
        ['WP', mode.wp],
        ['PG', true],
      ]),
      'flags',
    ),
    value(
      'CR3',
      hex((BigInt(cpu.root) << 12n) | BigInt(cpu.pcid), 16),
      nested ? 'gPA of the root, PCID' : 'hPA of the root, PCID',
      nested ? `gpa:${x.tasks[taskId].info.vm}:${hex(cpu.root * 4096)}` : `hpa:${hex(cpu.root * 4096)}`,
    ),
    ...(x.vms[x.tasks[taskId].info.vm].intercepts
      ? [
          value(
            'guest CR3',
            hex64(cpu.cr3Hi, cpu.cr3Lo),
            'gPA of the root as the guest set it, PCID',
            `gpa:${x.tasks[taskId].info.vm}:${hex(frameOf(cpu.cr3Lo, cpu.cr3Hi) * 4096)}`,
          ),
        ]
      : []),
    value(
      'CR4',
      flags([
        ['PAE', true],
        ['PCIDE', true],
        ['LA57', mode.levels === 5],
        ['SMEP', mode.smep],
        ['SMAP', mode.smap],
        ['PKE', mode.pke],
      ]),
      'flags',
    ),
    value(
      'EFER',
      flags([
        ['LME', true],
        ['LMA', true],
        ['NXE', mode.nxe],
      ]),
      'flags',
    ),
    value('CPL', cpu.user ? '3' : '0', 'privilege level'),
    value('regime', cpu.regime, 'which table the CPU walks'),
    ...(nested
      ? [value('nCR3', hex(cpu.nestedRoot * 4096, 16), 'hPA of the nested root', `hpa:${hex(cpu.nestedRoot * 4096)}`)]
      : []),
    value('ASID', String(cpu.asid), 'address-space identifier'),
    value('PCID', String(cpu.pcid), 'process-context identifier'),
    value('PKRU', hex(mode.pkru, 8), 'protection-key rights'),
  ];
}

/** What the guest kernel knows of a task's process. */
export function processOf(x: Executor, inspect: MachineInspector, taskId: number): NamedValue[] {
  const process = x.tasks[taskId]?.process;
  if (!process) return [];
  const words = ['---', 'r--', '-w-', 'rw-', '--x', 'r-x', '-wx', 'rwx'];
  return [
    { name: 'name', value: process.name, type: 'string' },
    { name: 'pid', value: String(process.pid), type: 'number' },
    { name: 'state', value: process.state, type: 'string' },
    {
      name: 'root',
      value: hex(process.rootGfn * 4096),
      type: 'gPA of the native root',
      memory: `gpa:${x.tasks[taskId].info.vm}:${hex(process.rootGfn * 4096)}`,
    },
    {
      name: 'areas',
      value: String(process.areas.length),
      type: 'list',
      children: process.areas.map((a) => ({
        name: `${inspect.context.gva(a.start)}–${inspect.context.gva(a.end)}`,
        value: `${words[a.perm] ?? ''}${a.huge ? ' huge' : ''}${a.pkey > 0 ? ` key ${a.pkey}` : ''}`,
        type: 'area',
      })),
    },
  ];
}

/** TLB entries of the vCPU that a task runs on, by structure. */
export function tlbOf(x: Executor, inspect: MachineInspector, taskId: number): NamedValue[] {
  const task = x.tasks[taskId];
  const vm = task && x.vms[task.info.vm];
  if (!vm) return [];
  const groups = new Map<string, NamedValue[]>();
  for (const e of tlbEntries(inspect.context, vm)) {
    if (task.cpu && e.vcpu !== task.cpu.id) continue;
    const list = groups.get(e.structure) ?? [];
    list.push({
      name: e.gva,
      value: `${e.hpa} ${e.pageSize} ${e.perm.text} PCID ${e.pcid}${e.global ? ' global' : ''}${e.dirty ? ' D' : ''}${e.stale ? ` — stale: ${e.why}` : ''}`,
      type: 'TLB entry',
      memory: `hpa:${e.hpa}`,
    });
    groups.set(e.structure, list);
  }
  return [...groups].map(([name, children]) => ({
    name,
    value: `${children.length} entries`,
    type: 'TLB',
    children,
  }));
}

/** Counters of the machine, each with its share by VM. */
export function countersOf(x: Executor): NamedValue[] {
  return COUNTERS.map((name, i) => ({
    name,
    value: String(x.vms.reduce((sum, vm) => sum + vm.counters.values[i], 0)),
    type: 'counter',
    children: x.vms.map((vm) => ({
      name: vm.name,
      value: String(vm.counters.values[i]),
      type: 'counter',
    })),
  }));
}

/** What the addresses in a task's statement lead to: for the editor, beside the statement. */
export function inlineValuesOf(x: Executor, inspect: MachineInspector, taskId: number): InlineValueView[] {
  const task = x.tasks[taskId];
  const statement = task && x.program.statements[task.statement];
  if (!task?.process || !statement) return [];
  return statement.addresses.map(({ range, name }) => {
    const bits = evaluateBits(x, inspect, name, task, { function: task.function, base: task.base });
    if (typeof bits === 'string') return { range, text: `${name}: ${bits}` };
    const walk = inspect.walk({
      vm: task.info.vm,
      pid: task.process!.pid,
      gva: hex(bits),
      access: 'read',
      user: true,
      root: 'active',
    });
    const where =
      walk.outcome.kind === 'ok'
        ? `${hex(BigInt(walk.outcome.hpa) + (bits & 4095n))} ${walk.outcome.owner.name}`
        : walk.outcome.text;
    return { range, text: `${hex(bits)} → ${where}` };
  });
}
