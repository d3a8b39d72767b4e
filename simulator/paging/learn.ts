import { spaceOf, type WalkCaches } from '../machine/walk-caches';
import { Access, StepKind, type Walk } from './walk';
import { D, NX, RW, US } from './format';

/**
 * What a successful walk leaves in the walk caches: each upper entry that it read, and for those that it found there,
 * that they were used.
 */
export function learn(
  w: Walk,
  caches: WalkCaches,
  hi: number,
  lo: number,
  asid: number,
  pcid: number,
  access: Access,
): void {
  const space = spaceOf(asid, pcid);
  const nestedSpace = spaceOf(asid, 0);
  // Rights gathered on the way down, in each dimension.
  let write = true;
  let user = true;
  let noExecute = false;
  let upper = 0;
  let nestedWrite = true;
  let nestedNoExecute = false;
  for (let i = 0; i < w.steps; i++) {
    const level = w.level[i];
    switch (w.kind[i]) {
      case StepKind.StructureHit: {
        const cache = caches.guest[level]!;
        const slot = w.index[i];
        cache.slots.touch(slot);
        write = cache.write(slot);
        user = cache.user(slot);
        noExecute = cache.noExecute(slot);
        break;
      }
      case StepKind.Entry:
        if (upper === level + 1)
          caches.guest[upper]?.fill(hi, lo, space, w.frame[i], w.guestFrame[i], write, user, noExecute);
        upper = level;
        write &&= (w.lo[i] & RW) !== 0;
        user &&= (w.lo[i] & US) !== 0;
        noExecute ||= (w.hi[i] & NX) !== 0;
        break;
      case StepKind.NestedStructureHit: {
        const cache = caches.nested[level]!;
        const slot = w.index[i];
        cache.slots.touch(slot);
        nestedWrite = cache.write(slot);
        nestedNoExecute = cache.noExecute(slot);
        break;
      }
      case StepKind.NestedTlbHit:
        caches.nestedTlb!.slots.touch(w.index[i]);
        break;
      case StepKind.Nested: {
        const before = i === 0 ? StepKind.Entry : w.kind[i - 1];
        const gfn = w.guestFrame[i];
        if (before === StepKind.Nested) {
          const gpaHi = gfn < 0x100000 ? 0 : Math.floor(gfn / 0x100000);
          caches.nested[level + 1]?.fill(
            gpaHi,
            (gfn * 4096) >>> 0,
            nestedSpace,
            w.frame[i],
            0,
            nestedWrite,
            true,
            nestedNoExecute,
          );
        } else if (before !== StepKind.NestedStructureHit) {
          nestedWrite = true;
          nestedNoExecute = false;
        }
        nestedWrite &&= (w.lo[i] & RW) !== 0;
        nestedNoExecute ||= (w.hi[i] & NX) !== 0;
        if (caches.nestedTlb && (i + 1 === w.steps || w.kind[i + 1] !== StepKind.Nested))
          learnNested(w, caches, i, gfn, nestedSpace, nestedWrite, nestedNoExecute, access);
        break;
      }
    }
  }
}

/** The nested walk that ended at step `i`: where its guest frame lives is what the walk went on with. */
function learnNested(
  w: Walk,
  caches: WalkCaches,
  i: number,
  gfn: number,
  space: number,
  write: boolean,
  noExecute: boolean,
  access: Access,
): void {
  // Tag look-ups stand between the nested walk and the read of the table.
  let next = i + 1;
  while (next < w.steps && w.kind[next] !== StepKind.Entry) next++;
  const final = next === w.steps;
  const frame = final ? w.resultFrame : w.frame[next];
  const dirty = (w.lo[i] & D) !== 0 || !final || access === Access.Write;
  caches.nestedTlb!.fill(gfn, space, frame, 3 + 9 * w.level[i], write, noExecute, dirty);
}
