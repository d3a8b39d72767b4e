import type { Walk } from './walk';

/**
 * What a successful walk leaves in the walk caches: each upper entry that it read, each frame that it took through the
 * nested table, and for those that it found there, that they were used.
 */
export function learn(w: Walk): void {
  for (let i = 0; i < w.lessons; i++) {
    const cache = w.lessonCache[i];
    const slot = w.lessonSlot[i];
    if (slot >= 0) cache.slots.touch(slot);
    else
      cache.fill(
        w.lessonKeyLo[i],
        w.lessonKeyHi[i],
        w.lessonFrame[i],
        w.lessonGuestFrame[i],
        w.lessonRights[i],
        w.lessonShift[i],
      );
  }
}
