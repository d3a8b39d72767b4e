import type { AddressRef, FaultRow, FromView } from '../../extension/protocol/messages';
import { askButton } from '../shared/ask';
import { h } from '../shared/dom';

/** The address of a fault with how it was used. */
export function faultAddress({ space, access }: FaultRow, gva: string): AddressRef {
  return { kind: 'gva', address: gva, ...(space ?? {}), ...(access === null ? {} : { access }) };
}

/** To the causes of a fault. */
export function whyButton(row: FaultRow): HTMLElement {
  const button = askButton(
    { kind: 'causes', subject: { kind: 'fault', faultId: row.id } },
    'Why?',
    'Show the chain of causes, back to the earliest event that made this fault inevitable',
  );
  button.dataset.testid = 'why';
  return button;
}

/** To the past of the translation that failed; nothing for faults of no address. */
export function historyButton({ gva, space }: FaultRow): HTMLElement | null {
  if (gva === null || space === null) return null;
  const button = askButton(
    { kind: 'translation', ...space, gva, root: 'active' },
    'History',
    'Show how this address was translated, from the beginning until now',
  );
  button.dataset.testid = 'history';
  return button;
}

/** To the walks of this access under each scheme; nothing for faults of no address. */
export function sameAccessLink(row: FaultRow, post: (message: FromView) => void): HTMLElement | null {
  const { gva, space } = row;
  if (gva === null || space === null) return null;
  const link = h(
    'button',
    { type: 'button', class: 'line-link', 'data-testid': 'same-access' },
    'the same access under…',
  );
  link.addEventListener('click', () =>
    post({ type: 'addressAction', action: 'sameAccess', address: faultAddress(row, gva) }),
  );
  return link;
}
