/** The allocators of frames: of the host, and of a guest kernel. */
import { describe, expect, it } from 'vitest';
import { GuestFrames } from '../../../simulator/guest/frames';
import { HostFrames, Use } from '../../../simulator/host/frames';
import { Random } from '../../../simulator/machine/random';

const END = 2048;
const host = (): HostFrames => new HostFrames(2100, END);
const freeOf = (frames: HostFrames): number => {
  let free = 0;
  for (let frame = 0; frame < frames.frames; frame++) if (frames.useOf(frame) === Use.Free) free++;
  return free;
};

describe('host frames', () => {
  it('never gives out frame 0 or the tag table', () => {
    const frames = host();
    const taken = new Set<number>();
    for (let frame = frames.take(Use.Guest); frame >= 0; frame = frames.take(Use.Guest)) taken.add(frame);
    expect(taken.size).toBe(END - 1);
    expect([Math.min(...taken), Math.max(...taken)]).toEqual([1, END - 1]);
    expect([frames.free, frames.takeHuge(Use.Guest), frames.takeRun(1, Use.Guest)]).toEqual([0, -1, -1]);
    expect(frames.takeScattered(Use.Guest, new Random(1))).toBe(-1);
    expect([frames.useOf(0), frames.useOf(END), frames.useOf(2100), frames.useOf(-1)]).toEqual([
      Use.Host,
      Use.TagTable,
      Use.Host,
      Use.Host,
    ]);
    frames.release(77);
    expect(frames.take(Use.Nested)).toBe(77);
    expect(frames.useOf(77)).toBe(Use.Nested);
  });

  it('takes one particular frame, once', () => {
    const frames = host();
    expect(frames.takeAt(9, Use.Guest)).toBe(true);
    for (const frame of [9, 0, -1, END, 5000]) expect(frames.takeAt(frame, Use.Guest), `frame ${frame}`).toBe(false);
    expect(frames.free).toBe(END - 2);
  });

  it('takes 2 MiB and runs, aligned and whole', () => {
    const frames = host();
    frames.takeAt(600, Use.Host);
    const huge = [frames.takeHuge(Use.Guest), frames.takeHuge(Use.Guest), frames.takeHuge(Use.Guest)];
    expect(huge).toEqual([1024, 1536, -1]);
    expect(frames.takeRun(8, Use.Map, 8)).toBe(8);
    expect(frames.takeRun(4, Use.Map)).toBe(1);
    expect(frames.takeRun(4, Use.Map)).toBe(16);
    expect(frames.takeRun(500, Use.Map)).toBe(20);
    expect(frames.takeRun(500, Use.Map)).toBe(-1);
    expect(freeOf(frames)).toBe(frames.free);
  });

  it('scatters, the same for the same seed, and finds the last free frame', () => {
    const take = (seed: number): number[] => {
      const frames = host();
      const random = new Random(seed);
      return Array.from({ length: END - 1 }, () => frames.takeScattered(Use.Guest, random));
    };
    expect(take(1)).toEqual(take(1));
    expect(take(1).slice(0, 20)).not.toEqual(take(2).slice(0, 20));
    expect(new Set(take(3)).size).toBe(END - 1);
  });

  it('keeps its count through anything', () => {
    const frames = host();
    const random = new Random(4);
    for (let i = 0; i < 3000; i++) {
      const what = random.below(6);
      if (what === 0) frames.take(Use.Guest);
      else if (what === 1) frames.takeScattered(Use.Guest, random);
      else if (what === 2) frames.takeRun(1 + random.below(9), Use.Map, 1 << random.below(4));
      else if (what === 3) frames.takeAt(random.below(END), Use.Guest);
      else frames.release(1 + random.below(END - 1));
    }
    expect(freeOf(frames)).toBe(frames.free);
  });
});

describe('guest frames', () => {
  it('gives each frame once, not the first, and again when it is dropped', () => {
    const frames = new GuestFrames(100, 8);
    const taken = Array.from({ length: 7 }, () => frames.take());
    expect(taken).toEqual([101, 102, 103, 104, 105, 106, 107]);
    expect([frames.take(), frames.free]).toEqual([-1, 0]);
    expect(frames.drop(103)).toBe(true);
    expect([frames.take(), frames.free]).toEqual([103, 0]);
  });

  it('counts references: only the last drop frees', () => {
    const frames = new GuestFrames(0, 8);
    const gfn = frames.take();
    frames.share(gfn);
    expect([frames.count(gfn), frames.drop(gfn), frames.count(gfn), frames.free]).toEqual([2, false, 1, 6]);
    expect([frames.drop(gfn), frames.drop(gfn), frames.free]).toEqual([true, false, 7]);
    expect([frames.drop(-1), frames.drop(8), frames.count(99)]).toEqual([false, false, 0]);
  });

  it('aligns what it takes to its size', () => {
    const frames = new GuestFrames(0, 2048 + 100);
    frames.take();
    expect([frames.takeHuge(), frames.takeHuge(), frames.takeHuge(), frames.takeHuge()]).toEqual([512, 1024, 1536, -1]);
    expect(frames.take(64)).toBe(2048);
    expect(frames.take(64), 'round to the bottom').toBe(64);
    expect(frames.take(4)).toBe(128);
    expect(frames.take(2)).toBe(132);
    expect(frames.free).toBe(2148 - 2 - 3 * 512 - 2 * 64 - 6);
  });
});
