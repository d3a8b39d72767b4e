import type { TimelinePage } from '../../extension/protocol/messages';
import { iconButton } from '../shared/controls';
import { fill, h } from '../shared/dom';
import { count, formatCount } from '../shared/hex';

export interface StripDeeds {
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  readonly bookmark: () => void;
}

/** The line above the strip: where the machine stands, what history costs, and the buttons. */
export class StripBar {
  readonly element: HTMLElement;
  private readonly words = h('span', { class: 'strip-words', 'data-testid': 'strip-words' });
  private readonly memory = h('span', { class: 'strip-memory dim', 'data-testid': 'strip-memory' });

  constructor(deeds: StripDeeds) {
    this.element = h(
      'div',
      { class: 'strip-bar' },
      this.words,
      this.memory,
      h('span', { class: 'grow' }),
      iconButton('bookmark', 'Bookmark this tick (b)', deeds.bookmark, 'strip-bookmark').element,
      iconButton('zoom-out', 'Zoom out (−)', () => deeds.zoom(2), 'strip-out').element,
      iconButton('zoom-in', 'Zoom in (+)', () => deeds.zoom(0.5), 'strip-in').element,
      iconButton('screen-full', 'Show all of the recording (0)', deeds.fit, 'strip-fit').element,
    );
  }

  /** `problem`: why there is no recording, in words. */
  show(page: TimelinePage, problem: string | null): void {
    const { now, end, memory } = page;
    fill(
      this.words,
      h('span', { class: 'strip-word dim' }, 'tick '),
      formatCount(now),
      end > now && problem === null ? h('span', { class: 'strip-end dim' }, ` of ${formatCount(end)}`) : null,
    );
    const words =
      problem ??
      `${megabytes(memory.bytes)} of ${megabytes(memory.limit)} MiB · ${count(memory.checkpoints, 'checkpoint')}`;
    this.memory.textContent = words;
    this.memory.title = problem ?? `The recording takes ${words}. When it is full, older checkpoints are thinned.`;
  }
}

function megabytes(bytes: number): string {
  const mib = bytes / 2 ** 20;
  return mib >= 10 || Number.isInteger(mib) ? formatCount(Math.round(mib)) : mib.toFixed(1);
}
