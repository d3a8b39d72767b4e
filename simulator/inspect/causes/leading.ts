import type { Vm } from '../../host/vm';
import type { MemoryReader } from '../../machine/memory';
import { P, PS, frameOf, pageIndex } from '../../paging/format';
import type { Frame, GuestFrame } from '../../units';
import type { Space, Translated } from '../time/translate';
import { explainForeign } from './foreign';
import { explainRoot } from './root';
import type { Story } from './story';

/**
 * Why the walk of an address leaves the VM's memory: by the first entry, from the root down, that leads to a frame which is not
 * the VM's. @returns the verdict; null: it does not leave it
 */
export function explainPath(story: Story, space: Space, walked: Translated, at: number): string | null {
  return explainTables(story, space, walked, at) ?? explainLeaf(story, space, walked, at);
}

/** The same for the tables of the walk alone. @returns null: each is the VM's */
export function explainTables(story: Story, space: Space, { steps }: Translated, at: number): string | null {
  const { vm, process } = space;
  const foreign = foreignTo(story, space, at);
  // Shadow tables are the host's own.
  const first = space.kind === 'shadow' ? -1 : steps.findIndex((s) => foreign(s.tableFrame));
  if (first === 0) return explainRoot(story, vm, process, steps[0].tableFrame, at);
  if (first > 0) {
    const { tableFrame: frame, index, level } = steps[first - 1];
    return explainForeign(story, { ...space, frame, index, level, target: steps[first].tableFrame, at });
  }
  return null;
}

function explainLeaf(story: Story, space: Space, walked: Translated, at: number): string | null {
  const leaf = walked.steps.at(-1);
  if (!leaf || !walked.leaf || walked.frame < 0 || !foreignTo(story, space, at)(walked.frame)) return null;
  // Behind a native table it is the nested entry that names the host frame.
  const nested = space.kind === 'native' ? nestedLeaf(story.evidence.at(at), space.vm, walked.leaf.frame) : null;
  const entry = nested ?? { frame: leaf.tableFrame, index: leaf.index, level: leaf.level };
  return explainForeign(story, { ...space, ...entry, target: walked.frame, at });
}

/** Tells whose frames are not the VM's at a write. Behind a table of the host's, its own frames are there because it shares them. */
function foreignTo(story: Story, { vm, kind }: Space, at: number): (frame: Frame) => boolean {
  const memory = story.evidence.at(at);
  return (frame) => {
    const owner = story.c.executor.tags.ownerOf(frame, memory);
    return owner !== vm.asid && (owner !== 0 || kind === 'tpt');
  };
}

/** The nested entry that maps a guest frame; null if there is none. */
function nestedLeaf(
  memory: MemoryReader,
  vm: Vm,
  gfn: GuestFrame,
): { readonly frame: Frame; readonly index: number; readonly level: number } | null {
  let frame = vm.nestedRoot;
  for (let level: number = vm.config.nestedLevels; frame >= 0; level--) {
    const index = pageIndex(gfn, level);
    const lo = memory.word(frame, index * 2);
    if ((lo & P) === 0) return null;
    if (level === 1 || (lo & PS) !== 0) return { frame, index, level };
    frame = frameOf(lo, memory.word(frame, index * 2 + 1));
  }
  return null;
}
