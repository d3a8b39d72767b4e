/** The engine's memory, and where the engine must leave things alone. What it computes is tested in test/property/engine. */
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../simulator/engine/engine';
import { Quick } from '../../../simulator/engine/quick';
import { Cause } from '../../../simulator/costs/causes';
import { TLB_PRESETS } from '../../../simulator/language/tlb-presets';
import { Counters } from '../../../simulator/machine/counters';
import { PhysicalMemory } from '../../../simulator/machine/memory';
import { TagTable } from '../../../simulator/machine/tags';
import { Tlb } from '../../../simulator/machine/tlb';
import { Vcpu } from '../../../simulator/machine/vcpu';
import { Access } from '../../../simulator/paging/walk';
import { FULL, Tree } from '../paging/tables';

const VA = 0x40_0000;

describe('arrays of the engine', () => {
  it('are zero, apart from each other, and stay when the memory grows', () => {
    const engine = new Engine();
    const arrays = [engine.bytes(3), engine.uint16(5), engine.int32(7), engine.uint32(70_000), engine.float64(9)];
    expect(arrays.flatMap((array) => [...new Set(array)])).toEqual([0, 0, 0, 0, 0]);
    arrays.forEach((array, i) => array.fill(i + 1));
    engine.slab()?.words.fill(9);
    const late = engine.slab();
    late?.words.fill(9);
    engine.int32(300_000).fill(9);
    expect(arrays.map((array) => [...new Set(array)])).toEqual([[1], [2], [3], [4], [5]]);
    expect(arrays.map((array) => engine.address(array) % 64)).toEqual([0, 0, 0, 0, 0]);
    expect(engine.address(new Uint8Array(1))).toBe(0);
  });

  it('begin behind the first slab, whose first page stands for all that is empty', () => {
    const engine = new Engine();
    const early = engine.address(engine.int32(1));
    expect(engine.slab()?.number).toBe(0);
    expect(early).toBeGreaterThanOrEqual(2 ** 20);
    expect(engine.slab()?.number).toBeGreaterThan(early / 2 ** 20);
  });

  it('are ordinary ones when 4 GiB are used up', () => {
    const engine = exhausted();
    expect(engine.isWhole).toBe(true);
    const array = engine.int32(300_000);
    expect([array.length, array[7], engine.address(array), engine.isWhole]).toEqual([300_000, 0, 0, false]);
  });
});

describe('memory beyond what the engine reaches', () => {
  it('holds what is written to it', () => {
    const memory = new PhysicalMemory(2 ** 20, exhausted());
    for (let frame = 0; frame < 600; frame++) memory.writeEntry(frame * 512, frame % 512, frame, 7);
    for (let frame = 0; frame < 600; frame++) {
      expect([memory.word(frame * 512, (frame % 512) * 2), memory.word(frame * 512, (frame % 512) * 2 + 1)]).toEqual([
        frame,
        7,
      ]);
    }
  });

  it.each([
    ['tables in reach', new Engine(), 0x300],
    ['tables out of reach', exhausted(), -1],
  ])('%s', (_, engine, found) => {
    const memory = new PhysicalMemory(2 ** 20, engine);
    const tags = new TagTable(memory, 'off');
    const tlb = new Tlb(TLB_PRESETS['tiny'], null, engine);
    const cpu = new Vcpu(0, memory, tags, tlb, null, engine);
    const quick = new Quick(engine, cpu, new Counters(engine), engine.float64(2));
    let nextTable = 17;
    const tree = new Tree(memory, 16, 4, () => nextTable++);
    cpu.root = 16;
    cpu.tagged = false;
    tree.map(BigInt(VA), 0x300, 1, FULL);
    const attempt = (): number => quick.attempt(0, VA, Access.Read, true, Cause.Data);
    // The first access sets A bits and holds the first page of this size, the second is past a flush.
    expect(attempt()).toBe(-1);
    expect(cpu.translate(0, VA, Access.Read, true)).toBe(0x300);
    tlb.flush(0, null, true);
    expect(attempt()).toBe(found);
    expect(cpu.translate(0, VA, Access.Read, true)).toBe(0x300);
  });
});

/** An engine that has little room left: for small arrays, none for slabs. */
function exhausted(): Engine {
  const engine = new Engine();
  engine.int32(1);
  while (engine.slab() !== null);
  return engine;
}
