import type { Store } from '../engine/store';
import { TraceBatch } from './batch';

/** A batch for each task that replays: what is in one matters only while a replay is under way. */
export class Batches {
  private readonly byTask = new Map<number, TraceBatch>();

  constructor(private readonly store: Store) {}

  of(task: number): TraceBatch {
    const batch = this.byTask.get(task) ?? new TraceBatch(this.store);
    this.byTask.set(task, batch);
    return batch;
  }

  /** Batches are no state of the machine. */
  snapshot(): () => void {
    return () => undefined;
  }
}
