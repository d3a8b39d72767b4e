/**
 * The compiled engine makes accesses as the machine itself does: whatever runs, with and without it every count, cache and
 * hash comes out the same. More runs: TPT_RUNS=100 npx vitest run --project property test/property/engine
 */
import { describe, expect, test } from 'vitest';
import { compileEngine, GENERATED } from '../support/compile-engine';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compileScenario,
  costProfile,
  type CostProfile,
  type FileOpener,
  openTrace,
  type RunOptions,
  type Scheme,
} from '../../simulator/index';
import { Cause } from '../../simulator/costs/causes';
import { drain } from '../../simulator/history/journal';
import { Random } from '../../simulator/machine/random';
import { Access } from '../../simulator/paging/walk';
import { assemble } from '../../simulator/run/assemble';
import type { Executor } from '../../simulator/run/executor';
import { stateHash } from '../../simulator/run/state-hash';
import { projectRoot } from '../support/source-files';
import { binaryOf, sourceOf } from '../unit/trace/sources';
import { forPrograms } from './programs';

const SCHEMES = ['native', 'nested', 'shadow', 'direct', 'tpt'] as const;
const SKYLAKE = costProfile('skylake-sp')!;

/** So small that all caches overflow soon, and with ways that are no fours. */
const SMALL: CostProfile = {
  ...SKYLAKE,
  tlb: [
    { level: 1, use: 'data', sizes: ['4K'], entries: 6, ways: 3 },
    { level: 1, use: 'data', sizes: ['2M', '1G'], entries: 4, ways: 4 },
    { level: 1, use: 'instruction', sizes: ['4K', '2M'], entries: 8, ways: 2 },
    { level: 2, use: 'unified', sizes: ['4K', '2M'], entries: 35, ways: 5 },
  ],
  structureCaches: {
    ...SKYLAKE.structureCaches,
    guest: { l5: 1, l4: 1, l3: 2, l2: 3 },
    nested: { l5: 1, l4: 1, l3: 2, l2: 5 },
  },
  caches: {
    ...SKYLAKE.caches,
    l1: { ...SKYLAKE.caches.l1, bytes: 64 * 64 * 3, ways: 3 },
    l2: { ...SKYLAKE.caches.l2, bytes: 64 * 64 * 12, ways: 12 },
    llc: { ...SKYLAKE.caches.llc, bytes: 64 * 128 * 16, ways: 16 },
  },
};

/** One way, more ways than the engine takes at once, sets that are no power of two, one set. */
const ODD: CostProfile = {
  ...SMALL,
  tlb: [
    { level: 1, use: 'data', sizes: ['4K', '2M'], entries: 24, ways: 4 },
    { level: 1, use: 'instruction', sizes: ['4K'], entries: 5, ways: 5 },
    { level: 2, use: 'unified', sizes: ['4K', '2M', '1G'], entries: 90, ways: 18 },
  ],
  caches: {
    ...SMALL.caches,
    l1: { ...SKYLAKE.caches.l1, bytes: 64 * 64, ways: 1 },
    l2: { ...SKYLAKE.caches.l2, bytes: 64 * 64 * 17, ways: 17 },
    llc: { ...SKYLAKE.caches.llc, bytes: 64 * 64 * 36, ways: 36 },
  },
};

const OPTIONS: readonly (readonly [string, RunOptions])[] = [
  ['no costs', { costs: null }],
  ['all caches', { costs: SKYLAKE }],
  ['small caches, a nested TLB of 5 entries', { costs: SMALL, nestedTlb: 5 }],
  ['tags rmp', { costs: SMALL, tags: 'rmp' }],
  ['a tag look-up for each reference', { costs: SMALL, tags: 'rmp', lookup: 'per-reference' }],
  ['no tags', { costs: SMALL, tags: 'off', nestedTlb: 3 }],
  ['odd caches', { costs: ODD, tags: 'rmp' }],
  ['no walk caches', { costs: SMALL, structureCaches: false }],
  ['no data caches', { costs: SMALL, dataCaches: false }],
  ['huge pages', { costs: SMALL, page: '2M', backing: 'huge' }],
  ['huge pages over small backing', { costs: SMALL, page: '2M', backing: 'scattered' }],
];

/** True if frames without contents read as zero: what they all share must never be written. */
function nothingIsZero({ memory }: Executor): boolean {
  let empty = 0;
  while (memory.save(empty) !== undefined) empty++;
  return Array.from({ length: 1024 }, (_, i) => memory.word(empty, i)).every((word) => word === 0);
}

/** All that an access can change, to be compared. */
function stateOf(x: Executor): unknown {
  expect(nothingIsZero(x)).toBe(true);
  return {
    hash: stateHash(x),
    tick: x.journal.tick,
    trace: x.journal.trace.digest(),
    vms: x.vms.map((vm) => ({
      counters: [...vm.counters.values],
      meters: vm.vcpus.map(({ meter }) =>
        meter === null
          ? null
          : {
              answered: [...meter.answered],
              tables: [...meter.tableLevels, ...meter.nestedLevels],
              hits: [...meter.structureHits, ...meter.nestedStructureHits, meter.nestedTlbHits],
              walks: [meter.walks, meter.nestedWalks, meter.tagLookups],
            },
      ),
    })),
    faults: x.journal.faults.records.map(({ kind, tick, frame }) => [kind, tick, frame]),
  };
}

/** Counts what the engine was asked for and did. */
function watchEngine(x: Executor): { asked: number; made: number } {
  const seen = { asked: 0, made: 0 };
  for (const { quick } of x.vms.flatMap((vm) => vm.vcpus)) {
    if (quick === null) continue;
    const attempt = quick.attempt.bind(quick);
    quick.attempt = (...args) => {
      const frame = attempt(...args);
      seen.asked++;
      if (frame >= 0) seen.made++;
      return frame;
    };
  }
  return seen;
}

describe('with and without the engine, random programs come to the same', () => {
  test.each(OPTIONS)('%s', (_, options) => {
    let made = 0;
    let n = 0;
    forPrograms(12, { host: true, statements: 8 }, (program) => {
      // Native and direct machines have no host task that moves frames.
      const scheme: Scheme = (['nested', 'shadow', 'tpt'] as const)[n++ % 3];
      const runs = [true, false].map((engine) => {
        const x = assemble(program, { ...options, scheme, engine });
        const seen = watchEngine(x);
        while (x.run({ mode: 'continue', task: 0, budget: 1_000_000 }).reason === 'budget');
        made += seen.made;
        return stateOf(x);
      });
      expect(runs[0]).toEqual(runs[1]);
    });
    expect(made).toBeGreaterThan(0);
  });
});

const PAGES = 300;
const HEAP = 0x1000;

const MAPPED = `
  mmap(${PAGES * 4096}, rwx, 0x100000000000)
  mmap(0x1000, rw, 0x100040000000)
  touch(0x100040000000, 0x1000)`;

/** A process with pages that may be written, read and fetched from, spread over a few large pages. */
function machine(scheme: Scheme, options: RunOptions, levels: 4 | 5, body = MAPPED): Executor {
  const { program, diagnostics } = compileScenario(
    `
machine { memory 256M paging ${levels}-level }
vm guest { memory 64M paging ${scheme} }
vm other { memory 8M paging ${scheme} }
process load in guest { ${body} }`,
    'engine.tpt',
  );
  if (program === null) throw new Error(diagnostics[0]?.message);
  const x = assemble(program, { ...options, scheme });
  while (x.run({ mode: 'continue', task: 0, budget: 1_000_000 }).reason === 'budget');
  return x;
}

/** Accesses at random, some of pages that are not mapped, more often near than far. */
function storm(x: Executor, seed: number, accesses: number): void {
  const random = new Random(seed);
  const vm = x.vms[0];
  const cpu = vm.vcpus[0];
  const unit = x.parts.accesses;
  let page = 0;
  for (let i = 0; i < accesses; i++) {
    const dice = random.below(100);
    if (dice < 60) page = random.below(PAGES);
    else if (dice < 62) page = 0x40000;
    const offset = random.below(512) * 8;
    const lo = ((page << 12) | offset) >>> 0;
    const access = [Access.Read, Access.Write, Access.Write, Access.Fetch][random.below(4)];
    const user = dice < 97;
    const cause = user ? Cause.Data : Cause.Kernel;
    if (unit.attempt(cpu, vm, HEAP, lo, access, user, cause) >= 0) continue;
    drain(unit.access({ cpu, hi: HEAP, lo, access, user }, user));
    unit.stored();
    if (dice === 5) cpu.tlb.invalidate(HEAP, lo, cpu.asid, cpu.pcid);
    if (dice === 6) cpu.tlb.flush(cpu.asid, cpu.pcid, false);
  }
}

describe('with and without the engine, random accesses come to the same', () => {
  test.each(SCHEMES.flatMap((scheme) => OPTIONS.map(([name, options]) => [scheme, name, options] as const)))(
    '%s, %s',
    (scheme, name, options) => {
      if (scheme === 'direct' && options.page === '2M') return;
      const levels = (OPTIONS.findIndex(([other]) => other === name) + SCHEMES.indexOf(scheme)) % 2 === 0 ? 4 : 5;
      const runs = [true, false].map((engine) => {
        const x = machine(scheme, { ...options, engine }, levels);
        const seen = watchEngine(x);
        storm(x, 7, 4000);
        if (engine) expect(seen.made).toBeGreaterThan(seen.asked / 2);
        return stateOf(x);
      });
      expect(runs[0]).toEqual(runs[1]);
    },
  );
});

/** Lackey's text of accesses at random: near each other, some over the end of a page, some of code. */
function randomTrace(seed: number, records: number): string {
  const random = new Random(seed);
  let page = 0x100000;
  let text = '';
  for (let i = 0; i < records; i++) {
    if (random.below(3) === 0) page = 0x100000 + random.below(40);
    const kind = 'LLLSSMI '[random.below(8)];
    const size = [1, 4, 8, 16][random.below(4)];
    const offset = random.below(200) === 0 ? 4094 : random.below(4080);
    text +=
      kind === ' '
        ? `I  ${(0x400000 + offset).toString(16)},4\n`
        : ` ${kind} ${(page * 4096 + offset).toString(16)},${size}\n`;
  }
  return text;
}

describe('with and without the engine, replayed traces come to the same', () => {
  test.each(SCHEMES.flatMap((scheme) => OPTIONS.map(([name, options]) => [scheme, name, options] as const)))(
    '%s, %s',
    (scheme, name, options) => {
      if (scheme === 'direct' && options.page === '2M') return;
      const levels = name.length % 2 === 0 ? 4 : 5;
      const text = randomTrace(name.length, 12_000);
      // As text, and again in the binary form, from which the engine unpacks it.
      const binary = binaryOf(openTrace(sourceOf(text), 'lackey', levels));
      const opener: FileOpener = (file) => sourceOf(file === 'text' ? text : binary, 5000);
      const runs = [true, false].map((engine) => {
        const body = 'for i in 0..2 { replay("text") replay("binary") }';
        const x = machine(scheme, { ...options, engine, files: opener }, levels, body);
        expect(x.vms[0].counters.values[0]).toBeGreaterThan(48_000);
        return stateOf(x);
      });
      expect(runs[0]).toEqual(runs[1]);
    },
  );
});

test('the engine that is shipped is what its source compiles to', async () => {
  expect(readFileSync(join(projectRoot, GENERATED), 'utf8')).toBe(await compileEngine());
});
