/** What a process sees of its memory must not depend on the scheme: each scenario runs under all of them. */
import { describe, expect, test } from 'vitest';
import { check, type Expected } from '../unit/scenarios/check';
import { inProcess } from '../unit/scenarios/vms';

const SCHEMES = ['native', 'nested', 'shadow', 'direct', 'tpt'] as const;
/** Backing means nothing to `native`, and little to `nested`. */
const VARIANTS = [
  ['native', 'contiguous'],
  ['nested', 'huge'],
  ['shadow', 'contiguous'],
  ['shadow', 'scattered'],
  ['shadow', 'huge'],
  ['direct', 'contiguous'],
  ['direct', 'scattered'],
  ['tpt', 'contiguous'],
  ['tpt', 'scattered'],
  ['tpt', 'huge'],
] as const;

function checkAll(body: string, expected: Expected = {}): void {
  for (const [scheme, backing] of VARIANTS) {
    check(inProcess(body, { vm: `backing ${backing}` }), { scheme, ...expected });
  }
}

describe('loads and stores', () => {
  test('untouched memory is zero, also where another process left its data', () => {
    checkAll(`
      fork first { let a = mmap(64K, rw) fill(a, 64K, -1) exit() }
      let b = mmap(64K, rw)
      for i in 0..16 { expect read(b + i * 4K) == 0 }`);
  });

  test('widths, and accesses over a page end', () => {
    checkAll(`
      let heap = mmap(8K, rw)
      write(heap, 0x1122334455667788)
      expect read(heap, 1) == 0x88
      expect read(heap, 2) == 0x7788
      expect read(heap + 1, 4) == 0x44556677
      write(heap + 3, 0xAA, 1)
      expect read(heap) == 0x11223344AA667788
      write(heap + 4093, 0x0102030405060708)
      expect read(heap + 4093) == 0x0102030405060708
      expect read(heap + 4096, 1) == 0x05
      expect read(heap + 4095, 2) == 0x0506
      expect read(heap + 4096) == 0x0102030405`);
  });

  test('a store over a page end is done whole or not at all', () => {
    checkAll(`
      let heap = mmap(8K, rw)
      write(heap + 4088, 7)
      mprotect(heap + 4K, 4K, r)
      expect fault page_fault at heap + 4096 { write(heap + 4092, -1) }
      expect read(heap + 4088) == 7`);
  });

  test('fill and touch go over pages; a part of a word is left', () => {
    checkAll(`
      let heap = mmap(16K, rw)
      fill(heap + 4096 - 16, 40, 0xAB)
      expect read(heap + 4096 - 24) == 0
      expect read(heap + 4096 - 16) == 0xAB
      expect read(heap + 4096 + 16) == 0xAB
      expect read(heap + 4096 + 24) == 0
      touch(heap + 12K - 1, 2)`);
  });

  test('what no area holds faults; non-canonical addresses are #GP', () => {
    checkAll(`
      let heap = mmap(4K, r)
      let wild = heap + 1G
      expect fault page_fault at wild { read(wild) }
      expect fault page_fault { write(heap, 1) }
      expect fault page_fault { fetch(heap) }
      let odd = 0x8000_0000_0000 | heap
      expect fault gp at odd { read(odd) }
      expect fault gp { write(odd, 1) }
      expect fault gp { fetch(odd) }
      expect fault page_fault { read(0xFFFF_8880_0000_0000) }
      expect read(heap) == 0`);
  });
});

describe('fork', () => {
  test('copies on write, in both directions, and over three generations', () => {
    checkAll(`
      let heap = mmap(16K, rw)
      write(heap, 1)
      fork child {
        expect read(heap) == 1
        write(heap, 2)
        fork grandchild {
          expect read(heap) == 2
          write(heap, 3)
          wait last
          expect read(heap) == 3
        }
        write(heap + 4K, 22)
        expect read(heap) == 2
        wait last
        expect read(heap) == 2
      }
      expect read(heap) == 1
      expect read(heap + 4K) == 0
      write(heap, 4)
      expect read(heap) == 4
      signal last`);
  });

  test('a page nobody shares any more is taken over, not copied', () => {
    checkAll(`
      let heap = mmap(4K, rw)
      write(heap, 1)
      let frame = frame_of(app, heap)
      fork child { expect read(heap) == 1 exit() }
      write(heap, 2)
      expect frame_of(app, heap) == frame
      expect read(heap) == 2`);
  });

  test('a huge page is split by the first store, in the one that stores', () => {
    checkAll(`
      let heap = mmap(4M, rw)
      madvise(heap, 4M, hugepage)
      write(heap, 1)
      write(heap + 2M + 20K, 5)
      expect gpa_of(app, heap + 2M) & (2M - 1) == 0
      fork child {
        write(heap + 2M + 20K, 6)
        expect read(heap) == 1
        wait stored
        expect read(heap + 2M + 20K) == 6
        expect read(heap + 2M) == 0
      }
      expect read(heap + 2M + 20K) == 5
      write(heap + 2M, 7)
      signal stored`);
  });

  // A huge page of which one frame is still alone: what is shared must be asked of each of the 512.
  test('mprotect of a huge page keeps all of it copy-on-write', () => {
    checkAll(`
      let heap = mmap(2M, rw, 0x20_0000_0000)
      madvise(heap, 2M, hugepage)
      write(heap + 8K, 1)
      fork child {
        write(heap, 9)
        wait stored
        expect read(heap + 8K) == 1
      }
      mprotect(heap, 2M, rw)
      write(heap + 8K, 2)
      signal stored`);
  });

  test('copies a huge page once, though advice has parted its area', () => {
    const body = `
      let heap = mmap(2M, rw, 0x20_0000_0000)
      madvise(heap, 2M, hugepage)
      write(heap, 1)
      madvise(heap + 4K, 8K, nohugepage)
      fork child { expect read(heap) == 1 exit() }
      let frame = frame_of(app, heap)
      write(heap, 2)
      expect frame_of(app, heap) == frame`;
    checkAll(body);
  });
});

describe('mprotect and munmap', () => {
  test('take effect at once', () => {
    checkAll(`
      let heap = mmap(12K, rw)
      fill(heap, 12K, 5)
      mprotect(heap + 4K, 4K, r)
      expect fault page_fault at heap + 4K { write(heap + 4K, 1) }
      expect read(heap + 4K) == 5
      write(heap, 6)
      mprotect(heap + 4K, 4K, none)
      expect fault page_fault { read(heap + 4K) }
      mprotect(heap, 12K, rx)
      fetch(heap + 4K)
      expect read(heap + 4K) == 5
      expect fault page_fault { write(heap, 7) }
      munmap(heap + 8K, 4K)
      expect fault page_fault { read(heap + 8K) }
      expect read(heap) == 6`);
  });

  test.each(['mprotect(heap, 4K, r)', 'munmap(heap, 4K)', 'pkey_mprotect(heap, 4K, r, 1)'])(
    '%s without invlpg leaves the TLB behind',
    (call) => {
      checkAll(`
        let heap = mmap(4K, rw)
        write(heap, 1)
        ${call} without invlpg
        expect no fault { write(heap, 2) }
        kernel { invlpg(heap) }
        expect fault page_fault { write(heap, 3) }`);
    },
  );

  test('mprotect none hides a page and its contents, also of a huge one', () => {
    checkAll(`
      let heap = mmap(2M, rw, 0x20_0000_0000)
      madvise(heap, 2M, hugepage)
      write(heap + 40K, 7)
      mprotect(heap, 2M, none)
      expect fault page_fault { read(heap + 40K) }
      fork child {
        mprotect(heap, 2M, rw)
        expect read(heap + 40K) == 7
        write(heap + 40K, 8)
      }
      mprotect(heap + 40K, 4K, r)
      expect read(heap + 40K) == 7
      expect fault page_fault { read(heap + 44K) }
      mprotect(heap, 2M, rw)
      write(heap + 44K, 1)
      expect read(heap + 40K) == 7`);
  });

  test('a huge page is split at the edges of a range', () => {
    checkAll(`
      let heap = mmap(4M, rw, 0x20_0000_0000)
      madvise(heap, 4M, hugepage)
      for i in 0..1024 { write(heap + i * 4K, i + 1) }
      munmap(heap + 2M - 8K, 16K)
      expect fault page_fault { read(heap + 2M - 8K) }
      expect fault page_fault { read(heap + 2M + 4K) }
      mprotect(heap + 4K, 4K, r)
      expect fault page_fault { write(heap + 4K, 0) }
      for i in 0..510 { expect read(heap + i * 4K) == i + 1 }
      for i in 514..1024 { expect read(heap + i * 4K) == i + 1 }
      write(heap + 8K, 0)`);
  });

  test('madvise dontneed gives zeroes, and asks for frames again', () => {
    checkAll(`
      let heap = mmap(8K, rw)
      fill(heap, 8K, 3)
      madvise(heap, 4K, dontneed)
      expect gpa_of(app, heap) == 0
      expect fault page_fault { expect read(heap) == 0 }
      expect read(heap + 4K) == 3`);
  });

  test('addresses: fixed, taken, beyond the user half', () => {
    checkAll(
      `
      let heap = mmap(8K, rw, 0x20_0000_0000)
      expect heap == 0x20_0000_0000
      let other = mmap(4K, rw)
      expect other != heap
      let where = heap + 4K
      mmap(4K, rw, where)`,
      { fails: [/^app runs to its end .*taken/] },
    );
  });
});

test('protection keys: no access, no stores; fetches are free of them', () => {
  checkAll(`
    let heap = mmap(8K, rwx)
    fill(heap, 8K, 1)
    pkey_mprotect(heap, 4K, rwx, 3)
    wrpkru(1 << 6)
    expect fault page_fault at heap { read(heap) }
    fetch(heap)
    expect read(heap + 4K) == 1
    wrpkru(2 << 6)
    expect read(heap) == 1
    expect fault page_fault { write(heap, 2) }
    fork child { expect fault page_fault { write(heap, 2) } wrpkru(0) write(heap, 5) }
    expect fault page_fault { write(heap, 2) }
    wrpkru(0)
    write(heap, 2)
    expect read(heap) == 2`);
});

test('processes of one VM do not see each other, though their addresses are equal', () => {
  for (const scheme of SCHEMES) {
    for (const profile of ['hardware', 'prototype']) {
      const text = `
        machine { memory 64M }
        vm web { memory 16M profile ${profile} }
        schedule round-robin 1
        process a in web { ${tenant(0xaaaa)} }
        process b in web { ${tenant(0xbbbb)} }
        process c in web { ${tenant(0xcccc)} }`;
      const simulation = check(text, { scheme });
      expect(simulation.summary().expectations).toHaveLength(6);
    }
  }
  function tenant(value: number): string {
    return `let heap = mmap(8K, rw, 0x20_0000_0000)
      for i in 0..20 { write(heap, ${value} + i) expect read(heap) == ${value} + i }
      expect read(heap + 4K) == 0`;
  }
});
