import type { AddressAction, AddressRef } from '../../extension/protocol/messages';
import { addressOf } from './address';
import type { Host } from './host';
import { openMenu, type MenuItem } from './menu';

/**
 * Gives every address of the page its link and its menu: click or Enter does the nearest thing (walk a gVA, show an
 * hPA in Frames), right click or Shift+F10 opens the menu. One listener for the page, so that no view can differ.
 */
export function installAddressMenu(host: Host): void {
  document.addEventListener('click', (event) => {
    const ref = addressOf(event.target as Element);
    // A drag that marks text is no click.
    if (ref === null || getSelection()?.isCollapsed === false) return;
    primary(host, ref, event.clientX, event.clientY);
  });
  document.addEventListener('contextmenu', (event) => {
    // VS Code would show its own menu of a webview, with nothing in it that helps here.
    event.preventDefault();
    const ref = addressOf(event.target as Element);
    if (ref !== null) openAddressMenu(host, ref, event.clientX, event.clientY);
  });
  document.addEventListener('keydown', (event) => {
    const ref = addressOf(document.activeElement);
    if (ref === null || event.defaultPrevented) return;
    const box = document.activeElement!.getBoundingClientRect();
    if (event.key === 'Enter' || event.key === ' ') primary(host, ref, box.left, box.bottom);
    else if (isMenuKey(event)) openAddressMenu(host, ref, box.left, box.bottom);
    else return;
    event.preventDefault();
  });
}

export function isMenuKey(event: KeyboardEvent): boolean {
  return (event.key === 'F10' && event.shiftKey) || event.key === 'ContextMenu';
}

export function openAddressMenu(host: Host, ref: AddressRef, x: number, y: number): void {
  openMenu(items(host, ref), x, y, `Actions for ${ref.address}`);
}

/** Actions that make sense for a kind of address, in the order of the menu; null is a line. */
export function actionsFor(kind: AddressRef['kind']): readonly (AddressAction | null)[] {
  switch (kind) {
    case 'gva':
      return [
        'walk',
        'sameAccess',
        null,
        'showInTranslations',
        'showInFrames',
        'showInMemory',
        null,
        'whoMaps',
        'breakOnChange',
        null,
        'copy',
      ];
    case 'gpa':
      return ['showInTranslations', 'showInMemory', null, 'setSlot', null, 'copy'];
    case 'hpa':
      return ['showInFrames', 'showInTranslations', 'showInMemory', null, 'whoMaps', 'breakOnChange', null, 'copy'];
  }
}

const LABELS: Readonly<Record<AddressAction, string>> = {
  walk: 'Walk It',
  showInTranslations: 'Show in Translations',
  showInFrames: 'Show in Frames',
  showInMemory: 'Show in Memory',
  whoMaps: 'Who Maps It?',
  history: 'History…',
  why: 'Why Is It So?',
  breakOnChange: 'Break When It Changes…',
  setSlot: 'Set Its Frame in the gfn→hfn Map…',
  sameAccess: 'The Same Access Under…',
  copy: 'Copy Address',
};

function items(host: Host, ref: AddressRef): (MenuItem | null)[] {
  // Without a process there is nothing to walk in another run.
  const placed = ref.vm !== undefined && ref.pid !== undefined;
  return actionsFor(ref.kind)
    .filter((action) => action !== 'sameAccess' || placed)
    .filter((action) => action !== 'breakOnChange' || placed || ref.kind === 'hpa')
    .map((action) =>
      action === null
        ? null
        : {
            id: action,
            label: LABELS[action],
            ...(action === 'copy'
              ? { hint: `${ref.kind.replace(/pa|va/, (s) => s.toUpperCase())} ${ref.address}` }
              : action === 'breakOnChange'
                ? { hint: ref.kind === 'gva' ? 'the address, or its frame' : 'the frame' }
                : {}),
            run: () => act(host, action, ref),
          },
    );
}

function act(host: Host, action: AddressAction, ref: AddressRef): void {
  if (action === 'copy') host.post({ type: 'copy', text: ref.address });
  else host.post({ type: 'addressAction', action, address: ref });
}

function primary(host: Host, ref: AddressRef, x: number, y: number): void {
  if (ref.kind === 'gva') act(host, 'walk', ref);
  else if (ref.kind === 'hpa') act(host, 'showInFrames', ref);
  else openAddressMenu(host, ref, x, y);
}
