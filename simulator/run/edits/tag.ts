import type { Edit, EditAnswer } from '../../inspect/time-types';
import { FRAMES_2M, hex } from '../../units';
import type { Executor } from '../executor';
import { done, frameProblem, parseNumber, refused } from './values';

/** Guest frames that a tag can name: gPA bits 12 to 50. */
const GUEST_FRAMES = 1n << 39n;

type TagEdit = Extract<Edit, { kind: 'tag' }>;

/** Changes a field of a frame's tag, and nothing else: no map, no nested table, no TLB. */
export function editTag(x: Executor, { frame, field, value }: TagEdit): EditAnswer {
  const problem = frameProblem(x, frame);
  if (problem !== null) return refused(problem);
  if (frame >= x.tags.firstFrame)
    return refused(`frame ${hex(frame)} holds the tag table itself, which is the host's and stays so`);
  switch (field.trim()) {
    case 'owner':
    case 'asid':
      return editOwner(x, frame, value);
    case 'gfn':
      return editGuestFrame(x, frame, value);
    case 'assigned':
      return editAssigned(x, frame, value);
    case 'huge':
    case 'pagesize':
      return editHuge(x, frame, value);
    default:
      return refused(`a tag has no field "${field}"; it has owner, gfn, assigned, huge`);
  }
}

function editOwner(x: Executor, frame: number, value: string): EditAnswer {
  const { host, tags } = x;
  const name = value.trim();
  const known = name === 'host' ? 0 : x.vms.find((vm) => vm.name === name)?.asid;
  const asid = known ?? Number(parseNumber(name, BigInt(x.vms.length + 1)) ?? -1);
  if (asid < 0)
    return refused(
      `"${value}" owns no frames: an owner is host, ${x.vms.map((vm) => `${vm.name} (ASID ${vm.asid})`).join(', ')}`,
    );
  const before = tags.ownerOf(frame);
  if (before === asid) return refused(`frame ${hex(frame)} belongs to ${host.ownerName(asid)} already`);
  host.changeOwner(frame, asid, asid === 0 ? 0 : tags.read(frame).gfn, 'edit');
  return done(`tag of frame ${hex(frame)}: owner ${host.ownerName(before)} → ${host.ownerName(asid)}`);
}

function editGuestFrame(x: Executor, frame: number, value: string): EditAnswer {
  const { tags } = x;
  const gfn = parseNumber(value, GUEST_FRAMES);
  if (gfn === null) return refused(`"${value}" is no guest frame number: it takes a number below ${hex(GUEST_FRAMES)}`);
  const entry = tags.read(frame);
  if (!entry.assigned)
    return refused(`frame ${hex(frame)} belongs to the host and backs no guest frame: give it an owner first`);
  if (entry.huge)
    return refused(`frame ${hex(frame)} is tagged as a part of a 2 MiB page: set "huge" to 0 first, then its gfn`);
  if (entry.gfn === Number(gfn)) return refused(`the tag of frame ${hex(frame)} says gfn ${hex(gfn)} already`);
  tags.assign(frame, entry.asid, Number(gfn));
  return done(`tag of frame ${hex(frame)}: gfn ${hex(entry.gfn)} → ${hex(gfn)}`);
}

function editAssigned(x: Executor, frame: number, value: string): EditAnswer {
  const bit = parseNumber(value, 2n);
  if (bit === null) return refused(`"${value}" is no value of assigned: it takes 0 or 1`);
  const { assigned } = x.tags.read(frame);
  if (assigned === (bit === 1n)) return refused(`frame ${hex(frame)} is ${assigned ? '' : 'not '}assigned already`);
  if (bit === 1n) return refused(`frame ${hex(frame)} has nobody to be assigned to: set its owner to a VM instead`);
  return editOwner(x, frame, 'host');
}

function editHuge(x: Executor, frame: number, value: string): EditAnswer {
  const bit = parseNumber(value, 2n);
  if (bit === null) return refused(`"${value}" is no value of huge: it takes 0 or 1`);
  const { tags, host } = x;
  const head = frame - (frame % FRAMES_2M);
  const entry = tags.read(frame);
  if (entry.huge === (bit === 1n))
    return refused(`frame ${hex(frame)} is tagged as ${entry.huge ? '2 MiB' : '4 KiB'} already`);
  if (bit === 0n) {
    tags.smash(frame);
    return done(`tags of frames ${hex(head)} to ${hex(head + FRAMES_2M - 1)}: 2 MiB → 512 of 4 KiB`);
  }
  const vm = x.vms[entry.asid - 1];
  if (!vm || head + FRAMES_2M > tags.firstFrame || !host.tagAsHuge(vm, head))
    return refused(
      `frames ${hex(head)} to ${hex(head + FRAMES_2M - 1)} cannot be tagged as one page: they are not 2 MiB of one VM's memory, in order and aligned`,
    );
  return done(`tags of frames ${hex(head)} to ${hex(head + FRAMES_2M - 1)}: 512 of 4 KiB → 2 MiB`);
}
