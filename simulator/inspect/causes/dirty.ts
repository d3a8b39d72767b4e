import { D, P } from '../../paging/format';
import { W } from '../../history/recording';
import { hex } from '../../units';
import { derivedKind } from '../peek';
import { TABLE_NAMES } from '../time/meaning';
import { stretchesOf } from '../time/translation-history';
import { translateAt, type Space } from '../time/translate';
import type { Omission } from './evidence';
import { omissionText, sentence, type Story } from './story';

/**
 * A dirty bit that was lost: the CPU sets it in the table that it walks, so whoever takes an entry away has to join both.
 * @returns the verdict; null: none was lost that the recording knows of
 */
export function explainLostDirty(story: Story, space: Space): string | null {
  const lost = lostDirty(story, space);
  if (!lost) return null;
  const { evidence } = story;
  const { at, omission, gfn, entry } = lost;
  const kind = derivedKind(space.vm)!;
  const now = translateAt(story.c, story.c.executor.memory, space);
  if (now.leaf && now.steps.length > 0) {
    const leaf = now.steps.at(-1)!;
    const set = evidence.setter(leaf.tableFrame, leaf.index, evidence.recording.writes.cursor);
    if (set && set.id > at)
      story.atWrite(
        'event',
        set.id,
        `${sentence(story.by(set.id))}, mapped the address anew: its contents are not those from before.`,
      );
  }
  const after = translateAt(story.c, evidence.at(at + 1), { ...space, kind: 'native' });
  story.atWrite(
    'event',
    at,
    after.leaf
      ? `${sentence(story.by(at))}, wrote ${story.entryText(at)} anew with the dirty bit 0: the page counts as clean.`
      : `${sentence(story.by(at))}, took gfn ${hex(gfn)} out of ${story.entryText(at)}, whose dirty bit was 0: the page counted as clean, so nothing was written back.`,
  );
  const stored = evidence
    .changes(entry.frame, entry.index, at)
    .find((change) => (change.before.lo & D) === 0 && (change.after.lo & D) !== 0);
  if (stored)
    story.atWrite(
      'event',
      stored.id,
      `${sentence(story.by(stored.id))}, set the dirty bit for a store: in ${story.entryText(stored.id)}, and nowhere else.`,
    );
  const r = evidence.recording;
  story.atTick(
    'root',
    omission.tick,
    omission.line,
    `\`${omission.place.path[0]}\` at tick ${omission.tick}${omission.line === null ? '' : `, line ${omission.line}`}: ${omissionText(omission)}. The dirty bit of the ${TABLE_NAMES[kind]} entry was lost at tick ${r.writes.get(at, W.Tick)}.`,
  );
  return `a lost dirty bit: \`${omission.place.path[0]}\`${omission.line === null ? '' : ` (line ${omission.line})`} took the ${TABLE_NAMES[kind]} entry away without \`${omission.place.step}\``;
}

interface LostDirty {
  /** Write that took the native entry away. */
  readonly at: number;
  readonly omission: Omission;
  readonly gfn: number;
  /** The entry that had the bit. */
  readonly entry: { readonly frame: number; readonly index: number };
}

/** The newest point at which a native entry that says "clean" went away, while the other said "dirty". */
function lostDirty(story: Story, space: Space): LostDirty | null {
  const kind = derivedKind(space.vm);
  if (!kind) return null;
  const { evidence, c } = story;
  const ends = stretchesOf(c, { ...space, kind: 'native' }).filter((s) => s.until >= 0 && s.translated.leaf);
  for (const { until } of ends.reverse()) {
    const omission = evidence.leftOut(until, ['join']);
    if (!omission || until >= evidence.recording.writes.cursor) continue;
    const memory = evidence.at(until);
    const native = translateAt(c, memory, { ...space, kind: 'native' });
    const derived = translateAt(c, memory, { ...space, kind });
    const step = derived.steps.at(-1);
    if (!native.leaf || !derived.leaf?.dirty || native.leaf.dirty || !step || (step.lo & P) === 0) continue;
    const entry = { frame: step.tableFrame, index: step.index };
    return { at: until, omission, gfn: native.leaf.frame, entry };
  }
  return null;
}
