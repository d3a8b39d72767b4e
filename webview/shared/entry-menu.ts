import { edit } from './deeds';
import { bitChanges, entryRef, frameIn, isLeaf, keyIn, type BitChange, type EditableEntry } from './entry-fields';
import type { Host } from './host';
import { isMenuKey } from './address-menu';
import { openMenu, type MenuItem } from './menu';
import { openPrompt, type Prompt } from './prompt';
import { typedFrame, typedKey, typedRaw } from './typed-values';

/**
 * Gives every bit of an entry that is marked as editable its menu: right click, F2 or Enter. One listener for the page, as for
 * addresses.
 */
export function installEntryMenu(host: Host): void {
  document.addEventListener(
    'contextmenu',
    (event) => {
      const found = entryOf(event.target as Element);
      // An address inside has its own menu.
      if (found === null || (event.target as Element).closest('[data-address]') !== null) return;
      event.preventDefault();
      event.stopPropagation();
      openEntryMenu(host, found.entry, found.bit, event.clientX, event.clientY);
    },
    true,
  );
  document.addEventListener('keydown', (event) => {
    const found = entryOf(document.activeElement);
    if (found === null || event.defaultPrevented) return;
    if (event.key !== 'F2' && event.key !== 'Enter' && !isMenuKey(event)) return;
    // Enter on a button inside does what the button says.
    if (event.key === 'Enter' && found.bit === null) return;
    event.preventDefault();
    const box = document.activeElement!.getBoundingClientRect();
    openEntryMenu(host, found.entry, found.bit, box.left, box.bottom);
  });
}

/** Marks an element as standing for an entry, or with `bit` for one of its bits. */
export function entryAttributes(
  entry: EditableEntry,
  bit: string | null = null,
): Readonly<Record<string, string | number>> {
  return {
    'data-entry-address': entry.address,
    'data-entry-value': entry.value,
    'data-entry-level': entry.level,
    'data-entry-name': entry.name,
    ...(bit === null ? {} : { 'data-bit': bit, tabindex: 0, role: 'button', 'aria-haspopup': 'menu' }),
  };
}

/** Opens the menu of an entry, the given bit's item first. */
export function openEntryMenu(host: Host, entry: EditableEntry, bit: string | null, x: number, y: number): void {
  const changes = bitChanges(entry);
  const first = changes.filter((change) => change.bit === bit);
  const rest = changes.filter((change) => change.bit !== bit);
  const prompts = promptItems(host, entry, x, y);
  const own = prompts.filter(({ id }) => bit !== null && id === PROMPT_OF[bit]);
  const items: (MenuItem | null)[] = [...first.map((change) => bitItem(host, entry, change)), ...own];
  if (items.length > 0) items.push(null);
  items.push(
    ...rest.map((change) => bitItem(host, entry, change)),
    null,
    ...prompts.filter((item) => !own.includes(item)),
    null,
    {
      id: 'breakOnEntry',
      label: 'Break When This Entry Changes',
      hint: 'follows the frame',
      run: () => host.post({ type: 'breakOn', subject: { kind: 'entry', hpa: entry.address } }),
    },
  );
  openMenu(items, x, y, `Edit ${entry.name} at ${entry.address}`);
}

/** Fields that are no flags, with the item that asks for their value. */
const PROMPT_OF: Readonly<Record<string, string>> = { frame: 'setFrame', PK: 'setKey' };

function bitItem(host: Host, entry: EditableEntry, change: BitChange): MenuItem {
  const { label, meaning, field, value } = change;
  return {
    id: `bit-${change.bit}`,
    label,
    hint: meaning,
    run: () => void edit(host, { kind: 'entry', entry: entryRef(entry), field, value }),
  };
}

function promptItems(host: Host, entry: EditableEntry, x: number, y: number): MenuItem[] {
  const ask = (id: string, label: string, field: string, prompt: Omit<Prompt, 'submit'>): MenuItem => ({
    id,
    label,
    run: () =>
      openPrompt(
        {
          ...prompt,
          submit: (value) =>
            edit(host, { kind: 'entry', entry: entryRef(entry), field, value: `0x${value.toString(16)}` }),
        },
        x,
        y,
      ),
  });
  const frames = host.state.summary?.frames ?? 0;
  return [
    ask('setFrame', 'Set Frame…', 'frame', {
      label: `Frame number in ${entry.name}`,
      value: `0x${frameIn(entry).toString(16)}`,
      check: (text) => typedFrame(text, frames),
    }),
    ...(isLeaf(entry)
      ? [
          ask('setKey', 'Set Protection Key…', 'PK', {
            label: `Protection key in ${entry.name}`,
            value: String(keyIn(entry)),
            check: typedKey,
          }),
        ]
      : []),
    ask('setRaw', 'Set Raw Value…', 'raw', {
      label: `Value of ${entry.name}`,
      value: entry.value,
      check: typedRaw,
    }),
  ];
}

function entryOf(element: Element | null): { readonly entry: EditableEntry; readonly bit: string | null } | null {
  const marked = element?.closest<HTMLElement>('[data-entry-address]');
  if (marked == null) return null;
  const { entryAddress, entryValue, entryLevel, entryName, bit } = marked.dataset;
  return {
    entry: { address: entryAddress!, value: entryValue!, level: Number(entryLevel), name: entryName! },
    bit: bit ?? null,
  };
}
