/** A process that makes a run for each line that it is given, and says how long that took. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Counts } from './workload';

export class Contestant {
  private readonly lines: AsyncIterator<string>;
  private errors = '';

  private constructor(
    private readonly name: string,
    private readonly process: ChildProcessWithoutNullStreams,
  ) {
    this.lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    // A process that has ended says so by the end of its output.
    process.stdin.on('error', () => undefined);
  }

  /** Starts it and waits until it is warm. @throws Error with its words if it fails. */
  static async start(name: string, command: string, args: readonly string[]): Promise<Contestant> {
    const contestant = new Contestant(name, spawn(command, args));
    await contestant.line();
    return contestant;
  }

  /** One run. @returns its seconds of CPU time. */
  async run(): Promise<number> {
    this.process.stdin.write('\n');
    return Number(await this.line());
  }

  /** Ends it. @returns the counts of all runs. */
  async finish(): Promise<Counts> {
    this.process.stdin.end();
    return JSON.parse(await this.line()) as Counts;
  }

  private async line(): Promise<string> {
    const next = await this.lines.next();
    if (next.done !== true) return next.value;
    throw new Error(`${this.name} ended early: ${this.errors.trim()}`);
  }
}
