import type { BookmarkDeed } from '../../extension/protocol/messages';
import { formatCount } from '../shared/hex';
import { openMenu, type MenuItem } from '../shared/menu';

/** The menu of a tick on the strip: travelling, and its bookmark. */
export function openStripMenu(
  tick: number,
  hasBookmark: boolean,
  at: { readonly clientX: number; readonly clientY: number },
  deeds: { readonly travel: () => void; readonly bookmark: (deed: BookmarkDeed) => void },
): void {
  const item = (id: BookmarkDeed, label: string): MenuItem => ({ id, label, run: () => deeds.bookmark(id) });
  openMenu(
    [
      { id: 'travel', label: 'Go There', hint: `tick ${formatCount(tick)}`, run: deeds.travel },
      null,
      ...(hasBookmark
        ? [item('rename', 'Rename Bookmark…'), item('remove', 'Remove Bookmark')]
        : [item('name', 'Add Bookmark…')]),
    ],
    at.clientX,
    at.clientY,
    `Actions for tick ${formatCount(tick)}`,
  );
}
