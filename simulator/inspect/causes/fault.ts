import { M, MARK_KINDS } from '../../history/recording';
import type { FaultRecord } from '../../history/faults';
import { StepKind } from '../../paging/walk';
import { LEVEL_NAMES, P } from '../../paging/format';
import { hex, hex64 } from '../../units';
import type { InspectContext } from '../context';
import { derivedKind } from '../peek';
import type { Causes } from '../time-types';
import { TABLE_NAMES } from '../time/meaning';
import { stretchesOf } from '../time/translation-history';
import { kindFor, translateAt, type Space } from '../time/translate';
import { whenText } from '../time/writes';
import { FAULT_WORDS } from '../words';
import { explainForeign, explainOwnerChange, explainRoot } from './foreign';
import { omissionText, sentence, Story, withoutText } from './story';

/** The chain of a fault: what failed, what led there, and the earliest event that made it inevitable. */
export function faultCauses(c: InspectContext, id: number): Causes {
  const record = c.executor.journal.faults.find(id);
  if (!record) return { title: `fault ${id}`, links: [], verdict: 'the history has no such fault', line: null };
  const vm = c.executor.vms[record.vm]?.name ?? 'host';
  const at = record.gva ? ` at ${hex64(record.gva.hi, record.gva.lo)}` : '';
  const title = `${sentence(FAULT_WORDS[record.kind])}${at} of ${vm}, tick ${record.tick}: why?`;
  const story = new Story(c, title);
  const what = record.access
    ? `The ${record.access} of ${record.taskName}${at}`
    : `What ${record.taskName || vm} asked for`;
  const how =
    record.kind === 'breach'
      ? `got through to frame ${hex(record.frame ?? 0)}, which belongs to ${c.owner(record.foundOwner ?? 0).name}`
      : record.kind === 'livelock'
        ? 'faulted again and again, and was given up'
        : `met a ${FAULT_WORDS[record.kind]}`;
  story.atTick('symptom', record.tick, record.line, `${what} ${how}.`);
  return story.end(explainFault(story, record));
}

function explainFault(story: Story, record: FaultRecord): string {
  switch (record.kind) {
    case 'tag_violation':
      return explainViolation(story, record);
    case 'livelock':
      return explainLivelock(story, record);
    case 'breach':
      return explainBreach(story, record);
    case 'page_fault':
      return explainPageFault(story, record);
    case 'gp': {
      const cause = causeOfInjected(story, record);
      if (cause) {
        story.atTick('check', record.tick, record.line, `The host injected it: ${cause.resolution}.`);
        return explainFault(story, cause);
      }
      return refused(story, record);
    }
    case 'npf':
      return explainNested(story, record);
    case 'hypercall_failure':
    case 'shadow_miss':
    case 'shadow_write':
      return refused(story, record);
  }
}

/** The violation that the host answered with #GP. */
function causeOfInjected(story: Story, record: FaultRecord): FaultRecord | undefined {
  if (!record.why.startsWith('injected by the host')) return undefined;
  return story.c.executor.journal.faults.records.findLast(
    (r) => r.id < record.id && r.vm === record.vm && (r.kind === 'tag_violation' || r.kind === 'npf'),
  );
}

/** A fault that says all of itself. */
function refused(story: Story, record: FaultRecord): string {
  story.atTick('root', record.tick, record.line, `${sentence(record.why)}.`);
  return record.why;
}

/** Number of the next write when a fault happened. */
function positionOf(story: Story, record: FaultRecord): number {
  const { marks, writes } = story.evidence.recording;
  const kind = MARK_KINDS.indexOf(record.kind);
  for (
    let id = marks.lowerBound(M.Tick, record.tick);
    id < marks.count && marks.get(id, M.Tick) === record.tick;
    id++
  ) {
    if (marks.get(id, M.Kind) === kind && marks.get(id, M.A) === record.id) return marks.get(id, M.Write);
  }
  return writes.lowerBound(0, record.tick + 1);
}

function explainViolation(story: Story, record: FaultRecord): string {
  story.atTick('check', record.tick, record.line, `The tag check failed: ${record.why}.`);
  return explainReached(story, record);
}

/** How a walk came to a frame that is not the VM's: by the entry before the failed check, or by the root. */
function explainReached(story: Story, record: FaultRecord): string {
  const vm = story.c.executor.vms[record.vm];
  const walk = record.walk;
  const gva = record.gva;
  const process = story.c.space({ vm: record.vm, pid: record.pid })?.process ?? null;
  const at = positionOf(story, record);
  if (!walk || !gva) return explainOwnerChange(story, vm, record.frame ?? 0, at, 'the entry');
  const target = walk.frame[walk.faultStep] ?? record.frame ?? 0;
  let step = walk.faultStep - 1;
  while (step >= 0 && !isEntry(walk.kind[step])) step--;
  if (step < 0) return explainRoot(story, vm, process, target, at);
  return explainForeign(story, {
    vm,
    process,
    hi: gva.hi,
    lo: gva.lo,
    frame: walk.frame[step],
    index: walk.index[step],
    level: walk.level[step],
    target,
    at,
  });
}

const isEntry = (kind: StepKind): boolean => kind === StepKind.Entry || kind === StepKind.Nested;

function explainLivelock(story: Story, record: FaultRecord): string {
  const { c } = story;
  const violations = c.executor.journal.faults.records.filter(
    (r) =>
      r.kind === 'tag_violation' && r.task === record.task && r.line === record.line && r.gva?.lo === record.gva?.lo,
  );
  const frame = record.frame ?? 0;
  const found = c.owner(record.foundOwner ?? 0).name;
  story.atTick(
    'check',
    record.tick,
    record.line,
    `The tag check of frame ${hex(frame)} failed ${violations.length} times: it belongs to ${found}. Each time the host injected #PF, the guest derived the entry from the map again, the map gave frame ${hex(frame)} again, and the retry met the same tag: nothing in the circle changes.`,
  );
  return `livelock: ${explainReached(story, violations[0] ?? record)}`;
}

function explainBreach(story: Story, record: FaultRecord): string {
  const { c, evidence } = story;
  const vm = c.executor.vms[record.vm];
  const frame = record.frame ?? 0;
  const at = positionOf(story, record);
  const space = c.space({ vm: record.vm, pid: record.pid });
  const tables = space && record.gva ? { ...space, kind: kindFor(vm, 'active'), ...record.gva } : null;
  const now = tables ? translateAt(c, evidence.at(at), tables) : null;
  const leaf = now?.frame === frame ? now.steps.at(-1) : undefined;
  const checked = c.executor.tags.mode !== 'off';
  if (!checked && tables && leaf) {
    story.atTick(
      'check',
      record.tick,
      record.line,
      'No check failed: tags are off, and nothing else looks at the owner of a frame.',
    );
    return explainForeign(story, {
      ...tables,
      frame: leaf.tableFrame,
      index: leaf.index,
      level: leaf.level,
      target: frame,
      at,
    });
  }
  story.atTick(
    'check',
    record.tick,
    record.line,
    `No check was made: a TLB entry from before still leads to frame ${hex(frame)}. Tags are checked when a translation is filled, not when it is used.`,
  );
  const lost = evidence.tagChanges(frame, at).find((t) => t.was.asid === vm.asid && t.is.asid !== vm.asid);
  if (!lost) {
    story.atTick('root', 0, null, `Frame ${hex(frame)} changed owners before the recording begins.`);
    return `frame ${hex(frame)} changed owners before the recording begins`;
  }
  const omission = evidence.leftOut(lost.id, ['flush', 'invlpg']);
  const missing = omission
    ? `, but ${omissionText(omission)}`
    : `, and no flush of ${vm.name} came after that and before tick ${record.tick}`;
  story.atWrite(
    'root',
    lost.id,
    `${sentence(story.by(lost.id))}, ${story.ownerChange(vm, frame, lost.id).did}${missing}.`,
  );
  return `a stale TLB entry: ${story.byShort(lost.id)} changed the owner of frame ${hex(frame)} ${omission ? withoutText(omission) : 'without a flush'}`;
}

function explainPageFault(story: Story, record: FaultRecord): string {
  const { c, evidence } = story;
  const walk = record.walk;
  const space = c.space({ vm: record.vm, pid: record.pid });
  if (!walk || !record.gva || !space) return refused(story, record);
  const step = walk.faultStep;
  const level = LEVEL_NAMES[walk.level[step]] ?? '';
  const present = (walk.lo[step] & P) !== 0;
  const at = positionOf(story, record);
  const asked: Space = { ...space, kind: kindFor(space.vm, walk.nested ? 'native' : 'active'), ...record.gva };
  const table = TABLE_NAMES[asked.kind];
  const denied = present ? `does not allow it (${record.why})` : 'is not present';
  story.atTick('check', record.tick, record.line, `The ${table} ${level} entry ${denied}.`, {
    frame: walk.frame[step],
    index: walk.index[step],
  });
  const refusedByGuest = record.resolution.startsWith('refused') || record.resolution.includes('the guest: refused');
  const behind = derivedKind(space.vm) === asked.kind ? explainMissing(story, asked, at) : null;
  if (behind !== null) return behind;
  const last = evidence.changes(walk.frame[step], walk.index[step], at)[0];
  if (last)
    story.atWrite(
      refusedByGuest ? 'root' : 'event',
      last.id,
      `${sentence(story.by(last.id))}, wrote ${story.entryText(last.id)} as it was found: ${story.changeText(last.id)}.`,
    );
  if (!refusedByGuest) return `nothing is wrong: ${record.resolution || 'the fault is being handled'}`;
  return `${record.resolution}${last ? `; the entry is so since ${story.byShort(last.id)}` : ''}`;
}

/** The derived table lacks, or denies, what the native one grants: the native write that had no counterpart. */
function explainMissing(story: Story, space: Space, at: number): string | null {
  const { c, evidence } = story;
  const native = translateAt(c, evidence.at(at), { ...space, kind: 'native' });
  const mine = translateAt(c, evidence.at(at), space);
  if (!native.leaf || native.frame < 0) return null;
  if (mine.leaf && mine.perm?.text === native.perm?.text) return null;
  const since = stretchesOf(c, { ...space, kind: 'native' }).findLast((s) => s.from < at);
  if (!since || since.from < 0) return null;
  const omission = evidence.leftOut(since.from, ['mirror', 'write', 'remirror']);
  if (!omission) return null;
  story.atWrite(
    'root',
    since.from,
    `${sentence(story.by(since.from))}, mapped the address in the native table (${native.text}), but ${omissionText(omission)}: the ${TABLE_NAMES[space.kind]} table, which the CPU walked, does not say so.`,
  );
  return `the ${TABLE_NAMES[space.kind]} table lacks what the native one has: ${story.byShort(since.from)} ${withoutText(omission)}`;
}

function explainNested(story: Story, record: FaultRecord): string {
  story.atTick('check', record.tick, record.line, `The nested table denied it: ${record.why}.`);
  const { evidence } = story;
  const walk = record.walk;
  const step = walk?.faultStep ?? -1;
  if (walk && step >= 0 && whenNested(walk.kind[step])) {
    const last = evidence.changes(walk.frame[step], walk.index[step], positionOf(story, record))[0];
    if (last)
      story.atWrite(
        'event',
        last.id,
        `${sentence(story.by(last.id))}, wrote ${story.entryText(last.id)}: ${story.changeText(last.id)}.`,
      );
  }
  const handled =
    record.resolution.includes('backed with') ||
    record.resolution.includes('brought back') ||
    record.resolution.includes('lives in');
  return handled
    ? `nothing is wrong: ${record.resolution}`
    : `${whenText(record.tick, record.line)}: ${record.resolution}`;
}

const whenNested = (kind: StepKind): boolean => kind === StepKind.Nested;
