import { type Rewindable, UndoChain } from '../machine/undo';
import { FRAMES_2M, type Frame, type GuestFrame } from '../units';

/** A period during which a frame backed one guest frame of one VM. */
export interface Backing {
  /** Index of the VM. */
  readonly vm: number;
  readonly gfn: GuestFrame;
  readonly fromTick: number;
  /** null while it lasts. */
  readonly untilTick: number | null;
  /** Operation that began it. */
  readonly by: string;
  /** 1-based line of the scenario, or null. */
  readonly line: number | null;
}

/** Present periods of 512 frames; arrays of when and why come with the first that did not begin at start-up. */
interface Chunk {
  /** Periods that are over, oldest first, by frame. Lists are replaced, never changed. */
  readonly over: Map<Frame, readonly Backing[]>;
  /** Index of the VM + 1; 0 = the frame backs nothing. */
  readonly vm: Uint16Array;
  readonly gfn: Uint32Array;
  tick: Float64Array | null;
  by: Uint16Array | null;
  line: Uint32Array | null;
}

/**
 * Who had each frame. A period that lasts takes a few bytes, whatever the number of frames; periods that are over are
 * few, since a frame changes hands seldom, and are kept as objects.
 */
export class FramePast implements Rewindable {
  undo: UndoChain<Chunk | undefined> | null = null;
  readonly undoBytes = 4096;
  private readonly chunks: (Chunk | undefined)[];
  /** Operations that began a period, by number; 0 = start-up. */
  private readonly operations = ['boot'];

  /** @param frames all frames of the machine. */
  constructor(frames: number) {
    this.chunks = new Array<Chunk | undefined>(Math.ceil(frames / FRAMES_2M));
  }

  /** A frame begins to back a guest frame; what it backed before ends. */
  begin(frame: Frame, vm: number, gfn: GuestFrame, tick: number, by: string, line: number | null): void {
    this.end(frame, tick);
    const chunk = this.chunkOf(frame);
    const at = frame % FRAMES_2M;
    chunk.vm[at] = vm + 1;
    chunk.gfn[at] = gfn;
    const operation = this.operationNumber(by);
    if (chunk.tick === null) {
      if (tick === 0 && operation === 0 && line === null) return;
      chunk.tick = new Float64Array(FRAMES_2M);
      chunk.by = new Uint16Array(FRAMES_2M);
      chunk.line = new Uint32Array(FRAMES_2M);
    }
    chunk.tick[at] = tick;
    chunk.by![at] = operation;
    chunk.line![at] = line ?? 0;
  }

  /** A frame backs nothing any more. */
  end(frame: Frame, tick: number): void {
    const last = this.present(frame);
    if (last === null) return;
    const chunk = this.chunkOf(frame);
    chunk.over.set(frame, [...(chunk.over.get(frame) ?? []), { ...last, untilTick: tick }]);
    chunk.vm[frame % FRAMES_2M] = 0;
  }

  /** What a frame backs, or null. */
  present(frame: Frame): Backing | null {
    const chunk = this.chunks[Math.floor(frame / FRAMES_2M)];
    const at = frame % FRAMES_2M;
    if (chunk === undefined || chunk.vm[at] === 0) return null;
    return {
      vm: chunk.vm[at] - 1,
      gfn: chunk.gfn[at],
      fromTick: chunk.tick?.[at] ?? 0,
      untilTick: null,
      by: this.operations[chunk.by?.[at] ?? 0],
      line: (chunk.line?.[at] ?? 0) || null,
    };
  }

  /** All periods of a frame, oldest first. */
  of(frame: Frame): Backing[] {
    const present = this.present(frame);
    return [...this.overOf(frame), ...(present ? [present] : [])];
  }

  /** The newest period in which a frame was a VM's. */
  lastOf(frame: Frame, vm: number): Backing | null {
    const present = this.present(frame);
    if (present?.vm === vm) return present;
    return this.overOf(frame).findLast((b) => b.vm === vm) ?? null;
  }

  /** True if a VM had the frame for another of its pages. */
  hadForOther(frame: Frame, vm: number, gfn: GuestFrame): boolean {
    const other = (b: Backing): boolean => b.vm === vm && b.gfn !== gfn;
    const present = this.present(frame);
    return (present !== null && other(present)) || this.overOf(frame).some(other);
  }

  beginUndo(): void {
    this.undo = new UndoChain({
      read: (index) => copyOf(this.chunks[index]),
      write: (index, copy) => {
        this.chunks[index] = copy;
      },
    });
  }

  checkpointed(): void {
    // The chain is asked before each change.
  }

  private overOf(frame: Frame): readonly Backing[] {
    return this.chunks[Math.floor(frame / FRAMES_2M)]?.over.get(frame) ?? [];
  }

  /** The chunk of a frame, to be changed. */
  private chunkOf(frame: Frame): Chunk {
    const index = Math.floor(frame / FRAMES_2M);
    if (this.undo?.lacks(index)) this.undo.note(index, copyOf(this.chunks[index]));
    return (this.chunks[index] ??= {
      over: new Map(),
      vm: new Uint16Array(FRAMES_2M),
      gfn: new Uint32Array(FRAMES_2M),
      tick: null,
      by: null,
      line: null,
    });
  }

  private operationNumber(name: string): number {
    const found = this.operations.indexOf(name);
    return found >= 0 ? found : this.operations.push(name) - 1;
  }
}

const copyOf = (chunk: Chunk | undefined): Chunk | undefined =>
  chunk && {
    over: new Map(chunk.over),
    vm: chunk.vm.slice(),
    gfn: chunk.gfn.slice(),
    tick: chunk.tick?.slice() ?? null,
    by: chunk.by?.slice() ?? null,
    line: chunk.line?.slice() ?? null,
  };
