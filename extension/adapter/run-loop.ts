/**
 * Runs the target in slices. Between two slices the process looks at its messages: that is why pause, terminate,
 * setBreakpoints and queries work at any moment, and why they never see the machine in the middle of a step.
 */
import type { DebugTarget, RunRequest } from '../../simulator/index';
import { halt, type Halt, type Reported } from './halts';

/** How long a slice may take: short enough that a pause feels immediate. */
const SLICE_MS = 15;
/** A call to the target should take about this long, so that a slice ends when it should. */
const CALL_MS = 4;
const LEAST_BUDGET = 64;
const MOST_BUDGET = 4_000_000;

export interface LoopEvents {
  /** Says how to take a stop; null = go on. */
  judge(stop: Reported): Halt | null;
  /** After each slice, and before `halted`. */
  sliceEnded(): void;
  halted(halt: Halt): void;
  /** Something threw that must not: the run cannot be trusted any more. */
  failed(error: unknown): void;
}

export class RunLoop {
  private scheduled: NodeJS.Immediate | null = null;
  private request: Omit<RunRequest, 'budget'> = { mode: 'continue', task: 0 };
  private budget = 1024;
  private pausing = false;
  /** The task that ran last. */
  private running = 0;

  constructor(
    private readonly target: DebugTarget,
    private readonly events: LoopEvents,
  ) {}

  start(request: Omit<RunRequest, 'budget'>): void {
    this.request = request;
    this.pausing = false;
    this.schedule();
  }

  /** Stops at the end of the present slice, at the task that is running then. */
  pause(): void {
    this.pausing = true;
  }

  /** Stops at once, without a word. */
  cancel(): void {
    if (this.scheduled) clearImmediate(this.scheduled);
    this.scheduled = null;
  }

  private schedule(): void {
    this.scheduled = setImmediate(() => {
      try {
        this.slice();
      } catch (error) {
        this.events.failed(error);
      }
    });
  }

  private slice(): void {
    const stopped = this.runSlice();
    this.scheduled = null;
    this.events.sliceEnded();
    const halted = stopped ?? (this.pausing ? halt('pause', this.running) : null);
    if (halted) this.events.halted(halted);
    else this.schedule();
  }

  private runSlice(): Halt | null {
    const until = performance.now() + SLICE_MS;
    for (;;) {
      const began = performance.now();
      const stop = this.target.run({ ...this.request, budget: this.budget });
      const now = performance.now();
      if (stop.reason === 'budget') {
        this.running = stop.task;
        this.tune(now - began);
      } else {
        const judged = this.events.judge(stop);
        if (judged) return judged;
      }
      if (now >= until) return null;
    }
  }

  private tune(took: number): void {
    if (took < CALL_MS / 2) this.budget = Math.min(this.budget * 2, MOST_BUDGET);
    else if (took > CALL_MS * 2) this.budget = Math.max(Math.trunc(this.budget / 2), LEAST_BUDGET);
  }
}
