import type { Process } from '../../guest/process';
import { readSlot } from '../../host/map';
import type { Vm } from '../../host/vm';
import { hex, type Frame } from '../../units';
import { rootOf } from '../peek';
import type { Space } from '../time/translate';
import { tickOf, whenText } from '../time/writes';
import type { Mark } from './evidence';
import { explainOwnerChange } from './foreign';
import { sentence, type Story } from './story';

/** A vCPU that runs a process on a TPT root which is not the process's. @returns the verdict; null: there is none */
export function explainLoadedRoot(story: Story, { vm, process, kind }: Space): string | null {
  const { c, evidence } = story;
  if (kind !== 'tpt') return null;
  const own = rootOf(c.executor.memory, vm, process, 'tpt');
  for (const [cpu, current] of c.executor.kernels[vm.index].current) {
    if (current !== process || cpu.regime !== 'tpt' || cpu.root === own) continue;
    story.atTick(
      'check',
      c.executor.journal.tick,
      null,
      `vCPU ${cpu.id} walks the table in frame ${hex(cpu.root)}, which CR3 names; the TPT root of ${vm.name} ▸ ${process.name} lives in frame ${hex(own)}.`,
    );
    return explainRoot(story, vm, process, cpu.root as Frame, evidence.recording.writes.cursor);
  }
  return null;
}

/** Why CR3 names a frame that is not the VM's, or not the process's root. @returns the verdict */
export function explainRoot(story: Story, vm: Vm, process: Process | null, target: Frame, at: number): string {
  const { evidence, c } = story;
  const load = loadOf(story, vm, target, at);
  if (!load) {
    story.atTick('root', 0, null, `Frame ${hex(target)} was loaded into CR3 before the recording begins.`);
    return `CR3 was loaded with frame ${hex(target)} before the recording begins`;
  }
  const when = whenText(load.tick, load.line);
  const name = `the TPT root of ${vm.name} ▸ ${process?.name ?? 'kernel'}`;
  const gfn = process?.tptRootGfn ?? -1;
  const left = evidence.slotChanges(vm, gfn, at).find((s) => s.was === target);
  if (left && left.id < load.write) {
    const newcomer = evidence.tagChanges(target, at)[0];
    if (newcomer.is.assigned)
      story.atWrite(
        'event',
        newcomer.id,
        `${sentence(story.by(newcomer.id))}, put gfn ${hex(newcomer.is.gfn)} of ${c.owner(newcomer.is.asid).name} into frame ${hex(target)}.`,
      );
    story.atWrite(
      'event',
      left.id,
      `${sentence(story.by(left.id))}, moved ${name} (gfn ${hex(gfn)}) out of frame ${hex(target)}.`,
    );
    const slot = readSlot(evidence.at(load.write), vm, gfn);
    story.atMark(
      'root',
      load,
      `CR3 was loaded with frame ${hex(target)} at ${when}: a number that was read from the map slot of gfn ${hex(gfn)} before tick ${tickOf(evidence.recording, left.id)}. By then the slot said ${slot === 0 ? 'nothing' : `frame ${hex(slot)}`}, and it was not read again.`,
    );
    return `a stale CR3 root: line ${load.line ?? 0} loaded frame ${hex(target)}, which ${story.byShort(left.id)} had taken ${name} out of`;
  }
  const ownerThen = c.executor.tags.ownerOf(target, evidence.at(load.write));
  if (left) {
    story.atMark('event', load, `CR3 was loaded with frame ${hex(target)} at ${when}: ${name} lived there then.`);
    story.atWrite(
      'root',
      left.id,
      `${sentence(story.by(left.id))}, moved ${name} (gfn ${hex(gfn)}) out of frame ${hex(target)} while CR3 named it.`,
    );
    return `a stale CR3 root: ${story.byShort(left.id)} moved ${name} while it was loaded`;
  }
  if (ownerThen === vm.asid) {
    const lost = evidence.tagChanges(target, at).some((t) => t.was.asid === vm.asid && t.is.asid !== vm.asid);
    if (lost) {
      story.atMark('event', load, `CR3 was loaded with frame ${hex(target)} at ${when}: it was ${vm.name}'s then.`);
      return explainOwnerChange(story, vm, target, at, 'the root in CR3');
    }
  }
  story.atMark(
    'root',
    load,
    `CR3 was loaded with frame ${hex(target)} at ${when}: it was ${c.owner(ownerThen).name}'s then, and never ${name}.`,
  );
  return `a forged CR3: line ${load.line ?? 0} loaded frame ${hex(target)} of ${c.owner(ownerThen).name}`;
}

/** The first of the loads in a row that made CR3 name a frame. */
function loadOf(story: Story, vm: Vm, target: Frame, at: number): Mark | null {
  let found: Mark | null = null;
  for (const mark of story.evidence.marks('cr3', vm.index)) {
    if (mark.write > at) continue;
    if (mark.a === target && mark.b >= 4096) found ??= mark;
    else if (found) break;
  }
  return found;
}
