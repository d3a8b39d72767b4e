import type { Process } from '../../guest/process';
import { Use } from '../../host/frames';
import type { Vm } from '../../host/vm';
import type { InspectContext } from '../../inspect/context';
import { derivedKind, frameHome, peekWalk } from '../../inspect/peek';
import { changedBits, permissions } from '../../inspect/words';
import { hex, hex64, high32, low32, type Frame } from '../../units';
import type { Watched } from './value-watch';

/** The 8-byte entry at an index of a frame. A and D bits count. */
export function entryValue(c: InspectContext, frame: Frame, index: number): Watched {
  const { tags, host } = c.executor;
  // Tags and map slots are no paging-structure entries: their bits have other names.
  const plain = frame >= tags.firstFrame || host.frames.useOf(frame) === Use.Map;
  return {
    name: `the entry at ${hex(frame * 4096 + index * 8, c.hpaDigits)} changed`,
    read: (memory) => hex64(memory.word(frame, index * 2 + 1), memory.word(frame, index * 2)),
    change: (before, after) => {
      const bits = plain ? [] : changedBits(BigInt(before), BigInt(after));
      return `${before} → ${after}${bits.length === 0 ? '' : ` (${bits.join(', ')})`}`;
    },
    concerns: (write) => write.index < 0 || write.index === index,
  };
}

/** Where a process's address leads under the root that user mode runs on, with which rights, and whose that is. */
export function translationValue(c: InspectContext, vm: Vm, process: Process, gva: bigint): Watched {
  const kind = derivedKind(vm) ?? 'native';
  return {
    name: `the translation of ${hex(gva, 16)} of ${vm.name} ▸ ${process.name} changed`,
    read: (memory) => {
      if (process.state === 'exited') return 'not mapped';
      const { leaf } = peekWalk(memory, vm, process, kind, c.executor.levels, high32(gva), low32(gva));
      if (!leaf) return 'not mapped';
      const frame = frameHome(memory, vm, kind, leaf.frame);
      const rights = permissions(leaf.write, !leaf.noExecute, leaf.user).text;
      if (frame < 0) return `gfn ${hex(leaf.frame)}, not backed, ${rights}`;
      return `frame ${hex(frame)}, ${rights}, owner ${c.owner(c.executor.tags.ownerOf(frame, memory)).name}`;
    },
    beyondMemory: kind === 'shadow',
  };
}

/** Whose a frame is, by the tag table. */
export function ownerValue(c: InspectContext, frame: Frame): Watched {
  return {
    name: `the owner of frame ${hex(frame)} changed`,
    read: (memory) => c.owner(c.executor.tags.ownerOf(frame, memory)).name,
  };
}
