/** How differences between neighbouring checkpoints are kept and gone over. */
export interface StepKind<S> {
  empty(): S;
  /** Puts back what was before a difference, which from then on leads forward. */
  back(step: S): void;
  forth(step: S): void;
  /** Two differences as one: `first` comes first in time. @param forward both lead forward */
  merge(first: S, second: S, forward: boolean): S;
  /** Entries. */
  size(step: S): number;
}

/** Part of the machine that is put back by an UndoLine of its own, since it is too large to be copied at each checkpoint. */
export interface Rewindable {
  /** null until `beginUndo`. */
  readonly undo: Pick<
    UndoLine<unknown>,
    'seal' | 'arrive' | 'restore' | 'drop' | 'truncate' | 'size' | 'changed'
  > | null;
  beginUndo(): void;
  /** The present is a checkpoint, or was put back to one: what changes from here on is to be noted. */
  checkpointed(): void;
  /** Bytes that one entry takes. */
  readonly undoBytes: number;
}

/** True for parts that checkpoints leave to their own line. */
export const isRewindable = (o: object): o is Rewindable => 'beginUndo' in o;

/**
 * What a part of the machine held at each checkpoint, as differences between neighbours: a line of checkpoints 0, 1, 2 …, with
 * the present somewhere behind one of them, the base. Differences before the base lead back, those behind it lead forward; going
 * over one turns it round. What changed since the base is kept apart.
 */
export class UndoLine<S> {
  /** What changed since the base. */
  protected working: S;
  private readonly steps: S[] = [];
  private base = 0;
  /** The part is being put back: that is no change. */
  protected turning = false;

  constructor(private readonly kind: StepKind<S>) {
    this.working = kind.empty();
  }

  /** Entries noted since the base. */
  get changed(): number {
    return this.kind.size(this.working);
  }

  /** Entries of the difference between a checkpoint and the next one. */
  size(step: number): number {
    const found = this.steps[step] as S | undefined;
    return found === undefined ? 0 : this.kind.size(found);
  }

  /** The present becomes a checkpoint, right behind the base. */
  seal(): void {
    this.steps.splice(this.base, 0, this.working);
    this.base++;
    this.working = this.kind.empty();
  }

  /** The present is the checkpoint behind the base, which was reached by going on from the base. */
  arrive(): void {
    this.steps[this.base] = this.working;
    this.base++;
    this.working = this.kind.empty();
  }

  /** Makes the present what it was at a checkpoint. */
  restore(checkpoint: number): void {
    this.turning = true;
    this.kind.back(this.working);
    this.working = this.kind.empty();
    while (this.base > checkpoint) this.kind.back(this.steps[--this.base]);
    while (this.base < checkpoint) this.kind.forth(this.steps[this.base++]);
    this.turning = false;
  }

  /** Forgets a checkpoint that is neither the first nor the base. */
  drop(checkpoint: number): void {
    const first = this.steps[checkpoint - 1];
    const second = this.steps[checkpoint] as S | undefined;
    if (second === undefined) this.steps.length = checkpoint - 1;
    else this.steps.splice(checkpoint - 1, 2, this.kind.merge(first, second, checkpoint > this.base));
    if (checkpoint < this.base) this.base--;
  }

  /** Forgets all checkpoints behind the base. */
  truncate(): void {
    this.steps.length = this.base;
  }
}

/** Something that can be read and written by key. What `read` gives is a copy, never written again. */
export interface UndoStore<C> {
  read(key: number): C;
  write(key: number, copy: C): void;
}

/** A line for values by key; each difference has a key once. */
export class UndoChain<C> extends UndoLine<Map<number, C>> {
  constructor(store: UndoStore<C>) {
    const turn = (step: Map<number, C>): void => {
      for (const [key, copy] of step) {
        step.set(key, store.read(key));
        store.write(key, copy);
      }
    };
    super({
      empty: () => new Map(),
      back: turn,
      forth: turn,
      // Of two values of a key, the one that is further from the base counts.
      merge: (first, second, forward) => new Map(forward ? [...first, ...second] : [...second, ...first]),
      size: (step) => step.size,
    });
  }

  /** True if a key is about to change for the first time since the base: `note` must be called. */
  lacks(key: number): boolean {
    return !this.turning && !this.working.has(key);
  }

  /** Keeps what a key holds before it changes. */
  note(key: number, copy: C): void {
    this.working.set(key, copy);
  }
}
