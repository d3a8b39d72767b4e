import type { FrameDetail } from '../../extension/protocol/messages';
import { isMenuKey } from '../shared/address-menu';
import { edit } from '../shared/deeds';
import type { Host } from '../shared/host';
import { openMenu, type MenuItem } from '../shared/menu';
import { openPrompt } from '../shared/prompt';
import { typedGfn } from '../shared/typed-values';
import { EDITABLE_FIELDS, gfnText, tagChanges } from './tag-fields';

/** Marks a field of the tag-table entry as one that can be changed, if it is. */
export function tagFieldAttributes(name: string): Readonly<Record<string, string | number>> {
  return EDITABLE_FIELDS.includes(name)
    ? {
        'data-tag-field': name,
        tabindex: 0,
        role: 'button',
        'aria-haspopup': 'menu',
        title: 'F2 or right click changes it',
      }
    : {};
}

/** Gives the fields in `pane` their menu: right click, F2 or Enter. */
export function installTagMenu(host: Host, pane: HTMLElement, detail: () => FrameDetail | null): void {
  const open = (field: HTMLElement, x: number, y: number): void => {
    const shown = detail();
    if (shown !== null) openTagMenu(host, shown, field.dataset.tagField!, x, y);
  };
  const fieldOf = (target: EventTarget | null): HTMLElement | null =>
    (target as Element | null)?.closest<HTMLElement>('[data-tag-field]') ?? null;
  pane.addEventListener('contextmenu', (event) => {
    const field = fieldOf(event.target);
    if (field === null) return;
    event.preventDefault();
    event.stopPropagation();
    open(field, event.clientX, event.clientY);
  });
  pane.addEventListener('keydown', (event) => {
    const field = fieldOf(event.target);
    if (field === null || (event.key !== 'F2' && event.key !== 'Enter' && !isMenuKey(event))) return;
    event.preventDefault();
    event.stopPropagation();
    const box = field.getBoundingClientRect();
    open(field, box.left, box.bottom);
  });
}

function openTagMenu(host: Host, detail: FrameDetail, field: string, x: number, y: number): void {
  const { frame, tagEntry, owner } = detail;
  const items = tagChanges(tagEntry.fields, owner, host.state.summary?.owners ?? []).map((change) => ({
    of: change.of,
    id: `${change.field}-${change.value}`,
    label: change.label,
    hint: change.hint,
    run: () => void edit(host, { kind: 'tag', frame, field: change.field, value: change.value }),
  }));
  const all: (MenuItem & { readonly of: string })[] = [
    ...items,
    {
      of: 'gPA',
      id: 'setGfn',
      label: 'Set Guest Frame…',
      run: () =>
        openPrompt(
          {
            label: `Guest frame number in the tag of frame 0x${frame.toString(16)}`,
            value: gfnText(tagEntry.fields),
            check: typedGfn,
            submit: (value) => edit(host, { kind: 'tag', frame, field: 'gfn', value: `0x${value.toString(16)}` }),
          },
          x,
          y,
        ),
    },
  ];
  const first = all.filter((item) => item.of === field);
  const rest = all.filter((item) => item.of !== field);
  const shown = [...first, null, ...rest];
  openMenu(shown, x, y, `Edit the tag of frame 0x${frame.toString(16)}`);
}
