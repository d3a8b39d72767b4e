import { describe, expect, test } from 'vitest';
import { check, faultsOf } from './check';
import { inProcess } from './vms';

const ALL = ['tpt', 'native', 'nested', 'shadow', 'direct'] as const;

describe.each(ALL)('madvise(pageout) under %s', (scheme) => {
  test('a page that was written to comes back with what it held, once and again', () =>
    check(
      inProcess(`
        let heap = mmap(16K, rw)
        write(heap, 0xA)
        write(heap + 4K, 0xB)
        madvise(heap, 16K, pageout)
        expect gpa_of(app, heap) == 0
        expect read(heap) == 0xA
        madvise(heap, 16K, pageout)  // clean: swap has it already
        expect read(heap) == 0xA
        write(heap, 0xC)
        madvise(heap, 16K, pageout)  // dirty again
        expect read(heap) == 0xC
        expect read(heap + 4K) == 0xB
        expect read(heap + 8K) == 0`),
      { scheme },
    ));

  test('the kernel’s own stores count too', () =>
    check(
      inProcess(`
        let heap = mmap(4K, rw)
        read(heap)
        kernel { write(heap, 5) }
        madvise(heap, 4K, pageout)
        expect read(heap) == 5`),
      { scheme },
    ));

  test('2 MiB are split; what was written to anywhere in them is kept', () =>
    check(
      inProcess(`
        let heap = mmap(2M, rw)
        madvise(heap, 2M, hugepage)
        write(heap + 12K, 7)
        madvise(heap, 2M, pageout)
        expect gpa_of(app, heap) == 0
        expect read(heap + 12K) == 7
        expect read(heap + 16K) == 0`),
      { scheme },
    ));

  test('a store is known of after mprotect, fork and copy-on-write', () =>
    check(
      inProcess(`
        let heap = mmap(16K, rw)
        write(heap, 1)
        mprotect(heap, 16K, r)
        mprotect(heap, 16K, rw)
        madvise(heap, 16K, pageout)
        expect read(heap) == 1
        write(heap, 2)
        write(heap + 4K, 3)
        fork child {
          write(heap + 4K, 4)
          wait app.gone
          madvise(heap, 16K, pageout)
          expect read(heap) == 2
          expect read(heap + 4K) == 4
        }
        madvise(heap, 16K, pageout)
        expect read(heap + 4K) == 3
        signal gone
        munmap(heap, 16K)`),
      { scheme },
    ));

  test('a page in swap is forked, unmapped and dropped like any other', () =>
    check(
      inProcess(`
        let heap = mmap(16K, rw)
        write(heap, 1)
        write(heap + 4K, 2)
        madvise(heap, 16K, pageout)
        fork child {
          expect read(heap) == 1
          write(heap, 3)
          madvise(heap, 16K, pageout)
          expect read(heap) == 3
          signal done
        }
        wait child.done
        expect read(heap) == 1
        madvise(heap + 4K, 4K, dontneed)
        expect read(heap + 4K) == 0
        madvise(heap, 16K, pageout)
        munmap(heap, 16K)
        expect fault page_fault { read(heap) }`),
      { scheme },
    ));

  test('what several processes map stays', () =>
    check(
      inProcess(`
        let heap = mmap(4K, rw)
        write(heap, 1)
        fork child { wait app.never }
        let before = gpa_of(app, heap)
        madvise(heap, 4K, pageout)
        expect gpa_of(app, heap) == before
        signal never`),
      { scheme },
    ));
});

const LOST = `
  let heap = mmap(8K, rw)
  write(heap, 1)
  madvise(heap, 4K, pageout)
  expect read(heap) == 1
  write(heap, 2)`;

describe('D is in the TPT entry alone', () => {
  test('without join the page is taken for clean, and the store is lost', () => {
    const text = inProcess(`${LOST} madvise(heap, 4K, pageout) without join expect read(heap) == 2`);
    check(text, { fails: [/read\(heap\) == 2/] });
    for (const scheme of ALL.slice(1)) check(text, { scheme });
  });

  test.each(['mprotect(heap, 4K, rw) without join', 'pkey_mprotect(heap, 4K, rw, 0) without join'])(
    '%s loses it',
    (call) => {
      check(inProcess(`${LOST} ${call} madvise(heap, 4K, pageout) expect read(heap) == 2`), {
        fails: [/read\(heap\) == 2/],
      });
    },
  );

  test('fork without join loses it in the child', () => {
    const text = (fork: string): string =>
      inProcess(`${LOST}
        ${fork} {
          wait app.gone
          madvise(heap, 4K, pageout)
          expect read(heap) == 2
        }
        munmap(heap, 4K)
        signal gone`);
    check(text('fork child'));
    check(text('fork child without join'), { fails: [/read\(heap\) == 2/] });
  });

  test('without write-back swap never gets it', () => {
    const text = inProcess(`${LOST} madvise(heap, 4K, pageout) without write-back expect read(heap) == 2`);
    for (const scheme of ALL) check(text, { scheme, fails: [/read\(heap\) == 2/] });
  });
});

test('the fault of a page in swap says that it came back', () => {
  const simulation = check(inProcess('let p = mmap(4K, rw) write(p, 1) madvise(p, 4K, pageout) read(p)'));
  expect(faultsOf(simulation).rows.map((r) => r.resolution)).toContainEqual(expect.stringMatching(/^back from swap/));
});
