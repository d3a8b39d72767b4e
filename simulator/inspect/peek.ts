import type { Process } from '../guest/process';
import { guestFrameAt } from '../host/direct/reverse-map';
import { peekNested } from '../host/nested';
import type { Vm } from '../host/vm';
import type { MemoryReader } from '../machine/memory';
import { NX, P, PS, RW, US, frameOf, leafFrames, leafShift, pkeyOf, tableIndex, G, A, D } from '../paging/format';
import type { Frame, GuestFrame } from '../units';
import type { RootKind } from './types';

/** One entry met on the way down. */
export interface PeekStep {
  readonly level: number;
  readonly index: number;
  /** Host frame that holds the table. */
  readonly tableFrame: Frame;
  readonly lo: number;
  readonly hi: number;
}

export interface PeekLeaf {
  /** Frame of the address in the table's own space: gfn for native tables (but hfn under direct paging), hfn for others. */
  readonly frame: number;
  /** First frame of the leaf's page. */
  readonly base: number;
  readonly shift: number;
  readonly level: number;
  readonly lo: number;
  readonly hi: number;
  /** Effective over all levels. */
  readonly write: boolean;
  readonly user: boolean;
  readonly noExecute: boolean;
  readonly accessed: boolean;
  readonly dirty: boolean;
  readonly global: boolean;
  readonly pkey: number;
}

/** The table that leads to host frames beside the native one, by who writes it; null if a VM has none. */
export function derivedKind(vm: Vm): 'tpt' | 'shadow' | null {
  const { scheme } = vm.config;
  return scheme === 'tpt' || scheme === 'shadow' ? scheme : null;
}

/**
 * Where a frame that an entry names is in host memory: TPT and shadow tables, and those of direct and native paging,
 * hold host frames already.
 * @returns -1 if it is nowhere.
 */
export function frameHome(memory: MemoryReader, vm: Vm, kind: RootKind, frame: number): Frame {
  if (kind !== 'native' || vm.direct) return frame < memory.frames ? frame : -1;
  return peekNested(memory, vm, frame);
}

/** Guest frame that a frame in an entry of the guest's own table stands for. @returns -1 if it stands for none. */
export function frameGfn(memory: MemoryReader, vm: Vm, frame: number): GuestFrame {
  return vm.direct ? guestFrameAt(memory, vm.direct.reverseMap, vm, frame) : frame;
}

/** Frame of a process's root in its table's own space. @returns -1 if it has none. */
export function rootOf(memory: MemoryReader, vm: Vm, process: Process, kind: RootKind): number {
  if (kind === 'shadow') return vm.intercepts?.shadowRoot?.(process.rootGfn) ?? -1;
  if (kind === 'tpt') return peekNested(memory, vm, process.tptRootGfn);
  return vm.direct ? peekNested(memory, vm, process.rootGfn) : process.rootGfn;
}

/**
 * Follows an address through a process's table, looking without touching; the debugger's walk, not the machine's.
 * @param root tells where it begins, if not at the process's present root
 */
export function peekWalk(
  memory: MemoryReader,
  vm: Vm,
  process: Process,
  kind: RootKind,
  levels: number,
  hi: number,
  lo: number,
  root: () => number = () => rootOf(memory, vm, process, kind),
): { steps: PeekStep[]; leaf: PeekLeaf | null } {
  const steps: PeekStep[] = [];
  let table = root();
  let write = true;
  let user = true;
  let noExecute = false;
  for (let level = levels; table >= 0; level--) {
    const home = frameHome(memory, vm, kind, table);
    if (home < 0) break;
    const index = tableIndex(hi, lo, level);
    const entryLo = memory.word(home, index * 2);
    const entryHi = memory.word(home, index * 2 + 1);
    steps.push({ level, index, tableFrame: home, lo: entryLo, hi: entryHi });
    if ((entryLo & P) === 0) break;
    write &&= (entryLo & RW) !== 0;
    user &&= (entryLo & US) !== 0;
    noExecute ||= (entryHi & NX) !== 0;
    if (level > 1 && ((entryLo & PS) === 0 || level > 3)) {
      table = frameOf(entryLo, entryHi);
      continue;
    }
    const span = leafFrames(level);
    const raw = frameOf(entryLo, entryHi);
    const base = raw - (raw % span);
    const frame = base + (((hi & 0xfffff) * 0x100000 + (lo >>> 12)) % span);
    return {
      steps,
      leaf: {
        frame,
        base,
        shift: leafShift(level),
        level,
        lo: entryLo,
        hi: entryHi,
        write,
        user,
        noExecute,
        accessed: (entryLo & A) !== 0,
        dirty: (entryLo & D) !== 0,
        global: (entryLo & G) !== 0,
        pkey: pkeyOf(entryHi),
      },
    };
  }
  return { steps, leaf: null };
}
