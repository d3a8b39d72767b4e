import type { Process } from '../../guest/process';
import type { Vm } from '../../host/vm';
import { TPT_PCID } from '../../host/roots';
import { hex } from '../../units';
import type { TlbEntryView } from '../types';
import { tlbEntries } from '../walks';
import type { RootKind } from '../types';
import { tickOf, whenText } from '../time/writes';
import { stretchesOf } from '../time/translation-history';
import type { Space, Translated } from '../time/translate';
import type { Mark } from './evidence';
import { omissionText, sentence, withoutText, type Story } from './story';

/** What the TLBs hold for an address of a process and its tables do not say, first found. */
export function staleEntryFor(story: Story, { vm, process, hi, lo }: Space): TlbEntryView | null {
  const page = (BigInt(hi >>> 0) << 20n) | BigInt(lo >>> 12);
  const pcids = new Set([process.pcid, process.pcid | TPT_PCID]);
  return (
    tlbEntries(story.c, vm).find((e) => {
      const first = BigInt(e.gva) >> 12n;
      const span = e.pageSize === '4K' ? 1n : e.pageSize === '2M' ? 512n : 262144n;
      return e.stale && e.asid === vm.asid && page >= first && page < first + span && (e.global || pcids.has(e.pcid));
    }) ?? null
  );
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
  if (own !== null) return explainMissingFlush(story, space, own);
  const other = otherRoot(story, space, entry);
  if (!other) {
    story.atTick(
      'root',
      0,
      null,
      'The recording does not say where the entry came from: no table led there under this PCID.',
    );
    return 'a stale TLB entry from before the recording';
  }
  const load = loadOf(story, space.vm, entry.pcid);
  const where = `${other.kind === 'tpt' ? 'TPT' : other.kind} root of ${space.vm.name} ▸ ${other.process.name}`;
  const text = `The entry was filled on the ${where}; PCID ${hex(entry.pcid)} was then used for another root`;
  if (load) {
    story.atMark(
      'root',
      load,
      `${text}: CR3 was loaded with frame ${hex(load.a)} at ${whenText(load.tick, load.line)}, keeping what was cached for the PCID (bit 63).`,
    );
    return `a PCID used for two roots without a flush: the CR3 load at line ${load.line ?? 0}`;
  }
  story.atTick('root', story.c.executor.journal.tick, null, `${text}.`);
  return 'a PCID used for two roots';
}

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

function explainMissingFlush(story: Story, space: Space, id: number): string {
  const omission = story.evidence.leftOut(id, ['invlpg', 'flush']);
  const what = `${sentence(story.by(id))}, changed ${story.entryText(id)}: from then on the tables say otherwise`;
  const since = `tick ${tickOf(story.evidence.recording, id)}`;
  const missing = omission
    ? `, but ${omissionText(omission)}`
    : `, and no INVLPG or flush of ${space.vm.name} reached the entry since ${since}`;
  story.atWrite('root', id, `${what}${missing}.`);
  return `a stale TLB entry: ${story.byShort(id)} changed the tables ${omission ? withoutText(omission) : 'and nothing flushed the entry'}`;
}

/** Another root of the VM under which the address leads where the TLB entry does. */
function otherRoot(story: Story, space: Space, entry: TlbEntryView): { kind: RootKind; process: Process } | null {
  const kernel = story.c.executor.kernels[space.vm.index];
  const kinds: RootKind[] = kernel.mirrors ? ['tpt', 'native'] : [space.kind];
  for (const process of [space.process, ...kernel.processes.values()]) {
    for (const kind of kinds) {
      const stretches = stretchesOf(story.c, { ...space, process, kind });
      if (stretches.some((s) => agrees(story, space, entry, s.translated))) return { kind, process };
    }
  }
  return null;
}

/** The last load of CR3 with a PCID. */
function loadOf(story: Story, vm: Vm, pcid: number): Mark | null {
  for (const mark of story.evidence.marks('cr3', vm.index)) if ((mark.b & 0xfff) === pcid) return mark;
  return null;
}

const frameText = (entry: TlbEntryView, { hi, lo }: Space): string => {
  const page = (BigInt(hi >>> 0) << 20n) | BigInt(lo >>> 12);
  return hex((BigInt(entry.hpa) >> 12n) + page - (BigInt(entry.gva) >> 12n));
};
