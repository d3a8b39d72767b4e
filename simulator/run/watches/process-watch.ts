import type { Process } from '../../guest/process';
import type { EntryWrite, Watch } from './watch';

/** A watch on a process that may not exist yet: it begins when the process does. */
export class ProcessWatch implements Watch {
  private watch: Watch | null = null;

  /** @param find the process, if there is one by now */
  constructor(
    private readonly find: () => Process | undefined,
    private readonly make: (process: Process) => Watch,
  ) {}

  arm(): void {
    const process = this.find();
    this.watch = process ? this.make(process) : null;
    this.watch?.arm();
  }

  wrote(write: EntryWrite): boolean {
    // A process comes with a table of its own: some entry is written.
    return this.watch?.wrote(write) ?? true;
  }

  look(atEnd: boolean): string | null {
    if (this.watch) return this.watch.look(atEnd);
    this.arm();
    return null;
  }
}
