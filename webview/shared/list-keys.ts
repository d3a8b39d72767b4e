/** What keys do in lists and filter fields: decisions only, no DOM. */

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** Row that a key leads to, or null if the key moves nothing. */
export function moveRow(key: string, at: number, total: number, page: number): number | null {
  if (total === 0) return null;
  const clamp = (row: number): number => Math.min(total - 1, Math.max(0, row));
  switch (key) {
    case 'ArrowDown':
      return clamp(at + 1);
    case 'ArrowUp':
      return clamp(at - 1);
    case 'PageDown':
      return clamp(at + page);
    case 'PageUp':
      return clamp(at - page);
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return null;
  }
}

/** Whether a key pressed in a list starts typing in its filter field. */
export function startsFilter(event: Key): boolean {
  return event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.altKey && !event.metaKey;
}

/** What a key does in a filter field: take the filter away, go to the list, or nothing special. */
export function filterKey(key: string, text: string): 'clear' | 'leave' | null {
  if (key === 'Escape') return text === '' ? 'leave' : 'clear';
  if (key === 'Enter' || key === 'ArrowDown') return 'leave';
  return null;
}
