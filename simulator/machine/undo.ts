/** Something that can be read and written by key, such as pages by frame. What `read` gives is a copy, never written again. */
export interface UndoStore<C> {
  read(key: number): C;
  write(key: number, copy: C): void;
}

/** Part of the machine that is put back by an UndoChain of its own, since it is too large to be copied at each checkpoint. */
export interface Rewindable {
  /** null until `beginUndo`. */
  readonly undo: Pick<
    UndoChain<unknown>,
    'seal' | 'arrive' | 'restore' | 'drop' | 'truncate' | 'size' | 'changed'
  > | null;
  beginUndo(): void;
  /** The present is a checkpoint, or was put back to one: what changes from here on is to be noted. */
  checkpointed(): void;
  /** Bytes that one noted key takes. */
  readonly undoBytes: number;
}

/** True for parts that checkpoints leave to their own UndoChain. */
export const isRewindable = (o: object): o is Rewindable => 'beginUndo' in o;

/**
 * What a store held at each checkpoint, as differences between neighbours: a line of checkpoints 0, 1, 2 …, with the present
 * somewhere behind one of them, the base. Differences before the base lead back, those behind it lead forward; going over one
 * turns it round. What changed since the base is kept apart.
 */
export class UndoChain<C> {
  private working = new Map<number, C>();
  private readonly steps: Map<number, C>[] = [];
  private base = 0;
  /** The store is being put back: that is no change. */
  private turning = false;

  constructor(private readonly store: UndoStore<C>) {}

  /** True if a key is about to change for the first time since the base: `note` must be called. */
  lacks(key: number): boolean {
    return !this.turning && !this.working.has(key);
  }

  /** Keeps what a key holds before it changes. */
  note(key: number, copy: C): void {
    this.working.set(key, copy);
  }

  /** Keys changed since the base. */
  get changed(): number {
    return this.working.size;
  }

  /** Keys in the difference between a checkpoint and the next one. */
  size(step: number): number {
    return this.steps[step]?.size ?? 0;
  }

  /** The present becomes a checkpoint, right behind the base. */
  seal(): void {
    this.steps.splice(this.base, 0, this.working);
    this.base++;
    this.working = new Map();
  }

  /** The present is the checkpoint behind the base, which was reached by going on from the base. */
  arrive(): void {
    this.steps[this.base] = this.working;
    this.base++;
    this.working = new Map();
  }

  /** Makes the present what it was at a checkpoint. */
  restore(checkpoint: number): void {
    this.turning = true;
    for (const [key, copy] of this.working) this.store.write(key, copy);
    this.working = new Map();
    while (this.base > checkpoint) this.turn(this.steps[--this.base]);
    while (this.base < checkpoint) this.turn(this.steps[this.base++]);
    this.turning = false;
  }

  /** Forgets a checkpoint that is neither the first nor the base. */
  drop(checkpoint: number): void {
    const [before, after] = [this.steps[checkpoint - 1], this.steps[checkpoint]];
    if (after === undefined) this.steps.length = checkpoint - 1;
    else {
      // Of two values of a key, the one that is further from the base counts.
      const merged = checkpoint < this.base ? new Map([...after, ...before]) : new Map([...before, ...after]);
      this.steps.splice(checkpoint - 1, 2, merged);
    }
    if (checkpoint < this.base) this.base--;
  }

  /** Forgets all checkpoints behind the base. */
  truncate(): void {
    this.steps.length = this.base;
  }

  private turn(step: Map<number, C>): void {
    for (const [key, copy] of step) {
      step.set(key, this.store.read(key));
      this.store.write(key, copy);
    }
  }
}
