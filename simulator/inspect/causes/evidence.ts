import { LEFT_OUT, M, MARK_KINDS, W, type WorkPlace } from '../../history/recording';
import type { MarkKind } from '../time-types';
import { tagOf, type TagEntry } from '../../machine/tags';
import { P, PS, frameOf, leafFrames } from '../../paging/format';
import type { Vm } from '../../host/vm';
import type { Frame, GuestFrame } from '../../units';
import { changesBefore, type EntryChange } from '../time/entry-history';
import { tagEntryOf } from '../time/frame-intervals';
import { Moments } from '../time/moments';
import { slotValue, type Halves } from '../time/writes';

/** A step that was left out. */
export interface Omission {
  readonly tick: number;
  readonly line: number | null;
  readonly place: WorkPlace;
}

/** A mark: something that happened, and how many writes had been made by then. */
export interface Mark {
  readonly id: number;
  readonly tick: number;
  readonly line: number | null;
  readonly write: number;
  readonly a: number;
  readonly b: number;
}

/** What the recording tells, asked in the terms of a search for causes. */
export class Evidence extends Moments {
  /** The value of an entry at a write. */
  value(frame: number, index: number, at: number): Halves {
    const memory = this.at(at);
    return { lo: memory.word(frame, index * 2) | 0, hi: memory.word(frame, index * 2 + 1) | 0 };
  }

  /** Changes of an entry before a write, newest first. */
  changes(frame: number, index: number, before: number): EntryChange[] {
    return changesBefore(this.recording, before, frame, index, this.value(frame, index, before));
  }

  /**
   * The change that made an entry lead where it leads at a write: what only sets flags does not count.
   * @returns null if it was so as far as the recording goes back
   */
  setter(frame: number, index: number, before: number): EntryChange | null {
    for (const change of this.changes(frame, index, before)) {
      const was = change.before;
      if ((was.lo & P) === 0 || !sameTarget(was, change.after)) return change;
    }
    return null;
  }

  /** Changes of a frame's tag before a write, newest first. */
  tagChanges(frame: Frame, before: number): (EntryChange & { readonly was: TagEntry; readonly is: TagEntry })[] {
    const entry = tagEntryOf(this.c, frame);
    return this.changes(entry.frame, entry.index, before).map((change) => ({
      ...change,
      was: tagOf(change.before.lo, change.before.hi),
      is: tagOf(change.after.lo, change.after.hi),
    }));
  }

  /** Changes of a map slot before a write, newest first. */
  slotChanges(vm: Vm, gfn: GuestFrame, before: number): (EntryChange & { readonly was: Frame; readonly is: Frame })[] {
    if (vm.mapFrame < 0 || !vm.hasGuestFrame(gfn)) return [];
    const at = gfn - vm.firstGfn;
    return this.changes(vm.mapFrame + Math.floor(at / 512), at % 512, before).map((change) => ({
      ...change,
      was: slotValue(change.before),
      is: slotValue(change.after),
    }));
  }

  /** The steps that the statement of a write left out. */
  leftOutBeside(write: number): Omission[] {
    return this.leftOutIn(this.recording.writes.get(write, W.Statement));
  }

  /** The first step of some names that the statement of a write left out. */
  leftOut(write: number, names: readonly string[]): Omission | null {
    return this.leftOutBeside(write).find((o) => names.includes(o.place.step)) ?? null;
  }

  leftOutIn(statement: number): Omission[] {
    const { marks, places } = this.recording;
    const found: Omission[] = [];
    const start = marks.lowerBound(M.Statement, statement);
    for (let id = start; id < marks.count && marks.get(id, M.Statement) === statement; id++) {
      if (marks.get(id, M.Kind) !== LEFT_OUT) continue;
      found.push({
        tick: marks.get(id, M.Tick),
        line: marks.get(id, M.Line) || null,
        place: places[marks.get(id, M.A)],
      });
    }
    return found;
  }

  /** The write after the last one of the statement that made a write. */
  endOfStatement(write: number): number {
    const { writes } = this.recording;
    const statement = writes.get(write, W.Statement);
    let id = write + 1;
    while (id < writes.count && writes.get(id, W.Statement) === statement) id++;
    return id;
  }

  /** Marks of a kind in the machine's past, newest first, as long as the caller wants more. */
  *marks(kind: MarkKind, vm: number | null, until = this.recording.marks.cursor): Generator<Mark> {
    const { marks } = this.recording;
    const number = MARK_KINDS.indexOf(kind);
    for (let id = until - 1; id >= marks.first; id--) {
      if (marks.get(id, M.Kind) !== number || (vm !== null && marks.get(id, M.Vm) !== vm)) continue;
      yield this.mark(id);
    }
  }

  mark(id: number): Mark {
    const { marks } = this.recording;
    return {
      id,
      tick: marks.get(id, M.Tick),
      line: marks.get(id, M.Line) || null,
      write: marks.get(id, M.Write),
      a: marks.get(id, M.A),
      b: marks.get(id, M.B),
    };
  }
}

/** True if two present entries lead to the same frame in the same way. */
const sameTarget = (a: Halves, b: Halves): boolean =>
  frameOf(a.lo, a.hi) === frameOf(b.lo, b.hi) && (a.lo & PS) === (b.lo & PS);

/** The frame that a leaf entry of a level gives for a page. */
export const frameBehind = (value: Halves, level: number, page: number): number => {
  const frame = frameOf(value.lo, value.hi);
  const span = level > 1 && (value.lo & PS) !== 0 ? leafFrames(level) : 1;
  return frame - (frame % span) + (page % span);
};
