import type { Frame, GuestFrame } from '../units';
import type { Vm } from './vm';

/** A page of a VM that lives in a frame together with others. */
export interface Sharer {
  readonly vm: Vm;
  readonly gfn: GuestFrame;
}

/** The host's book on frames that hold several equal pages (KSM's stable tree). Where the pages live is in the nested tables. */
export class SharedFrames {
  private readonly sharers = new Map<Frame, Sharer[]>();
  private readonly frames = new Map<string, Frame>();

  /** A page comes to share a frame. */
  add(frame: Frame, vm: Vm, gfn: GuestFrame): void {
    if (this.frameOf(vm, gfn) >= 0) return;
    this.sharers.set(frame, [...this.of(frame), { vm, gfn }]);
    this.frames.set(keyOf(vm, gfn), frame);
  }

  /** A page shares no longer. @returns how many pages are left in its frame, or -1 if it did not share. */
  remove(vm: Vm, gfn: GuestFrame): number {
    const frame = this.frameOf(vm, gfn);
    if (frame < 0) return -1;
    this.frames.delete(keyOf(vm, gfn));
    const left = this.of(frame).filter((s) => s.vm !== vm || s.gfn !== gfn);
    if (left.length > 0) this.sharers.set(frame, left);
    else this.sharers.delete(frame);
    return left.length;
  }

  /** The pages in a frame; none if it is not shared. */
  of(frame: Frame): readonly Sharer[] {
    return this.sharers.get(frame) ?? [];
  }

  /** The frame that a page shares, or -1. */
  frameOf(vm: Vm, gfn: GuestFrame): Frame {
    return this.frames.size === 0 ? -1 : (this.frames.get(keyOf(vm, gfn)) ?? -1);
  }

  /** True if one of so many guest frames shares its frame. */
  any(vm: Vm, first: GuestFrame, count: number): boolean {
    if (this.frames.size === 0) return false;
    for (let i = 0; i < count; i++) if (this.frameOf(vm, first + i) >= 0) return true;
    return false;
  }

  /** What is shared, for a digest of the machine's state. */
  text(): string {
    return JSON.stringify([...this.sharers].map(([frame, of]) => [frame, of.map((s) => [s.vm.index, s.gfn])]));
  }
}

const keyOf = (vm: Vm, gfn: GuestFrame): string => `${vm.index}:${gfn}`;
