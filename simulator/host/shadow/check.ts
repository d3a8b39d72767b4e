import { A, D, NX, P, PKEY_SHIFT, PS, RW, US, frameOf } from '../../paging/format';
import { hex } from '../../units';
import type { Entry } from './entries';
import type { ShadowPage } from './page';
import type { ShadowPaging } from './shadow';

const RIGHTS_HIGH = (NX | (0xf << PKEY_SHIFT)) >>> 0;

/**
 * What must hold of shadow tables at any time: an entry says what the guest's entry and the host's book give, apart
 * from rights held back and from tables out of sync; and no table of the guest can be written past the host.
 * @returns what does not hold, in words.
 */
export function checkShadow(shadow: ShadowPaging): string[] {
  const wrong: string[] = [];
  const { pages, vm } = shadow;
  for (const page of pages.all) {
    const name = `shadow page ${hex(page.hfn)} of ${vm.name} (level ${page.level}, gfn ${hex(page.gfn)})`;
    if (page.unsync !== pages.unsync.has(page)) wrong.push(`${name}: in sync or not, the books differ`);
    if (page.direct && page.parents.size !== 1) wrong.push(`${name}: direct, with ${page.parents.size} entries above`);
    for (const place of page.parents)
      if (pages.below(pages.at(place), place % 512) !== page) wrong.push(`${name}: an entry above leads elsewhere`);
    const words = shadow.host.memory.page(page.hfn);
    for (let i = 0; i < 512; i++) {
      const present = (words[i * 2] & P) !== 0;
      const problem = present
        ? checkEntry(shadow, page, i)
        : page.leaves[i] < 0
          ? null
          : 'in the reverse map, not there';
      if (problem !== null) wrong.push(`${name}, entry ${i}: ${problem}`);
    }
  }
  if (pages.stale) wrong.push(`${vm.name}: TLBs were not flushed after a shadow entry lost rights`);
  return wrong;
}

function checkEntry(shadow: ShadowPaging, page: ShadowPage, index: number): string | null {
  const { pages } = shadow;
  const entry = pages.entry(page, index);
  const below = pages.below(page, index);
  const leaf = page.level === 1 || (page.level <= 3 && (entry.lo & PS) !== 0);
  const guest = guestEntry(shadow, page, index);
  if (leaf) {
    const gfn = page.leaves[index];
    if (frameOf(entry.lo, entry.hi) !== shadow.home(gfn)) return `gfn ${hex(gfn)} does not live in the frame it names`;
    const span = page.level === 1 ? 1 : 512;
    for (let i = 0; i < span; i++) {
      if (shadow.home(gfn + i) !== shadow.home(gfn) + i) return `gfn ${hex(gfn + i)} lives elsewhere`;
      if ((entry.lo & RW) !== 0 && !pages.mayWrite(gfn + i)) return `writable, and gfn ${hex(gfn + i)} is a table`;
    }
    if (page.unsync) return null;
    if (guest.gfn !== gfn) return `maps gfn ${hex(gfn)}, the guest ${hex(guest.gfn)}`;
    if ((guest.lo & (P | A)) !== (P | A)) return 'the guest has no such entry';
    if ((entry.lo & RW) !== 0 && (guest.lo & (RW | D)) !== (RW | D))
      return 'writable, and the guest’s is not, or is clean';
    if (((entry.lo ^ guest.lo) & US) !== 0) return 'user or supervisor: not as the guest’s';
    return ((entry.hi ^ guest.hi) & RIGHTS_HIGH) !== 0 ? 'NX or key: not as the guest’s' : null;
  }
  if (!below) return 'leads to no shadow page';
  if (below.direct)
    return below.gfn === guest.gfn ? null : `direct for gfn ${hex(below.gfn)}, the guest has ${hex(guest.gfn)}`;
  if ((guest.lo & P) === 0 || guest.gfn !== below.gfn)
    return `leads to the table in gfn ${hex(below.gfn)}, the guest’s does not`;
  return ((entry.lo ^ guest.lo) & (RW | US)) !== 0 || ((entry.hi ^ guest.hi) & NX) !== 0
    ? 'rights: not as the guest’s'
    : null;
}

/** The guest's entry that a shadow entry stands for, with the frame that its part of a large page begins at. */
function guestEntry(shadow: ShadowPaging, page: ShadowPage, index: number): Entry & { gfn: number } {
  if (!page.direct) {
    const entry = shadow.tables.entry(page.gfn, index);
    const frame = frameOf(entry.lo, entry.hi);
    const large = page.level > 1 && page.level <= 3 && (entry.lo & PS) !== 0;
    return { ...entry, gfn: large ? frame - (frame % 512 ** (page.level - 1)) : frame };
  }
  const [place] = page.parents;
  const above = guestEntry(shadow, shadow.pages.at(place), place % 512);
  return { ...above, gfn: above.gfn + index * 512 ** (page.level - 1) };
}
