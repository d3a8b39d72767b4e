import type { Question } from '../../extension/protocol/messages';
import { h, icon } from './dom';
import type { Host } from './host';

/**
 * A button that asks the History view something. The question lies in the element and one listener posts it, so that
 * parts which know no host, such as a walk, can have one.
 */
export function askButton(question: Question, label: string, title: string): HTMLElement {
  return h('button', { type: 'button', class: 'line-link', title, 'data-ask': JSON.stringify(question) }, label);
}

/** The same as a small sign, for rows with little room. */
export function askIcon(question: Question, title: string): HTMLElement {
  return h(
    'button',
    { type: 'button', class: 'ask-sign', title, 'aria-label': title, 'data-ask': JSON.stringify(question) },
    icon('history'),
  );
}

/** Call once per page. */
export function installAsk(host: Host): void {
  document.addEventListener('click', (event) => {
    const ask = (event.target as Element).closest<HTMLElement>('[data-ask]')?.dataset.ask;
    if (ask !== undefined) host.post({ type: 'ask', question: JSON.parse(ask) as Question });
  });
}
