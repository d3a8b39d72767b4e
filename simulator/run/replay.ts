import { Cause } from '../costs/causes';
import { coverOnTouch } from '../guest/process';
import type { Steps } from '../history/journal';
import { Count } from '../machine/counters';
import { Access } from '../paging/walk';
import { type ByteSource, type TraceBatch, TraceKind } from '../trace/batch';
import { openTrace, TRACE_FORMATS } from '../trace/reader';
import { problemText, type TraceReader } from '../trace/records';
import { hex64, highOf, lowOf } from '../units';
import type { Wide } from './builtin-calls';
import type { Executor } from './executor';
import { noteAccess } from './loads';
import type { Task } from './task';

/** What the first access of a record is, by TraceKind. */
const FIRST = Uint8Array.of(Access.Read, Access.Write, Access.Read, Access.Fetch);
const KIND_NAMES = ['load', 'store', 'modify', 'fetch'] as const;

/**
 * Makes the accesses of a trace as a task's own. Pages that no area covers are mapped as they are touched.
 * @param format index into TRACE_FORMATS
 * @returns how many accesses were made; null if the trace cannot be used to its end, or an access failed.
 */
export function* replay(x: Executor, task: Task, name: string, format: number): Steps<Wide | null> {
  const source = open(x, name);
  if (source === null) return null;
  yield* x.journal.enter('replay', `replay ${name}`);
  const run = new Replay(x, task);
  const done = yield* replayAll(x, run, source, openTrace(source, TRACE_FORMATS[format], x.levels), name);
  source.close();
  x.progress = null;
  x.journal.leave();
  return done ? { hi: highOf(run.accesses), lo: lowOf(run.accesses) } : null;
}

function open(x: Executor, name: string): ByteSource | null {
  if (x.parts.files === null) {
    x.complain(`replay of ${name}: this run has no access to files`);
    return null;
  }
  try {
    return x.parts.files(name);
  } catch (error) {
    x.complain(error instanceof Error ? error.message : String(error));
    return null;
  }
}

/** @returns false if an access failed, or the trace is damaged: then the executor was told. */
function* replayAll(x: Executor, run: Replay, source: ByteSource, trace: TraceReader, name: string): Steps<boolean> {
  const { batch } = run;
  let records = 0;
  for (;;) {
    const problem = trace.next(batch);
    for (run.at = 0; run.at < batch.count;) {
      if (!x.journal.stepping && !x.journal.alarm.due) run.runFast();
      if (run.at < batch.count && !(yield* run.runOne(records + run.at))) return false;
    }
    if (problem) {
      x.complain(problemText(name, problem));
      return false;
    }
    if (batch.count === 0) return true;
    records += batch.count;
    const { total } = trace;
    x.progress = {
      label: name,
      done: total === null ? source.position : records,
      total: total ?? source.size,
      accesses: run.accesses,
    };
    yield { kind: 'breath' };
  }
}

/** One replay under way, between two accesses. */
class Replay {
  readonly batch: TraceBatch;
  /** Record of the batch that is next. */
  at = 0;
  accesses = 0;
  /** Accesses of that record which were made already. */
  private made = 0;
  private readonly userEnd: number;
  private readonly hugePages: boolean;

  constructor(
    private readonly x: Executor,
    private readonly task: Task,
  ) {
    this.batch = x.parts.batches.of(task.id);
    this.userEnd = x.levels === 5 ? 2 ** 44 : 2 ** 35;
    this.hugePages = x.parts.kernels[task.info.vm].machine.hugePages;
  }

  /** Makes accesses until the batch is used up, or one needs more than the fast path: `runOne` makes that. */
  runFast(): void {
    const { batch, task, x } = this;
    const { count } = batch;
    const unit = x.parts.accesses;
    const cpu = task.cpu!;
    const vm = x.vms[task.info.vm];
    const counts = vm.counters.values;
    const { alarm } = x.journal;
    const quick = vm.spuriousFault || batch.core === null ? null : unit.quickOf(cpu);
    let { at, accesses } = this;
    for (; at < count && !alarm.due; at++) {
      let halfMade = false;
      if (quick !== null) {
        const before = counts[Count.Accesses];
        const next = quick.replay(batch, at);
        accesses += counts[Count.Accesses] - before;
        at = next >>> 1;
        halfMade = (next & 1) !== 0;
        if (at === count) break;
      }
      const low = batch.loAt(at);
      const high = batch.hiAt(at);
      if (!halfMade) {
        if ((low & 4095) + batch.bytesAt(at) > 4096) break;
        if (unit.attempt(cpu, vm, high, low, FIRST[batch.kindAt(at)], true, Cause.Data) < 0) break;
        accesses++;
        if (batch.kindAt(at) !== TraceKind.Modify) continue;
      }
      if (unit.attempt(cpu, vm, high, low, Access.Write, true, Cause.Data) < 0) {
        this.made = 1;
        break;
      }
      accesses++;
    }
    if (at > this.at) this.noteAccess(at - 1);
    this.at = at;
    this.accesses = accesses;
  }

  /**
   * Makes what is left of the next record, resolving faults and pausing where a debugger wants to stand.
   * @param number of the record in the trace. @returns false if an access failed.
   */
  *runOne(number: number): Steps<boolean> {
    const { x, task, batch, at } = this;
    const kind = batch.kindAt(at);
    const start = { hi: batch.hiAt(at), lo: batch.loAt(at) };
    const page = (start.hi >>> 0) * 0x100000 + (start.lo >>> 12);
    const pages = (start.lo & 4095) + batch.bytesAt(at) > 4096 ? 2 : 1;
    const accesses = kind === TraceKind.Modify ? 2 * pages : pages;
    for (; this.made < accesses; this.made++, this.accesses++) {
      if (x.journal.stepping || x.journal.alarm.due) yield* this.stand(number, kind, start);
      const second = this.made % pages === 1;
      const isWrite = kind === TraceKind.Modify && this.made >= pages;
      coverOnTouch(task.process!, second ? page + 1 : page, this.userEnd, this.hugePages);
      const place = second ? pageStart(page + 1) : start;
      if ((yield* x.loads.translate(task, place, isWrite ? Access.Write : FIRST[kind])) < 0) return false;
    }
    this.made = 0;
    this.at++;
    return true;
  }

  private *stand(number: number, kind: TraceKind, start: Wide): Steps<void> {
    const { x, batch, at } = this;
    x.journal.show([
      { name: 'record', value: String(number), type: 'number' },
      { name: 'kind', value: KIND_NAMES[kind], type: 'access' },
      { name: 'gVA', value: hex64(start.hi, start.lo), type: 'gVA' },
      { name: 'size', value: String(batch.bytesAt(at)), type: 'bytes' },
    ]);
    yield* x.journal.stand('access');
  }

  private noteAccess(at: number): void {
    const { batch } = this;
    noteAccess(this.task, batch.hiAt(at), batch.loAt(at), FIRST[batch.kindAt(at)]);
  }
}

const pageStart = (page: number): Wide => ({ hi: Math.floor(page / 0x100000) | 0, lo: ((page % 0x100000) << 12) | 0 });
