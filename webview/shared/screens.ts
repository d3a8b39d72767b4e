import type { SessionState } from '../../extension/protocol/messages';

export type Deed = 'openSample' | 'startDebugging' | 'restart';

/** What fills the view: its rows, or words with the next useful deed; and a line above the rows. */
export interface Screen {
  readonly rows: boolean;
  readonly words: readonly string[];
  readonly failed: boolean;
  readonly busy: boolean;
  readonly deeds: readonly Deed[];
}

/** `hasRows`: the view has shown rows of this session, which stay until another begins. `about`: what the view will show. */
export function screenFor(state: SessionState, message: string | null, hasRows: boolean, about: string): Screen {
  const screen = (words: (string | null)[], more: Partial<Screen> = {}): Screen => ({
    rows: hasRows,
    words: words.filter((word) => word !== null),
    failed: false,
    busy: false,
    deeds: [],
    ...more,
  });
  switch (state) {
    case 'none':
      return screen([message, about], {
        rows: false,
        deeds: ['openSample', 'startDebugging'],
        failed: message !== null,
      });
    case 'starting':
      return screen(['Starting the machine…'], { rows: false, busy: true });
    case 'running':
      return screen([hasRows ? 'Running… rows of the last stop.' : 'Running… rows appear at the next stop.'], {
        busy: true,
      });
    case 'stopped':
      return screen([], { rows: true });
    case 'terminated':
      return screen([hasRows ? 'Ended · rows of the last stop.' : 'Session ended before its first stop.', message], {
        deeds: ['restart'],
      });
    case 'failed':
      return screen([message ?? 'The session failed.'], {
        failed: true,
        deeds: hasRows ? ['restart'] : ['restart', 'openSample'],
      });
  }
}
