import type { Process } from '../guest/process';
import type { Vm } from '../host/vm';
import type { InspectContext } from './context';
import { forEachLeaf, userPages } from './leaves';
import { derivedKind, frameGfn, frameHome } from './peek';
import type { DifferenceSide } from './time-types';
import type { RootKind } from './types';

/** One mapping of a process, in numbers: there may be millions. */
export interface MappingRow {
  /** First virtual page. */
  readonly page: number;
  /** 1: 4 KiB, 2: 2 MiB, 3: 1 GiB. */
  readonly level: 1 | 2 | 3;
  /** First host frame; -1: not backed. */
  readonly frame: number;
  /** First guest frame; -1: none. By the tag of the frame, where the table names host frames. */
  readonly gfn: number;
  /** 1: write, 2: execute, 4: user. */
  readonly rights: number;
  /** ASID of the frame's owner; -1: not backed. */
  readonly owner: number;
}

/**
 * All mappings of the user half of a process under a root, in order of address, as they are now.
 * @throws Error in words if there is no such process or root.
 */
export function mappingsOf(c: InspectContext, side: DifferenceSide): MappingRow[] {
  const { vm, process } = spaceOf(c, side);
  const { memory, tags, levels } = c.executor;
  const native = side.root === 'native';
  const namesGuestFrames = native && vm.nestedRoot >= 0;
  const rows: MappingRow[] = [];
  const range = { from: 0, to: userPages(levels) };
  forEachLeaf(memory, vm, process, side.root, levels, range, (leaf) => {
    const rights = (leaf.write ? 1 : 0) | (leaf.execute ? 2 : 0) | (leaf.user ? 4 : 0);
    const add = (page: number, level: 1 | 2 | 3, frame: number): void => {
      const home = frameHome(memory, vm, side.root, frame);
      const owner = home < 0 ? -1 : tags.ownerOf(home);
      const gfn = native ? frameGfn(memory, vm, frame) : owner === vm.asid ? tags.read(home).gfn : -1;
      rows.push({ page, level, frame: home, gfn, rights, owner });
    };
    // A large page of the guest may be scattered over host frames: then each is a mapping of its own.
    const pages = 512 ** (leaf.level - 1);
    if (pages === 1 || !namesGuestFrames || inOnePiece(c, vm, leaf.frame, pages))
      add(leaf.page, leaf.level, leaf.frame);
    else for (let i = 0; i < pages; i++) add(leaf.page + i, 1, leaf.frame + i);
  });
  return rows;
}

/** What a side is, in words: "web ▸ redis, TPT table, tick 812". */
export function sideTitle(c: InspectContext, side: DifferenceSide): string {
  const { vm, process } = spaceOf(c, side);
  return `${vm.name} ▸ ${process.name}, ${ROOT_NAMES[side.root]} table, ${side.tick === null ? 'now' : `tick ${side.tick}`}`;
}

const ROOT_NAMES: Readonly<Record<RootKind, string>> = { native: 'native', tpt: 'TPT', shadow: 'shadow' };

function spaceOf(c: InspectContext, side: DifferenceSide): { vm: Vm; process: Process } {
  const space = c.space(side);
  if (!space) {
    const vm = c.executor.vms[side.vm];
    throw new Error(
      vm
        ? `${vm.name} has no process with pid ${side.pid}${side.tick === null ? '' : ` at tick ${side.tick}`}`
        : `there is no VM ${side.vm}`,
    );
  }
  const kind = derivedKind(space.vm);
  if (side.root !== 'native' && side.root !== kind)
    throw new Error(
      `processes of ${space.vm.name} have no ${ROOT_NAMES[side.root]} table: compare ${kind ? `the native or the ${ROOT_NAMES[kind]}` : 'the native'} one`,
    );
  return space;
}

function inOnePiece(c: InspectContext, vm: Vm, gfn: number, pages: number): boolean {
  const { memory } = c.executor;
  const first = frameHome(memory, vm, 'native', gfn);
  for (let i = 1; i < pages; i++)
    if (frameHome(memory, vm, 'native', gfn + i) !== (first < 0 ? -1 : first + i)) return false;
  return true;
}
