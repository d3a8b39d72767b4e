import type { Vm } from '../../host/vm';
import type { Alarm, WatchedEvent } from '../../history/journal';
import { W, WriteKind } from '../../history/recording';
import { InspectContext } from '../../inspect/context';
import type { WatchSpec } from '../../inspect/time-types';
import type { AccessListener } from '../../machine/access';
import type { Page, WriteRecorder } from '../../machine/memory';
import type { Vcpu } from '../../machine/vcpu';
import type { Access } from '../../paging/walk';
import type { Frame } from '../../units';
import type { Executor } from '../executor';
import { compileWatch } from './compile';
import { ReachedWatch } from './reached';
import type { EntryWrite, Watch } from './watch';

/**
 * The events that a debugger stops at. It hears of writes to entries and, if a frame is watched, of accesses; with nothing
 * watched it hears of nothing. All that it remembers is what it saw last of the machine, which `rearm` makes the present:
 * it is not part of the machine's state, and is not to be put back with it.
 */
export class Watches implements Alarm, WriteRecorder, AccessListener {
  due = false;
  /** By number in `set`; null: cannot be watched. */
  private watches: readonly (Watch | null)[] = [];
  private reachable: readonly ReachedWatch[] = [];
  private readonly events: WatchedEvent[] = [];
  private readonly write: EntryWrite = { frame: 0, index: 0, oldLo: 0, oldHi: 0, lo: 0, hi: 0, hardware: false };

  constructor(private readonly x: Executor) {}

  /** Nobody asks for events: see `suspend`. */
  private suspended = false;
  /** What was to be told when it was suspended. */
  private kept: { readonly due: boolean; readonly events: readonly WatchedEvent[] } = { due: false, events: [] };

  /** True if something is watched, and somebody asks for it. */
  get active(): boolean {
    return !this.suspended && this.watches.some((watch) => watch !== null);
  }

  /** Events that happened and were not told yet. */
  get pending(): number {
    return this.events.length;
  }

  /** Watches these events and no others. @returns for each null, or why it cannot be watched, in words. */
  set(specs: readonly WatchSpec[]): (string | null)[] {
    const c = new InspectContext(this.x);
    const compiled = specs.map((spec) => compileWatch(c, spec));
    this.watches = compiled.map((watch) => (typeof watch === 'string' ? null : watch));
    this.reachable = this.watches.filter((watch) => watch instanceof ReachedWatch);
    this.rearm();
    return compiled.map((watch) => (typeof watch === 'string' ? watch : null));
  }

  /**
   * Takes the present as what was seen last, and listens again. To be called when the machine was put to another time, or
   * changed by hand.
   */
  rearm(): void {
    this.suspend();
    for (const watch of this.watches) watch?.arm();
    this.listen();
  }

  /** Hears of nothing until `rearm` or `resume`, for a run whose events nobody asks for. */
  suspend(): void {
    if (!this.suspended) this.kept = { due: this.due, events: [...this.events] };
    this.suspended = true;
    this.due = false;
    this.events.length = 0;
    this.x.memory.recorder = this.x.journal.recording;
    this.x.parts.accesses.listener = null;
  }

  /** Listens again as if nothing had been in between. Precondition: the machine stands where it stood at `suspend`. */
  resume(): void {
    this.listen();
    this.due = this.kept.due;
    this.events.push(...this.kept.events);
  }

  private listen(): void {
    const { memory, parts } = this.x;
    this.suspended = false;
    if (this.active) memory.recorder = this;
    if (this.reachable.length > 0) parts.accesses.listener = this;
  }

  /** True if nothing that is watched can have happened while the writes with these numbers were made, as far as the log tells. */
  isQuiet(from: number, until: number): boolean {
    const log = this.x.journal.recording?.writes;
    const watches = this.watches.filter((watch) => watch !== null);
    if (watches.length === 0) return true;
    if (!log || from < log.first) return false;
    if (watches.some((watch) => !watch.couldConcern)) return false;
    const { write } = this;
    for (let id = from; id < until; id++) {
      write.frame = log.get(id, W.Frame);
      write.index = log.get(id, W.Kind) === (WriteKind.Entry as number) ? log.get(id, W.Index) : -1;
      write.hardware = this.x.journal.recording!.places[log.get(id, W.Place)]?.who === 'hardware';
      if (watches.some((watch) => watch.couldConcern!(write))) return false;
    }
    return true;
  }

  entry(frame: Frame, index: number, oldLo: number, oldHi: number, lo: number, hi: number, hardware: boolean): void {
    this.x.journal.recording?.entry(frame, index, oldLo, oldHi, lo, hi, hardware);
    this.tell(frame, index, oldLo, oldHi, lo, hi, hardware);
  }

  page(frame: Frame, before: Page, from: Frame): void {
    this.x.journal.recording?.page(frame, before, from);
    this.tell(frame, -1, 0, 0, 0, 0, false);
  }

  reached(cpu: Vcpu, vm: Vm, access: Access, hi: number, lo: number, frame: Frame): void {
    for (const watch of this.reachable) {
      if (watch.frame !== frame) continue;
      watch.reached(cpu, vm, access, hi, lo);
      this.due = true;
    }
  }

  next(): WatchedEvent | null {
    if (this.due) this.lookAll(false);
    return this.events.shift() ?? null;
  }

  /** A statement has ended: looks at everything. @returns true if `next` has an event to tell. */
  statementEnded(): boolean {
    this.lookAll(true);
    return this.events.length > 0;
  }

  private lookAll(atEnd: boolean): void {
    this.due = false;
    this.watches.forEach((watch, number) => {
      const text = watch?.look(atEnd) ?? null;
      if (text !== null) this.events.push({ watch: number, text });
    });
  }

  private tell(
    frame: Frame,
    index: number,
    oldLo: number,
    oldHi: number,
    lo: number,
    hi: number,
    hardware: boolean,
  ): void {
    const { write } = this;
    write.frame = frame;
    write.index = index;
    write.oldLo = oldLo;
    write.oldHi = oldHi;
    write.lo = lo;
    write.hi = hi;
    write.hardware = hardware;
    for (const watch of this.watches) if (watch?.wrote(write)) this.due = true;
  }
}
