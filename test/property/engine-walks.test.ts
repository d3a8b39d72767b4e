/**
 * Single accesses and batches of them over random tables, tags, modes and caches, good and bad: a machine with the engine
 * and one without come to the same, access by access. More runs: TPT_RUNS=5000 npx vitest run --project property test/property/engine-walks
 */
import { expect, test } from 'vitest';
import { Cause } from '../../simulator/costs/causes';
import { costProfile } from '../../simulator/costs/profiles';
import { Engine } from '../../simulator/engine/engine';
import { Quick } from '../../simulator/engine/quick';
import { HEAP, type Store } from '../../simulator/engine/store';
import { Journal } from '../../simulator/history/journal';
import { Vm } from '../../simulator/host/vm';
import type { TlbArray, VmConfig } from '../../simulator/language/program';
import { AccessUnit, type FaultHandlers } from '../../simulator/machine/access';
import { DataCaches } from '../../simulator/machine/data-caches';
import { PhysicalMemory } from '../../simulator/machine/memory';
import { Meter } from '../../simulator/machine/meter';
import { Random } from '../../simulator/machine/random';
import { TagTable } from '../../simulator/machine/tags';
import { Tlb } from '../../simulator/machine/tlb';
import { type Regime, Vcpu } from '../../simulator/machine/vcpu';
import { WalkCaches } from '../../simulator/machine/walk-caches';
import { Access } from '../../simulator/paging/walk';
import { high32, low32 } from '../../simulator/units';
import { TraceBatch, TraceKind, whatOf } from '../../simulator/trace/batch';
import { FULL, GUEST_AT, type LeafLevel, type Levels, MEMORY_FRAMES, Tree } from '../unit/paging/tables';

const KINDS = [TraceKind.Load, TraceKind.Load, TraceKind.Store, TraceKind.Store, TraceKind.Modify, TraceKind.Fetch];
/** What the access of a record is, by TraceKind. */
const ACCESSES_OF = [Access.Read, Access.Write, Access.Read, Access.Fetch];

const RUNS = Number(process.env['TPT_RUNS'] ?? 400);

/** TLBs by what they have first: sets of their own or shared by sizes, one set, few, or more than a replay remembers pages. */
const TLBS: readonly (readonly TlbArray[])[] = [
  [
    { level: 1, use: 'data', sizes: ['4K'], entries: 4, ways: 2 },
    { level: 1, use: 'data', sizes: ['2M', '1G'], entries: 2, ways: 2 },
    { level: 1, use: 'instruction', sizes: ['4K', '2M', '1G'], entries: 3, ways: 3 },
    { level: 2, use: 'unified', sizes: ['4K', '2M'], entries: 10, ways: 5 },
  ],
  [
    { level: 1, use: 'data', sizes: ['4K'], entries: 32, ways: 2 },
    { level: 1, use: 'instruction', sizes: ['4K'], entries: 16, ways: 4 },
    { level: 2, use: 'unified', sizes: ['4K', '2M'], entries: 24, ways: 6 },
  ],
  [
    { level: 1, use: 'unified', sizes: ['4K', '2M', '1G'], entries: 16, ways: 1 },
    { level: 2, use: 'unified', sizes: ['4K'], entries: 64, ways: 4 },
  ],
  [
    { level: 1, use: 'data', sizes: ['4K', '2M'], entries: 128, ways: 1 },
    { level: 1, use: 'instruction', sizes: ['4K', '2M'], entries: 3, ways: 3 },
  ],
  [{ level: 1, use: 'unified', sizes: ['4K', '2M', '1G'], entries: 4, ways: 4 }],
];
const STRUCTURES = { l5: 1, l4: 1, l3: 2, l2: 2 };
const SKYLAKE = costProfile('skylake-sp')!;
/** Ways by level, and sets of 64 lines: from 16 on tags are short, in the memory that is used here. */
const WAYS: readonly (readonly [l1: number, l2: number, llc: number, sets: number])[] = [
  [8, 9, 13, 1],
  [8, 16, 11, 16],
  [5, 8, 16, 16],
  [16, 16, 17, 16],
  [3, 6, 16, 1],
];
const CACHES = WAYS.map(([l1, l2, llc, sets]) => ({
  ...SKYLAKE,
  caches: {
    ...SKYLAKE.caches,
    l1: { ...SKYLAKE.caches.l1, bytes: 64 * 64 * l1, ways: l1 },
    l2: { ...SKYLAKE.caches.l2, bytes: 64 * 64 * l2, ways: l2 },
    llc: { ...SKYLAKE.caches.llc, bytes: 64 * 64 * sets * llc, ways: llc },
  },
}));

/** Pages of both halves (of four levels), near each other and far apart. */
const PAGES = [
  0x400n,
  0x401n,
  0x402n,
  0x412n,
  0x442n,
  0x5ffn,
  0x600n,
  0x40000n,
  0x40201n,
  0x8000000n,
  0xffffffff81000n,
  0xffffffff81001n,
];
const REGIMES: readonly Regime[] = ['native', 'nested', 'tpt', 'shadow', 'direct'];

const GUEST_ROOT = 16;
const NESTED_ROOT = 1024;
/** A frame that nobody uses: all that have no contents share what it reads as. */
const EMPTY = 0x7_0000;

/** One of two machines: equal seeds give equal tables, tags, modes and accesses, whatever makes the accesses. */
class Machine {
  private readonly journal: Journal;
  private readonly vm: Vm;
  private readonly memory: PhysicalMemory;
  private readonly tags: TagTable;
  private readonly cpu: Vcpu;
  private readonly unit: AccessUnit;
  private readonly random: Random;
  private readonly records: TraceBatch;
  private readonly guest: Tree;
  private readonly nested: Tree | null;
  /** Guest frames (host frames, if there is no nested table) that something is mapped to. */
  private readonly frames: number[] = [];

  constructor(seed: number, store: Store) {
    this.random = new Random(seed);
    this.memory = new PhysicalMemory(MEMORY_FRAMES, store);
    this.tags = new TagTable(this.memory, this.pick(['asid', 'rmp']), this.pick(['per-frame', 'per-reference']), store);
    this.journal = new Journal(store);
    this.vm = new Vm(0, { memory: 4096, backingSeed: 1 } as VmConfig, store);
    this.unit = new AccessUnit(this.journal, {} as FaultHandlers);
    this.cpu = this.newCpu(store);
    const levels = this.pick<Levels>([4, 5]);
    const { cpu } = this;
    Object.assign(cpu.mode, { levels, physBits: this.pick([52, 46, 36]), pkru: 0 });
    this.changeMode();
    const nested = this.chance(50);
    cpu.root = GUEST_ROOT;
    cpu.nestedRoot = nested ? NESTED_ROOT : -1;
    cpu.nestedLevels = this.pick<Levels>([4, 5]);
    cpu.asid = 1;
    cpu.tagged = this.chance(60);
    cpu.regime = this.pick(REGIMES);
    const place = (frame: number): number => (nested ? frame + GUEST_AT : frame);
    this.guest = new Tree(this.memory, GUEST_ROOT, levels, counter(GUEST_ROOT + 1), place);
    this.nested = nested ? new Tree(this.memory, NESTED_ROOT, cpu.nestedLevels, counter(NESTED_ROOT + 1)) : null;
    for (const page of PAGES) this.mapPage(page);
    for (const frame of [...this.guest.numbers(), ...this.frames]) this.mapNested(frame);
    for (const frame of [...this.guest.numbers(), ...this.frames]) this.tag(frame);
    this.journal.restart();
    this.records = new TraceBatch(store);
    if (store instanceof Engine) cpu.quick = new Quick(store, cpu, this.vm.counters, this.journal.clock);
  }

  /** How many accesses and records there were, and how many of them the engine made. */
  asked = 0;
  made = 0;

  /** Makes records of a trace, a few pages again and again. @returns what each came to, if that was a fault. */
  replay(): string {
    const { records } = this;
    const pages = Array.from({ length: 1 + this.random.below(6) }, () => this.pick(PAGES));
    records.count = 1 + this.random.below(60);
    const strays = this.chance(20);
    for (let i = 0; i < records.count; i++) {
      const far = strays && this.chance(3);
      const address = (this.pick(pages) << 12n) | BigInt(this.random.below(far ? 4096 : 4080));
      // Not canonical, and the same as another in all bits that entries of a TLB hold.
      const [hi, lo] = [high32(address) ^ (strays && this.chance(3) ? 1 << 27 : 0), low32(address)];
      records.what[i] = whatOf(this.pick(KINDS), this.pick([1, 8, 16]));
      records.addresses[2 * i] = lo;
      records.addresses[2 * i + 1] = hi;
    }
    this.asked += records.count;
    const faults: string[] = [];
    for (let i = 0; i < records.count; i++) {
      const next = this.cpu.quick?.replay(records, i) ?? 2 * i;
      this.made += (next >>> 1) - i;
      i = next >>> 1;
      if (i < records.count) faults.push(this.makeAlone(i, next % 2 === 1));
    }
    return faults.join('');
  }

  /** Makes a record, or the store of its load and store, without the engine. @returns what its fault is. */
  private makeAlone(i: number, storeOnly: boolean): string {
    const { cpu, records } = this;
    const [hi, lo] = [records.hiAt(i), records.loAt(i)];
    if ((lo & 4095) + (records.what[i] & 63) > 4096) return '';
    const kind = records.kindAt(i);
    const accesses = kind === TraceKind.Modify ? [Access.Read, Access.Write] : [ACCESSES_OF[kind]];
    const engine = cpu.quick;
    cpu.quick = null;
    const failed = accesses
      .slice(storeOnly ? 1 : 0)
      .find((access) => this.unit.attempt(cpu, this.vm, hi, lo, access, true, Cause.Data) < 0);
    cpu.quick = engine;
    if (failed === undefined) return '';
    return `${i} ${cpu.translate(hi, lo, failed, true)} ${cpu.walk.fault} ${cpu.walk.errorCode};`;
  }

  /** Makes an access, now and then after a change of registers, tables or caches. @returns the frame, or -1, and what the fault is. */
  step(): string {
    const { cpu, unit } = this;
    if (this.chance(2)) this.changeMode();
    if (this.chance(2)) cpu.pcid = this.random.below(3);
    if (this.chance(1)) cpu.asid = 1 + this.random.below(2);
    if (this.chance(1)) cpu.tagged = !cpu.tagged;
    if (this.chance(2)) this.tags.ownersChanged = true;
    if (this.chance(3)) this.tag(this.pick(this.frames));
    if (this.chance(3)) this.mapPage(this.pick(PAGES));
    if (this.chance(3)) cpu.tlb.flush(cpu.asid, this.pick([null, cpu.pcid]), this.chance(50));
    const address = (this.pick(PAGES) << 12n) | BigInt(this.random.below(4096));
    const [hi, lo] = [high32(address), low32(address)];
    if (this.chance(5)) cpu.tlb.invalidate(hi, lo, cpu.asid, cpu.pcid);
    const access = this.pick([Access.Read, Access.Write, Access.Fetch]);
    const user = this.chance(70);
    const { vm } = this;
    const { counters } = vm;
    const before = counters.values[0];
    this.asked++;
    const quick = cpu.quick?.attempt(hi, lo, access, user, Cause.Data) ?? -1;
    if (quick >= 0) {
      this.made++;
      expect(counters.values[0]).toBe(before + 1);
      return `${quick}`;
    }
    expect(counters.values[0]).toBe(before);
    // Without the engine, that it is not asked twice.
    const engine = cpu.quick;
    cpu.quick = null;
    const frame = unit.attempt(cpu, vm, hi, lo, access, user, Cause.Data);
    cpu.quick = engine;
    if (frame >= 0) return `${frame}`;
    return `${cpu.translate(hi, lo, access, user)} ${cpu.walk.fault} ${cpu.walk.errorCode}`;
  }

  /** All that accesses change. */
  state(): unknown {
    const words: number[] = [];
    const add = (word: number): void => {
      words.push(word);
    };
    this.cpu.tlb.forEachWord(add);
    const { meter } = this.cpu;
    meter?.forEachWord(add);
    const memory: [number, number[]][] = [];
    this.memory.forEach((frame, page) => memory.push([frame, [...page]]));
    return {
      empty: Array.from({ length: 1024 }, (_, i) => this.memory.word(EMPTY, i)).filter((word) => word !== 0),
      words,
      memory,
      counters: [...this.vm.counters.values],
      meter: meter && [meter.walks, meter.nestedWalks, meter.nestedTlbHits, meter.tagLookups],
      levels: meter && [
        ...meter.tableLevels,
        ...meter.nestedLevels,
        ...meter.structureHits,
        ...meter.nestedStructureHits,
      ],
      tick: this.journal.tick,
      trace: this.journal.trace.digest(),
    };
  }

  private newCpu(store: Store): Vcpu {
    const size = { guest: STRUCTURES, nested: STRUCTURES, nestedTlb: this.pick([0, 3]) };
    const caches = this.chance(80) ? new WalkCaches(size, store) : null;
    const profile = this.pick(CACHES);
    const { frames } = this.memory;
    const lines = this.chance(70)
      ? new DataCaches(profile, DataCaches.shared(profile, frames, store), frames, store)
      : null;
    const meter = this.chance(80) ? new Meter(lines, this.tags, store) : null;
    return new Vcpu(0, this.memory, this.tags, new Tlb(this.pick(TLBS), caches, store), meter, store);
  }

  private changeMode(): void {
    const { mode } = this.cpu;
    mode.nxe = this.chance(80);
    mode.wp = this.chance(70);
    mode.smep = this.chance(50);
    mode.smap = this.chance(30);
    mode.ac = this.chance(50);
    this.cpu.modeChanged();
  }

  private mapPage(page: bigint): void {
    const leaf = this.pick<LeafLevel>([1, 1, 1, 2, 3]);
    const frame = 512 * this.random.below(8) + (leaf === 1 ? this.random.below(6) : 0);
    this.frames.push(frame);
    // Bits that are reserved, or name frames that are not there; and some that just do.
    const bit = this.chance(3) ? 12 + this.random.below(40) : this.chance(5) ? 32 + this.random.below(2) : 0;
    const bad = bit === 0 ? 0n : 1n << BigInt(bit);
    this.guest.map(page << 12n, frame, leaf, this.flags() | bad, this.flags());
  }

  private mapNested(gfn: number): void {
    const leaf = this.pick<LeafLevel>([1, 1, 2]);
    const head = gfn - (gfn % 512 ** (leaf - 1));
    const bad = this.chance(1) ? 1n << BigInt(12 + this.random.below(40)) : 0n;
    this.nested?.map(BigInt(head) << 12n, head + GUEST_AT, leaf, this.flags() | bad, this.flags());
  }

  /** Mostly such that nothing has to be set and all is allowed. */
  private flags(): bigint {
    let flags = FULL;
    for (const bit of [0n, 1n, 2n, 5n, 6n]) if (this.chance(1)) flags &= ~(1n << bit);
    if (this.chance(3)) flags |= 1n << 63n;
    if (this.chance(10)) flags |= 1n << 8n;
    return flags;
  }

  /** Gives a frame to a VM, the host, or nobody; where the guest has it, or elsewhere; alone, or in 2 MiB. */
  private tag(gfn: number): void {
    const frame = this.nested ? gfn + GUEST_AT : gfn;
    const owner = this.random.below(40) < 37 ? 1 : this.pick([0, 2]);
    const huge = this.chance(20);
    const from = huge ? 512 : 1;
    const named = this.chance(1) ? gfn + 7 * from : gfn;
    this.tags.assign(frame - (frame % from), owner, named - (named % from), huge);
  }

  private chance(percent: number): boolean {
    return this.random.below(100) < percent;
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)];
  }
}

const counter = (first: number) => (): number => first++;

test.each([
  ['single accesses', 80, (machine: Machine) => machine.step()],
  ['batches between single accesses', 30, (machine: Machine) => `${machine.replay()} ${machine.step()}`],
] as const)(
  '%s of all kinds come to the same with and without the engine',
  (_, steps, step) => {
    let made = 0;
    let all = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const machines = [new Machine(seed, new Engine()), new Machine(seed, HEAP)];
      for (let i = 0; i < steps; i++) {
        const [mine, other] = machines.map(step);
        expect([seed, i, mine]).toEqual([seed, i, other]);
      }
      expect([seed, machines[0].state()]).toEqual([seed, machines[1].state()]);
      made += machines[0].made;
      all += machines[0].asked;
    }
    // Tables are bad often enough that much is left to the machine, and good often enough that much is not.
    expect(made / all).toBeGreaterThan(0.15);
    expect(made / all).toBeLessThan(0.9);
  },
  120_000,
);
