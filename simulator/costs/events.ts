import { EXIT_REASONS, WORK_KINDS, type ExitReason, type WorkKind } from './causes';

/** Exits and software work of one VM, counted. Nothing else about cost is kept; cycles are worked out from counts. */
export class CostEvents {
  readonly exits = new Float64Array(EXIT_REASONS.length);
  readonly work = new Float64Array(WORK_KINDS.length);

  exit(reason: ExitReason): void {
    this.exits[EXIT_INDEX[reason]]++;
  }

  /** @param times how often it was done: entries, frames. */
  did(kind: WorkKind, times = 1): void {
    this.work[WORK_INDEX[kind]] += times;
  }

  clear(): void {
    this.exits.fill(0);
    this.work.fill(0);
  }
}

const indexed = <T extends string>(names: readonly T[]): Readonly<Record<T, number>> =>
  Object.fromEntries(names.map((name, i) => [name, i])) as Record<T, number>;
const EXIT_INDEX = indexed(EXIT_REASONS);
const WORK_INDEX = indexed(WORK_KINDS);
