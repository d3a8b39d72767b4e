import type { FaultRecord, WalkCopy } from '../../history/faults';
import type { MemoryReader, Page, PhysicalMemory } from '../../machine/memory';
import type { TagTable } from '../../machine/tags';
import type { Vcpu } from '../../machine/vcpu';
import { frameOf } from '../../paging/format';
import { type Access, Walk } from '../../paging/walk';
import { commit, walk } from '../../paging/walker';
import type { Frame, GuestFrame } from '../../units';
import { peekNested } from '../nested';
import type { Vm } from '../vm';

const NOTHING: Page = new Uint32Array(1024);

/** Guest-physical memory by the host's book: the walker then reads a guest's tables as the guest numbers them. */
class GuestPhysical implements MemoryReader {
  readonly frames: number;
  /** First frame that a reader asked for and that is not backed, or -1. */
  missing: GuestFrame = -1;

  constructor(
    private readonly memory: PhysicalMemory,
    private readonly vm: Vm,
  ) {
    this.frames = memory.frames;
  }

  page(gfn: number): Page {
    const hfn = this.home(gfn);
    return hfn < 0 ? NOTHING : this.memory.page(hfn);
  }

  word(gfn: number, index: number): number {
    const hfn = this.home(gfn);
    return hfn < 0 ? 0 : this.memory.word(hfn, index);
  }

  setWord(gfn: number, index: number, value: number): void {
    this.memory.setWord(peekNested(this.memory, this.vm, gfn), index, value);
  }

  private home(gfn: number): Frame {
    const hfn = this.vm.hasGuestFrame(gfn) ? peekNested(this.memory, this.vm, gfn) : -1;
    if (hfn < 0 && this.missing < 0) this.missing = gfn;
    return hfn;
  }
}

/** An access whose translation by the guest's own tables is asked for. */
export interface Wanted {
  readonly cpu: Vcpu;
  readonly hi: number;
  readonly lo: number;
  readonly access: Access;
  readonly user: boolean;
}

/** The host's walk of a guest's tables in software. Frames in its steps and its result are guest frames. */
export class GuestTables {
  readonly walk = new Walk();
  private readonly space: GuestPhysical;

  constructor(
    private readonly memory: PhysicalMemory,
    private readonly tags: TagTable,
    private readonly vm: Vm,
  ) {
    this.space = new GuestPhysical(memory, vm);
  }

  /** Walks; the outcome is in `walk`. @returns a guest frame that has to be backed before the walk says anything, or -1. */
  run(w: Wanted): GuestFrame {
    const { cpu } = w;
    this.space.missing = -1;
    walk(
      {
        memory: this.space,
        tags: this.tags,
        mode: cpu.mode,
        root: rootOf(cpu),
        nestedRoot: -1,
        asid: this.vm.asid,
        tagged: false,
      },
      w.hi,
      w.lo,
      w.access,
      w.user,
      this.walk,
    );
    return this.space.missing;
  }

  /** Guest frame that the last walk led to. */
  get result(): GuestFrame {
    return this.walk.resultFrame as number;
  }

  /** Sets A and D in the guest's entries, as the processor would have. */
  commit(): void {
    commit(this.walk, this.space);
  }

  /** The last walk for a fault's record, with its tables where they are in host memory. */
  copy(w: Wanted): WalkCopy {
    const { walk: found } = this;
    const n = found.steps;
    return {
      kind: found.kind.slice(0, n),
      level: found.level.slice(0, n),
      frame: found.frame.slice(0, n).map((gfn) => Math.max(peekNested(this.memory, this.vm, gfn), 0)),
      index: found.index.slice(0, n),
      lo: found.lo.slice(0, n),
      hi: found.hi.slice(0, n),
      faultStep: found.faultStep,
      root: rootOf(w.cpu),
      nested: true,
      user: w.user,
      asid: this.vm.asid,
    } satisfies FaultRecord['walk'];
  }

  /** An entry of a guest table as it is now. */
  entry(gfn: GuestFrame, index: number): { lo: number; hi: number } {
    const page = this.space.page(gfn);
    return { lo: page[index * 2], hi: page[index * 2 + 1] };
  }
}

/** Guest frame of the root in a vCPU's CR3, as the guest set it. */
export const rootOf = (cpu: Vcpu): GuestFrame => frameOf(cpu.cr3Lo, cpu.cr3Hi);
