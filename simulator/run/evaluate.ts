import type { Evaluation } from '../control';
import { readSlot } from '../host/map';
import type { MachineInspector } from '../inspect/inspector';
import { derivedKind, frameGfn, frameHome, peekWalk } from '../inspect/peek';
import type { NamedValue, WalkAnswer } from '../inspect/types';
import { decodeEntry } from '../inspect/words';
import { CONSTANTS, COUNTERS } from '../language/builtins';
import { isDiagnostic, parseWatch, type WatchExpression } from '../language/expression';
import { calculate } from '../language/fold';
import { hex, hex64, high32, join64, low32 } from '../units';
import type { Executor } from './executor';
import type { Task } from './task';

const MASK = 0xffff_ffff_ffff_ffffn;

/** A value of an expression, with what a debugger shows of it. */
interface Value {
  readonly bits: bigint;
  readonly type: string;
  readonly text: string;
  readonly children: readonly NamedValue[];
  readonly memory: string | null;
}

/** What is wrong with an expression; never leaves this file. */
class EvaluationProblem extends Error {}

const plain = (bits: bigint): Value => {
  const wrapped = bits & MASK;
  return {
    bits: wrapped,
    type: 'u64',
    text: wrapped < 10_000n ? String(wrapped) : hex(wrapped),
    children: [],
    memory: null,
  };
};

/**
 * Evaluates an expression of a watch, hover or console; looks without touching.
 * @param base first register of the frame's window, @param names its variables.
 */
export function evaluate(
  x: Executor,
  inspect: MachineInspector,
  text: string,
  task: Task | null,
  window: Window,
): Evaluation {
  const parsed = parseWatch(text);
  if (isDiagnostic(parsed)) return { ok: false, error: parsed.message };
  try {
    const value = valueOf(parsed, new Scope(x, inspect, task, window));
    return { ok: true, value: value.text, type: value.type, children: value.children, memory: value.memory };
  } catch (problem) {
    if (problem instanceof EvaluationProblem) return { ok: false, error: problem.message };
    throw problem;
  }
}

/** As `evaluate`, for the bare bits. @returns the value or what is wrong. */
export function evaluateBits(
  x: Executor,
  inspect: MachineInspector,
  text: string,
  task: Task | null,
  window: Window,
): bigint | string {
  const parsed = parseWatch(text);
  if (isDiagnostic(parsed)) return parsed.message;
  try {
    return valueOf(parsed, new Scope(x, inspect, task, window)).bits;
  } catch (problem) {
    if (problem instanceof EvaluationProblem) return problem.message;
    throw problem;
  }
}

/** The registers of one function frame. */
export interface Window {
  readonly function: number;
  readonly base: number;
}

class Scope {
  constructor(
    readonly x: Executor,
    readonly inspect: MachineInspector,
    readonly task: Task | null,
    readonly window: Window,
  ) {}

  name(name: string): bigint {
    const { x, task } = this;
    const info = x.program.functions[this.window.function];
    const variable = info?.variables.findLast((v) => v.name === name);
    if (task && variable) return this.register(task, this.window.base + variable.register);
    const vm = x.vms.find((v) => v.name === name);
    if (vm) return BigInt(vm.asid);
    if (name === 'host') return 0n;
    if (Object.hasOwn(CONSTANTS, name)) return BigInt(CONSTANTS[name]);
    const counter = (COUNTERS as readonly string[]).indexOf(name);
    if (counter >= 0) return BigInt(x.vms.reduce((sum, v) => sum + v.counters.values[counter], 0));
    if (name === 'tick') return BigInt(x.journal.tick);
    const known = [...new Set([...(info?.variables.map((v) => v.name) ?? []), ...x.vms.map((v) => v.name)])];
    throw new EvaluationProblem(
      `"${name}" is not a variable here${known.length > 0 ? `; there are ${known.join(', ')}` : ''}`,
    );
  }

  qualified(taskName: string, name: string): bigint {
    const other = this.x.tasks.findLast((t) => t.info.name === taskName);
    if (!other) throw new EvaluationProblem(`there is no task "${taskName}"`);
    const variable = this.x.program.functions[other.info.function].variables.findLast((v) => v.name === name);
    if (!variable) throw new EvaluationProblem(`"${taskName}" has no variable "${name}"`);
    return this.register(other, variable.register);
  }

  private register(task: Task, at: number): bigint {
    return join64(task.hi[at] ?? 0, task.lo[at] ?? 0);
  }
}

function valueOf(e: WatchExpression, s: Scope): Value {
  switch (e.kind) {
    case 'number':
      return plain(e.value);
    case 'name':
      return address(s, s.name(e.name));
    case 'qualified':
      return address(s, s.qualified(e.task, e.name));
    case 'unary': {
      const operand = valueOf(e.operand, s).bits;
      return plain(e.operator === '-' ? -operand : e.operator === '~' ? ~operand : operand === 0n ? 1n : 0n);
    }
    case 'binary': {
      const result = calculate(e.operator, valueOf(e.left, s).bits, valueOf(e.right, s).bits);
      if (result === null) throw new EvaluationProblem('division by zero');
      return plain(result);
    }
    case 'deref':
      return load(s, valueOf(e.address, s).bits);
    case 'call':
      return call(s, e.name, e.arguments);
  }
}

/** A variable that holds a mapped address can be opened as memory. */
function address(s: Scope, bits: bigint): Value {
  const value = plain(bits);
  const { task } = s;
  if (!task?.process || bits < 4096n) return value;
  return { ...value, memory: `gva:${task.info.vm}:${task.process.pid}:${hex(bits)}` };
}

function call(s: Scope, name: string, args: readonly WatchExpression[]): Value {
  const wants = (n: number, usage: string): bigint[] => {
    if (args.length !== n) throw new EvaluationProblem(`${name} takes ${n} argument${n === 1 ? '' : 's'}: ${usage}`);
    return args.map((a) => valueOf(a, s).bits);
  };
  switch (name) {
    case 'walk':
      return walkValue(s, wants(1, 'walk(gva)')[0]);
    case 'pte':
      return pteValue(s, wants(1, 'pte(gva)')[0]);
    case 'read':
      return load(s, wants(1, 'read(gva)')[0]);
    case 'owner': {
      const [at] = wants(1, 'owner(hpa)');
      const asid = s.x.tags.ownerOf(Number(at >> 12n));
      return { ...plain(BigInt(asid)), type: 'owner', text: `${s.x.host.ownerName(asid)} (ASID ${asid})` };
    }
    case 'map': {
      const bits = args.map((a) =>
        a.kind === 'name' && s.x.vms.some((v) => v.name === a.name)
          ? BigInt(s.x.vms.find((v) => v.name === a.name)!.asid)
          : valueOf(a, s).bits,
      );
      const vm = bits.length === 2 ? s.x.vms[Number(bits[0]) - 1] : s.x.vms[s.task?.info.vm ?? 0];
      const gfn = bits.at(-1);
      if (!vm || gfn === undefined || bits.length > 2)
        throw new EvaluationProblem('map takes map(gfn) or map(vm, gfn)');
      const slot = readSlot(s.x.memory, vm, Number(gfn));
      return {
        ...plain(BigInt(slot)),
        type: 'hfn',
        text: slot === 0 ? '0 (not backed)' : hex(slot),
        memory: `hpa:${hex(slot * 4096)}`,
      };
    }
    case 'gpa_of':
    case 'hpa_of':
    case 'frame_of':
      return whereIs(s, name, args);
    default:
      throw new EvaluationProblem(
        `there is no "${name}" here; there are walk(gva), pte(gva), owner(hpa), map(gfn), gpa_of, hpa_of, frame_of, read(gva) and *gva`,
      );
  }
}

/** `gpa_of(process, gva)`, and the same without a process for the selected one. */
function whereIs(s: Scope, name: 'gpa_of' | 'hpa_of' | 'frame_of', args: readonly WatchExpression[]): Value {
  const [first] = args;
  const named =
    args.length === 2 && first?.kind === 'name' ? s.x.tasks.findLast((t) => t.info.name === first.name) : undefined;
  const task = args.length === 2 ? named : s.task;
  if (!task?.process || args.length < 1 || args.length > 2)
    throw new EvaluationProblem(`${name} takes ${name}(process, gva), or ${name}(gva) for the selected process`);
  const gva = valueOf(args.at(-1)!, s).bits;
  const vm = s.x.vms[task.info.vm];
  const { leaf } = peekWalk(s.x.memory, vm, task.process, 'native', s.x.levels, high32(gva), low32(gva));
  if (!leaf) throw new EvaluationProblem(`${hex(gva, 16)} is not mapped in ${task.name}`);
  const gfn = frameGfn(s.x.memory, vm, leaf.frame);
  const frame = name === 'gpa_of' ? gfn : frameHome(s.x.memory, vm, 'native', leaf.frame);
  if (frame < 0)
    throw new EvaluationProblem(gfn < 0 ? `it is no memory of ${vm.name}` : `gfn ${hex(gfn)} is not backed`);
  if (name === 'frame_of')
    return { ...plain(BigInt(frame)), type: 'hfn', text: hex(frame), memory: `hpa:${hex(frame * 4096)}` };
  const at = frame * 4096 + Number(gva & 4095n);
  return {
    ...plain(BigInt(at)),
    type: name === 'gpa_of' ? 'gPA' : 'hPA',
    text: hex(at),
    memory: name === 'gpa_of' ? `gpa:${vm.index}:${hex(at)}` : `hpa:${hex(at)}`,
  };
}

function spaceOf(s: Scope): { vm: number; pid: number } {
  if (!s.task?.process) throw new EvaluationProblem("this task has no address space: select a process's thread first");
  return { vm: s.task.info.vm, pid: s.task.process.pid };
}

function walkValue(s: Scope, gva: bigint): Value {
  const answer: WalkAnswer = s.inspect.walk({
    ...spaceOf(s),
    gva: hex(gva),
    access: 'read',
    user: true,
    root: 'active',
  });
  const children = answer.steps.map((step, i): NamedValue => ({
    name: `${i + 1} ${step.kind === 'tag' ? `tag ${step.levelName}`.trim() : `${step.kind === 'nested' ? 'nested ' : ''}${step.levelName}[${step.index}]`}`,
    value: step.kind === 'tag' ? step.text : `${step.value} ${step.text}`,
    type: step.kind,
    memory: `hpa:${step.address}`,
    children: step.bits.map((b) => ({ name: b.name, value: `${b.value} ${b.meaning}`, type: 'bit' })),
  }));
  const bits = answer.outcome.kind === 'ok' ? BigInt(answer.outcome.hpa) + (gva & 4095n) : 0n;
  return {
    bits,
    type: 'walk',
    text: answer.outcome.kind === 'ok' ? `${hex(bits)}: ${answer.outcome.text}` : answer.outcome.text,
    children,
    memory: bits > 0n ? `hpa:${hex(bits)}` : null,
  };
}

function pteValue(s: Scope, gva: bigint): Value {
  const space = spaceOf(s);
  const vm = s.x.vms[space.vm];
  const process = s.x.kernels[space.vm].processes.get(space.pid)!;
  const kind = derivedKind(vm) ?? 'native';
  const { steps } = peekWalk(s.x.memory, vm, process, kind, s.x.levels, high32(gva), low32(gva));
  const last = steps.at(-1);
  if (!last) throw new EvaluationProblem('the process has no table');
  const text = hex64(last.hi, last.lo);
  return {
    bits: join64(last.hi, last.lo),
    type: 'entry',
    text: `${text} (level ${last.level})`,
    memory: `hpa:${hex(last.tableFrame * 4096 + last.index * 8)}`,
    children: decodeEntry(last.lo, last.hi, last.level).map((b) => ({
      name: b.name,
      value: `${b.value} ${b.meaning}`,
      type: 'bit',
    })),
  };
}

function load(s: Scope, gva: bigint): Value {
  const space = spaceOf(s);
  const answer = s.inspect.walk({ ...space, gva: hex(gva), access: 'read', user: true, root: 'active' });
  let at: number;
  if (answer.outcome.kind === 'ok') at = answer.outcome.frame;
  else {
    // What the CPU cannot reach may still be there by the native table and the backing.
    const vm = s.x.vms[space.vm];
    const { leaf } = peekWalk(
      s.x.memory,
      vm,
      s.x.kernels[space.vm].processes.get(space.pid)!,
      'native',
      s.x.levels,
      high32(gva),
      low32(gva),
    );
    at = leaf ? frameHome(s.x.memory, vm, 'native', leaf.frame) : -1;
    if (at < 0) throw new EvaluationProblem(answer.outcome.text);
  }
  const offset = Number(gva & 4095n);
  if (offset > 4088) throw new EvaluationProblem('the value crosses a page');
  const page = s.x.memory.page(at);
  let bits = 0n;
  for (let i = 7; i >= 0; i--)
    bits = (bits << 8n) | BigInt((page[(offset + i) >>> 2] >>> (((offset + i) & 3) * 8)) & 0xff);
  return { ...plain(bits), memory: `gva:${space.vm}:${space.pid}:${hex(gva)}` };
}
