import type { Process } from '../../guest/process';
import { peekNested } from '../../host/nested';
import type { Vm } from '../../host/vm';
import type { MemoryReader } from '../../machine/memory';
import { tagOf } from '../../machine/tags';
import { LEVEL_NAMES, P, PS, frameOf } from '../../paging/format';
import { hex, toNumber, type Frame, type GuestFrame } from '../../units';
import type { InspectContext } from '../context';
import { derivedKind, frameHome, rootOf } from '../peek';
import type { BitView, RootKind } from '../types';
import { decodeEntry, decodeTag } from '../words';

/** A paging structure: whose it is, and the first page or guest frame that it maps. */
export interface TablePlace {
  readonly kind: RootKind | 'nested';
  readonly vm: Vm;
  /** null: the kernel's, or the host's. */
  readonly process: Process | null;
  readonly level: number;
  readonly page: number;
}

/** What 8 bytes of memory are. */
export type Meaning =
  | ({ readonly is: 'entry' } & TablePlace)
  | { readonly is: 'tag'; readonly frame: Frame; readonly half: 0 | 1 }
  | { readonly is: 'slot'; readonly vm: Vm; readonly gfn: GuestFrame }
  | { readonly is: 'reverse'; readonly frame: Frame }
  | { readonly is: 'unknown' };

export type Tables = ReadonlyMap<Frame, TablePlace>;

/** Names of tables by kind, as words begin with them. */
export const TABLE_NAMES: Readonly<Record<TablePlace['kind'], string>> = {
  native: 'native',
  tpt: 'TPT',
  shadow: 'shadow',
  nested: 'nested',
};

/** All paging structures that memory holds, by frame. One that several processes share is the kernel's. */
export function tablesIn(c: InspectContext, memory: MemoryReader): Tables {
  const found = new Map<Frame, TablePlace>();
  const { levels } = c.executor;
  for (const kernel of c.executor.kernels) {
    const { vm } = kernel;
    const visit = (place: TablePlace, table: number): void => {
      const home = place.kind === 'nested' ? table : frameHome(memory, vm, place.kind, table);
      if (home < 0 || home >= memory.frames || found.has(home)) return;
      found.set(home, place);
      if (place.level === 1) return;
      const words = memory.page(home);
      const top = place.kind === 'nested' ? vm.config.nestedLevels : levels;
      for (let i = 0; i < 512; i++) {
        const lo = words[i * 2];
        if ((lo & P) === 0 || ((lo & PS) !== 0 && place.level <= 3)) continue;
        const process = place.kind !== 'nested' && place.level === top && i >= 256 ? null : place.process;
        const page = place.page + i * 512 ** (place.level - 1);
        visit({ ...place, process, level: place.level - 1, page }, frameOf(lo, words[i * 2 + 1]));
      }
    };
    // Tables of a process that has ended are looked for last: their frames may be another's by now.
    const processes = [...kernel.processes.values()].sort(
      (a, b) => Number(a.state === 'exited') - Number(b.state === 'exited'),
    );
    const derived = derivedKind(vm);
    for (const process of processes) {
      for (const kind of derived ? [derived, 'native' as const] : ['native' as const]) {
        const root = rootOf(memory, vm, process, kind);
        if (root >= 0) visit({ kind, vm, process, level: levels, page: 0 }, root);
      }
    }
    const init = vm.direct ? peekNested(memory, vm, kernel.initRoot) : kernel.initRoot;
    visit({ kind: 'native', vm, process: null, level: levels, page: 0 }, init);
    if (vm.nestedRoot >= 0)
      visit({ kind: 'nested', vm, process: null, level: vm.config.nestedLevels, page: 0 }, vm.nestedRoot);
  }
  return found;
}

/** What an entry is, where `tables` are the structures of the moment. */
export function meaningOf(c: InspectContext, tables: Tables, frame: Frame, index: number): Meaning {
  const { tags, vms, host } = c.executor;
  const tag = tags.frameAt(frame, index);
  if (tag) return { is: 'tag', ...tag };
  for (const vm of vms) {
    if (vm.mapFrame >= 0 && frame >= vm.mapFrame && frame < vm.mapFrame + vm.mapFrames)
      return { is: 'slot', vm, gfn: vm.firstGfn + (frame - vm.mapFrame) * 512 + index };
  }
  const reverse = host.direct?.reverseMap;
  if (reverse && frame >= reverse.frame && frame < reverse.frame + reverse.frames)
    return { is: 'reverse', frame: (frame - reverse.frame) * 512 + index };
  const place = tables.get(frame);
  return place ? { is: 'entry', ...place, page: place.page + index * 512 ** (place.level - 1) } : { is: 'unknown' };
}

/** What an entry is, in words: "TPT PT entry of web ▸ redis for 0x7f…", "tag of frame 0x1a00", "map slot of gfn 0x42 of web". */
export function meaningText(c: InspectContext, m: Meaning): string {
  switch (m.is) {
    case 'entry': {
      const name = `${TABLE_NAMES[m.kind]} ${LEVEL_NAMES[m.level]} entry of ${m.vm.name}`;
      if (m.kind === 'nested') return `${name} for gPA ${c.gpa(m.page)}`;
      return `${name} ▸ ${m.process?.name ?? 'kernel'} for ${c.gva(m.page)}`;
    }
    case 'tag':
      return `tag of frame ${hex(m.frame)}${m.half === 1 ? ' (second half)' : ''}`;
    case 'slot':
      return `map slot of gfn ${hex(m.gfn)} of ${m.vm.name}`;
    case 'reverse':
      return `hfn→gfn slot of frame ${hex(m.frame)}`;
    case 'unknown':
      return 'entry of no table that is in use';
  }
}

/** The fields of an entry by what it is. */
export function bitsOf(m: Meaning, lo: number, hi: number): BitView[] {
  switch (m.is) {
    case 'entry':
      return decodeEntry(lo, hi, m.level);
    case 'tag':
      return m.half === 0 ? decodeTag(tagOf(lo, hi)) : [];
    case 'slot':
      return [{ name: 'frame', value: hex(toNumber(hi, lo)), meaning: 'where the guest frame lives', wrong: false }];
    case 'reverse':
      return [{ name: 'gfn', value: hex(toNumber(hi, lo)), meaning: 'guest frame that it backs', wrong: false }];
    case 'unknown':
      // Most likely it was, or will be, an entry of a PT.
      return decodeEntry(lo, hi, 1);
  }
}

/** Bits and fields that differ between two values of an entry; of one that is not present, nothing but that counts. */
export function changedBits(
  m: Meaning,
  before: { readonly lo: number; readonly hi: number },
  after: { readonly lo: number; readonly hi: number },
): { name: string; before: string; after: string }[] {
  const old = new Map(bitsOf(m, before.lo, before.hi).map((b) => [b.name, b.value]));
  const now = new Map(bitsOf(m, after.lo, after.hi).map((b) => [b.name, b.value]));
  const unset = (value: string | undefined): boolean => value === undefined || value === '0';
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => old.get(name) !== now.get(name) && !(unset(old.get(name)) && unset(now.get(name))))
    .map((name) => ({ name, before: old.get(name) ?? '–', after: now.get(name) ?? '–' }));
}
