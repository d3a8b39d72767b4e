/**
 * The machine's side of a measurement. It runs in a process of its own, so that no other run has shaped the compiled
 * code, and takes turns with the reference in the way that reference/main.c describes. Its argument is a Setup as JSON.
 */
import { readSync, writeSync } from 'node:fs';
import { Cause } from '../../simulator/costs/causes';
import { Count } from '../../simulator/machine/counters';
import { Access } from '../../simulator/paging/walk';
import type { Executor } from '../../simulator/run/executor';
import { TraceBatch, TraceKind, whatOf } from '../../simulator/trace/batch';
import { boot, bootTouched, HEAP_HIGH } from './boot';
import { bytesOf } from './traces';
import type { ByCache, Counts, Gups, Setup, Trace } from './workload';

const NEWLINE = 10;

/** A machine that is warm, and what makes it run once. */
interface Ready {
  readonly machine: Executor;
  readonly run: () => void;
}

function main(): void {
  const setup = JSON.parse(process.argv[2] ?? '') as Setup;
  const { workload } = setup;
  const { machine, run } = workload.kind === 'gups' ? readyForGups(setup, workload) : readyForTrace(setup, workload);
  const before = countsOf(machine);
  say('ready');
  while (isMyTurn()) {
    const start = cpuSeconds();
    run();
    say(String(cpuSeconds() - start));
  }
  say(JSON.stringify(difference(countsOf(machine), before)));
}

function readyForGups({ scheme, backing }: Setup, { bytes, seed, warm, accesses }: Gups): Ready {
  const machine = bootTouched(scheme, backing, bytes);
  let state = gups(machine, bytes / 4096, seed, warm);
  const run = (): void => {
    state = gups(machine, bytes / 4096, state, accesses);
  };
  return { machine, run };
}

/** A run ends behind the first piece of the next pass, as it began: that is as much as one pass. */
function readyForTrace({ scheme, backing }: Setup, { file }: Trace): Ready {
  let passes = 0;
  const machine = boot(scheme, backing, 'for i in 0..1_000_000 { replay("trace") }', () => {
    passes++;
    return bytesOf(file);
  });
  const run = (): void => {
    const end = passes + 1;
    while (passes < end) {
      const { reason } = machine.run({ mode: 'continue', task: 0, budget: 1 });
      if (reason !== 'budget') throw new Error(`the replay of ${file} stopped: ${reason}`);
    }
  };
  // The first pass maps what it touches, and its faults disturb TLBs and caches: the second one is warm.
  for (let pass = 0; pass <= 2; pass++) run();
  return { machine, run };
}

/**
 * Makes the accesses that reference/main.c makes too, as the replay of a synthetic trace makes them: batch by batch.
 * @param pages a power of two
 * @returns the state of the random numbers after them.
 */
function gups(machine: Executor, pages: number, seed: Gups['seed'], count: number): number {
  const batch = machine.parts.batches.of(0);
  const { what, addresses } = batch;
  const shift = 32 - Math.log2(pages);
  const store = whatOf(TraceKind.Store, 8);
  let state = seed;
  for (let left = count; left > 0; left -= batch.count) {
    batch.count = Math.min(left, TraceBatch.capacity);
    for (let i = 0; i < batch.count; i++) {
      state = nextRandom(state);
      const page = state >>> shift;
      state = nextRandom(state);
      what[i] = store;
      addresses[2 * i] = (page << 12) | ((state >>> 20) & 0xff8);
      addresses[2 * i + 1] = HEAP_HIGH + (page >>> 20);
    }
    makeAll(machine, batch);
  }
  return state;
}

/** Makes the accesses of a batch, none of which may fault. */
function makeAll(machine: Executor, batch: TraceBatch): void {
  const vm = machine.vms[0];
  const cpu = vm.vcpus[0];
  const { accesses } = machine.parts;
  const quick = accesses.quickOf(cpu);
  for (let at = 0; at < batch.count; at++) {
    if (quick !== null) at = quick.replay(batch, at) >>> 1;
    if (at === batch.count) return;
    if (accesses.attempt(cpu, vm, batch.hiAt(at), batch.loAt(at), Access.Write, true, Cause.Data) < 0)
      throw new Error('an access faulted');
  }
}

const nextRandom = (state: number): number => (Math.imul(state, 1103515245) + 12345) | 0;

function countsOf(machine: Executor): Counts {
  const vm = machine.vms[0];
  const { values } = vm.counters;
  const meter = vm.vcpus[0].meter;
  if (meter === null) throw new Error('the machine has no cost profile');
  const sum = (levels: Float64Array): number => levels.reduce((a, b) => a + b, 0);
  const answered = (cause: Cause): ByCache => {
    const [l1, l2, llc, memory] = meter.answered.subarray(cause * 4, cause * 4 + 4);
    return [l1, l2, llc, memory];
  };
  return {
    accesses: values[Count.Accesses],
    tlbL1Hits: values[Count.TlbL1Hits],
    tlbL2Hits: values[Count.TlbL2Hits],
    walks: values[Count.Walks],
    structureHits: sum(meter.structureHits),
    nestedStructureHits: sum(meter.nestedStructureHits),
    references: {
      data: answered(Cause.Data),
      table: answered(Cause.Table),
      nested: answered(Cause.Nested),
      tag: answered(Cause.Tag),
    },
  };
}

function difference(after: Counts, before: Counts): Counts {
  const minus = (a: ByCache, b: ByCache): ByCache => [a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]];
  return {
    accesses: after.accesses - before.accesses,
    tlbL1Hits: after.tlbL1Hits - before.tlbL1Hits,
    tlbL2Hits: after.tlbL2Hits - before.tlbL2Hits,
    walks: after.walks - before.walks,
    structureHits: after.structureHits - before.structureHits,
    nestedStructureHits: after.nestedStructureHits - before.nestedStructureHits,
    references: {
      data: minus(after.references.data, before.references.data),
      table: minus(after.references.table, before.references.table),
      nested: minus(after.references.nested, before.references.nested),
      tag: minus(after.references.tag, before.references.tag),
    },
  };
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}

/** Waits for a line. @returns false at the end of the input. */
function isMyTurn(): boolean {
  const byte = new Uint8Array(1);
  while (readSync(0, byte) === 1) if (byte[0] === NEWLINE) return true;
  return false;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

main();
