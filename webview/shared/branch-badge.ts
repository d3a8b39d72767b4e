import type { TimelinePage } from '../../extension/protocol/messages';
import { fill, h } from './dom';
import { undoEdit } from './deeds';
import type { Host } from './host';

/** Says in the head of a view that the run was changed by hand, and takes the last change back. */
export function installBranchBadge(host: Host, content: HTMLElement): void {
  const badge = h('div', { class: 'branch', 'data-testid': 'branch', hidden: true });
  content.querySelector('.toolbar')?.append(badge);
  let asked = 0;
  const show = async (): Promise<void> => {
    if (!host.answers) return;
    const mine = ++asked;
    const reply = await host.query('timeline', { fromTick: null, untilTick: null, buckets: 1, kinds: ['edit'] });
    if (mine === asked) draw(host, badge, reply.ok ? reply.result.edits : []);
  };
  host.on('state', () => void show());
}

function draw(host: Host, badge: HTMLElement, edits: TimelinePage['edits']): void {
  badge.hidden = edits.length === 0;
  const undo = h(
    'button',
    { type: 'button', class: 'line-link', 'data-testid': 'branch-undo', title: 'Take the last edit back' },
    'Undo',
  );
  undo.addEventListener('click', () => void undoEdit(host));
  fill(
    badge,
    h(
      'span',
      { title: edits.map(({ tick, text }) => `tick ${tick.toLocaleString('en-US')}: ${text}`).join('\n') },
      branchWords(edits),
    ),
    h('span', { class: 'dim', 'aria-hidden': 'true' }, '·'),
    undo,
  );
}

/** "branch: 2 edits"; those that lie ahead of where the machine stands are told apart. */
export function branchWords(edits: TimelinePage['edits']): string {
  const ahead = edits.filter((edit) => edit.ahead).length;
  const number = `branch: ${edits.length.toLocaleString('en-US')} ${edits.length === 1 ? 'edit' : 'edits'}`;
  return ahead === 0 ? number : `${number}, ${ahead === edits.length ? '' : `${ahead} `}ahead`;
}
