import type { Steps, Journal } from '../history/journal';
import { Count } from '../machine/counters';
import type { PhysicalMemory } from '../machine/memory';
import type { TagTable } from '../machine/tags';
import { FRAMES_2M, hex, type Frame, type GuestFrame } from '../units';
import type { DirectBooks } from './direct/direct-paging';
import { writeReverse } from './direct/reverse-map';
import { HostFrames, Use } from './frames';
import { readSlot, writeSlot } from './map';
import { mapNested, nestedTables, peekNested, unmapNested } from './nested';
import { FramePast } from './past';
import { unshare } from './share';
import { SharedFrames } from './shared';
import { LOST_FLUSH, type Vm } from './vm';

type Skip = ReadonlySet<string> | null;

/** Frames looked at for a better one before a used one is given. */
const MOST_REFUSED = 256;

/** Why the host leaves a frame of a VM under direct paging alone. */
const STAYS = 'the frames of a guest under direct paging do not move: its own tables name them';

/** The hypervisor: hands out frames, tags them, keeps nested tables and gfn→hfn maps, moves and takes frames. */
export class Host {
  readonly frames: HostFrames;
  readonly vms: Vm[] = [];
  /** Who had each frame: the host needs its past to tell a stale entry from a forged one. */
  readonly past: FramePast;
  /** Frames that hold several equal pages. */
  readonly shared = new SharedFrames();
  /** What is kept for VMs under direct paging; null if there are none. */
  direct: DirectBooks | null = null;

  constructor(
    readonly memory: PhysicalMemory,
    readonly tags: TagTable,
    readonly journal: Journal,
  ) {
    this.frames = new HostFrames(memory.frames, tags.firstFrame);
    this.past = new FramePast(memory.frames);
  }

  /** Name of an owner for words. */
  ownerName(asid: number): string {
    return asid === 0 ? 'host' : (this.vms[asid - 1]?.name ?? `ASID ${asid}`);
  }

  /** Backs one guest frame if it is not backed. @returns false if the host is out of memory. */
  *back(vm: Vm, gfn: GuestFrame, skip: Skip = null): Steps<boolean> {
    yield* this.journal.enter('back', `back gPA ${hex(gfn * 4096)} of ${vm.name}`);
    let hfn: Frame = peekNested(this.memory, vm, gfn);
    let huge = false;
    if (hfn >= 0 && this.shared.frameOf(vm, gfn) >= 0) {
      this.journal.note(`it shares frame ${hex(hfn)} with others`);
      this.journal.leave();
      return true;
    }
    if (hfn < 0) {
      if (yield* this.journal.step('allocate', skip)) {
        huge = this.wantsHuge(vm, gfn);
        hfn = this.allocate(vm, gfn, huge);
      }
      if (hfn < 0) {
        this.journal.note('the host has no free frame');
        this.journal.leave();
        return false;
      }
      const head = huge ? gfn - (gfn % FRAMES_2M) : gfn;
      for (let i = 0; i < (huge ? FRAMES_2M : 1); i++)
        this.restore(vm, head + i, (huge ? hfn - (hfn % FRAMES_2M) : hfn) + i);
      this.journal.note(`gfn ${hex(gfn)} of ${vm.name} goes to frame ${hex(hfn)}`);
    }
    const head = huge ? gfn - (gfn % FRAMES_2M) : gfn;
    const first = huge ? hfn - (hfn % FRAMES_2M) : hfn;
    const count = huge ? FRAMES_2M : 1;
    if (yield* this.journal.step('retag', skip)) this.tag(vm, first, head, huge);
    if ((yield* this.journal.step('map-nested', skip)) && vm.nestedRoot >= 0)
      mapNested(this.memory, this.frames, vm, head, first, { huge });
    if (yield* this.journal.step('set-map', skip))
      for (let i = 0; i < count; i++) writeSlot(this.memory, vm, head + i, first + i);
    this.journal.leave();
    return true;
  }

  /** Takes one guest frame from a VM, keeping its contents. */
  *reclaim(vm: Vm, gfn: GuestFrame, skip: Skip): Steps<void> {
    yield* this.journal.enter('reclaim', `reclaim gPA ${hex(gfn * 4096)} of ${vm.name}`);
    const alone = this.shared.frameOf(vm, gfn) < 0 || (yield* unshare(this, vm, gfn));
    const hfn = peekNested(this.memory, vm, gfn);
    if (hfn < 0 || vm.direct || !alone) {
      this.journal.note(vm.direct ? STAYS : alone ? 'not backed: nothing to take' : 'the host has no free frame');
      this.journal.leave();
      return;
    }
    if (yield* this.journal.step('unmap-nested', skip)) this.unmap(vm, gfn);
    if (yield* this.journal.step('clear-map', skip)) writeSlot(this.memory, vm, gfn, 0);
    if (yield* this.journal.step('flush', skip)) this.flushAsid(vm);
    if (yield* this.journal.step('save', skip)) vm.swapped.set(gfn, this.memory.save(hfn));
    if (yield* this.journal.step('retag', skip)) this.untag(hfn);
    if (yield* this.journal.step('free', skip)) {
      this.memory.clear(hfn);
      this.frames.release(hfn);
    }
    this.journal.note(`gfn ${hex(gfn)} lost frame ${hex(hfn)}`);
    this.journal.leave();
  }

  /** Moves one guest frame. @returns the new host frame, or 0 if nothing could be moved. */
  *migrate(vm: Vm, gfn: GuestFrame, to: Frame, skip: Skip): Steps<Frame> {
    yield* this.journal.enter('migrate', `migrate gPA ${hex(gfn * 4096)} of ${vm.name}`);
    const alone = this.shared.frameOf(vm, gfn) < 0 || (yield* unshare(this, vm, gfn));
    const from = peekNested(this.memory, vm, gfn);
    if (from < 0 || vm.direct || !alone) {
      this.journal.note(vm.direct ? STAYS : alone ? 'not backed: nothing to move' : 'the host has no free frame');
      this.journal.leave();
      return 0;
    }
    if (yield* this.journal.step('unmap-nested', skip)) this.unmap(vm, gfn);
    if (yield* this.journal.step('clear-map', skip)) writeSlot(this.memory, vm, gfn, 0);
    if (yield* this.journal.step('flush', skip)) this.flushAsid(vm);
    let hfn: Frame = -1;
    if (yield* this.journal.step('allocate', skip))
      hfn = to > 0 ? (this.frames.takeAt(to, Use.Guest) ? to : -1) : this.takeFresh(vm, gfn, false);
    if (hfn < 0) {
      this.journal.note(to > 0 ? `frame ${hex(to)} is not free` : 'the host has no free frame');
      // Nothing was moved: put back what was taken away.
      if (vm.nestedRoot >= 0) mapNested(this.memory, this.frames, vm, gfn, from);
      writeSlot(this.memory, vm, gfn, from);
      this.journal.leave();
      return 0;
    }
    if (yield* this.journal.step('copy', skip)) this.memory.copy(from, hfn);
    if (yield* this.journal.step('retag', skip)) {
      this.tag(vm, hfn, gfn, false);
      this.untag(from);
    }
    if (yield* this.journal.step('map-nested', skip)) mapNested(this.memory, this.frames, vm, gfn, hfn);
    if (yield* this.journal.step('set-map', skip)) writeSlot(this.memory, vm, gfn, hfn);
    if (yield* this.journal.step('free', skip)) this.frames.release(from);
    this.journal.note(`gfn ${hex(gfn)} moved from frame ${hex(from)} to ${hex(hfn)}`);
    this.journal.leave();
    return hfn;
  }

  /** Gives a frame to another owner (null: the host). */
  *retag(hfn: Frame, owner: Vm | null, skip: Skip): Steps<void> {
    yield* this.journal.enter(
      'retag',
      `retag frame ${hex(hfn)} from ${this.ownerName(this.tags.ownerOf(hfn))} to ${owner?.name ?? 'host'}`,
    );
    const old = this.vms[this.tags.ownerOf(hfn) - 1];
    if (old?.direct) {
      this.journal.note(STAYS);
      this.journal.leave();
      return;
    }
    const gfn = old ? this.guestFrameOf(old, hfn) : -1;
    if ((yield* this.journal.step('clear-map', skip)) && old && gfn >= 0) {
      this.unmap(old, gfn);
      writeSlot(this.memory, old, gfn, 0);
      old.swapped.set(gfn, this.memory.save(hfn));
    }
    if ((yield* this.journal.step('flush', skip)) && old) this.flushAsid(old);
    if (yield* this.journal.step('tag', skip)) {
      if (owner) this.setOwner(hfn, owner.asid, this.tags.read(hfn).gfn);
      else this.untag(hfn);
    }
    this.journal.leave();
  }

  /** Flushes the TLBs of all vCPUs for a VM. */
  *flush(vm: Vm): Steps<void> {
    yield* this.journal.enter('flush', `flush the TLBs for ${vm.name}`);
    this.flushAsid(vm);
    this.journal.leave();
  }

  /** Ends a VM and takes its frames. */
  *kill(vm: Vm, why: string, skip: Skip = null): Steps<void> {
    if (vm.killed) return;
    yield* this.journal.enter('kill', `kill ${vm.name}: ${why}`);
    if (yield* this.journal.step('stop', skip)) {
      vm.killed = true;
      vm.killedWhy = why;
    }
    const tables = nestedTables(this.memory, vm);
    const backed: Frame[] = [];
    for (let gfn = vm.firstGfn; gfn < vm.firstGfn + vm.frames; gfn++) {
      const hfn = peekNested(this.memory, vm, gfn);
      // What others share stays theirs.
      if (hfn >= 0 && this.shared.remove(vm, gfn) <= 0) backed.push(hfn);
    }
    if (yield* this.journal.step('unmap-nested', skip)) {
      for (const table of tables) this.memory.clear(table);
      if (vm.intercepts) for (let gfn = vm.firstGfn; gfn < vm.firstGfn + vm.frames; gfn++) vm.intercepts.unmapped(gfn);
    }
    if (yield* this.journal.step('clear-map', skip)) {
      for (let i = 0; i < vm.mapFrames; i++) this.memory.clear(vm.mapFrame + i);
      if (vm.direct) for (const hfn of backed) writeReverse(this.memory, vm.direct.reverseMap, hfn, 0);
    }
    if (yield* this.journal.step('flush', skip)) this.flushAsid(vm);
    if (yield* this.journal.step('retag', skip))
      for (const hfn of backed) if (this.tags.ownerOf(hfn) === vm.asid) this.untag(hfn);
    if (yield* this.journal.step('free', skip)) {
      for (const hfn of backed) {
        if (this.tags.ownerOf(hfn) !== 0) continue;
        this.memory.clear(hfn);
        this.frames.release(hfn);
      }
    }
    this.journal.note(`${backed.length} frames taken from ${vm.name}`);
    this.journal.leave();
  }

  /** Drops every translation of the VM from every TLB. */
  flushAsid(vm: Vm): void {
    if (vm.losesFlush()) {
      this.journal.note(LOST_FLUSH);
      return;
    }
    for (const other of this.vms) {
      for (const cpu of other.vcpus) {
        cpu.tlb.flush(vm.asid, null, true);
        cpu.caches?.flushNested(vm.asid);
      }
    }
    vm.counters.add(Count.TlbFlushes);
  }

  /** The guest frame that the host's books say this frame backs for a VM, or -1. */
  guestFrameOf(vm: Vm, hfn: Frame): GuestFrame {
    const last = this.past.lastOf(hfn, vm.index);
    if (!last) return -1;
    return readSlot(this.memory, vm, last.gfn) === hfn || peekNested(this.memory, vm, last.gfn) === hfn ? last.gfn : -1;
  }

  /** Tags the 2 MiB around a frame as one page, if all of it is the VM's and backs 2 MiB of its memory. @returns false if not. */
  tagAsHuge(vm: Vm, hfn: Frame): boolean {
    const head = hfn - (hfn % FRAMES_2M);
    const gfn = this.tags.read(head).gfn;
    if (gfn % FRAMES_2M !== 0) return false;
    for (let i = 0; i < FRAMES_2M; i++) {
      const entry = this.tags.read(head + i);
      if (!entry.assigned || entry.asid !== vm.asid || entry.gfn !== gfn + i) return false;
    }
    this.tags.assign(head, vm.asid, gfn, true);
    return true;
  }

  /**
   * Takes a frame from whoever has it, for the host itself: its tag and its contents. Nested tables, maps and TLBs go on
   * naming it, which is a bug of the host's.
   * @param by operation that does it, for the frame's past
   */
  seize(hfn: Frame, by: string): void {
    this.changeOwner(hfn, 0, 0, by);
    this.direct?.types.forget(hfn);
    this.memory.clear(hfn);
    this.frames.keep(hfn);
  }

  /** Clears the nested entry of a guest frame, and what was derived from it. */
  unmap(vm: Vm, gfn: GuestFrame): void {
    unmapNested(this.memory, this.frames, vm, gfn);
    vm.intercepts?.unmapped(gfn);
  }

  private wantsHuge(vm: Vm, gfn: GuestFrame): boolean {
    if (vm.config.backing !== 'huge') return false;
    const head = gfn - (gfn % FRAMES_2M);
    if (!vm.hasGuestFrame(head) || !vm.hasGuestFrame(head + FRAMES_2M - 1)) return false;
    for (let i = 0; i < FRAMES_2M; i++)
      if (peekNested(this.memory, vm, head + i) >= 0 || vm.swapped.has(head + i)) return false;
    return true;
  }

  private allocate(vm: Vm, gfn: GuestFrame, huge: boolean): Frame {
    if (huge) {
      const first = this.frames.takeHuge(Use.Guest);
      if (first >= 0) return first + (gfn % FRAMES_2M);
    }
    const wanted = vm.contiguousBase + gfn - vm.firstGfn;
    const contiguous = vm.config.backing !== 'scattered' && vm.contiguousBase >= 0;
    if (contiguous && !this.hadElsewhere(vm, gfn, wanted) && this.frames.takeAt(wanted, Use.Guest)) return wanted;
    return this.takeFresh(vm, gfn, vm.config.backing === 'scattered');
  }

  /**
   * Takes a frame that the VM has not had for another of its pages: a stale TPT entry may still name such a frame, and
   * the tag check cannot tell the VM's pages apart. Only when memory is short, one is given all the same.
   */
  takeFresh(vm: Vm, gfn: GuestFrame, scattered: boolean): Frame {
    const take = (): Frame =>
      scattered ? this.frames.takeScattered(Use.Guest, vm.random) : this.frames.take(Use.Guest);
    const refused: Frame[] = [];
    let frame = take();
    while (frame >= 0 && this.hadElsewhere(vm, gfn, frame) && refused.length < MOST_REFUSED) {
      refused.push(frame);
      frame = take();
    }
    if (frame < 0) frame = refused.pop() ?? -1;
    if (frame >= 0 && this.hadElsewhere(vm, gfn, frame))
      this.journal.note(`frame ${hex(frame)} is given again, for want of others: stale entries may reach it`);
    for (const other of refused) this.frames.release(other);
    return frame;
  }

  private hadElsewhere(vm: Vm, gfn: GuestFrame, frame: Frame): boolean {
    return vm.config.scheme === 'tpt' && this.past.hadForOther(frame, vm.index, gfn);
  }

  /** Contents that were taken come back; other frames start as zero. */
  private restore(vm: Vm, gfn: GuestFrame, hfn: Frame): void {
    this.memory.clear(hfn);
    if (!vm.swapped.has(gfn)) return;
    this.memory.restore(hfn, vm.swapped.get(gfn));
    vm.swapped.delete(gfn);
  }

  /** Tags a frame (or 512) for a guest frame of a VM. */
  tag(vm: Vm, first: Frame, gfn: GuestFrame, huge: boolean): void {
    for (let i = 0; i < (huge ? FRAMES_2M : 1); i++) this.setOwner(first + i, vm.asid, gfn + i);
    if (huge) this.tags.assign(first, vm.asid, gfn, true);
  }

  /** Gives a frame back to the host's ownership. */
  untag(hfn: Frame): void {
    // A 2 MiB entry must be split before one of its frames gets another owner.
    if (this.tags.read(hfn).huge) this.tags.smash(hfn);
    this.setOwner(hfn, 0, 0);
    this.direct?.types.forget(hfn);
  }

  private setOwner(hfn: Frame, asid: number, gfn: GuestFrame): void {
    const before = this.tags.ownerOf(hfn);
    const payer = this.vms[(asid === 0 ? before : asid) - 1];
    if (before !== asid && this.tags.mode !== 'off') payer?.events.did('retag');
    this.changeOwner(hfn, asid, gfn, this.journal.trail.at(-1)?.operation.name ?? 'boot');
  }

  /**
   * Tags a frame for an owner, with what is kept about owners, and nothing else.
   * @param by operation that does it, for the frame's past
   */
  changeOwner(hfn: Frame, asid: number, gfn: GuestFrame, by: string): void {
    const before = this.tags.ownerOf(hfn);
    if (before !== asid && this.tags.read(hfn).huge) this.tags.smash(hfn);
    this.tags.assign(hfn, asid, gfn);
    // What was the host's and becomes a VM's is no news: backing does it all the time.
    if (before !== asid && before !== 0) this.journal.recording?.mark('owner', before - 1, hfn, before * 1024 + asid);
    if (asid === 0) this.past.end(hfn, this.journal.tick);
    else this.past.begin(hfn, asid - 1, gfn, this.journal.tick, by, this.journal.line);
    // Entries cached under the old owner outlive the tag: note it, so that their use can be reported.
    if (before !== asid && (before !== 0 || this.tags.ownersChanged)) {
      this.tags.ownersChanged = true;
      for (const vm of this.vms) for (const cpu of vm.vcpus) cpu.tlb.markForeign(hfn, asid);
    }
  }
}
