import type { Process } from '../../guest/process';
import { readSlot } from '../../host/map';
import type { Vm } from '../../host/vm';
import { LEVEL_NAMES, PS, frameOf } from '../../paging/format';
import { hex, type Frame, type GuestFrame } from '../../units';
import { peekWalk } from '../peek';
import { tickOf, whenText } from '../time/writes';
import { frameBehind } from './evidence';
import { omissionText, sentence, withoutText, type Story } from './story';

/** An entry that led to a frame that is not the VM's. */
export interface Leading {
  readonly vm: Vm;
  /** null: the kernel's own walk, or no process is known. */
  readonly process: Process | null;
  readonly hi: number;
  readonly lo: number;
  /** Where the entry is; its level. */
  readonly frame: Frame;
  readonly index: number;
  readonly level: number;
  /** Frame that it led to, and the number of the next write at that time. */
  readonly target: Frame;
  readonly at: number;
}

/**
 * Why an entry leads to a frame that its VM does not own: it was right once and the frame has a new owner, or it never was
 * right. Adds the events and the root. @returns the verdict
 */
export function explainForeign(story: Story, entry: Leading): string {
  const { evidence, c } = story;
  const { vm, target } = entry;
  const set = evidence.setter(entry.frame, entry.index, entry.at);
  if (!set) {
    const name = `the ${LEVEL_NAMES[entry.level]} entry that leads to frame ${hex(target)}`;
    story.atTick('root', 0, null, `${sentence(name)} is older than the recording.`, entry);
    return `${name} was there before the recording begins`;
  }
  const ownerThen = c.executor.tags.ownerOf(target, evidence.at(set.id + 1));
  const name = story.entryText(set.id);
  if (ownerThen === vm.asid) {
    story.atWrite(
      'event',
      set.id,
      `${sentence(name)} was made to lead to frame ${hex(target)} by ${story.by(set.id)}: the frame was ${vm.name}'s then.`,
    );
    return explainOwnerChange(story, vm, target, entry.at, name);
  }
  return explainWrong(story, entry, set.id, name);
}

/** An entry that never was right: the guest's hook made it of the wrong number, or somebody else wrote it. */
export function explainWrong(story: Story, entry: Leading, set: number, name: string): string {
  return story.isHook(set) ? explainBuilt(story, entry, set, name) : explainForged(story, entry, set);
}

/** The frame was the VM's and is not any more: the last event that took it. */
export function explainOwnerChange(story: Story, vm: Vm, frame: Frame, at: number, entryName: string): string {
  const { evidence } = story;
  const lost = evidence.tagChanges(frame, at).find((t) => t.was.asid === vm.asid && t.is.asid !== vm.asid);
  if (!lost) {
    story.atTick('root', 0, null, `Frame ${hex(frame)} changed owners before the recording begins.`);
    return `frame ${hex(frame)} changed owners before the recording begins`;
  }
  const { did, gfn } = story.ownerChange(vm, frame, lost.id);
  const text = `${story.by(lost.id)}, ${did}`;
  const slot = readSlot(evidence.at(at), vm, gfn);
  if (slot === frame) {
    const omission = story.omission(lost.id, ['clear-map', 'set-map', 'check-owner']);
    const missing = omission ? `, but ${omissionText(omission)}` : ', and did not change the map';
    story.atWrite(
      'root',
      lost.id,
      `${sentence(text)}${missing}: the map slot of gfn ${hex(gfn)} still says frame ${hex(frame)}.`,
    );
    return `map and tag disagree about frame ${hex(frame)}: ${story.byShort(lost.id)} changed the tag ${omission ? withoutText(omission) : 'and not the map'}`;
  }
  const since = evidence.slotChanges(vm, gfn, at)[0];
  story.atWrite(
    'omission',
    since?.id ?? lost.id,
    `${sentence(entryName)} was never refreshed: ${slot === 0 ? `the map slot of gfn ${hex(gfn)} is empty` : `the map says frame ${hex(slot)} for gfn ${hex(gfn)}`}${since ? ` since tick ${tickOf(evidence.recording, since.id)}` : ''}, and the entry still says frame ${hex(frame)}.`,
  );
  story.atWrite('root', lost.id, `${sentence(text)}.`);
  return `a stale entry: ${story.byShort(lost.id)} ${did}, and ${entryName} was not refreshed`;
}

/** Somebody wrote the number of a frame that the VM never was given. */
function explainForged(story: Story, { vm, target }: Leading, id: number): string {
  const { c, evidence } = story;
  const tag = c.executor.tags.read(target, evidence.at(id));
  const owner = c.owner(tag.assigned ? tag.asid : 0).name;
  const name = story.entryText(id);
  const why =
    tag.asid === vm.asid
      ? `it backs gfn ${hex(tag.gfn)}, another page of ${vm.name}`
      : `it was ${owner}'s then, and the map never gave it to ${vm.name}`;
  story.atWrite(
    'root',
    id,
    `${sentence(story.by(id))}, wrote frame ${hex(target)} into ${name}: ${why}. The entry is forged.`,
  );
  return `a forged entry: ${story.byShort(id)} aimed ${name} at frame ${hex(target)} of ${owner}`;
}

/** The guest's hook made the entry from the map: what did the map say, and why? */
function explainBuilt(story: Story, entry: Leading, id: number, name: string): string {
  const { evidence, c } = story;
  const { vm, target } = entry;
  const gfn = mirroredFrame(story, entry, id);
  const slot = gfn < 0 ? -1 : readSlot(evidence.at(id), vm, gfn);
  const set = evidence.value(entry.frame, entry.index, id + 1);
  if (slot === 0 && frameOf(set.lo, set.hi) === 0) {
    const omission = story.omission(id, ['populate']);
    const emptied = evidence.slotChanges(vm, gfn, id)[0];
    if (emptied && emptied.was !== 0)
      story.atWrite(
        'event',
        emptied.id,
        `${sentence(story.by(emptied.id))}, emptied the map slot of gfn ${hex(gfn)}: frame ${hex(emptied.was)} was taken, and the slot says 0 since then.`,
      );
    const missing = omission ? `, and ${omissionText(omission)}` : '';
    story.atWrite(
      'root',
      id,
      `${sentence(story.by(id))}, made ${name} from the empty map slot of gfn ${hex(gfn)}${missing}: an empty slot means "not backed", and the entry now says frame 0.`,
    );
    return `an entry made from an empty map slot: ${story.byShort(id)} ${omission ? withoutText(omission) : 'used it'}`;
  }
  if (slot === target) {
    story.atWrite(
      'event',
      id,
      `${sentence(name)} was made from the map by ${story.by(id)}: the slot of gfn ${hex(gfn)} said frame ${hex(target)}.`,
    );
    return explainSlot(story, vm, gfn, target, id);
  }
  const omission = story.omission(id, ['check-contiguous']);
  const moved = evidence.slotChanges(vm, gfn, id)[0];
  if (moved)
    story.atWrite(
      'event',
      moved.id,
      `${sentence(story.by(moved.id))}, put gfn ${hex(gfn)} into frame ${hex(moved.is)}.`,
    );
  const owner = c.owner(c.executor.tags.ownerOf(target, evidence.at(id))).name;
  const large = (set.lo & PS) !== 0 && entry.level > 1;
  const why = large
    ? `one entry for 512 frames that do not lie in a row: gfn ${hex(gfn)} lives in frame ${hex(slot)}, and the entry gives frame ${hex(target)} of ${owner}`
    : `frame ${hex(target)} of ${owner}, where the map said ${hex(Math.max(slot, 0))} for gfn ${hex(gfn)}`;
  const missing = omission ? `; ${omissionText(omission)}` : '';
  story.atWrite('root', id, `${sentence(story.by(id))}, made ${name}: ${why}${missing}.`);
  return `a wrong entry made by ${story.byShort(id)}${omission ? ` ${withoutText(omission)}` : ''}`;
}

/** The map gives a frame that is not the VM's. */
function explainSlot(story: Story, vm: Vm, gfn: GuestFrame, frame: Frame, at: number): string {
  const { evidence, c } = story;
  const written = evidence.slotChanges(vm, gfn, at).find((s) => s.is === frame);
  const ownerThen = written
    ? c.executor.tags.ownerOf(frame, evidence.at(evidence.endOfStatement(written.id)))
    : vm.asid;
  if (!written || ownerThen === vm.asid)
    return explainOwnerChange(story, vm, frame, at, `the map slot of gfn ${hex(gfn)}`);
  const omission = story.omission(written.id, ['check-owner', 'retag']);
  const missing = omission ? `, and ${omissionText(omission)}` : '';
  story.atWrite(
    'root',
    written.id,
    `${sentence(story.by(written.id))}, put frame ${hex(frame)} into the map slot of gfn ${hex(gfn)} of ${vm.name}${missing}: the tag of the frame names ${c.owner(ownerThen).name}, and a tag names one owner.`,
  );
  return `the map gives ${vm.name} a frame of ${c.owner(ownerThen).name}: ${story.byShort(written.id)}${omission ? ` ${withoutText(omission)}` : ''}`;
}

/** The guest frame whose map slot the hook reads for an entry of the TPT tree. @returns -1 if the native tree has none. */
function mirroredFrame(story: Story, { vm, process, hi, lo, level }: Leading, at: number): GuestFrame {
  if (!process) return -1;
  const { steps } = peekWalk(story.evidence.at(at), vm, process, 'native', story.c.executor.levels, hi, lo);
  const step = steps.find((s) => s.level === level) ?? steps.at(-1);
  if (!step || (step.lo & 1) === 0) return -1;
  const leaf = step.level === 1 || (step.lo & PS) !== 0;
  const page = (hi >>> 0) * 0x100000 + (lo >>> 12);
  // Mirror pages of tables lie one page behind them.
  return leaf ? frameBehind(step, step.level, page) : frameOf(step.lo, step.hi) + 1;
}

/** Frame of a root that was loaded and is not the VM's, or not its process's. */
export function explainRoot(story: Story, vm: Vm, process: Process | null, target: Frame, at: number): string {
  const { evidence, c } = story;
  let load = null;
  for (const mark of evidence.marks('cr3', vm.index)) {
    if (mark.write > at || mark.a !== target) continue;
    load = mark;
    break;
  }
  if (!load) {
    story.atTick('root', 0, null, `Frame ${hex(target)} was loaded into CR3 before the recording begins.`);
    return `CR3 was loaded with frame ${hex(target)} before the recording begins`;
  }
  const ownerThen = c.executor.tags.ownerOf(target, evidence.at(load.write));
  const when = whenText(load.tick, load.line);
  if (ownerThen === vm.asid) {
    story.atMark('event', load, `CR3 was loaded with frame ${hex(target)} at ${when}: it was ${vm.name}'s then.`);
    return explainOwnerChange(story, vm, target, at, 'the root in CR3');
  }
  const gfn = process ? tptRootOf(process) : -1;
  const left = evidence.slotChanges(vm, gfn, load.write).find((s) => s.was === target);
  if (left) {
    const lost = evidence.tagChanges(target, load.write).find((t) => t.was.asid === vm.asid);
    const slot = readSlot(evidence.at(load.write), vm, gfn);
    story.atMark(
      'omission',
      load,
      `CR3 was loaded with frame ${hex(target)} at ${when}, by a number that was read from the map slot of gfn ${hex(gfn)} before: the slot says ${slot === 0 ? 'nothing' : `frame ${hex(slot)}`} since tick ${tickOf(evidence.recording, left.id)}, and was not read again.`,
    );
    const id = lost?.id ?? left.id;
    const text = lost
      ? `${story.by(id)}, ${story.ownerChange(vm, target, id).did}`
      : `${story.by(id)}, changed the map slot of gfn ${hex(gfn)}`;
    story.atWrite('root', id, `${sentence(text)}: the TPT root of ${vm.name} ▸ ${process?.name ?? 'kernel'}.`);
    return `a stale CR3 root: ${story.byShort(id)} moved the TPT root, and the switch at line ${load.line ?? 0} still used the old frame`;
  }
  story.atMark(
    'root',
    load,
    `CR3 was loaded with frame ${hex(target)} at ${when}: it was ${c.owner(ownerThen).name}'s then, and no root of ${vm.name}.`,
  );
  return `a forged CR3: line ${load.line ?? 0} loaded frame ${hex(target)} of ${c.owner(ownerThen).name}`;
}

/** Guest frame of a process's TPT root [artifact]. */
const tptRootOf = (process: Process): GuestFrame => process.rootGfn + 3;
