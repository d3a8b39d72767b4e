/** What the host lets a guest under direct paging do, rule by rule, on the machine itself. */
import { beforeEach, describe, expect, test } from 'vitest';
import { compileScenario } from '../../../simulator/index';
import { drain } from '../../../simulator/history/journal';
import { PageType } from '../../../simulator/host/direct/page-types';
import type { DirectPaging } from '../../../simulator/host/direct/direct-paging';
import { readSlot } from '../../../simulator/host/map';
import type { Vm } from '../../../simulator/host/vm';
import { checkInvariants } from '../../../simulator/invariants';
import type { Vcpu } from '../../../simulator/machine/vcpu';
import { P, PS, RW, US, frameHigh, frameLow, frameOf } from '../../../simulator/paging/format';
import { Access } from '../../../simulator/paging/walk';
import { assemble } from '../../../simulator/run/assemble';
import type { Executor } from '../../../simulator/run/executor';

const EPERM = -1;
const EINVAL = -22;
const TEXT = `machine { memory 64M }
  vm web { memory 16M paging direct vcpus 2 }
  vm evil { memory 16M paging direct }
  kernel idle in web {}`;
/** Guest frames that nobody uses, and the page at which the direct map shows the first. */
const A = 1000;
const B = 1001;
const C = 1002;

let x: Executor;
let web: Vm;
let direct: DirectPaging;
let cpu: Vcpu;

beforeEach(() => {
  x = assemble(compileScenario(TEXT, 'test').program!, {});
  web = x.vms[0];
  direct = web.direct!;
  cpu = web.vcpus[0];
});

const home = (gfn: number, vm = web): number => readSlot(x.memory, vm, gfn);
const entry = (frame: number, flags: number): { lo: number; hi: number } => ({
  lo: frameLow(frame) | flags,
  hi: frameHigh(frame),
});
const update = (table: number, index: number, frame: number, flags: number): number =>
  drain(direct.mmuUpdate([{ table, index, ...entry(frame, flags) }]));
const why = (): string => x.journal.faults.records.at(-1)?.why ?? '';
/** Maps a guest frame in the direct map, or takes it out (flags 0). */
function mapDirect(gfn: number, flags: number, flush: 'none' | 'local' | 'all' = 'none', frame = home(gfn)): number {
  const gvaHi = x.kernels[0].memory.directHigh + Math.floor(gfn / 0x100000);
  const mapping = { gvaHi, gvaLo: ((gfn % 0x100000) << 12) | 0, flush, ...entry(frame, flags) };
  return drain(direct.updateVaMapping(cpu, [mapping]));
}
const pin = (frame: number, level: number): number => drain(direct.mmuextOp(cpu, { op: 'pin', frame, level }));
const unpin = (frame: number): number => drain(direct.mmuextOp(cpu, { op: 'unpin', frame }));
/** Makes guest frames that nobody maps writable into pinned tables. */
function makeTable(gfn: number, level: number): number {
  expect(mapDirect(gfn, P)).toBe(0);
  expect(pin(home(gfn), level)).toBe(0);
  return home(gfn);
}
const state = (frame: number): [PageType, number, number] => [
  direct.types.typeOf(frame),
  direct.types.countOf(frame),
  direct.types.referencesOf(frame),
];

describe('what a machine starts with', () => {
  test('the books are right, and ordinary frames are mapped writable once', () => {
    expect(checkInvariants(x)).toEqual([]);
    expect(state(home(A))).toEqual([PageType.Writable, 1, 1]);
    const root = home(x.kernels[0].initRoot);
    // Pinned, and loaded by two vCPUs; the direct map shows it read-only.
    expect(state(root)).toEqual([PageType.L4, 3, 4]);
    expect(direct.types.isPinned(root)).toBe(true);
  });
});

test('the invariants notice a table that was written behind the back of the host', () => {
  const table = makeTable(A, 1);
  x.memory.writeEntry(table, 0, entry(home(B), P | RW).lo, 0);
  expect(checkInvariants(x)).toEqual([expect.stringMatching(/found type 6, 2, 2; the books say writable, 1 type/)]);
  x.memory.writeEntry(table, 0, entry(home(A, x.vms[1]), P).lo, 0);
  expect(checkInvariants(x)).toEqual([expect.stringMatching(/which is not the VM's/)]);
  x.memory.writeEntry(table, 0, entry(table, P | RW).lo, 0);
  expect(checkInvariants(x)[0]).toMatch(/used as several things/);
});

describe('an entry of an L1 table', () => {
  test('takes a writable reference, or one without a type, and gives it back', () => {
    const table = makeTable(A, 1);
    expect(update(table, 3, home(B), P | RW | US)).toBe(0);
    expect(state(home(B))).toEqual([PageType.Writable, 2, 2]);
    expect(update(table, 3, home(B), P | US)).toBe(0);
    expect(state(home(B))).toEqual([PageType.Writable, 1, 2]);
    expect(update(table, 3, home(C), P | RW)).toBe(0);
    expect(state(home(B))).toEqual([PageType.Writable, 1, 1]);
    expect(state(home(C))).toEqual([PageType.Writable, 2, 2]);
    expect(update(table, 3, 0, 0)).toBe(0);
    expect(state(home(C))).toEqual([PageType.Writable, 1, 1]);
    expect(checkInvariants(x)).toEqual([]);
  });

  test.each([
    ["another VM's frame", () => home(A, x.vms[1]), P, EPERM, /belongs to evil/],
    ["the host's frame", () => 0, P, EPERM, /frame 0x0 belongs to host/],
    ['a frame outside memory', () => 0x100000, P, EINVAL, /outside memory/],
    ['a table, writable', () => home(A), P | RW, EINVAL, /is an L1 table: it cannot be mapped writable/],
    ['a map of the host, writable', () => web.mapFrame, P | RW, EPERM, /can only be mapped read-only/],
    ["the tag table, which is the host's own", () => x.tags.firstFrame, P, EPERM, /belongs to host/],
  ])('must not name %s', (_, frame, flags, errno, words) => {
    const table = makeTable(A, 1);
    expect(update(table, 3, frame(), flags)).toBe(errno);
    expect(why()).toMatch(words);
    expect(x.memory.page(table)[6]).toBe(0);
    expect(checkInvariants(x)).toEqual([]);
  });

  test('may name a table and the maps of the host, read-only', () => {
    const table = makeTable(A, 1);
    expect(update(table, 0, table, P)).toBe(0);
    expect(update(table, 1, web.mapFrame, P)).toBe(0);
    expect(update(table, 2, direct.reverseMap.frame, P)).toBe(0);
    // The map of another VM is no business of this one.
    expect(update(table, 3, x.vms[1].mapFrame, P)).toBe(EPERM);
    expect(checkInvariants(x)).toEqual([]);
  });
});

describe('a frame that becomes a table', () => {
  test('must not be mapped writable', () => {
    expect(pin(home(A), 1)).toBe(EINVAL);
    expect(why()).toMatch(/frame 0x\w+ is mapped writable: it cannot become an L1 table/);
    expect(state(home(A))).toEqual([PageType.Writable, 1, 1]);
  });

  test('is checked whole; nothing is kept of one that is refused', () => {
    x.memory.writeEntry(home(A), 1, entry(home(B), P | RW).lo, 0);
    x.memory.writeEntry(home(A), 2, entry(home(A, x.vms[1]), P).lo, 0);
    expect(mapDirect(A, P)).toBe(0);
    expect(pin(home(A), 1)).toBe(EPERM);
    expect(why()).toMatch(/entry 2 of the L1 table in frame .* belongs to evil/);
    expect(state(home(A))).toEqual([PageType.None, 0, 1]);
    expect(state(home(B))).toEqual([PageType.Writable, 1, 1]);
    expect(checkInvariants(x)).toEqual([]);
  });

  test('brings its own tables with it, and lets them go', () => {
    // A is to be an L3 over an L2 in B over an L1 in C, all built by plain stores.
    x.memory.writeEntry(home(A), 0, entry(home(B), P | RW).lo, 0);
    x.memory.writeEntry(home(B), 511, entry(home(C), P | RW).lo, 0);
    x.memory.writeEntry(home(C), 7, entry(home(C + 1), P | RW).lo, 0);
    for (const gfn of [A, B, C]) expect(mapDirect(gfn, P)).toBe(0);
    web.events.clear();
    expect(pin(home(A), 3)).toBe(0);
    // One present entry in each.
    expect(web.events.work.reduce((sum, n) => sum + n, 0)).toBe(3);
    expect([A, B, C].map((gfn) => direct.types.typeOf(home(gfn)))).toEqual([PageType.L3, PageType.L2, PageType.L1]);
    expect(state(home(C + 1))).toEqual([PageType.Writable, 2, 2]);
    expect(mapDirect(C, P | RW)).toBe(EINVAL);
    expect(checkInvariants(x)).toEqual([]);
    expect(unpin(home(A))).toBe(0);
    expect([A, B, C].map((gfn) => direct.types.typeOf(home(gfn)))).toEqual([0, 0, 0]);
    expect(state(home(C + 1))).toEqual([PageType.Writable, 1, 1]);
    expect(mapDirect(C, P | RW)).toBe(0);
    expect(checkInvariants(x)).toEqual([]);
  });

  test('has one level, and no way back to itself', () => {
    const table = makeTable(A, 2);
    expect(pin(table, 2)).toBe(EINVAL);
    expect(why()).toMatch(/pinned already/);
    expect(update(table, 0, table, P)).toBe(EINVAL);
    expect(why()).toMatch(/is an L2 table: it cannot become an L1 table as well/);
    expect(update(table, 0, home(B), P | RW)).toBe(EINVAL);
    expect(why()).toMatch(/is mapped writable: it cannot become an L1 table/);
    expect(update(table, 0, home(B), P | PS)).toBe(EINVAL);
    expect(why()).toMatch(/maps 2 MiB: only 4 KiB are allowed/);
    expect(checkInvariants(x)).toEqual([]);
  });

  test("must be the VM's own", () => {
    expect(pin(home(A, x.vms[1]), 1)).toBe(EPERM);
    expect(update(home(A, x.vms[1]), 0, home(B), P)).toBe(EPERM);
    expect(why()).toMatch(/belongs to evil/);
    expect(update(web.mapFrame, 0, home(B), P)).toBe(EPERM);
    expect(why()).toMatch(/belongs to host/);
  });
});

describe('pins and roots', () => {
  test('what is not pinned cannot be unpinned', () => {
    expect(unpin(home(A))).toBe(EINVAL);
    expect(why()).toMatch(/is not pinned/);
    expect(unpin(home(A, x.vms[1]))).toBe(EPERM);
  });

  test('a root stays a table while a vCPU runs on it', () => {
    const before = cpu.root as number;
    const root = makeTable(A, 4);
    const load = (frame: number): number => drain(direct.mmuextOp(cpu, { op: 'new_baseptr', frame, pcid: 5 }));
    // The kernel half, so that the vCPU has something to run on.
    const words = x.memory.page(before);
    for (let i = 256; i < 512; i++) {
      if ((words[i * 2] & P) === 0) continue;
      expect(update(root, i, frameOf(words[i * 2], words[i * 2 + 1]), words[i * 2] & 0xfff)).toBe(0);
    }
    expect(load(root)).toBe(0);
    expect([cpu.root, cpu.regime, cpu.nestedRoot]).toEqual([root, 'direct', -1]);
    expect(unpin(root)).toBe(0);
    expect(mapDirect(A, P | RW)).toBe(EINVAL);
    expect(checkInvariants(x)).toEqual([]);
    expect(load(before)).toBe(0);
    expect(mapDirect(A, P | RW)).toBe(0);
    expect(checkInvariants(x)).toEqual([]);
  });

  test('a frame that is no root is not loaded', () => {
    const before = cpu.root as number;
    expect(drain(direct.mmuextOp(cpu, { op: 'new_baseptr', frame: home(A), pcid: 5 }))).toBe(EINVAL);
    expect(why()).toMatch(/mmuext_op new_baseptr: .*mapped writable/);
    expect(cpu.root).toBe(before);
  });
});

describe('batches', () => {
  test('are one exit, and end at the first update that is refused', () => {
    const table = makeTable(A, 1);
    web.counters.values.fill(0);
    web.events.clear();
    const wanted = [home(B), home(A, x.vms[1]), home(C)].map((frame, index) => ({ table, index, ...entry(frame, P) }));
    expect(drain(direct.mmuUpdate(wanted))).toBe(EPERM);
    expect([0, 1, 2].map((i) => x.memory.page(table)[i * 2] & P)).toEqual([1, 0, 0]);
    expect(web.counters.get('vm_exits')).toBe(1);
    expect(web.counters.get('hypercalls')).toBe(1);
    expect(web.events.exits.reduce((sum, n) => sum + n, 0)).toBe(1);
  });

  test('what is no table is written like other memory', () => {
    expect(update(home(A), 9, home(A, x.vms[1]), P | RW)).toBe(0);
    expect(frameOf(x.memory.page(home(A))[18], 0)).toBe(home(A, x.vms[1]));
    expect(checkInvariants(x)).toEqual([]);
  });

  test('update_va_mapping says where nothing is mapped', () => {
    const mapping = { gvaHi: 0x7f00, gvaLo: 0, flush: 'none' as const, ...entry(home(A), P) };
    expect(drain(direct.updateVaMapping(cpu, [mapping]))).toBe(EINVAL);
    expect(why()).toMatch(/no L1 table maps 0x00007f0000000000/);
  });
});

describe('translations from before', () => {
  const gva = (gfn: number): [number, number] => [x.kernels[0].memory.directHigh, gfn << 12];
  const reach = (each: Vcpu, gfn: number): number => each.translate(...gva(gfn), Access.Write, false);

  test('update_va_mapping drops them where it is told to', () => {
    for (const [flush, left] of [
      ['none', [true, true]],
      ['local', [false, true]],
      ['all', [false, false]],
    ] as const) {
      expect(mapDirect(A, P | RW, 'all')).toBe(0);
      for (const each of web.vcpus) expect(reach(each, A)).toBe(home(A));
      expect(mapDirect(A, P, flush)).toBe(0);
      expect(web.vcpus.map((each) => reach(each, A) >= 0)).toEqual(left);
    }
  });

  test('are gone when a frame becomes a table, on every vCPU', () => {
    for (const each of web.vcpus) expect(reach(each, A)).toBe(home(A));
    makeTable(A, 1);
    for (const each of web.vcpus) expect(reach(each, A)).toBe(-1);
  });

  test('invlpg and flush, of one vCPU and of all', () => {
    const [hi, lo] = [0x7f00, 0];
    const held = (): boolean[] => web.vcpus.map((each) => each.tlb.lookup(hi, lo, false, each.asid, each.pcid) >= 0);
    for (const [op, left] of [
      ['invlpg_local', [false, true]],
      ['invlpg_all', [false, false]],
      ['tlb_flush_local', [false, true]],
      ['tlb_flush_all', [false, false]],
    ] as const) {
      for (const each of web.vcpus) each.tlb.fill(hi, lo, false, each.asid, each.pcid, 12, home(A), 0, 0, false);
      expect(held()).toEqual([true, true]);
      const request = op === 'invlpg_local' || op === 'invlpg_all' ? { op, gvaHi: hi, gvaLo: lo } : { op };
      expect(drain(direct.mmuextOp(cpu, request))).toBe(0);
      expect(held()).toEqual(left);
    }
  });
});
