/** Tells the client how far a long operation has got, in progress events that it can cancel. */
import { performance } from 'node:perf_hooks';
import type { Progress } from '../../simulator/index';
import type { Outbox } from './outbox';

/** More often a client need not hear of it. */
const INTERVAL_MS = 200;

export class ProgressReporter {
  /** Of the progress that was started and not ended. */
  private id: string | null = null;
  private label = '';
  private told = 0;

  constructor(
    private readonly outbox: Outbox,
    /** Gives ids that are never used twice in a session. */
    private readonly nextId: () => number,
  ) {}

  /** To be called between slices of a run. */
  report(progress: Progress | null): void {
    if (this.id !== null && progress?.label !== this.label) this.end();
    if (progress === null || !this.outbox.client.progress) return;
    const now = performance.now();
    if (this.id === null) {
      this.id = `replay-${this.nextId()}`;
      this.label = progress.label;
      this.outbox.progressStart(this.id, `Replaying ${progress.label}`, wordsFor(progress), percentageOf(progress));
    } else if (now - this.told >= INTERVAL_MS)
      this.outbox.progressUpdate(this.id, wordsFor(progress), percentageOf(progress));
    else return;
    this.told = now;
  }

  /** The operation is over, or stands still. */
  end(): void {
    if (this.id !== null) this.outbox.progressEnd(this.id);
    this.id = null;
  }

  /** Whether this is what the client sees now. */
  shows(id: string): boolean {
    return this.id === id;
  }
}

function percentageOf({ done, total }: Progress): number | null {
  return total === null || total === 0 ? null : Math.min(Math.floor((done * 100) / total), 100);
}

const wordsFor = ({ accesses }: Progress): string => `${accesses.toLocaleString('en-US')} accesses`;
