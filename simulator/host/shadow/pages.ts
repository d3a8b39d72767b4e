import type { PhysicalMemory } from '../../machine/memory';
import { D, P, PS, RW, frameOf } from '../../paging/format';
import { FRAMES_2M, type Frame, type GuestFrame } from '../../units';
import { Use } from '../frames';
import type { Host } from '../host';
import type { Vm } from '../vm';
import { type Entry, onlyGains } from './entries';
import { ShadowPage, type Place } from './page';
import { ReverseMap } from './reverse-map';

/** Shadow pages that a VM may have: 2 % of its frames, 64 at least (Linux, Documentation/virt/kvm and mmu.c). */
const SHARE = 0.02;
const LEAST = 64;

/**
 * The shadow pages of one VM: tables in host memory, and the host's books on them. Whatever takes a right away leaves
 * `stale` set: TLBs then have to be flushed before the guest goes on.
 */
export class ShadowPages {
  /** An entry lost rights that TLBs may still hold. */
  stale = false;
  /** Pages whose guest table the guest writes freely. */
  readonly unsync = new Set<ShadowPage>();
  /** By frame, the oldest first. */
  private readonly byFrame = new Map<Frame, ShadowPage>();
  /** Pages that stand for a guest table, by its frame: one for each level at which it is used. */
  private readonly byTable = new Map<GuestFrame, ShadowPage[]>();
  private readonly slots: (ShadowPage | undefined)[] = [undefined];
  private readonly freeSlots: number[] = [];
  private readonly reverse: ReverseMap;
  /** Shadowed guest tables in each 2 MiB: such 2 MiB are not mapped as one. */
  private readonly shadowedIn: Uint16Array;
  readonly limit: number;
  /** An empty table for vCPUs without a root. */
  private readonly nothing: Frame;

  constructor(
    private readonly host: Host,
    private readonly vm: Vm,
  ) {
    this.reverse = new ReverseMap(vm.frames, (place) => this.at(place));
    this.shadowedIn = new Uint16Array(Math.ceil(vm.frames / FRAMES_2M));
    this.limit = Math.max(LEAST, Math.ceil(vm.frames * SHARE));
    this.nothing = host.frames.take(Use.Shadow);
    if (this.nothing < 0) throw new Error(`the host has no memory for the shadow tables of ${vm.name}`);
  }

  private get memory(): PhysicalMemory {
    return this.host.memory;
  }

  get all(): Iterable<ShadowPage> {
    return this.byFrame.values();
  }

  get count(): number {
    return this.byFrame.size;
  }

  at(place: Place): ShadowPage {
    return this.slots[Math.floor(place / 512)]!;
  }

  /** The page in a frame. */
  inFrame(hfn: Frame): ShadowPage | undefined {
    return this.byFrame.get(hfn);
  }

  /** Pages that stand for a guest table, of any level. */
  of(gfn: GuestFrame): readonly ShadowPage[] {
    return this.byTable.get(gfn) ?? [];
  }

  find(gfn: GuestFrame, level: number): ShadowPage | undefined {
    return this.byTable.get(gfn)?.find((page) => page.level === level);
  }

  /** True if stores to a guest frame have to come to the host, since it holds a shadowed table. */
  isProtected(gfn: GuestFrame): boolean {
    return this.byTable.get(gfn)?.some((page) => !page.unsync) ?? false;
  }

  /** True if a shadow entry for a guest frame may be writable: ordinary memory (not the gfn→hfn map), no table, not shared. */
  mayWrite(gfn: GuestFrame): boolean {
    return this.vm.hasGuestFrame(gfn) && !this.isProtected(gfn) && !this.isShared(gfn);
  }

  /** True if the frame of a guest frame holds other pages too. */
  isShared(gfn: GuestFrame): boolean {
    return this.host.shared.frameOf(this.vm, gfn) >= 0;
  }

  /** True if some of the 2 MiB from a guest frame on hold shadowed tables, or are shared: stores to them come to the host. */
  shadows2M(first: GuestFrame): boolean {
    return this.shadowedIn[first / FRAMES_2M] > 0 || this.host.shared.any(this.vm, first, FRAMES_2M);
  }

  /** Makes a page for a guest table (or part of a large guest page). @returns null if the host has no frame. */
  make(gfn: GuestFrame, level: number, direct: boolean): ShadowPage | null {
    const hfn = this.host.frames.take(Use.Shadow);
    if (hfn < 0) return null;
    this.memory.clear(hfn);
    const id = this.freeSlots.pop() ?? this.slots.length;
    const page = new ShadowPage(id, hfn, gfn, level, direct);
    this.slots[id] = page;
    this.byFrame.set(hfn, page);
    if (direct) return page;
    this.byTable.set(gfn, [...this.of(gfn), page]);
    this.shadowedIn[Math.floor(gfn / FRAMES_2M)]++;
    return page;
  }

  /** Points a vCPU without a page at nothing. */
  get empty(): Frame {
    return this.nothing;
  }

  entry(page: ShadowPage, index: number): Entry {
    const words = this.memory.page(page.hfn);
    return { lo: words[index * 2], hi: words[index * 2 + 1] };
  }

  /** Page that an entry leads to, or undefined for a leaf or an entry that is not present. */
  below(page: ShadowPage, index: number): ShadowPage | undefined {
    const { lo, hi } = this.entry(page, index);
    return (lo & P) === 0 || isLeaf(page, lo) ? undefined : this.byFrame.get(frameOf(lo, hi));
  }

  /** Writes an entry that leads to another page. @returns false if it was there already. */
  link(page: ShadowPage, index: number, child: ShadowPage, entry: Entry): boolean {
    const before = this.entry(page, index);
    if (before.lo === entry.lo && before.hi === entry.hi) return false;
    this.drop(page, index);
    child.parents.add(page.place(index));
    this.memory.writeEntry(page.hfn, index, entry.lo, entry.hi);
    return true;
  }

  /** Writes a leaf entry. @param gfn first guest frame that it maps */
  setLeaf(page: ShadowPage, index: number, gfn: GuestFrame, entry: Entry): void {
    const before = this.entry(page, index);
    if (page.leaves[index] === gfn && onlyGains(before, entry)) {
      this.memory.writeEntry(page.hfn, index, entry.lo, entry.hi);
      return;
    }
    this.drop(page, index);
    this.reverse.add(page, index, gfn);
    this.memory.writeEntry(page.hfn, index, entry.lo, entry.hi);
  }

  /** Clears an entry. A direct page below it goes too; one for a guest table stays, for whoever else uses the table. */
  drop(page: ShadowPage, index: number): void {
    const words = this.memory.page(page.hfn);
    const lo = words[index * 2];
    const hi = words[index * 2 + 1];
    if ((lo & P) === 0) return;
    this.stale = true;
    if (isLeaf(page, lo)) this.reverse.remove(page, index);
    else {
      const child = this.byFrame.get(frameOf(lo, hi));
      child?.parents.delete(page.place(index));
      if (child?.direct) this.zap(child);
    }
    this.memory.writeEntry(page.hfn, index, 0, 0);
  }

  /** Takes a page away. A vCPU that has it as its root is left with an empty one until it faults. */
  zap(page: ShadowPage): void {
    for (let i = 0; i < 512; i++) this.drop(page, i);
    for (const place of page.parents) this.memory.writeEntry(this.at(place).hfn, place % 512, 0, 0);
    if (page.parents.size > 0) this.stale = true;
    for (const cpu of this.vm.vcpus) {
      if (cpu.root !== page.hfn) continue;
      cpu.root = this.nothing;
      this.stale = true;
    }
    this.unsync.delete(page);
    this.slots[page.id] = undefined;
    this.freeSlots.push(page.id);
    this.byFrame.delete(page.hfn);
    this.memory.clear(page.hfn);
    this.host.frames.release(page.hfn);
    if (page.direct) return;
    const others = this.of(page.gfn).filter((other) => other !== page);
    if (others.length > 0) this.byTable.set(page.gfn, others);
    else this.byTable.delete(page.gfn);
    this.shadowedIn[Math.floor(page.gfn / FRAMES_2M)]--;
  }

  /** Takes away all pages that stand for a guest table. @returns how many there were. */
  zapTable(gfn: GuestFrame): number {
    const pages = this.of(gfn);
    for (const page of pages) this.zap(page);
    return pages.length;
  }

  /** Clears every leaf entry that maps a guest frame. */
  dropLeaves(gfn: GuestFrame): void {
    const { small, large } = this.reverse.of(gfn);
    for (const place of [...small, ...large]) this.drop(this.at(place), place % 512);
  }

  /** Takes the right to write from every leaf entry of a guest frame; one of 2 MiB goes, to be mapped in parts. */
  writeProtect(gfn: GuestFrame): void {
    const { small, large } = this.reverse.of(gfn);
    for (const place of large) this.drop(this.at(place), place % 512);
    for (const place of small) {
      const { hfn } = this.at(place);
      const words = this.memory.page(hfn);
      const i = (place % 512) * 2;
      if ((words[i] & RW) === 0) continue;
      this.memory.writeEntry(hfn, place % 512, (words[i] & ~(RW | D)) >>> 0, words[i + 1]);
      this.stale = true;
    }
  }

  /**
   * Zaps the oldest pages until `wanted` more can be made. Roots that vCPUs are on stay, so that a VM with more of them
   * than it may have pages goes on all the same.
   * @returns how many were zapped.
   */
  makeRoom(wanted: number): number {
    let zapped = 0;
    for (const page of this.byFrame.values()) {
      if (this.count + wanted <= this.limit && this.host.frames.free >= wanted) break;
      // A direct page may have gone with the one above it.
      if (this.slots[page.id] !== page || this.vm.vcpus.some((cpu) => cpu.root === page.hfn)) continue;
      this.zap(page);
      zapped++;
    }
    return zapped;
  }
}

const isLeaf = (page: ShadowPage, lo: number): boolean => page.level === 1 || (page.level <= 3 && (lo & PS) !== 0);
