/**
 * Call before an element's content is made anew, and the answer after: the focus goes to the same bit of the same entry, or
 * to another part of that entry if the bit is no longer shown.
 */
export function focusKeeper(element: HTMLElement): () => void {
  const { activeElement } = document;
  const marked = activeElement?.closest<HTMLElement>('[data-entry-address]');
  if (marked == null || !element.contains(marked)) return () => undefined;
  const { entryAddress, bit } = marked.dataset;
  return () => {
    const same = [...element.querySelectorAll<HTMLElement>(`[data-entry-address="${entryAddress!}"]`)];
    const target = same.find((candidate) => bit !== undefined && candidate.dataset.bit === bit) ?? same[0];
    (target?.tabIndex === 0 ? target : target?.querySelector('button'))?.focus();
  };
}
