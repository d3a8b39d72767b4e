import type { Process } from '../../guest/process';
import type { Vm } from '../../host/vm';
import { M, MARK_KINDS } from '../../history/recording';
import type { MemoryReader } from '../../machine/memory';
import { LEVEL_NAMES, P } from '../../paging/format';
import { hex, type Frame } from '../../units';
import type { InspectContext } from '../context';
import { derivedKind, frameHome, peekWalk, rootOf, type PeekLeaf, type PeekStep } from '../peek';
import type { Permissions, RootKind } from '../types';
import { permissions } from '../words';
import { TABLE_NAMES } from './meaning';
import { recordingOf } from './writes';

/** Where an address leads under one root, at one moment. */
export interface Translated {
  readonly steps: readonly PeekStep[];
  readonly leaf: PeekLeaf | null;
  /** Host frame, or -1. */
  readonly frame: Frame;
  readonly perm: Permissions | null;
  /** ASID by the tag of the frame, or -1. */
  readonly owner: number;
  readonly text: string;
}

/** The address of a query, with the table that is meant by `root`. */
export interface Space {
  readonly vm: Vm;
  readonly process: Process;
  readonly kind: RootKind;
  readonly hi: number;
  readonly lo: number;
}

/** The table kind that a query's root stands for in a VM. */
export const kindFor = (vm: Vm, root: RootKind | 'active'): RootKind =>
  root === 'native' ? 'native' : (derivedKind(vm) ?? 'native');

/** Where an address leads as far as memory tells. */
export function translateAt(c: InspectContext, memory: MemoryReader, space: Space): Translated {
  const { vm, process, kind, hi, lo } = space;
  const { steps, leaf } = peekWalk(memory, vm, process, kind, c.executor.levels, hi, lo, () =>
    rootAt(c, memory, space),
  );
  const frame = leaf ? frameHome(memory, vm, kind, leaf.frame) : -1;
  const perm = leaf ? permissions(leaf.write, !leaf.noExecute, leaf.user) : null;
  if (!leaf || !perm || frame < 0)
    return { steps, leaf, frame: -1, perm: null, owner: -1, text: whyNot(space, steps, leaf) };
  const owner = c.executor.tags.ownerOf(frame, memory);
  const size = leaf.level === 1 ? '' : leaf.level === 2 ? ', 2 MiB' : ', 1 GiB';
  const foreign = owner === vm.asid ? '' : ', which the tag check refuses';
  const checked = c.executor.tags.mode !== 'off' && vm.vcpus.some((cpu) => cpu.tagged);
  const text = `frame ${hex(frame)} of ${c.owner(owner).name}${checked ? foreign : ''}, ${perm.text}${size}`;
  return { steps, leaf, frame, perm, owner, text };
}

/** Root of a space; of a shadow table that is gone, the one that was loaded last. */
function rootAt(c: InspectContext, memory: MemoryReader, { vm, process, kind }: Space): number {
  const root = rootOf(memory, vm, process, kind);
  if (kind !== 'shadow' || root >= 0) return root;
  const { marks } = recordingOf(c);
  const cr3 = MARK_KINDS.indexOf('cr3');
  for (let id = marks.cursor - 1; id >= marks.first; id--) {
    if (marks.get(id, M.Kind) === cr3 && marks.get(id, M.Vm) === vm.index && marks.get(id, M.B) === process.pcid)
      return marks.get(id, M.A);
  }
  return -1;
}

function whyNot({ vm, kind }: Space, steps: readonly PeekStep[], leaf: PeekLeaf | null): string {
  if (leaf) return `gfn ${hex(leaf.frame)} is not backed`;
  const last = steps.at(-1);
  if (!last) return `${vm.name} has no ${TABLE_NAMES[kind]} root for it`;
  const level = LEVEL_NAMES[last.level];
  return (last.lo & P) === 0
    ? `not mapped: the ${TABLE_NAMES[kind]} ${level} entry is not present`
    : `the table below the ${TABLE_NAMES[kind]} ${level} entry is not backed`;
}
