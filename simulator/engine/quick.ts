import { type Cause } from '../costs/cause';
import type { Counters } from '../machine/counters';
import type { Vcpu } from '../machine/vcpu';
import type { Access } from '../paging/kinds';
import type { TraceBatch } from '../trace/batch';
import type { Frame } from '../units';
import type { Engine } from './engine';
import * as at from './layout';

/** The accesses of one vCPU that the engine can make. */
export class Quick {
  private readonly address: number;

  /**
   * @param counters of the vCPU's VM
   * @param clock of the machine's journal
   */
  constructor(
    private readonly engine: Engine,
    cpu: Vcpu,
    counters: Counters,
    clock: Float64Array,
  ) {
    const { words, tags, caches } = cpu;
    const set = (place: number, value: number): void => {
      words[place / 4] = value;
    };
    const point = (place: number, to: ArrayBufferView | undefined): void => {
      set(place, to === undefined ? 0 : engine.address(to));
    };
    this.address = engine.address(words);
    point(at.CPU_MEMORY, cpu.memory.block);
    set(at.CPU_FRAMES, cpu.memory.frames);
    set(at.CPU_TAG_FRAME, tags.firstEntryFrame);
    set(at.CPU_TAG_CHECKS_PLACE, tags.mode === 'rmp' ? 1 : 0);
    set(at.CPU_TAG_PER_REFERENCE, tags.lookup === 'per-reference' ? 1 : 0);
    point(at.CPU_TAG_OWNERS_CHANGED, tags.changed);
    point(at.CPU_COUNTERS, counters.values);
    point(at.CPU_CLOCK, clock);
    point(at.CPU_METER, cpu.meter?.block);
    point(at.CPU_TLB, cpu.tlb.block);
    caches?.guest.forEach((cache, level) => {
      point(at.CPU_STRUCTURES + level * 4, cache?.block);
    });
    caches?.nested.forEach((cache, level) => {
      point(at.CPU_NESTED_STRUCTURES + level * 4, cache?.block);
    });
    point(at.CPU_NESTED_TLB, caches?.nestedTlb?.block);
    point(at.CPU_MEMOS, engine.bytes(at.MEMOS_BYTES));
    point(at.CPU_STEPS, engine.bytes(at.MOST_STEPS * at.STEP_BYTES));
    point(at.CPU_LESSONS, engine.bytes(at.MOST_LESSONS * at.LESSON_BYTES));
  }

  /**
   * Makes an access that neither faults nor sets a bit. Precondition: protection keys restrict nothing.
   * @returns the frame, or -1: nothing has happened.
   */
  attempt(hi: number, lo: number, access: Access, user: boolean, cause: Cause): Frame {
    return this.engine.core.attempt(this.address, hi, lo, access, user ? 1 : 0, cause);
  }

  /**
   * Makes the accesses of a batch for a user. Precondition as above, and the batch has the engine's core.
   * @returns the record that is next, times two, plus one if of its load and store the load was made.
   */
  replay(batch: TraceBatch, from: number): number {
    return this.engine.core.replay(this.address, batch.address, from, batch.count);
  }
}
