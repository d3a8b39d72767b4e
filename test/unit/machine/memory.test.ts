import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../../../simulator/machine/memory';
import { Random } from '../../../simulator/machine/random';

const SIZES = [1, 2, 4, 8] as const;
const frames = (memory: PhysicalMemory): number[] => {
  const found: number[] = [];
  memory.forEach((frame) => found.push(frame));
  return found;
};

describe('physical memory', () => {
  it('is sparse: reading makes nothing, and what was never written is zero', () => {
    const memory = new PhysicalMemory(2 ** 28);
    expect(memory.page(2 ** 28 - 1).every((word) => word === 0)).toBe(true);
    memory.clear(5);
    memory.copy(6, 7);
    expect(frames(memory)).toEqual([]);
    memory.writeEntry(2 ** 28 - 1, 511, 1, 2);
    memory.writeEntry(3, 0, 4, 5);
    expect(frames(memory)).toEqual([3, 2 ** 28 - 1]);
    expect([...memory.page(2 ** 28 - 1).slice(1021)]).toEqual([0, 1, 2]);
  });

  it.each([1, 511, 512, 513, 700])('of %i frames ends there', (size) => {
    const memory = new PhysicalMemory(size);
    for (const frame of [size, size + 1, 511, 512, 1024, 2 ** 28, 2 ** 32 + 1, 2 ** 40 - 1]) {
      if (frame < size) continue;
      memory.writeEntry(frame, 3, 1, 1);
      memory.store(frame, 0, 8, 1, 1);
      expect(memory.page(frame)[6], `frame ${frame}`).toBe(0);
      expect(memory.page(frame)[0]).toBe(0);
    }
    expect(frames(memory)).toEqual([]);
    expect(memory.touched().size).toBe(0);
  });

  it.each(SIZES)('loads and stores %i bytes at every offset as an array of bytes does', (bytes) => {
    const memory = new PhysicalMemory(4);
    const random = new Random(bytes);
    const mirror = new DataView(new ArrayBuffer(4096));
    for (let i = 0; i < 1024; i++) {
      const word = random.next();
      memory.writable(1)[i] = word;
      mirror.setUint32(i * 4, word, true);
    }
    const expected = (offset: number): bigint => {
      let value = 0n;
      for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(mirror.getUint8(offset + i));
      return value;
    };
    for (let offset = 0; offset + bytes <= 4096; offset++) {
      const lo = random.next() | 0;
      const hi = random.next() | 0;
      const value = BigInt.asUintN(bytes * 8, (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0));
      for (let i = 0; i < bytes; i++) mirror.setUint8(offset + i, Number((value >> BigInt(8 * i)) & 255n));
      memory.store(1, offset, bytes, lo, hi);
      memory.load(1, offset, bytes);
      // Halves are unsigned and above the size they are zero.
      expect([memory.lo, memory.hi], `offset ${offset}`).toEqual([Number(value & 0xffff_ffffn), Number(value >> 32n)]);
    }
    for (let offset = 0; offset + bytes <= 4096; offset++) {
      memory.load(1, offset, bytes);
      expect((BigInt(memory.hi) << 32n) | BigInt(memory.lo), `offset ${offset}`).toBe(expected(offset));
    }
    expect(memory.page(2).every((word) => word === 0)).toBe(true);
  });

  it('shows the state of the last mark while the present goes on', () => {
    const memory = new PhysicalMemory(1024);
    memory.writeEntry(1, 0, 10, 0);
    memory.writeEntry(2, 0, 20, 0);
    memory.mark();
    const before = memory.baseline();
    expect([...memory.touched().keys()]).toEqual([]);
    memory.writeEntry(1, 0, 11, 0);
    memory.writeEntry(1, 0, 12, 0);
    memory.writeEntry(3, 0, 30, 0);
    memory.clear(2);
    const now = [1, 2, 3, 4].map((frame) => memory.page(frame)[0]);
    const then = [1, 2, 3, 4].map((frame) => before.page(frame)[0]);
    expect(now).toEqual([12, 0, 30, 0]);
    expect(then).toEqual([10, 20, 0, 0]);
    expect([...memory.touched().keys()].sort()).toEqual([1, 2, 3]);
    memory.mark();
    expect([1, 2, 3].map((frame) => memory.baseline().page(frame)[0])).toEqual([12, 0, 30]);
    expect(memory.touched().size).toBe(0);
  });

  it('copies contents, not pages', () => {
    const memory = new PhysicalMemory(16);
    memory.writeEntry(1, 5, 7, 8);
    memory.copy(1, 2);
    memory.writeEntry(1, 5, 9, 9);
    expect([...memory.page(2).slice(10, 12)]).toEqual([7, 8]);
    memory.copy(3, 2);
    expect(memory.page(2).every((word) => word === 0)).toBe(true);
    memory.copy(1, 1);
    expect(memory.page(1)[10]).toBe(9);
  });
});
