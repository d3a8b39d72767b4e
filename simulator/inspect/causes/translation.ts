import { hex, high32, low32 } from '../../units';
import { mappersOf } from '../frames';
import type { Causes, Subject } from '../time-types';
import { stretchesOf } from '../time/translation-history';
import { kindFor, translateAt, type Space } from '../time/translate';
import type { InspectContext } from '../context';
import { explainDisagreement } from './disagreement';
import { explainLostDirty } from './dirty';
import { explainPath, explainTables } from './leading';
import { explainLoadedRoot } from './root';
import { explainStaleTlb, staleEntryFor } from './stale-tlb';
import { sentence, Story } from './story';

/** Why an address is translated as it is, and whether something about that is wrong. */
export function translationCauses(c: InspectContext, subject: Subject & { kind: 'translation' }): Causes {
  const address = BigInt.asUintN(64, BigInt(subject.gva));
  const space = c.space(subject);
  if (!space)
    return { title: `translation of ${subject.gva}`, links: [], verdict: 'there is no such process', line: null };
  const asked: Space = { ...space, kind: kindFor(space.vm, 'active'), hi: high32(address), lo: low32(address) };
  const story = new Story(
    c,
    `How ${hex(address, 16)} of ${space.vm.name} ▸ ${space.process.name} is translated, and why`,
  );
  return story.end(explainSpace(story, asked));
}

/** Adds the symptom and, where something is wrong, its causes. @returns the verdict */
export function explainSpace(story: Story, space: Space): string {
  const { c } = story;
  const { vm, process } = space;
  const now = translateAt(c, c.executor.memory, space);
  const where = `${pageText(story, space)} of ${vm.name} ▸ ${process.name}`;
  story.atTick('symptom', c.executor.journal.tick, c.executor.journal.line, `${where}: ${now.text}.`);
  const root = explainLoadedRoot(story, space);
  if (root !== null) return root;
  const stale = staleEntryFor(story, space);
  if (stale) return explainStaleTlb(story, space, stale);
  const guarded = c.executor.tags.mode !== 'off' || space.kind === 'tpt';
  const { cursor } = story.evidence.recording.writes;
  // What another's tables say of the address is not to be compared with the VM's own.
  const astray = guarded ? explainTables(story, space, now, cursor) : null;
  if (astray !== null) return astray;
  const differs = explainDisagreement(story, space);
  if (differs !== null) return differs;
  const strays = guarded ? explainPath(story, space, now, cursor) : null;
  if (strays !== null) return strays;
  const lost = explainLostDirty(story, space);
  if (lost !== null) return lost;
  const alias = explainAlias(story, space, now.frame);
  if (alias !== null) return alias;
  const since = stretchesOf(c, space).findLast((s) => s.from < cursor);
  if (since && since.from >= 0)
    story.atWrite(
      'event',
      since.from,
      `It is so since ${story.by(since.from)}, which changed ${story.entryText(since.from)}.`,
    );
  return `nothing is wrong: ${now.text}`;
}

/** Other addresses of the VM that lead to the same frame: what is wrong with them harms this one. */
function explainAlias(story: Story, space: Space, frame: number): string | null {
  if (frame < 0) return null;
  const { c } = story;
  for (const mapper of mappersOf(c, frame)) {
    const other = mapper.table === 'nested' ? null : c.space(mapper.space);
    if (!other || other.vm !== space.vm) continue;
    const gva = BigInt(mapper.gva);
    const there: Space = { ...other, kind: space.kind, hi: high32(gva), lo: low32(gva) };
    if (there.process === space.process && there.hi === space.hi && there.lo >>> 12 === space.lo >>> 12) continue;
    const shared = `Frame ${hex(frame)} is also mapped at ${pageText(story, there)} of ${other.vm.name} ▸ ${other.process.name}`;
    const probe = new Story(c, '');
    const stale = staleEntryFor(probe, there);
    if (!stale && explainDisagreement(probe, there) === null) continue;
    story.atTick('check', c.executor.journal.tick, null, `${sentence(shared)}, where something is wrong.`);
    return stale ? explainStaleTlb(story, there, stale) : explainDisagreement(story, there);
  }
  return null;
}

const pageText = (story: Story, { hi, lo }: Space): string => story.c.gva((hi >>> 0) * 0x100000 + (lo >>> 12));
