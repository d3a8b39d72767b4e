import { performance } from 'node:perf_hooks';
import type { Progress } from '../../simulator/index';
import type { Io } from './io';

const WIDTH = 24;
/** More often nobody can read. */
const INTERVAL_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** How far long work has got, on one line of stderr: on a terminal only. */
export class ProgressBar {
  private began: { readonly label: string; readonly at: number; readonly accesses: number } | null = null;
  private drawn = 0;

  /**
   * @param unit of what is counted beside the bar; null: nothing is.
   * @param now a clock in milliseconds
   */
  constructor(
    private readonly io: Io,
    private readonly unit: 'accesses' | 'records' | null,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Draws, unless it has just drawn; null takes the line away. */
  show(progress: Progress | null): void {
    if (!this.io.errIsTerminal) return;
    if (progress === null) {
      this.clear();
      return;
    }
    const now = this.now();
    if (this.began?.label !== progress.label || progress.accesses < this.began.accesses)
      this.began = { label: progress.label, at: now, accesses: progress.accesses };
    else if (now - this.drawn >= INTERVAL_MS) {
      this.drawn = now;
      const rate = ((progress.accesses - this.began.accesses) * 1000) / (now - this.began.at);
      this.io.err(`${CLEAR_LINE}${barText(progress, this.unit, rate)}`);
    }
  }

  /** Takes the line away, for other words. */
  clear(): void {
    if (this.drawn > 0) this.io.err(CLEAR_LINE);
    this.began = null;
    this.drawn = 0;
  }
}

/** `redis.gz [######------]  50 %  2.5 M accesses, 5.1 M/s` */
function barText({ label, done, total, accesses }: Progress, unit: string | null, rate: number): string {
  const part = total === null || total === 0 ? null : Math.min(done / total, 1);
  const filled = Math.round((part ?? 0) * WIDTH);
  const bar =
    part === null ? '' : ` [${'#'.repeat(filled).padEnd(WIDTH, '-')}] ${String(Math.floor(part * 100)).padStart(3)} %`;
  return `${label}${bar}${unit === null ? '' : `  ${millions(accesses)} ${unit}, ${millions(rate)}/s`}`;
}

const millions = (count: number): string => `${(count / 1e6).toFixed(1)} M`;
