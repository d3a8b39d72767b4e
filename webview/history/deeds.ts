import type { Target, WriteView } from '../../extension/protocol/messages';
import { h, icon } from '../shared/dom';
import { formatCount } from '../shared/hex';

/** What answers can set off. */
export interface HistoryDeeds {
  readonly onLine: (line: number) => void;
  readonly travel: (target: Target) => void;
}

/** Goes to just before a write, or to a tick. */
export function goButton(target: Target, label: string, travel: HistoryDeeds['travel']): HTMLElement {
  const button = h(
    'button',
    { type: 'button', class: 'ask-sign go', title: label, 'aria-label': label, 'data-testid': 'go' },
    icon('target'),
  );
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    travel(target);
  });
  return button;
}

/** A tick as a link to it. */
export function tickLink(tick: number, target: Target, travel: HistoryDeeds['travel']): HTMLElement {
  const button = h(
    'button',
    { type: 'button', class: 'line-link tick-link', title: 'Go there: the machine travels to this tick' },
    formatCount(tick),
  );
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    travel(target);
  });
  return button;
}

export function beforeWrite(write: Pick<WriteView, 'id' | 'tick'>): { target: Target; label: string } {
  return {
    target: { kind: 'write', write: write.id },
    label: `Go there: to tick ${formatCount(write.tick)}, just before this write`,
  };
}
