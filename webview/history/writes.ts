/** Writes to an entry: which is next, and which gave a bit its value. Decisions only, no DOM. */
import type { Writer, WriteView } from '../../extension/protocol/messages';

/**
 * The writes to go to from where the machine stands, among some that are newest first. The machine stands just before the
 * write that it went to last, if `stands` is that one: the next is then the one after it.
 */
export function neighbours(
  writes: readonly WriteView[],
  stands: number | null,
): { readonly previous: WriteView | null; readonly next: WriteView | null } {
  const firstBehind = writes.findIndex((write) => !write.ahead);
  const ahead = firstBehind < 0 ? writes.length : firstBehind;
  const oldestAhead = writes[ahead - 1];
  const isHere = oldestAhead !== undefined && oldestAhead.id === stands;
  return {
    previous: writes[ahead] ?? null,
    next: (isHere ? writes[ahead - 2] : oldestAhead) ?? null,
  };
}

/** For each bit or field by name, the newest write behind the machine that changed it. */
export function lastChanges(writes: readonly WriteView[]): ReadonlyMap<string, WriteView> {
  const last = new Map<string, WriteView>();
  for (const write of writes) {
    if (write.ahead) continue;
    for (const { name } of write.changed) if (!last.has(name)) last.set(name, write);
  }
  return last;
}

/** "W 1 → 0, frame 0x1a00 → 0x1b00". */
export function changedWords({ changed }: WriteView): string {
  if (changed.length === 0) return 'the same value';
  return changed.map(({ name, before, after }) => `${name} ${before} → ${after}`).join(', ');
}

/** "redis, mprotect · write-protect". The host's own task needs no name beside the word host. */
export function writerWords({ who, task, operation, step }: Writer): string {
  return [task === who ? '' : task, [operation, step].filter((part) => part !== '').join(' · ')]
    .filter((part) => part !== '')
    .join(', ');
}
