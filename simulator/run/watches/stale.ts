import { Use } from '../../host/frames';
import type { Vm } from '../../host/vm';
import type { InspectContext } from '../../inspect/context';
import { pageOfEntry, staleness } from '../../inspect/walks';
import { permissions } from '../../inspect/words';
import { Count } from '../../machine/counters';
import { tagOwner } from '../../machine/tags';
import type { TlbEntry } from '../../machine/tlb';
import type { Vcpu } from '../../machine/vcpu';
import { P } from '../../paging/format';
import { Walk } from '../../paging/walk';
import { hex, type Frame } from '../../units';
import { writerInWords, type EntryWrite, type Watch } from './watch';

/** Frames with a new owner beyond which all entries are looked at. */
const MOST_FRAMES = 64;

interface StaleEntry {
  readonly cpu: Vcpu;
  readonly entry: TlbEntry;
}

/** Tells when a TLB of a VM comes to hold an entry that the tables no longer say. Judged when a statement has ended. */
export class StaleWatch implements Watch {
  private stale = new Map<string, StaleEntry>();
  /** What was written, since the last look: an entry that was present, any entry, owners of frames. */
  private unmapped = false;
  private written = false;
  private readonly owners = new Set<Frame>();
  private fills = 0;
  private writer = '';
  private readonly w = new Walk();

  constructor(
    private readonly c: InspectContext,
    private readonly vm: Vm,
  ) {}

  arm(): void {
    this.settle();
    this.stale = this.find(() => true);
  }

  wrote({ frame, index, oldLo, oldHi, lo, hi, hardware }: EntryWrite): boolean {
    if (hardware) return false;
    const { tags, journal, host } = this.c.executor;
    if (frame >= tags.firstFrame) {
      if (index >= 0 && tagOwner(oldLo, oldHi) === tagOwner(lo, hi)) return false;
      this.owners.add(tags.frameOfEntry(frame, Math.max(index, 0)));
    } else if (host.frames.useOf(frame) === Use.Map) return false;
    else {
      this.written = true;
      // What was not present was not cached.
      if (index >= 0 && (oldLo & P) === 0) return false;
      this.unmapped = true;
    }
    // The first is the one that the others follow from.
    this.writer ||= writerInWords(journal, false);
    // Flushes follow the writes: it is judged when the statement has ended.
    return false;
  }

  look(atEnd: boolean): string | null {
    if (!atEnd) return null;
    // Walk caches may hold what the tables no longer say, and fill the TLB from it.
    const fills = this.vm.vcpus.some((cpu) => cpu.caches !== null) ? this.vm.counters.values[Count.Fills] : this.fills;
    const all = this.unmapped || this.owners.size > MOST_FRAMES || fills !== this.fills;
    const some = this.owners.size > 0 || (this.written && this.stale.size > 0);
    if (!all && !some) {
      this.prune();
      this.settle();
      return null;
    }
    const before = this.stale;
    const found = this.find((key, e) => all || before.has(key) || this.reaches(e));
    const fresh = [...found].filter(([key]) => !before.has(key));
    const writer = this.writer || 'filled from a walk cache';
    this.stale = found;
    this.settle();
    return fresh.length === 0 ? null : this.inWords(fresh[0][1], fresh.length - 1, writer);
  }

  private settle(): void {
    this.unmapped = false;
    this.written = false;
    this.owners.clear();
    this.writer = '';
    this.fills = this.vm.counters.values[Count.Fills];
  }

  /** Forgets entries that are gone, so that they can come again. */
  private prune(): void {
    for (const [key, { cpu, entry }] of this.stale) if (!cpu.tlb.holds(entry)) this.stale.delete(key);
  }

  private reaches(e: TlbEntry): boolean {
    for (const frame of this.owners) if (frame >= e.frame && frame < e.frame + 2 ** (e.shift - 12)) return true;
    return false;
  }

  /** Stale entries, of those that are asked for; one that is in two structures once. */
  private find(asked: (key: string, entry: TlbEntry) => boolean): Map<string, StaleEntry> {
    const found = new Map<string, StaleEntry>();
    for (const cpu of this.vm.vcpus) {
      for (const entry of cpu.tlb.entries()) {
        const key = `${cpu.id}:${entry.pcid}:${entry.vpnHi}:${entry.vpnLo}:${entry.shift}:${entry.frame}:${String(entry.write)}`;
        if (asked(key, entry) && !found.has(key) && staleness(this.c, this.vm, entry, this.w) !== '')
          found.set(key, { cpu, entry });
      }
    }
    return found;
  }

  private inWords({ cpu, entry }: StaleEntry, more: number, writer: string): string {
    const { c, vm } = this;
    const what = `${c.gva(pageOfEntry(c, entry))} → frame ${hex(entry.frame)}, ${permissions(entry.write, !entry.noExecute, entry.user).text}`;
    const others = more === 0 ? '' : `, and ${more} more`;
    const why = staleness(c, vm, entry, this.w);
    return `the TLB of ${vm.name} (vCPU ${cpu.id}) came to hold a stale entry: ${what}${others}: ${why}; ${writer}`;
  }
}
