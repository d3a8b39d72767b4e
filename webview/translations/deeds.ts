/** What the toolbar and the rows of Translations set off outside the view, or in the machine. */
import type { SpaceRef, TranslationRow } from '../../extension/protocol/messages';
import type { EditableEntry } from '../shared/entry-fields';
import type { Host } from '../shared/host';
import { openMenu } from '../shared/menu';

/** The entry of a row of the tree. */
export function entryOfRow({ tree }: TranslationRow): EditableEntry | null {
  if (tree === null) return null;
  const { entryAddress, entry, level, levelName, index } = tree;
  return { address: entryAddress, value: entry, level, name: `${levelName}[${index}]` };
}

/** Asks between what the differences are to be. */
export function openDifferencesMenu(host: Host, space: SpaceRef, anchor: Element): void {
  const box = anchor.getBoundingClientRect();
  openMenu(
    (
      [
        ['sinceLastStop', 'Since the Last Stop', 'The mappings of this process then and now.'],
        ['processes', 'Between Two Processes…', 'This process and another, as they are now.'],
        ['sides', 'Choose Sides…', 'Process, table and moment of each side.'],
      ] as const
    ).map(([choice, label, detail]) => ({
      id: choice,
      label,
      detail,
      run: () => host.post({ type: 'differences', choice, space }),
    })),
    box.left,
    box.bottom,
    'Differences',
  );
}
