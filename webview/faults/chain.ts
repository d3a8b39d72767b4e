import type { ChainStep } from '../../extension/protocol/messages';
import { h } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { lineLink } from '../shared/line-link';

/** What the fault set off: guest → host → retry, indented, each step with what it cost and its line. */
export function chainList(chain: readonly ChainStep[], onLine: (line: number) => void): HTMLElement {
  return h(
    'ol',
    { class: 'chain', 'data-testid': 'chain' },
    ...chain.map((step, i) => chainItem(step, chain[i + 1] ?? null, onLine)),
  );
}

function chainItem(step: ChainStep, next: ChainStep | null, onLine: (line: number) => void): HTMLElement {
  const cost = next === null ? null : next.tick - step.tick;
  const text = h(
    'span',
    { class: 'chain-text' },
    h('span', { class: `who who-${step.who}` }, step.who),
    ' ',
    h('span', { class: 'mono' }, step.operation),
    ' ',
    h('span', { class: 'dim' }, step.text),
  );
  text.style.paddingLeft = `${step.depth * 14}px`;
  return h(
    'li',
    {},
    h('span', { class: 'chain-tick' }, formatCount(step.tick)),
    h(
      'span',
      { class: 'chain-cost dim', title: 'Ticks until the next step' },
      cost === null ? '' : `+${formatCount(cost)}`,
    ),
    text,
    step.line === null ? null : lineLink(step.line, onLine),
  );
}
