import type { Stop } from '../control';
import { M, MARK_KINDS } from '../history/recording';
import type { Place } from '../inspect/time-types';
import type { Executor } from '../run/executor';
import type { Checkpoint } from './checkpoints';
import { type Guide, isOver, type Journey, SLICE, SLICE_OF_PLACES } from './guide';
import { isInside, STRETCH } from './place';

/** Stops of a free run looked at before that: each may ask for a condition. */
const SLICE_OF_STOPS = 500;

/** Where the machine stood when it was sent back. */
interface Bound {
  readonly place: Place;
  /** See `progress`; null: it did not stand there, and what lies behind was looked at. */
  readonly progress: readonly number[] | null;
  /** The turn went on, or the run was over, since the statement before ended: what was told right after it came before. */
  readonly isPastEnd: boolean;
}

/** Steps back, and the way back to the last stop. */
export class WayBack {
  private readonly x: Executor;

  constructor(private readonly guide: Guide) {
    this.x = guide.x;
  }

  *stepBack(task: number, into: boolean): Journey {
    const { x } = this;
    const depth = into ? Infinity : x.tasks[task].calls.length;
    const here = yield* this.guide.here();
    let { statements } = here;
    if (here.moment > 0 || into) {
      // What leads from the statement before to here may hold steps of the task, also where another made that statement.
      const before = here.moment > 0 ? here.moment : Infinity;
      if (here.moment === 0) statements--;
      const trail = into ? Infinity : x.tasks[task].trail.length;
      if (yield* this.toLastMoment(statements, before, task, trail)) return { reason: 'step', task };
    }
    const found = yield* this.statementBefore(statements, task, depth);
    if (found < 0) return yield* this.toBeginning();
    if (!into || !(yield* this.toLastMoment(found, Infinity, task, Infinity))) yield* this.guide.toBoundary(found);
    return { reason: 'step', task };
  }

  /** The last statement that a task was about to make before so many were made, at most so deep in calls; -1 if there is none. */
  private *statementBefore(end: number, task: number, depth: number): Journey<number> {
    const { x } = this;
    for (let until = end; until > 0;) {
      const from = this.guide.restore(this.guide.checkpoints.before(until - 1)).statements;
      let found = -1;
      for (let n = 1; x.statements < until || isInside(x); n++) {
        this.guide.standBeforeEdit();
        if (x.running?.passed && x.running.id === task && x.running.calls.length <= depth) found = x.statements;
        this.guide.makeEdits(until);
        const stop = this.guide.silently(() =>
          this.guide.forward({ mode: 'in', task, budget: this.guide.room(until) }, false),
        );
        if (isOver(stop)) break;
        const stands = stop.reason === 'step' && x.running?.id === task && x.statements < until;
        if (stands && x.running!.calls.length <= depth) found = x.statements;
        if (n % SLICE === 0) yield;
      }
      if (found >= 0) return found;
      until = from;
      yield;
    }
    return -1;
  }

  /**
   * To the last step of a task between a statement and the next, before one of its moments; if there is none, to before the
   * statement, if it is the task's. @returns false if there is neither.
   */
  private *toLastMoment(statements: number, before: number, task: number, depth: number): Journey<boolean> {
    const { x } = this;
    const { guide } = this;
    const last =
      before < Infinity ? Math.ceil(before / STRETCH) - 1 : yield* guide.stretchUntil(statements, () => true);
    let own = false;
    for (let stretch = last; stretch >= 0; stretch--) {
      yield* guide.toBoundary(statements);
      own = statements >= 0 && x.running?.id === task;
      yield* guide.toMoment(statements, stretch * STRETCH);
      let found = 0;
      for (let n = 1; ; n++) {
        const kind = guide.nextMoment(statements);
        if (kind === null || guide.moment >= before || guide.moment >= (stretch + 1) * STRETCH) break;
        if (kind === 'step' && x.running?.id === task && x.running.trail.length <= depth) found = guide.moment;
        if (n % SLICE_OF_PLACES === 0) yield;
      }
      if (found === 0) continue;
      yield* guide.toPlace({ statements, moment: found });
      return true;
    }
    if (own) yield* guide.toBoundary(statements);
    return own;
  }

  *continueBack(accept: (stop: Stop) => boolean): Journey {
    const { x } = this;
    const progress = this.progress();
    const place = yield* this.guide.here();
    const isPastEnd = !isInside(x) && !this.isRightAfterStatement();
    let bound: Bound = { place, progress, isPastEnd };
    let until = place.moment > 0 ? place.statements + 1 : place.statements;
    // Before the first statement there is the switch to its process, if the machine has come so far.
    let goesOn = until > 0 || isInside(x) || x.running?.passed === true;
    while (goesOn) {
      const index = this.guide.checkpoints.before(until - 1);
      const point = this.guide.checkpoints.list[index];
      if (!this.isQuiet(index, until)) {
        const found = yield* this.lastStop(point, until, bound, accept);
        if (found !== null) return found;
      }
      until = point.statements;
      goesOn = until > 0;
      bound = { place: { statements: until, moment: 0 }, progress: null, isPastEnd: true };
      yield;
    }
    return yield* this.toBeginning();
  }

  /** Goes to the last stop of a free run between a checkpoint and a bound that counts. @returns null if there is none. */
  private *lastStop(
    from: Checkpoint,
    until: number,
    bound: Bound,
    accept: (stop: Stop) => boolean,
  ): Journey<Stop | null> {
    const { checkpoints } = this.guide;
    // What lies behind a checkpoint was looked at from there.
    const on = bound.progress !== null;
    checkpoints.pinned = from;
    this.guide.restore(checkpoints.list.indexOf(from));
    this.guide.around.watches.rearm();
    let chosen = 0;
    for (let count = 1; ; count++) {
      const stop = yield* this.nextStop(until, on);
      if (stop === null || !this.isBefore(bound)) break;
      if (accept(stop)) chosen = count;
      if (count % SLICE_OF_STOPS === 0) yield;
    }
    let stop: Stop | null = null;
    // Also without a stop: what is watched then is what it was there.
    this.guide.restore(checkpoints.list.indexOf(from));
    this.guide.around.watches.rearm();
    for (let count = 1; count <= chosen; count++) {
      stop = yield* this.nextStop(until, on);
      if (count % SLICE_OF_STOPS === 0) yield;
    }
    checkpoints.pinned = null;
    this.guide.around.watches.suspend();
    return stop;
  }

  /**
   * Runs freely to the next stop; null: so many statements were made, or the run cannot go on.
   * @param on also through the switch of processes that lies before the next statement
   */
  private *nextStop(until: number, on: boolean): Journey<Stop | null> {
    const { x } = this;
    while (x.statements < until || isInside(x)) {
      if (this.guide.editIsDue()) {
        const stop = this.guide.pastEdits({ mode: 'continue', task: 0, budget: 0 });
        if (stop !== null && isOver(stop)) return null;
        if (stop !== null && stop.reason !== 'budget') return stop;
        yield;
        continue;
      }
      const stop = this.guide.forward({ mode: 'continue', task: 0, budget: Math.min(SLICE, this.guide.room(until)) });
      if (isOver(stop)) return null;
      if (stop.reason !== 'budget') return stop;
      yield;
    }
    if (!on || x.running?.passed) return null;
    const { breakpoints } = x;
    x.breakpoints = this.guide.allBreakpoints;
    const stop = x.run({ mode: 'continue', task: 0, budget: 1 });
    x.breakpoints = breakpoints;
    return stop.reason === 'exception' || stop.reason === 'operation' || stop.reason === 'watch' ? stop : null;
  }

  /** True if a stop of a free run came before a place, at which the machine may have come to stand by other means. */
  private isBefore({ place, progress, isPastEnd }: Bound): boolean {
    const { x } = this;
    const { done } = this.guide;
    if (done !== place.statements) return done < place.statements;
    // What lies behind a checkpoint was looked at from there, but for what the statement before it brought about.
    if (place.moment === 0) return isPastEnd && !isInside(x) && (progress === null || this.isRightAfterStatement());
    if (!isInside(x) || progress === null) return true;
    const here = this.progress();
    const differs = here.findIndex((value, i) => value !== progress[i]);
    return differs >= 0 && here[differs] < progress[differs];
  }

  /** How far the machine has come, by what only grows while a statement is made; of equal ones, by where the innermost operation stands. */
  private progress(): number[] {
    const { journal, running } = this.x;
    const { recording, tick, passed } = journal;
    return [tick, recording?.writes.cursor ?? 0, recording?.marks.cursor ?? 0, running?.trail.length ?? 0, passed];
  }

  /** True where a statement has ended and nobody has been given the turn since, nor was told that the run is over. */
  private isRightAfterStatement(): boolean {
    const { x } = this;
    return x.turnPassedAt !== x.statements && !x.over;
  }

  /** True if no stop can come between a checkpoint and the next one, as the logs tell. */
  private isQuiet(index: number, until: number): boolean {
    const { x } = this;
    const { recording, filters, operationBreaks } = x.journal;
    const from = this.guide.checkpoints.list[index];
    const next = this.guide.checkpoints.list[index + 1] as Checkpoint | undefined;
    if (!recording || !next || next.statements > until || operationBreaks.size > 0) return false;
    if (x.breakpoints.includes(1) || from.edits !== next.edits) return false;
    if (from.writes < recording.writes.first || from.marks < recording.marks.first) return false;
    const kinds: ReadonlySet<string> = filters;
    for (const filter of kinds) if (!(MARK_KINDS as readonly string[]).includes(filter)) return false;
    for (let id = from.marks; id < next.marks; id++)
      if (kinds.has(MARK_KINDS[recording.marks.get(id, M.Kind)])) return false;
    return this.guide.around.watches.isQuiet(from.writes, next.writes);
  }

  private *toBeginning(): Journey {
    yield* this.guide.toBoundary(0);
    return { reason: 'beginning', task: this.x.running?.id ?? 0 };
  }
}
