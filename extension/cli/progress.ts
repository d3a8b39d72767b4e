import type { Io } from './io';

const WIDTH = 24;

/** One line on stderr that is written over and over, if that is a terminal; else nothing. */
export class ProgressBar {
  private last = '';

  constructor(private readonly io: Io) {}

  readonly show = (label: string, done: number, total: number): void => {
    if (this.io.terminal !== true) return;
    const filled = Math.round((WIDTH * done) / total);
    const line = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${Math.floor((100 * done) / total)}% ${label}`;
    const cut = line.slice(0, 79);
    if (cut === this.last) return;
    this.last = cut;
    this.io.err(`\r\x1b[K${cut}`);
  };

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.last !== '') this.io.err('\r\x1b[K');
    this.last = '';
  }
}
