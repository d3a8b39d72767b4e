import type { Edit, EditAnswer } from '../../extension/protocol/messages';
import { h } from './dom';
import type { Host } from './host';

/** How long an answer stays. One that says what went wrong stays longer, since it has to be read. */
const STAYS_MS = { done: 4000, refused: 12_000 } as const;

/** Changes the machine, and says in the view what came of it. @returns null, or why it was refused. */
export async function edit(host: Host, change: Edit): Promise<string | null> {
  return tell(await host.query('edit', change));
}

/** Takes the last edit back, and says in the view what came of it. */
export async function undoEdit(host: Host): Promise<void> {
  tell(await host.query('undoEdit', {}));
}

function tell(
  reply: { readonly ok: true; readonly result: EditAnswer } | { readonly ok: false; readonly error: string },
): string | null {
  const answer: EditAnswer = reply.ok ? reply.result : { ok: false, error: reply.error };
  say(answer.ok ? answer.text : answer.error, answer.ok ? 'done' : 'refused');
  return answer.ok ? null : answer.error;
}

/** Over the foot of the view, so that no row moves. */
function say(words: string, kind: keyof typeof STAYS_MS): void {
  said?.remove();
  clearTimeout(timer);
  said = h('div', { class: `said ${kind}`, role: kind === 'done' ? 'status' : 'alert', 'data-testid': 'said' }, words);
  said.addEventListener('click', () => said?.remove());
  document.body.append(said);
  timer = window.setTimeout(() => said?.remove(), STAYS_MS[kind]);
}

let said: HTMLElement | null = null;
let timer = 0;
