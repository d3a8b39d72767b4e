import type { RunRequest } from '../control';
import { Cause } from '../costs/causes';
import { Op } from '../language/program';
import { Access } from '../paging/walk';
import { hex64 } from '../units';
import { compare64, result, shiftLeft, shiftRight, wideOperation } from './arithmetic';
import type { Executor } from './executor';
import { noteAccess } from './loads';
import type { Task } from './task';

const MOST_CALLS = 20_000;

/** Why the interpreter came back. */
export const enum Left {
  /** The budget is used up, or it is another task's turn. */
  Turn,
  /** An operation has to be driven. */
  Pending,
  /** Stands before a statement, as asked. */
  Statement,
  /** Stands before a statement at which it halts without being asked. */
  Halted,
  Blocked,
  Done,
  /** Stands before a statement, or where the turn ends, since the statement that has ended brought about a watched event. */
  Watched,
}

/**
 * Runs a task's instructions until it needs somebody: an operation to be driven, a statement to stand at, another
 * task's turn.
 * @param budget statements to run at most
 * @param stepDepth depth of calls at which a step began, @param stepFromOperation it began inside an operation
 */
export function interpret(
  x: Executor,
  task: Task,
  budget: number,
  mode: RunRequest['mode'],
  stepDepth: number,
  stepFromOperation: boolean,
): Left {
  const { code } = x.program;
  const { parts } = x;
  const cpu = task.cpu;
  const vm = x.vms[task.info.vm];
  const round = x.program.roundRobin;
  const watches = x.watches.active ? x.watches : null;
  let { pc } = task;
  let { lo, hi, base } = task;
  let used = 0;
  for (;;) {
    const at = pc * 4;
    const op = code[at] as Op;
    const a = code[at + 1];
    const b = code[at + 2];
    const c = code[at + 3];
    pc++;
    switch (op) {
      case Op.Statement: {
        if (!task.passed) {
          const isTurnOver = round > 0 && x.usedInTurn >= round;
          if (watches?.statementEnded()) {
            task.pc = pc - 1;
            // Others come first when its turn is over: it does not stand before its next statement yet.
            if (isTurnOver) return Left.Watched;
            task.statement = a;
            // Where it stands now it need not stand again, unless for another reason.
            task.passed = watches.pending === 1 && x.breakpoints[a] !== 1;
            return Left.Watched;
          }
          if (used >= budget || x.journal.tick >= x.untilTick) {
            task.pc = pc - 1;
            return Left.Turn;
          }
          if (isTurnOver) {
            task.pc = pc - 1;
            x.giveTurn((x.turn + 1) % x.tasks.length);
            return Left.Turn;
          }
          task.statement = a;
          const steps =
            mode === 'in' ||
            (mode === 'over' && (stepFromOperation || task.calls.length <= stepDepth)) ||
            (mode === 'out' && (stepFromOperation || task.calls.length < stepDepth));
          if (x.breakpoints[a] !== 0 || steps) {
            task.pc = pc - 1;
            task.passed = true;
            return steps || x.breakpoints[a] === 1 ? Left.Statement : Left.Halted;
          }
        }
        task.passed = false;
        task.statement = a;
        x.breaths = 0;
        used++;
        x.usedInTurn++;
        if (++x.statements > x.stepLimit)
          return stopAt(x, task, `the run has made ${x.stepLimit} steps; raise "stepLimit" if that is meant`);
        break;
      }
      case Op.Const:
        lo[base + a] = b;
        hi[base + a] = c;
        break;
      case Op.Move:
        lo[base + a] = lo[base + b]!;
        hi[base + a] = hi[base + b]!;
        break;
      case Op.Add: {
        const sum = (lo[base + b] >>> 0) + (lo[base + c] >>> 0);
        hi[base + a] = hi[base + b] + hi[base + c] + (sum > 0xffff_ffff ? 1 : 0);
        lo[base + a] = sum;
        break;
      }
      case Op.Sub: {
        const difference = (lo[base + b] >>> 0) - (lo[base + c] >>> 0);
        hi[base + a] = hi[base + b] - hi[base + c] - (difference < 0 ? 1 : 0);
        lo[base + a] = difference;
        break;
      }
      case Op.Mul:
      case Op.Div:
      case Op.Mod:
        if (!wideOperation(op, hi[base + b], lo[base + b], hi[base + c], lo[base + c])) {
          task.pc = pc;
          x.failed(task, null, 'division by zero');
          return Left.Done;
        }
        lo[base + a] = result.lo;
        hi[base + a] = result.hi;
        break;
      case Op.Shl:
        shiftLeft(hi[base + b], lo[base + b], hi[base + c], lo[base + c]);
        lo[base + a] = result.lo;
        hi[base + a] = result.hi;
        break;
      case Op.Shr:
        shiftRight(hi[base + b], lo[base + b], hi[base + c], lo[base + c]);
        lo[base + a] = result.lo;
        hi[base + a] = result.hi;
        break;
      case Op.And:
        lo[base + a] = lo[base + b] & lo[base + c];
        hi[base + a] = hi[base + b] & hi[base + c];
        break;
      case Op.Or:
        lo[base + a] = lo[base + b] | lo[base + c];
        hi[base + a] = hi[base + b] | hi[base + c];
        break;
      case Op.Xor:
        lo[base + a] = lo[base + b] ^ lo[base + c];
        hi[base + a] = hi[base + b] ^ hi[base + c];
        break;
      case Op.Eq:
      case Op.Ne:
      case Op.Lt:
      case Op.Le:
      case Op.Gt:
      case Op.Ge: {
        const order = compare64(hi[base + b], lo[base + b], hi[base + c], lo[base + c]);
        lo[base + a] = holds(op, order) ? 1 : 0;
        hi[base + a] = 0;
        break;
      }
      case Op.Not:
        lo[base + a] = lo[base + b] === 0 && hi[base + b] === 0 ? 1 : 0;
        hi[base + a] = 0;
        break;
      case Op.BitNot:
        lo[base + a] = ~lo[base + b];
        hi[base + a] = ~hi[base + b];
        break;
      case Op.Neg: {
        const low = -lo[base + b] | 0;
        hi[base + a] = ~hi[base + b] + (low === 0 ? 1 : 0);
        lo[base + a] = low;
        break;
      }
      case Op.Jump:
        pc = a;
        break;
      case Op.JumpIfZero:
        if (lo[base + b] === 0 && hi[base + b] === 0) pc = a;
        break;
      case Op.Call: {
        const callee = x.program.functions[a];
        if (task.calls.length >= MOST_CALLS)
          return stopAt(x, task, `${callee.name} calls itself more than ${MOST_CALLS} levels deep`);
        const from = x.program.functions[task.function];
        task.calls.push({ returnTo: pc, base, result: c, function: task.function, statement: task.statement });
        task.base = base + from.registers;
        task.reserve(callee.registers);
        ({ lo, hi } = task);
        for (let i = 0; i < callee.parameters; i++) {
          lo[task.base + i] = lo[base + b + i]!;
          hi[task.base + i] = hi[base + b + i]!;
        }
        for (let i = callee.parameters; i < callee.registers; i++) {
          lo[task.base + i] = 0;
          hi[task.base + i] = 0;
        }
        base = task.base;
        task.function = a;
        pc = callee.entry;
        break;
      }
      case Op.Return: {
        const call = task.calls.pop();
        if (!call) {
          task.end('ended', '');
          return Left.Done;
        }
        const low = a < 0 ? 0 : lo[base + a];
        const high = a < 0 ? 0 : hi[base + a];
        base = call.base;
        task.base = base;
        task.function = call.function;
        task.statement = call.statement;
        if (call.result >= 0) {
          lo[base + call.result] = low;
          hi[base + call.result] = high;
        }
        pc = call.returnTo;
        break;
      }
      case Op.LoadTask: {
        const other = x.latest(b);
        lo[base + a] = other ? other.lo[c] : 0;
        hi[base + a] = other ? other.hi[c] : 0;
        break;
      }
      case Op.Read: {
        const h = hi[base + b];
        const l = lo[base + b];
        noteAccess(task, h, l, Access.Read);
        if (!x.journal.stepping && (l & 4095) <= 4096 - c) {
          const frame = parts.accesses.attempt(cpu!, vm, h, l, Access.Read, !task.kernelMode, Cause.Data);
          if (frame >= 0) {
            parts.memory.load(frame, l & 4095, c);
            lo[base + a] = parts.memory.lo;
            hi[base + a] = parts.memory.hi;
            break;
          }
        }
        task.pc = pc;
        task.pending = x.operations.finishRead(task, { hi: h, lo: l }, c, base + a);
        return Left.Pending;
      }
      case Op.Write: {
        const h = hi[base + a];
        const l = lo[base + a];
        noteAccess(task, h, l, Access.Write);
        if (!x.journal.stepping && (l & 4095) <= 4096 - c) {
          const frame = parts.accesses.attempt(cpu!, vm, h, l, Access.Write, !task.kernelMode, Cause.Data);
          if (frame >= 0) {
            parts.memory.store(frame, l & 4095, c, lo[base + b], hi[base + b]);
            break;
          }
        }
        task.pc = pc;
        task.pending = x.operations.finishWrite(task, { hi: h, lo: l }, { hi: hi[base + b], lo: lo[base + b] }, c);
        return Left.Pending;
      }
      case Op.Fetch:
        task.pc = pc;
        task.pending = x.operations.finishFetch(task, { hi: hi[base + a], lo: lo[base + a] });
        return Left.Pending;
      case Op.Operation:
        task.pc = pc;
        task.pending = x.operations.operation(task, x.program.calls[a], c < 0 ? -1 : base + c);
        return Left.Pending;
      case Op.Fork:
        task.pc = pc;
        task.pending = x.operations.forkTask(task, a, x.program.skips[b] ?? []);
        return Left.Pending;
      case Op.KernelMode:
        task.pc = pc;
        task.kernelMode = a === 1;
        task.pending = x.operations.changeMode(task, a === 1);
        return Left.Pending;
      case Op.Signal:
        x.events.add(a);
        break;
      case Op.Wait:
        if (x.events.has(a)) break;
        task.pc = pc - 1;
        task.status = 'waiting';
        task.waitsFor = a;
        task.note = `waits for ${x.program.events[a] ?? '?'}`;
        return Left.Blocked;
      case Op.ExpectValue: {
        const held = lo[base + b] !== 0 || hi[base + b] !== 0;
        const detail =
          c < 0 ? '' : `${hex64(hi[base + c], lo[base + c], 1)} and ${hex64(hi[base + c + 1], lo[base + c + 1], 1)}`;
        x.expectations.value(a, held, detail);
        if (held) break;
        task.pc = pc;
        task.pending = x.operations.expectationFailed(a, detail);
        return Left.Pending;
      }
      case Op.ExpectBegin:
        x.expectations.begin(a, task, c, hi[base + b] ?? 0, lo[base + b] ?? 0, base);
        break;
      case Op.ExpectEnd: {
        const failure = x.expectations.end(a, task);
        if (failure === null) break;
        task.pc = pc;
        task.pending = x.operations.expectationFailed(a, failure);
        return Left.Pending;
      }
      case Op.Print:
        print(x, task, a, base + b);
        break;
      case Op.End:
        task.pc = pc;
        task.end('ended', '');
        return Left.Done;
    }
  }
}

function stopAt(x: Executor, task: Task, text: string): Left {
  x.stopForGood(task, text);
  return Left.Done;
}

function print(x: Executor, task: Task, message: number, register: number): void {
  let i = register;
  const text = x.program.messages[message].replace(/\{\}/g, () => {
    const value = hex64(task.hi[i], task.lo[i], 1);
    i++;
    const number = Number(value);
    return number < 10_000 ? String(number) : value;
  });
  x.output.push({ text, category: 'stdout', range: x.rangeOf(task) });
}

function holds(op: Op, order: number): boolean {
  switch (op) {
    case Op.Eq:
      return order === 0;
    case Op.Ne:
      return order !== 0;
    case Op.Lt:
      return order < 0;
    case Op.Le:
      return order <= 0;
    case Op.Gt:
      return order > 0;
    default:
      return order >= 0;
  }
}
