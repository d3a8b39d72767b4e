import { readSlot } from '../../host/map';
import { hex, high32, low32, type Frame } from '../../units';
import type { InspectContext } from '../context';
import { mappersOf } from '../frames';
import type { Causes } from '../time-types';
import { translateAt, type Space } from '../time/translate';
import { explainForeign } from './foreign';
import { sentence, Story } from './story';

/** Who has a frame and since when, and entries that lead to it though it is not theirs. */
export function frameCauses(c: InspectContext, frame: Frame): Causes {
  const story = new Story(c, `Who has frame ${hex(frame)}, and why`);
  const { tags, host, journal } = c.executor;
  if (frame < 0 || frame >= c.executor.memory.frames) return story.end('there is no such frame');
  const tag = tags.read(frame);
  const owner = tag.assigned ? tag.asid : 0;
  const name = c.owner(owner).name;
  const vm = host.vms[owner - 1];
  const backs = vm ? `, and backs gfn ${hex(tag.gfn)}` : '';
  story.atTick('symptom', journal.tick, journal.line, `Frame ${hex(frame)} belongs to ${name}${backs}.`);
  const last = story.evidence.tagChanges(frame, story.evidence.recording.writes.cursor)[0];
  const wrong = explainMappers(story, frame, owner);
  if (wrong !== null) return story.end(wrong);
  if (vm && vm.mapFrame >= 0 && readSlot(c.executor.memory, vm, tag.gfn) !== frame && last) {
    story.atWrite(
      'root',
      last.id,
      `${sentence(story.by(last.id))}, tagged it for gfn ${hex(tag.gfn)} of ${name}, and the map slot of that gfn says frame ${hex(readSlot(c.executor.memory, vm, tag.gfn))}.`,
    );
    return story.end(`map and tag disagree about frame ${hex(frame)} since ${story.byShort(last.id)}`);
  }
  if (last)
    story.atWrite(
      'event',
      last.id,
      `${sentence(story.by(last.id))}, changed its tag: from ${c.owner(last.was.assigned ? last.was.asid : 0).name} to ${name}.`,
    );
  return story.end(`nothing is wrong: frame ${hex(frame)} belongs to ${name}`);
}

/** An entry of another VM that the CPU would follow to the frame. */
function explainMappers(story: Story, frame: Frame, owner: number): string | null {
  const { c } = story;
  for (const mapper of mappersOf(c, frame)) {
    if (mapper.table !== 'tpt') continue;
    const space = c.space(mapper.space);
    if (!space || space.vm.asid === owner) continue;
    const gva = BigInt(mapper.gva);
    const there: Space = { ...space, kind: 'tpt', hi: high32(gva), lo: low32(gva) };
    const now = translateAt(c, c.executor.memory, there);
    const leaf = now.steps.at(-1);
    if (!leaf || now.frame !== frame) continue;
    story.atTick(
      'check',
      c.executor.journal.tick,
      null,
      `The TPT table of ${mapper.vm} ▸ ${mapper.process} still leads there from ${mapper.gva}: an access meets the tag check.`,
      { frame: leaf.tableFrame, index: leaf.index },
    );
    const at = story.evidence.recording.writes.cursor;
    return explainForeign(story, {
      ...there,
      frame: leaf.tableFrame,
      index: leaf.index,
      level: leaf.level,
      target: frame,
      at,
    });
  }
  return null;
}
