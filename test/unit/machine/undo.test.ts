/** Parts of the machine that are put back to checkpoints, as travelling does it: against copies of everything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhysicalMemory } from '../../../simulator/machine/memory';
import { TrackedArray } from '../../../simulator/machine/tracked';
import type { Rewindable } from '../../../simulator/machine/undo';

const FRAMES = 5;
const write = fc.record({
  kind: fc.constantFrom('word', 'entry', 'bytes', 'clear', 'copy', 'mark'),
  frame: fc.nat(FRAMES - 1),
  to: fc.nat(FRAMES - 1),
  at: fc.nat(4088),
  value: fc.nat(3),
});
type Write = typeof write extends fc.Arbitrary<infer W> ? W : never;
const script = fc.array(write, { minLength: 30, maxLength: 60 });
/** Where to go, and what to do there. */
const travels = fc.array(
  fc.record({ to: fc.nat(60), keep: fc.boolean(), drop: fc.option(fc.nat(20)), branch: fc.nat(9) }),
  { minLength: 10, maxLength: 30 },
);

/** Travels along a script of writes, and compares each place with what it was the first time. */
function travel<W>(
  part: Rewindable,
  apply: (deed: W) => void,
  read: () => string,
  deeds: readonly W[],
  ways: readonly { to: number; keep: boolean; drop: number | null; branch: number }[],
): void {
  part.beginUndo();
  const points = [0];
  const states = [read()];
  let end = 0;
  for (const { to, keep, drop, branch } of ways) {
    const wanted = Math.min(to, deeds.length);
    let base = points.findLastIndex((point) => point <= wanted);
    part.undo!.restore(base);
    part.checkpointed();
    let now = points[base];
    expect(read()).toBe(states[now]);
    while (now < wanted) {
      apply(deeds[now]);
      now++;
      if (now > end) states[(end = now)] = read();
      if (points[base + 1] !== now) continue;
      part.undo!.arrive();
      part.checkpointed();
      base++;
    }
    expect(read()).toBe(states[now]);
    if (keep && points[base] !== now) {
      part.undo!.seal();
      part.checkpointed();
      points.splice(++base, 0, now);
    }
    if (branch === 0) {
      part.undo!.truncate();
      points.length = base + 1;
    }
    const which = drop === null ? 0 : drop % points.length;
    if (which === 0 || which === base) continue;
    part.undo!.drop(which);
    points.splice(which, 1);
  }
}

/** Contents of each frame, whether it has any, and whether it holds entries. */
const contents = (memory: PhysicalMemory): string =>
  Array.from({ length: FRAMES }, (_, frame) => {
    const saved = memory.save(frame);
    return saved ? `${String(saved.structure)} ${saved.words.join()}` : '-';
  }).join('\n');

describe('memory with checkpoints', () => {
  test('is at each place what it was there the first time', () => {
    fc.assert(
      fc.property(script, travels, (deeds, ways) => {
        const memory = new PhysicalMemory(FRAMES);
        travel<Write>(
          memory,
          (deed) => {
            perform(memory, deed);
          },
          () => contents(memory),
          deeds,
          ways,
        );
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  test('notes 64 bytes for a store, not the page', () => {
    const memory = new PhysicalMemory(FRAMES);
    memory.setWord(1, 0, 1);
    memory.beginUndo();
    memory.store(1, 512, 8, 5, 6);
    memory.store(1, 520, 8, 5, 6);
    expect(memory.undo!.changed).toBe(1);
    memory.store(1, 576, 8, 5, 6);
    expect(memory.undo!.changed).toBe(2);
  });

  test('shows what it was at the last stop, also after it was put back', () => {
    const memory = new PhysicalMemory(FRAMES);
    memory.beginUndo();
    memory.setWord(1, 7, 5);
    memory.mark();
    memory.setWord(1, 7, 6);
    memory.undo!.restore(0);
    memory.checkpointed();
    expect([memory.word(1, 7), memory.baseline().word(1, 7), memory.baseline().page(1)[7]]).toEqual([0, 5, 5]);
  });
});

test('a large array is at each place what it was there the first time', () => {
  fc.assert(
    fc.property(script, travels, (deeds, ways) => {
      const array = new TrackedArray(new Uint16Array(5000));
      travel<Write>(
        array,
        ({ at, value }) => {
          array.touch(at);
          array.data[at] = value;
        },
        () => array.data.join(),
        deeds,
        ways,
      );
    }),
    { numRuns: 40, seed: 8 },
  );
});

function perform(memory: PhysicalMemory, { kind, frame, to, at, value }: Write): void {
  if (kind === 'word') memory.setWord(frame, at % 1024, value);
  else if (kind === 'entry') memory.writeEntry(frame, at % 512, value, 0);
  else if (kind === 'bytes') memory.store(frame, at, 4, value, 0);
  else if (kind === 'clear') memory.clear(frame);
  else if (kind === 'copy') memory.copy(frame, to);
  else memory.mark();
}
