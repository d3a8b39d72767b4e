import { formatCount } from '../shared/hex';
import { openMenu, type MenuItem } from '../shared/menu';

/** The menu of a tick on the strip: travelling, and its bookmark. */
export function openStripMenu(
  tick: number,
  hasBookmark: boolean,
  at: { readonly clientX: number; readonly clientY: number },
  deeds: { readonly travel: () => void; readonly bookmark: (deed: 'name' | 'remove') => void },
): void {
  const name = (label: string): MenuItem => ({ id: 'name', label, run: () => deeds.bookmark('name') });
  openMenu(
    [
      { id: 'travel', label: 'Go There', hint: `tick ${formatCount(tick)}`, run: deeds.travel },
      null,
      ...(hasBookmark
        ? [name('Rename Bookmark…'), { id: 'remove', label: 'Remove Bookmark', run: () => deeds.bookmark('remove') }]
        : [name('Add Bookmark…')]),
    ],
    at.clientX,
    at.clientY,
    `Actions for tick ${formatCount(tick)}`,
  );
}
