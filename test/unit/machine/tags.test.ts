/** The tag table against what is published of AMD's first-generation RMP. */
import { describe, expect, it } from 'vitest';
import { PhysicalMemory } from '../../../simulator/machine/memory';
import { TagTable } from '../../../simulator/machine/tags';

const FRAMES = 4096;
const table = (): { memory: PhysicalMemory; tags: TagTable } => {
  const memory = new PhysicalMemory(FRAMES);
  return { memory, tags: new TagTable(memory, 'rmp') };
};
/** The low and the high quadword of a frame's entry, read from memory byte by byte where the manual says it is. */
function quadwords(memory: PhysicalMemory, tags: TagTable, frame: number): [bigint, bigint] {
  const at = tags.entryAddress(frame);
  const word = (i: number): bigint => {
    const address = at + 4 * i;
    return BigInt(memory.page(Math.floor(address / 4096))[(address % 4096) / 4]);
  };
  return [(word(1) << 32n) | word(0), (word(3) << 32n) | word(2)];
}

function checkBits(asid: number, gfn: number, huge: boolean): void {
  const { memory, tags } = table();
  tags.assign(512, asid, gfn, huge);
  const [low, high] = quadwords(memory, tags, 512);
  expect(low & 1n, 'assigned').toBe(1n);
  expect((low >> 1n) & 1n, 'page size').toBe(huge ? 1n : 0n);
  expect((low >> 2n) & 1n, 'immutable').toBe(0n);
  expect((low >> 3n) & 0x1ffn, 'reserved').toBe(0n);
  expect((low >> 12n) & 0x7f_ffff_ffffn, 'gPA').toBe(BigInt(gfn));
  expect((low >> 51n) & 0x3ffn, 'ASID').toBe(BigInt(asid));
  expect((low >> 61n) & 1n, 'VMSA').toBe(0n);
  expect((low >> 62n) & 1n, 'validated').toBe(1n);
  expect(low >> 63n).toBe(0n);
  expect(high).toBe(0n);
  expect(tags.read(512)).toMatchObject({ assigned: true, huge, immutable: false, validated: true, asid, gfn });
  expect(tags.ownerOf(512)).toBe(asid);
}

describe('tag table', () => {
  it('takes 16 KiB and 16 bytes for each frame, at the top of memory', () => {
    const { tags } = table();
    expect(TagTable.framesNeeded(FRAMES)).toBe(4 + 16);
    expect(TagTable.framesNeeded(1)).toBe(5);
    expect(tags.firstFrame).toBe(FRAMES - 20);
    expect(tags.entryAddress(0)).toBe((FRAMES - 20) * 4096 + 16384);
    expect(tags.entryAddress(FRAMES - 1) + 16).toBe(FRAMES * 4096);
  });

  it.each([
    [1, 0, false],
    [1, 1, false],
    [1023, 2 ** 39 - 1, false],
    [512, 0x100000, false],
    [3, 0x7fffff, false],
    [7, 0x200, true],
  ] as const)('ASID %i, gfn %i, huge %s: bit by bit', checkBits);

  it('decodes what is written into memory', () => {
    const { memory, tags } = table();
    const at = tags.entryAddress(100);
    const low = (1n << 62n) | (1n << 61n) | (5n << 51n) | (0x12345n << 12n) | 0b111n;
    memory.writeEntry(Math.floor(at / 4096), (at % 4096) / 8, Number(low & 0xffff_ffffn), Number(low >> 32n));
    const entry = { assigned: true, huge: true, immutable: true, validated: true, asid: 5, gfn: 0x12345 };
    expect(tags.read(100)).toMatchObject(entry);
    expect(tags.ownerOf(100)).toBe(5);
  });

  it('gives to the host what is not assigned, whatever its ASID field says', () => {
    const { memory, tags } = table();
    const at = tags.entryAddress(100);
    memory.writeEntry(Math.floor(at / 4096), (at % 4096) / 8, 0, 5 << 19);
    expect(tags.ownerOf(100)).toBe(0);
    expect(tags.ownerOf(101)).toBe(0);
  });

  it('gives to the host what is outside memory', () => {
    const { tags } = table();
    for (let frame = 0; frame < FRAMES; frame++) tags.assign(frame, 1, frame);
    for (const frame of [FRAMES, FRAMES + 1, 2 * FRAMES, 2 ** 28, 2 ** 40 - 1]) expect(tags.ownerOf(frame)).toBe(0);
  });

  it('writes one entry, and clears it for the host', () => {
    const { memory, tags } = table();
    tags.assign(10, 3, 77);
    expect([9, 10, 11].map((frame) => tags.ownerOf(frame))).toEqual([0, 3, 0]);
    tags.assign(10, 0, 77);
    expect(quadwords(memory, tags, 10)).toEqual([0n, 0n]);
  });

  it('tags 512 frames under a 2 MiB page, each with its gfn', () => {
    const { tags } = table();
    tags.assign(1024, 2, 0x600, true);
    expect([1023, 1024, 1535, 1536].map((frame) => tags.ownerOf(frame))).toEqual([0, 2, 2, 0]);
    expect([0, 1, 511].map((i) => tags.read(1024 + i).gfn)).toEqual([0x600, 0x601, 0x7ff]);
    expect(tags.hugeOwnedBy(1300, 2)).toBe(true);
    expect(tags.hugeOwnedBy(1300, 1)).toBe(false);
    expect(tags.hugeOwnedBy(1536, 2)).toBe(false);
  });

  it('PSMASH splits 2 MiB into 4 KiB that keep owner, gfn and Validated', () => {
    const { tags } = table();
    tags.assign(1024, 2, 0x600, true);
    expect(tags.smash(1500)).toBe(0);
    for (const i of [0, 1, 476, 511]) {
      const entry = { assigned: true, huge: false, validated: true, asid: 2, gfn: 0x600 + i };
      expect(tags.read(1024 + i)).toMatchObject(entry);
    }
    expect(tags.hugeOwnedBy(1024, 2)).toBe(false);
  });

  it('PSMASH refuses what is not a 2 MiB entry', () => {
    const { tags } = table();
    expect(tags.smash(1024)).toBe(1);
    tags.assign(1024, 2, 0);
    expect(tags.smash(1024)).toBe(1);
  });

  it('answers for the state at the last mark', () => {
    const { memory, tags } = table();
    tags.assign(10, 1, 0);
    memory.mark();
    tags.assign(10, 2, 0);
    expect([tags.ownerOf(10, memory.baseline()), tags.ownerOf(10)]).toEqual([1, 2]);
    expect(tags.read(10, memory.baseline()).asid).toBe(1);
  });
});
