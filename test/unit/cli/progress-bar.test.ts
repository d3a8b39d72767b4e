import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ProgressBar } from '../../../extension/cli/progress-bar';

function make(
  terminal = true,
  unit: 'accesses' | null = 'accesses',
): { bar: ProgressBar; drawn: string[]; at: (ms: number) => void } {
  const drawn: string[] = [];
  let now = 0;
  const io = {
    out: () => Promise.resolve(),
    err: (text: string) => void drawn.push(text),
    stdin: Readable.from([]),
    errIsTerminal: terminal,
    interrupted: () => false,
  };
  return { bar: new ProgressBar(io, unit, () => now), drawn, at: (ms) => (now = ms) };
}

const CLEAR = '\r\u001b[K';

describe('progress bar', () => {
  test('shows the part, the count and the rate, ten times a second', () => {
    const { bar, drawn, at } = make();
    at(1000);
    bar.show({ label: 'a.gz', done: 0, total: 100, accesses: 1_000_000 });
    at(1050);
    bar.show({ label: 'a.gz', done: 10, total: 100, accesses: 1_500_000 });
    at(1500);
    bar.show({ label: 'a.gz', done: 50, total: 100, accesses: 3_000_000 });
    at(1550);
    bar.show({ label: 'a.gz', done: 55, total: 100, accesses: 3_100_000 });
    bar.show(null);
    bar.show(null);
    expect(drawn).toEqual([
      `${CLEAR}a.gz [##----------------------]  10 %  1.5 M accesses, 10.0 M/s`,
      `${CLEAR}a.gz [############------------]  50 %  3.0 M accesses, 4.0 M/s`,
      CLEAR,
    ]);
  });

  test('of something without a known end only count and rate', () => {
    const { bar, drawn, at } = make();
    bar.show({ label: '-', done: 5, total: null, accesses: 0 });
    at(2000);
    bar.show({ label: '-', done: 6, total: null, accesses: 4_000_000 });
    expect(drawn).toEqual([`${CLEAR}-  4.0 M accesses, 2.0 M/s`]);
  });

  test('of what is not counted only the part', () => {
    const { bar, drawn, at } = make(true, null);
    bar.show({ label: 'a.tpt', done: 0, total: 600, accesses: 0 });
    at(1000);
    bar.show({ label: 'a.tpt', done: 150, total: 600, accesses: 0 });
    expect(drawn).toEqual([`${CLEAR}a.tpt [######------------------]  25 %`]);
  });

  test('the rate begins anew with another file', () => {
    const { bar, drawn, at } = make();
    bar.show({ label: 'a', done: 1, total: 2, accesses: 9_000_000 });
    at(1000);
    bar.show({ label: 'b', done: 1, total: 2, accesses: 1_000_000 });
    at(2000);
    bar.show({ label: 'b', done: 2, total: 2, accesses: 3_000_000 });
    expect(drawn).toEqual([`${CLEAR}b [########################] 100 %  3.0 M accesses, 2.0 M/s`]);
  });

  test('says nothing where nobody watches', () => {
    const { bar, drawn, at } = make(false);
    bar.show({ label: 'a', done: 1, total: 2, accesses: 1 });
    at(1000);
    bar.show({ label: 'a', done: 1, total: 2, accesses: 1 });
    bar.clear();
    expect(drawn).toEqual([]);
  });
});
