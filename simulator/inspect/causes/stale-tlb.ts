import type { Vm } from '../../host/vm';
import { TPT_PCID } from '../../host/roots';
import { hex } from '../../units';
import type { TlbEntryView } from '../types';
import { tlbEntries } from '../walks';
import type { RootKind } from '../types';
import { tickOf, whenText } from '../time/writes';
import { stretchesOf } from '../time/translation-history';
import { translateAt, type Space, type Translated } from '../time/translate';
import { TABLE_NAMES } from '../time/meaning';
import { rootOf } from '../peek';
import type { Mark } from './evidence';
import { omissionText, sentence, withoutText, type Story } from './story';

/** What the TLBs hold for an address of a process and its tables do not say, first found. */
export function staleEntryFor(story: Story, space: Space): TlbEntryView | null {
  const { vm, process, hi, lo } = space;
  const page = (BigInt(hi >>> 0) << 20n) | BigInt(lo >>> 12);
  const own = new Set([process.pcid, process.pcid | TPT_PCID]);
  const { current } = story.c.executor.kernels[vm.index];
  const now = translateAt(story.c, story.c.executor.memory, space);
  for (const e of tlbEntries(story.c, vm)) {
    const first = BigInt(e.gva) >> 12n;
    const span = e.pageSize === '4K' ? 1n : e.pageSize === '2M' ? 512n : 262144n;
    if (e.asid !== vm.asid || page < first || page >= first + span) continue;
    if (e.stale && (e.global || own.has(e.pcid))) {
      // Where the tables lead to the same foreign frame, and always did, they are what is wrong.
      if (lastAgreement(story, spaceOf(space, e), e) !== null || !leadsSame(now, e, page)) return e;
      continue;
    }
    // The process runs under a PCID that is not its own: whatever that has cached is used.
    const cpu = vm.vcpus.find((each) => each.id === e.vcpu);
    if (!cpu || current.get(cpu) !== process || cpu.pcid !== e.pcid || cpu.regime !== space.kind) continue;
    if (now.frame >= 0 && now.frame !== Number(BigInt(e.hpa) >> 12n) + Number(page - first))
      return {
        ...e,
        stale: true,
        why: `the ${TABLE_NAMES[space.kind]} table, whose root is loaded, leads to frame ${hex(now.frame)}`,
      };
  }
  return null;
}

/** Why a TLB holds what the tables do not say: what changed the tables, and who should have flushed. @returns the verdict */
export function explainStaleTlb(story: Story, space: Space, entry: TlbEntryView): string {
  const what = `the ${entry.structure} TLB of vCPU ${entry.vcpu} holds frame ${frameText(entry, space)} ${entry.perm.text} under PCID ${hex(entry.pcid)}`;
  story.atTick(
    'check',
    story.c.executor.journal.tick,
    null,
    `${sentence(what)}: ${entry.why}. Rights and tags are checked when a translation is filled, not when it is used.`,
  );
  const kind: RootKind = (entry.pcid & TPT_PCID) !== 0 ? 'tpt' : space.kind === 'shadow' ? 'shadow' : 'native';
  const own = lastAgreement(story, { ...space, kind }, entry);
  if (own !== null) return explainMissingFlush(story, own);
  const reuse = reuseOf(story, space.vm, entry.pcid);
  if (!reuse) {
    story.atTick(
      'root',
      0,
      null,
      'The recording does not say where the entry came from: no root that was loaded under this PCID led there.',
    );
    return 'a stale TLB entry from before the recording';
  }
  const { before, load } = reuse;
  story.atMark(
    'event',
    before,
    `The entry was filled on another root, ${rootText(story, space.vm, before)}, which CR3 was loaded with at ${whenText(before.tick, before.line)} under the same PCID.`,
  );
  story.atMark(
    'root',
    load,
    `CR3 was loaded with ${rootText(story, space.vm, load)} under PCID ${hex(entry.pcid)} at ${whenText(load.tick, load.line)} without a flush (bit 63): what the PCID had cached for the root before stayed valid.`,
  );
  return `a PCID used for two roots without a flush: the CR3 load at line ${load.line ?? 0}`;
}

/** The table that an entry was filled from, by its PCID. */
const spaceOf = (space: Space, { pcid }: TlbEntryView): Space => ({
  ...space,
  kind: (pcid & TPT_PCID) !== 0 ? 'tpt' : space.kind === 'shadow' ? 'shadow' : 'native',
});

const leadsSame = ({ frame, perm }: Translated, entry: TlbEntryView, page: bigint): boolean =>
  frame === Number((BigInt(entry.hpa) >> 12n) + page - (BigInt(entry.gva) >> 12n)) &&
  (!entry.perm.write || (perm?.write ?? false));

/** The write after which the tables no longer said what a TLB entry says; null if they never did. */
function lastAgreement(story: Story, space: Space, entry: TlbEntryView): number | null {
  const { cursor } = story.evidence.recording.writes;
  const wanted = stretchesOf(story.c, space).findLast(
    (s) => s.until >= 0 && s.until < cursor && agrees(story, space, entry, s.translated),
  );
  return wanted?.until ?? null;
}

function agrees(story: Story, { hi, lo }: Space, entry: TlbEntryView, translated: Translated): boolean {
  const page = (BigInt(hi >>> 0) << 20n) | BigInt(lo >>> 12);
  const frame = Number(BigInt(entry.hpa) >> 12n) + Number(page - (BigInt(entry.gva) >> 12n));
  const { executor } = story.c;
  const owned = translated.owner === entry.asid || executor.tags.mode === 'off' || translated.owner === 0;
  return translated.frame === frame && owned && (!entry.perm.write || (translated.perm?.write ?? false));
}

function explainMissingFlush(story: Story, id: number): string {
  const omission = story.evidence.leftOut(id, ['invlpg', 'flush']);
  const what = `${sentence(story.by(id))}, changed ${story.entryText(id)}: from then on the tables say otherwise`;
  const since = `tick ${tickOf(story.evidence.recording, id)}`;
  const missing = omission
    ? `, but ${omissionText(omission)}`
    : `, and no INVLPG or flush has dropped the entry since ${since}`;
  story.atWrite('root', id, `${what}${missing}.`);
  return `a stale TLB entry: ${story.byShort(id)} changed the tables ${omission ? withoutText(omission) : 'and nothing flushed the entry'}`;
}

/** The last time that a PCID was given to another root: the load, and the one of the root before. */
function reuseOf(story: Story, vm: Vm, pcid: number): { before: Mark; load: Mark } | null {
  let load: Mark | null = null;
  for (const mark of story.evidence.marks('cr3', vm.index)) {
    if ((mark.b & 0xfff) !== pcid) continue;
    if (load && (mark.a !== load.a || mark.b !== load.b)) return { before: mark, load };
    load = mark;
  }
  return null;
}

/** The root that a load of CR3 named: "the native root of web ▸ batch". */
function rootText(story: Story, vm: Vm, { a, b, write }: Mark): string {
  const tpt = b >= 4096;
  const memory = story.evidence.at(write);
  const owner = [...story.c.executor.kernels[vm.index].processes.values()].find((process) =>
    tpt ? rootOf(memory, vm, process, 'tpt') === a : process.rootGfn === a,
  );
  const name = `the ${tpt ? 'TPT' : 'native'} root`;
  return owner ? `${name} of ${vm.name} ▸ ${owner.name}` : `${name} in frame ${hex(a)}`;
}

const frameText = (entry: TlbEntryView, { hi, lo }: Space): string => {
  const page = (BigInt(hi >>> 0) << 20n) | BigInt(lo >>> 12);
  return hex((BigInt(entry.hpa) >> 12n) + page - (BigInt(entry.gva) >> 12n));
};
