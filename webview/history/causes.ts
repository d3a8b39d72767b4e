import type { CauseLink, Causes } from '../../extension/protocol/messages';
import { askButton } from '../shared/ask';
import { h, icon } from '../shared/dom';
import { formatCount } from '../shared/hex';
import { lineLink } from '../shared/line-link';
import { tickLink, type HistoryDeeds } from './deeds';
import { ROLES } from './text';

/** Indents further down would leave no room for the words. */
const DEEPEST = 6;

/** Why something is so: the verdict, then the chain from the symptom back to its root, each link a step further in. */
export function causesPane(
  { title, links, verdict, line }: Causes,
  now: number,
  askedAt: number | null,
  deeds: HistoryDeeds,
): HTMLElement {
  const root = links.find((link) => link.role === 'root') ?? null;
  return h(
    'div',
    { class: 'causes-pane', 'data-testid': 'causes' },
    h(
      'div',
      { class: 'what' },
      title,
      askedAt === null
        ? null
        : h('span', { class: 'dim' }, ` Asked at tick ${formatCount(askedAt)}, which lies ahead.`),
    ),
    h(
      'div',
      { class: `verdict ${root !== null ? 'is-wrong' : links.length > 0 ? 'is-fine' : ''}`, 'data-testid': 'verdict' },
      icon(root !== null ? 'error' : links.length > 0 ? 'pass' : 'info'),
      h('span', { class: 'verdict-text' }, verdict),
      line === null ? null : lineLink(line, deeds.onLine),
      root?.target == null ? null : goToRoot(root, deeds),
    ),
    h(
      'ol',
      { class: 'causes', 'aria-label': 'From the symptom to the root cause' },
      ...links.map((link, i) => item(link, i, now, deeds)),
    ),
  );
}

function goToRoot(root: CauseLink, deeds: HistoryDeeds): HTMLElement {
  const button = h(
    'button',
    { type: 'button', class: 'line-link', 'data-testid': 'go-root', title: 'The machine travels to the root cause' },
    'go there',
  );
  button.addEventListener('click', () => deeds.travel(root.target!));
  return button;
}

function item(link: CauseLink, depth: number, now: number, deeds: HistoryDeeds): HTMLElement {
  const { tick, target, line, entry, role, text } = link;
  const words = h(
    'span',
    { class: 'c-words' },
    h('span', { class: `c-role role-${role}` }, ROLES[role]),
    h('span', { class: 'c-text' }, text),
    h(
      'span',
      { class: 'c-links' },
      line === null ? null : lineLink(line, deeds.onLine),
      entry === null ? null : askButton({ kind: 'entry', ...entry }, 'entry', 'History of the entry'),
    ),
  );
  words.style.setProperty('--depth', String(Math.min(depth, DEEPEST)));
  return h(
    'li',
    { class: `cause is-${role}${tick > now ? ' ahead' : ''}`, 'data-testid': 'cause', 'data-role': role },
    target === null
      ? h('span', { class: 'c-tick dim' }, formatCount(tick))
      : h('span', { class: 'c-tick' }, tickLink(tick, target, deeds.travel)),
    words,
  );
}
