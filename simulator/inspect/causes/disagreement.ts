import { readSlot } from '../../host/map';
import { FRAMES_2M, hex } from '../../units';
import { derivedKind, frameHome } from '../peek';
import { TABLE_NAMES } from '../time/meaning';
import { stretchesOf, type Stretch } from '../time/translation-history';
import { translateAt, type Space, type Translated } from '../time/translate';
import { explainForeign, explainOwnerChange, explainWrong } from './foreign';
import { omissionText, sentence, withoutText, type Story } from './story';

/** What an address is translated to under both tables, now. */
interface Both {
  readonly native: Translated;
  readonly derived: Translated;
  readonly kind: 'tpt' | 'shadow';
}

/** Why the native table and the one derived from it disagree about an address. @returns the verdict; null: they do not */
export function explainDisagreement(story: Story, space: Space): string | null {
  const kind = derivedKind(space.vm);
  if (!kind) return null;
  const { memory } = story.c.executor;
  const native = translateAt(story.c, memory, { ...space, kind: 'native' });
  const derived = translateAt(story.c, memory, { ...space, kind });
  if (!derived.leaf || !derived.perm) return null;
  const both = { native, derived, kind } as const;
  if (!native.leaf) return explainSince(story, space, both, 'still maps the address, and the native table does not');
  // A page that is not backed comes back at the next access.
  if (derived.frame !== native.frame && native.frame >= 0) return explainFrame(story, space, both);
  const more = moreRights(both);
  return more === null ? explainBeside(story, space, both) : explainSince(story, space, both, more);
}

/** A large entry that is right for this address and wrong for another that it covers. */
function explainBeside(story: Story, space: Space, { derived, native, kind }: Both): string | null {
  const { memory } = story.c.executor;
  if (derived.leaf?.level !== 2 || native.leaf?.level !== 2) return null;
  for (let i = 0; i < FRAMES_2M; i++) {
    const home = frameHome(memory, space.vm, 'native', native.leaf.base + i);
    if (home < 0 || home === derived.leaf.base + i) continue;
    const there = { ...space, lo: (space.lo & ~0x1f_f000) | (i << 12) };
    story.atTick(
      'check',
      story.c.executor.journal.tick,
      null,
      `The ${TABLE_NAMES[kind]} entry maps 2 MiB, and is wrong for ${story.c.gva(pageOf(there))}.`,
    );
    const both = {
      kind,
      native: translateAt(story.c, memory, { ...there, kind: 'native' }),
      derived: translateAt(story.c, memory, { ...there, kind }),
    };
    return explainFrame(story, there, both);
  }
  return null;
}

/** In which rights the tables differ, in words; a shadow entry may have fewer. */
function moreRights({ native, derived, kind }: Both): string | null {
  const has = (['write', 'execute', 'user'] as const).filter((right) => {
    const [mine, theirs] = [derived.perm?.[right] ?? false, native.perm?.[right] ?? false];
    return kind === 'shadow' ? mine && !theirs : mine !== theirs;
  });
  if (has.length === 0) return null;
  return `says ${derived.perm?.text}, and the native one says ${native.perm?.text}`;
}

/** They differ in rights, or one maps what the other does not: the write since when, and what did not follow it. */
function explainSince(story: Story, space: Space, both: Both, how: string): string {
  const name = `the ${TABLE_NAMES[both.kind]} entry of ${space.vm.name} ▸ ${space.process.name} for ${story.c.gva(pageOf(space))}`;
  story.atTick(
    'check',
    story.c.executor.journal.tick,
    null,
    `${sentence(name)} ${how}. The CPU walks the ${TABLE_NAMES[both.kind]} table.`,
  );
  const since = disagreeingSince(story, space, both.kind);
  if (since < 0) {
    story.atTick('root', 0, null, 'It was so when the recording began.');
    return `${name} disagrees with the native one from the beginning`;
  }
  const leaf = both.derived.steps.at(-1)!;
  const set = story.evidence.setter(leaf.tableFrame, leaf.index, story.evidence.recording.writes.cursor);
  if (set && set.id < since)
    story.atWrite(
      'event',
      set.id,
      `${sentence(name)} was written by ${story.by(set.id)}, and agreed with the native one then.`,
    );
  const omission = story.omission(since, ['mirror', 'remirror', 'write', 'resync']);
  const missing = omission ? `, but ${omissionText(omission)}` : `, and ${name} did not follow`;
  story.atWrite('root', since, `${sentence(story.by(since))}, changed ${story.entryText(since)}${missing}.`);
  return `native and ${TABLE_NAMES[both.kind]} table disagree: ${story.byShort(since)} changed one ${omission ? withoutText(omission) : 'and not the other'}`;
}

/** The write from which on both tables disagree without a break; -1: from the beginning. */
function disagreeingSince(story: Story, space: Space, kind: 'tpt' | 'shadow'): number {
  const native = stretchesOf(story.c, { ...space, kind: 'native' });
  const derived = stretchesOf(story.c, { ...space, kind });
  const { cursor } = story.evidence.recording.writes;
  const at = (list: readonly Stretch[], write: number): Translated =>
    (list.findLast((s) => s.from < write) ?? list[0]).translated;
  const borders = [...native, ...derived]
    .map((s) => s.from)
    .filter((id) => id < cursor)
    .sort((a, b) => b - a);
  let since = -1;
  for (const border of borders) {
    // What was so just after the write at the border.
    if (agree(at(native, border + 1), at(derived, border + 1), kind)) break;
    since = border;
  }
  return since;
}

const agree = (native: Translated, derived: Translated, kind: 'tpt' | 'shadow'): boolean =>
  !derived.leaf || (native.leaf !== null && moreRights({ native, derived, kind }) === null);

/** They lead to different frames. */
function explainFrame(story: Story, space: Space, both: Both): string {
  const { evidence, c } = story;
  const { vm } = space;
  const { derived, native, kind } = both;
  const leaf = derived.steps.at(-1)!;
  const { cursor } = evidence.recording.writes;
  const gfn = native.leaf!.frame;
  const name = `the ${TABLE_NAMES[kind]} entry of ${vm.name} ▸ ${space.process.name} for ${c.gva(pageOf(space))}`;
  story.atTick(
    'check',
    c.executor.journal.tick,
    null,
    `${sentence(name)} leads to frame ${hex(derived.frame)}, and the page (gfn ${hex(gfn)}) lives in frame ${hex(native.frame)}.`,
    { frame: leaf.tableFrame, index: leaf.index },
  );
  const set = evidence.setter(leaf.tableFrame, leaf.index, cursor);
  const home = set ? readSlot(evidence.at(set.id + 1), vm, gfn) : -1;
  const wasNative = set ? translateAt(c, evidence.at(set.id + 1), { ...space, kind: 'native' }) : null;
  if (set && home === derived.frame) return explainMoved(story, space, both, set.id, gfn);
  const leading = {
    ...space,
    frame: leaf.tableFrame,
    index: leaf.index,
    level: leaf.level,
    target: derived.frame,
    at: cursor,
  };
  if (set && wasNative?.leaf && wasNative.leaf.frame !== gfn) {
    // It was right, for the guest frame that the native entry had then.
    story.atWrite(
      'event',
      set.id,
      `${sentence(name)} was written by ${story.by(set.id)}, and agreed with the native one then.`,
    );
    const step = native.steps.at(-1)!;
    const change = evidence.setter(step.tableFrame, step.index, cursor);
    if (change) {
      const omission = story.omission(change.id, ['mirror', 'write']);
      const missing = omission ? `, but ${omissionText(omission)}` : ', and the other entry did not follow';
      story.atWrite(
        'root',
        change.id,
        `${sentence(story.by(change.id))}, made the native entry name gfn ${hex(gfn)}${missing}.`,
      );
      return `native and ${TABLE_NAMES[kind]} table disagree: ${story.byShort(change.id)} changed one ${omission ? withoutText(omission) : 'and not the other'}`;
    }
  }
  if (set) return explainWrong(story, leading, set.id, name);
  return explainForeign(story, leading);
}

/** The entry was right when it was written, and the page has moved since. */
function explainMoved(story: Story, space: Space, { derived }: Both, set: number, gfn: number): string {
  const { evidence, c } = story;
  const { vm } = space;
  const frame = derived.frame;
  const { cursor } = evidence.recording.writes;
  const name = story.entryText(set);
  story.atWrite(
    'event',
    set,
    `${sentence(name)} was written by ${story.by(set)}: the page lived in frame ${hex(frame)} then.`,
  );
  const owner = evidence.tagChanges(frame, cursor)[0];
  if (derived.owner !== vm.asid || !owner || owner.is.gfn === gfn)
    return explainOwnerChange(story, vm, frame, cursor, name);
  const left = evidence.slotChanges(vm, gfn, cursor).find((s) => s.was === frame);
  if (left)
    story.atWrite(
      'omission',
      left.id,
      `${sentence(story.by(left.id))}, took gfn ${hex(gfn)} out of frame ${hex(frame)}; ${name} was never refreshed.`,
    );
  story.atWrite(
    'root',
    owner.id,
    `${sentence(story.by(owner.id))}, put gfn ${hex(owner.is.gfn)} of ${vm.name} into frame ${hex(frame)}, which the stale entry still names: the tag is ${c.owner(vm.asid).name}'s again, so no check can tell the two pages apart.`,
  );
  return `a stale entry that no tag check can see: ${story.byShort(owner.id)} gave the frame to another page of ${vm.name}`;
}

const pageOf = ({ hi, lo }: Space): number => (hi >>> 0) * 0x100000 + (lo >>> 12);
