import { installBranchBadge } from './branch-badge';
import { button, busySign } from './controls';
import { fill, h } from './dom';
import type { Host, StateMessage } from './host';
import { ownerLooks } from './owners';
import { screenFor, type Deed, type Screen } from './screens';

const DEEDS: Readonly<Record<Deed, { readonly label: string; readonly short: string }>> = {
  openSample: { label: 'Open Sample Scenario', short: 'Open Sample' },
  startDebugging: { label: 'Start Debugging', short: 'Start' },
  restart: { label: 'Restart', short: 'Restart' },
};

/**
 * The frame around a view: shows the view's content or what to do instead, and a line above it while the machine
 * runs or is gone. `about` says what the view shows, for those who see it empty.
 */
export function installShell(host: Host, content: HTMLElement, about: string, onNewSession: () => void): void {
  const notice = h('div', { class: 'notice', role: 'status', 'data-testid': 'notice' });
  const empty = h('div', { class: 'empty', 'data-testid': 'empty' });
  content.classList.add('content');
  document.body.classList.add('view');
  document.body.append(notice, empty, content);
  let hasRows = false;
  let drawn = '';
  const update = (state: StateMessage): void => {
    if (state.state === 'starting' || state.state === 'none') {
      if (hasRows) onNewSession();
      hasRows = false;
      ownerLooks.clear();
    }
    if (state.state === 'stopped') hasRows = true;
    if (state.summary !== null) ownerLooks.learn([...state.summary.owners].filter((owner) => owner.asid >= 0));
    const screen = screenFor(state.state, state.message, hasRows, about);
    document.body.dataset.state = state.state;
    document.body.dataset.revision = String(state.revision);
    content.hidden = !screen.rows;
    content.setAttribute('aria-busy', String(screen.busy));
    const signature = JSON.stringify(screen);
    if (signature === drawn) return;
    drawn = signature;
    notice.hidden = !screen.rows || screen.words.length === 0;
    empty.hidden = screen.rows;
    fill(notice, ...(notice.hidden ? [] : noticeContent(host, screen)));
    fill(empty, ...(empty.hidden ? [] : emptyContent(host, screen)));
  };
  // Nothing until the host has said how things stand: else the empty state would flash at every opening.
  for (const part of [notice, empty, content]) part.hidden = true;
  host.on('state', update);
  installBranchBadge(host, content);
}

function noticeContent(host: Host, screen: Screen): (HTMLElement | null)[] {
  return [
    h('span', { class: `message ${screen.failed ? 'wrong' : 'dim'}` }, screen.words.join(' ')),
    ...screen.deeds.map((deed) =>
      button(DEEDS[deed].short, 'secondary', () => host.post({ type: 'command', command: deed }), `deed-${deed}`),
    ),
  ];
}

function emptyContent(host: Host, screen: Screen): (HTMLElement | null)[] {
  return [
    screen.busy ? busySign() : null,
    ...screen.words.map((word, i) =>
      h('p', { class: screen.failed && i === 0 ? 'failed' : i === 0 ? null : 'dim' }, word),
    ),
    screen.deeds.length === 0
      ? null
      : h(
          'div',
          { class: 'buttons' },
          ...screen.deeds.map((deed, i) =>
            button(
              DEEDS[deed].label,
              i === 0 ? 'primary' : 'secondary',
              () => host.post({ type: 'command', command: deed }),
              `deed-${deed}`,
            ),
          ),
        ),
  ];
}
