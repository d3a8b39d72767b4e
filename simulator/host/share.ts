import type { Steps } from '../history/journal';
import { hex, type Frame, type GuestFrame } from '../units';
import type { Host } from './host';
import { readSlot, writeSlot } from './map';
import { mapNested, peekNested } from './nested';
import type { Sharer } from './shared';
import type { Vm } from './vm';

type Skip = ReadonlySet<string> | null;

/**
 * Merges two equal pages into the frame of the first (Linux: KSM). Both are read-only in the nested tables from then on, and
 * the frame is the host's: in nested and shadow mode a VM may reach such frames. Where the CPU walks tables that the guest
 * writes, it may not: there a frame must have the VM's tag, and a tag names one owner.
 * @returns the frame that both live in, or 0 if they were not merged.
 */
export function* share(host: Host, keeper: Sharer, other: Sharer, skip: Skip): Steps<Frame> {
  const { journal, memory } = host;
  const name = ({ vm, gfn }: Sharer): string => `gPA ${hex(gfn * 4096)} of ${vm.name}`;
  yield* journal.enter('share', `merge ${name(other)} into ${name(keeper)}`);
  const leave = (why: string): Frame => {
    journal.note(why);
    journal.leave();
    return 0;
  };
  const frame = peekNested(memory, keeper.vm, keeper.gfn);
  const old = peekNested(memory, other.vm, other.gfn);
  if (frame < 0 || old < 0) return leave('both pages must be backed');
  if (frame === old) return leave('they live in one frame already');
  if ((yield* journal.step('compare', skip)) && !equal(memory.page(frame), memory.page(old)))
    return leave('the contents differ');
  if (yield* journal.step('check-owner', skip)) {
    const alone = [keeper.vm, other.vm].find((vm) => !hostWritesTables(vm));
    if (alone) return leave(`the frames of ${alone.name} must have its own tag, and a tag names one owner`);
  }
  if (host.shared.frameOf(other.vm, other.gfn) >= 0) yield* unshare(host, other.vm, other.gfn);
  const given = peekNested(memory, other.vm, other.gfn);
  if (given < 0) return leave('the host has no free frame');
  if (yield* journal.step('write-protect', skip)) {
    host.unmap(keeper.vm, keeper.gfn);
    mapNested(memory, host.frames, keeper.vm, keeper.gfn, frame, { readOnly: true });
  }
  if (yield* journal.step('unmap-nested', skip)) host.unmap(other.vm, other.gfn);
  if (yield* journal.step('clear-map', skip)) writeSlot(memory, other.vm, other.gfn, 0);
  if (yield* journal.step('flush', skip)) for (const vm of new Set([keeper.vm, other.vm])) host.flushAsid(vm);
  if (yield* journal.step('retag', skip)) host.untag(frame);
  host.shared.add(frame, keeper.vm, keeper.gfn);
  host.shared.add(frame, other.vm, other.gfn);
  if (yield* journal.step('map-nested', skip))
    mapNested(memory, host.frames, other.vm, other.gfn, frame, { readOnly: true });
  if (yield* journal.step('set-map', skip)) writeSlot(memory, other.vm, other.gfn, frame);
  if (yield* journal.step('free', skip)) {
    host.untag(given);
    memory.clear(given);
    host.frames.release(given);
  }
  journal.note(`both live in frame ${hex(frame)}`);
  journal.leave();
  return frame;
}

/**
 * Gives a page that shares a frame one of its own again: a copy, or the frame itself if nobody else is left in it.
 * @returns false if the host is out of memory.
 */
export function* unshare(host: Host, vm: Vm, gfn: GuestFrame, skip: Skip = null): Steps<boolean> {
  const { journal, memory } = host;
  yield* journal.enter('unshare', `give gPA ${hex(gfn * 4096)} of ${vm.name} a frame of its own`);
  const shared = host.shared.frameOf(vm, gfn);
  if (shared < 0) {
    journal.note('it has one');
    journal.leave();
    return true;
  }
  const alone = host.shared.of(shared).length === 1;
  let hfn = shared;
  if (yield* journal.step('allocate', skip)) hfn = alone ? shared : host.takeFresh(vm, gfn, false);
  if (hfn < 0) {
    journal.note('the host has no free frame');
    journal.leave();
    return false;
  }
  if ((yield* journal.step('copy', skip)) && hfn !== shared) memory.copy(shared, hfn);
  host.shared.remove(vm, gfn);
  if (yield* journal.step('unmap-nested', skip)) host.unmap(vm, gfn);
  if (yield* journal.step('flush', skip)) host.flushAsid(vm);
  if (yield* journal.step('retag', skip)) host.tag(vm, hfn, gfn, false);
  if (yield* journal.step('map-nested', skip)) mapNested(memory, host.frames, vm, gfn, hfn);
  if (yield* journal.step('set-map', skip)) writeSlot(memory, vm, gfn, hfn);
  journal.note(`gfn ${hex(gfn)} lives in frame ${hex(readSlot(memory, vm, gfn))}`);
  journal.leave();
  return true;
}

/** True if the CPU reaches the VM's frames through tables that the host writes, and can make read-only. */
const hostWritesTables = ({ config: { scheme } }: Vm): boolean => scheme === 'nested' || scheme === 'shadow';

const equal = (a: Uint32Array, b: Uint32Array): boolean => a.every((word, i) => word === b[i]);
