import { DEFAULT_HISTORY_MEMORY, type RunOptions } from '../control';
import type { CostProfile } from '../costs/profile';
import { costProfile } from '../costs/profiles';
import { newEngine } from '../engine/engine';
import { Quick } from '../engine/quick';
import { HEAP, type Store } from '../engine/store';
import { handlePageFault } from '../guest/fault';
import { Kernel } from '../guest/kernel';
import { drain, Journal, type Steps } from '../history/journal';
import { Recording } from '../history/recording';
import { handleNestedFault, handleTagViolation } from '../host/faults';
import { populate } from '../host/direct/build';
import { DirectPaging } from '../host/direct/direct-paging';
import { PageTypes } from '../host/direct/page-types';
import { reverseMapFrames } from '../host/direct/reverse-map';
import { Use } from '../host/frames';
import { Host } from '../host/host';
import { Hypercalls } from '../host/hypercalls';
import { mapNested } from '../host/nested';
import { ShadowPaging } from '../host/shadow/shadow';
import { Vm } from '../host/vm';
import type { Program, VmConfig } from '../language/program';
import { AccessUnit, type FaultHandlers, type Verdict } from '../machine/access';
import { DataCaches } from '../machine/data-caches';
import { Meter } from '../machine/meter';
import { WalkCaches } from '../machine/walk-caches';
import type { Machine } from '../machine/machine';
import { PhysicalMemory } from '../machine/memory';
import { Random } from '../machine/random';
import { TagTable } from '../machine/tags';
import { Tlb } from '../machine/tlb';
import { Vcpu } from '../machine/vcpu';
import { Batches } from '../trace/batches';
import { Executor } from './executor';
import { Task } from './task';

const DEFAULT_STEP_LIMIT = 1_000_000_000;

/** Builds a machine for a program and boots its VMs; time begins at tick 0 with the first statement. */
export function assemble(program: Program, options: RunOptions): Executor {
  const config = {
    ...program.machine,
    seed: options.seed ?? program.machine.seed,
    tags: options.tags ?? program.machine.tags,
    lookup: options.lookup ?? program.machine.lookup,
  };
  const engine = options.engine === false ? null : newEngine();
  const store = engine ?? HEAP;
  const memory = new PhysicalMemory(Math.floor(config.memory / 4096), store);
  const tags = new TagTable(memory, config.tags, config.lookup, store);
  const costs =
    options.costs === undefined ? (config.costs === null ? null : costProfile(config.costs)) : options.costs;
  const llc = costs === null ? null : DataCaches.shared(costs, memory.frames, store);
  const journal = new Journal(store);
  journal.faults.brief = options.briefHistory ?? false;
  const host = new Host(memory, tags, journal);
  const hypercalls = new Hypercalls(memory, journal);
  const kernels: Kernel[] = [];
  const home = new Map<Vcpu, Vm>();
  const kernelOf = (cpu: Vcpu): Kernel => kernels[home.get(cpu)!.index];
  const handlers: FaultHandlers = {
    vmOf: (cpu) => home.get(cpu)!,
    pidOn: (cpu) => kernels[home.get(cpu)!.index]?.current.get(cpu)?.pid ?? 0,
    ownerName: (asid) => host.ownerName(asid),
    pageFault: (attempt, record) => {
      const deliver = (code: number): Steps<Verdict> => handlePageFault(kernelOf(attempt.cpu), attempt, code, record);
      return home.get(attempt.cpu)!.intercepts?.pageFault(attempt, record, deliver) ?? deliver(record.errorCode ?? 0);
    },
    nestedFault: (attempt, gpa, record) => handleNestedFault(host, home.get(attempt.cpu)!, gpa, record),
    tagViolation: (attempt, walk, record) =>
      handleTagViolation(host, home.get(attempt.cpu)!, attempt, walk, record, (code) =>
        handlePageFault(kernelOf(attempt.cpu), attempt, code, record),
      ),
  };
  const accesses = new AccessUnit(journal, handlers);
  const random = new Random(config.seed);
  const hugePages = options.page === '2M';
  const machine: Machine = { config, hugePages, memory, tags, journal, host, accesses, hypercalls };

  program.vms.forEach((vmConfig, index) => {
    host.vms.push(new Vm(index, withOverrides(vmConfig, options), store));
  });
  placeVms(host);
  let nextCpu = 0;
  for (const vm of host.vms) {
    for (let i = 0; i < vm.config.vcpus; i++) {
      const caches =
        costs === null || options.structureCaches === false
          ? null
          : walkCaches(costs, options, config.levels, vm, store);
      const meter =
        costs === null || llc === null
          ? null
          : new Meter(
              options.dataCaches === false ? null : new DataCaches(costs, llc, memory.frames, store),
              tags,
              store,
            );
      const tlb = new Tlb(options.tlb ?? options.costs?.tlb ?? config.tlb, caches, store);
      const cpu = new Vcpu(nextCpu++, memory, tags, tlb, meter, store);
      if (engine?.isWhole) cpu.quick = new Quick(engine, cpu, vm.counters, journal.clock);
      cpu.asid = vm.asid;
      cpu.nestedLevels = vm.config.nestedLevels;
      cpu.mode.levels = config.levels;
      cpu.mode.physBits = config.physBits;
      cpu.modeChanged();
      vm.vcpus.push(cpu);
      home.set(cpu, vm);
    }
    if (vm.config.scheme === 'shadow') vm.intercepts = new ShadowPaging(host, vm);
    kernels.push(new Kernel(machine, vm));
  }

  const executor = new Executor(
    program,
    {
      memory,
      tags,
      journal,
      host,
      hypercalls,
      kernels,
      accesses,
      random,
      levels: config.levels,
      costs,
      files: options.files ?? null,
      batches: new Batches(store),
    },
    options.stepLimit ?? DEFAULT_STEP_LIMIT,
  );
  const placed = new Map<number, number>();
  program.tasks.forEach((info, index) => {
    if (info.forkedBy >= 0) return;
    const vm = host.vms[info.vm];
    const ordinal = placed.get(info.vm) ?? 0;
    placed.set(info.vm, ordinal + 1);
    const cpu = vm ? vm.vcpus[(info.vcpu >= 0 ? info.vcpu : ordinal) % vm.vcpus.length] : null;
    const process = info.kind === 'process' && cpu ? drain(kernels[info.vm].newProcess(cpu, info.name)) : null;
    if (info.kind === 'process' && !process)
      throw new Error(`VM ${vm.name} has no memory for the tables of ${info.name}`);
    executor.tasks.push(
      new Task(executor.tasks.length, info.name, info, index, program.functions[info.function], process, cpu),
    );
  });
  journal.restart();
  if (options.record) beginRecording(executor, options.record.memory ?? DEFAULT_HISTORY_MEMORY);
  for (const vm of host.vms) vm.counters.values.fill(0);
  executor.beginMeasuring();
  return executor;
}

/** @param budget bytes */
function beginRecording(executor: Executor, budget: number): void {
  const { journal, memory } = executor;
  const recording = new Recording(
    journal,
    () => executor.statements,
    () => executor.running?.info.kind === 'host',
    budget,
  );
  journal.recording = recording;
  memory.recorder = recording;
  journal.faults.added = (record) => {
    recording.mark(record.kind, record.vm, record.id);
  };
  for (const vm of executor.vms) {
    for (const cpu of vm.vcpus)
      cpu.rootLoaded = () => {
        recording.mark('cr3', vm.index, cpu.root, cpu.pcid | (cpu.regime === 'tpt' ? 4096 : 0));
      };
  }
}

/** The walk caches of a profile, without those that this vCPU's tables have no use for. */
function walkCaches(profile: CostProfile, options: RunOptions, levels: 4 | 5, vm: Vm, store: Store): WalkCaches {
  const { guest, nested } = profile.structureCaches;
  const nestedTlb = options.nestedTlb ?? profile.nestedTlb.entries;
  const none = { l5: 0, l4: 0, l3: 0, l2: 0 };
  return new WalkCaches(
    {
      guest: levels === 5 ? guest : { ...guest, l5: 0 },
      nested: vm.nestedRoot < 0 ? none : vm.config.nestedLevels === 5 ? nested : { ...nested, l5: 0 },
      nestedTlb: vm.nestedRoot < 0 ? 0 : nestedTlb,
    },
    store,
  );
}

const withOverrides = (config: VmConfig, { scheme, backing, tptProfile }: RunOptions): VmConfig => ({
  ...config,
  scheme: scheme ?? config.scheme,
  backing: backing ?? config.backing,
  profile: tptProfile ?? config.profile,
});

/** Gives each VM what the host needs for it. Maps come first: they are in one piece. */
function placeVms(host: Host): void {
  if (host.vms.some((vm) => vm.config.scheme === 'direct')) prepareDirect(host);
  for (const vm of host.vms) placeVm(vm, host);
  for (const vm of host.vms) {
    if (vm.direct && !populate(host, vm, vm.direct.reverseMap))
      throw new Error(
        `the host has no ${vm.frames} frames for ${vm.name}: under direct paging a VM gets all its memory at creation; give the machine more memory or the VM less`,
      );
  }
}

/** Nested table and gfn→hfn map, under direct paging the map alone, under `native` the frames themselves. */
function placeVm(vm: Vm, host: Host): void {
  if (vm.config.scheme === 'native') {
    vm.firstGfn = host.frames.takeRun(vm.frames, Use.Guest, 512) as number;
    if (vm.firstGfn < 0) throw new Error(`the machine has no ${vm.frames} contiguous frames for ${vm.name}`);
    for (let i = 0; i < vm.frames; i++) host.tags.assign(vm.firstGfn + i, vm.asid, vm.firstGfn + i);
    return;
  }
  const direct = vm.config.scheme === 'direct' ? host.direct : null;
  const nestedRoot = direct ? -1 : host.frames.take(Use.Nested);
  vm.mapFrames = Math.ceil((vm.frames * 8) / 4096);
  vm.mapFrame = host.frames.takeRun(vm.mapFrames, Use.Map);
  if ((nestedRoot < 0 && !direct) || vm.mapFrame < 0)
    throw new Error(`the host has no memory for the tables of ${vm.name}`);
  vm.contiguousBase = contiguousBase(vm, host);
  if (direct) {
    vm.direct = new DirectPaging(host, vm, direct);
    return;
  }
  vm.nestedRoot = nestedRoot;
  vm.mapGfn = Math.ceil(vm.frames / 512) * 512;
  for (let i = 0; i < vm.mapFrames; i++)
    mapNested(host.memory, host.frames, vm, vm.mapGfn + i, vm.mapFrame + i, { readOnly: true });
}

/** What VMs under direct paging share. */
function prepareDirect(host: Host): void {
  const frames = reverseMapFrames(host.memory.frames);
  const frame = host.frames.takeRun(frames, Use.Map);
  if (frame < 0) throw new Error('the host has no memory for the hfn→gfn map that direct paging needs');
  host.direct = { types: new PageTypes(host.memory.frames), reverseMap: { frame, frames } };
}

/** Contiguous VMs lie one after the other from 2 MiB-aligned starts, behind the frames that the host needs for its own tables. */
function contiguousBase(vm: Vm, host: Host): number {
  const align = (frames: number): number => Math.ceil(frames / 512) * 512;
  // For each VM its map, and nested tables: one for 512 frames and a few above.
  let base = align(
    host.vms.reduce(
      (sum, other) => sum + Math.ceil((other.frames * 8) / 4096) + Math.ceil(other.frames / 512) + 16,
      1 + (host.direct?.reverseMap.frames ?? 0),
    ),
  );
  for (const other of host.vms) {
    if (other === vm) break;
    base += align(other.frames);
  }
  return base;
}
