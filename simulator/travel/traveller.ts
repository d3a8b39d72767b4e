import type { RecordOptions, RunRequest, Stop } from '../control';
import type { Pause } from '../history/journal';
import type { ColumnLog } from '../history/log';
import { M, MARK_KINDS, W } from '../history/recording';
import type { Edit, EditAnswer, Target } from '../inspect/time-types';
import type { Executor } from '../run/executor';
import { type Checkpoint, Checkpoints } from './checkpoints';
import { isInside, type Place, signature } from './place';

/** Statements run before the caller may look at its messages. */
const SLICE = 20_000;
/** Places inside statements passed before that. */
const SLICE_OF_PLACES = 2_000;
/** Statements before the one that a reverse step goes to, where a checkpoint is taken. */
const NEAR = 500;
/** Stops of a free run looked at before that: each may ask for a condition. */
const SLICE_OF_STOPS = 500;

/** A way through time under way: each `next` is one slice of it. */
export type Journey<T = Stop> = Generator<void, T, void>;

/** What of the debugger's the machine must be left alone by, and what it asks for. */
export interface Surroundings {
  /** Objects that belong to the debugger: travelling leaves them as they are. */
  readonly foreign: readonly object[];
  /** Makes an edit; called again whenever the machine passes the place where it was made. */
  apply(edit: Edit): EditAnswer;
  readonly watches: {
    /** Nothing is watched until `rearm`, for which the present is what was seen last. */
    suspend(): void;
    rearm(): void;
    /** True if nothing can have happened while the writes with these numbers were made. */
    isQuiet(fromWrite: number, untilWrite: number): boolean;
  };
}

/** An edit by hand, and where it was made. */
interface PlacedEdit {
  readonly place: Place;
  readonly tick: number;
  readonly edit: Edit;
  readonly text: string;
}

/** Where the machine stood when it was sent back. */
interface Bound {
  readonly place: Place;
  readonly tick: number;
  /** Of the trail of operations under way. */
  readonly depth: number;
}

/**
 * Takes a recorded run back and forth: from a checkpoint, by making the same statements again. Whoever wants the machine to run
 * forward asks here too, so that checkpoints are taken on the way, and edits made again where they were made.
 */
export class Traveller {
  readonly checkpoints: Checkpoints;
  private readonly edits: PlacedEdit[] = [];
  /** Edits that are in the present. */
  private made = 0;
  /** The most statements that were carried out to their end on this branch. */
  private end = 0;
  private readonly noBreakpoints: Uint8Array;
  private readonly allBreakpoints: Uint8Array;

  constructor(
    private readonly x: Executor,
    options: RecordOptions,
    private readonly around: Surroundings,
  ) {
    const { journal, breakpoints, output } = x;
    this.noBreakpoints = new Uint8Array(breakpoints.length);
    this.allBreakpoints = new Uint8Array(breakpoints.length).fill(1);
    const foreign: object[] = [
      breakpoints,
      this.noBreakpoints,
      this.allBreakpoints,
      output,
      journal.filters,
      journal.operationBreaks,
      NOTHING,
    ];
    if (journal.recording) foreign.push(journal.recording);
    this.checkpoints = new Checkpoints(x, options, [...foreign, ...around.foreign]);
  }

  /** Runs forward as the executor would. */
  run(request: RunRequest): Stop {
    const { x } = this;
    let { budget } = request;
    for (;;) {
      if (this.editIsDue()) {
        const { made } = this;
        const stood = this.unwatched(() => this.standBeforeEdit(request));
        if (stood) return stood;
        if (this.made === made)
          this.unwatched(() => {
            this.makeNextEdit();
          });
        if (request.mode !== 'continue') return { reason: 'step', task: x.running?.id ?? 0 };
      }
      const before = x.statements;
      const known = this.end - x.completed;
      const printed = x.output.length;
      const room = Math.min(budget, this.room(known > 0 ? this.end : Infinity));
      const stop = this.forward({ ...request, budget: room });
      // What was printed before is not printed again.
      if (known > 0) x.output.length = printed;
      this.noteEnd();
      budget -= x.statements - before;
      // An edit that was made when nothing could go on any more.
      if (isOver(stop) && this.editIsDue()) continue;
      if (stop.reason !== 'budget' || isInside(x) || budget <= 0) return stop;
    }
  }

  // --- edits ---------------------------------------------------------------------------------------------------

  /** Makes an edit here: a branch begins, and what lay ahead is forgotten. */
  edit(edit: Edit): EditAnswer {
    const place = this.unwatched(() => drain(this.here()));
    const { recording, tick } = this.x.journal;
    // What the edit writes is to be recorded in place of what lay ahead.
    const takeBack = recording?.truncate();
    const answer = this.around.apply(edit);
    if (answer.ok) {
      this.edits.length = this.made;
      this.edits.push({ place, tick, edit, text: answer.text });
      this.made++;
      this.forgetAhead();
    } else takeBack?.();
    return answer;
  }

  /** Takes the newest edit back: the machine stands where it was made, without it. */
  undo(): EditAnswer {
    const last = this.edits.pop();
    if (!last) return { ok: false, error: 'there is no edit to take back' };
    this.unwatched(() => {
      drain(this.toPlace(last.place));
    });
    this.x.journal.recording?.truncate();
    this.forgetAhead();
    return { ok: true, text: `taken back: ${last.text}` };
  }

  /** Edits, oldest first; those that lie ahead of the machine are marked so. */
  get placedEdits(): { tick: number; text: string; ahead: boolean }[] {
    return this.edits.map(({ tick, text }, i) => ({ tick, text, ahead: i >= this.made }));
  }

  // --- journeys ------------------------------------------------------------------------------------------------

  /** The way to where a reverse request leads. */
  *journey(request: RunRequest): Journey {
    const { x } = this;
    this.noteEnd();
    const printed = x.output.length;
    this.around.watches.suspend();
    const stop = yield* this.way(request);
    this.around.watches.rearm();
    x.output.length = printed;
    x.beginRequest();
    return stop;
  }

  /** Goes to a tick, does something there, and comes back. */
  visit<T>(tick: number, deed: () => T): T {
    return this.unwatched(() => {
      const home = drain(this.here());
      drain(this.toTick(tick));
      const result = deed();
      drain(this.toPlace(home));
      return result;
    });
  }

  /** Does something that must not be watched, nor print. */
  private unwatched<T>(deed: () => T): T {
    const { output } = this.x;
    const printed = output.length;
    this.around.watches.suspend();
    const result = deed();
    this.around.watches.rearm();
    output.length = printed;
    return result;
  }

  private *way(request: RunRequest): Journey {
    const { target } = request;
    switch (request.mode) {
      case 'back-over':
        return yield* this.stepBack(request.task, false);
      case 'back-in':
        return yield* this.stepBack(request.task, true);
      case 'back-continue':
        return yield* this.continueBack(request.accept ?? (() => true));
      default:
        yield* this.toTarget(target ?? { kind: 'tick', tick: 0 });
        return { reason: 'step', task: this.x.running?.id ?? 0 };
    }
  }

  private *stepBack(task: number, into: boolean): Journey {
    const { x } = this;
    const depth = into ? Infinity : x.tasks[task].calls.length;
    const here = yield* this.here();
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
    if (!into || !(yield* this.toLastMoment(found, Infinity, task, Infinity))) yield* this.toBoundary(found);
    return { reason: 'step', task };
  }

  /** The last statement that a task was about to make before so many were made, at most so deep in calls; -1 if there is none. */
  private *statementBefore(end: number, task: number, depth: number): Journey<number> {
    const { x } = this;
    for (let until = end; until > 0;) {
      const from = this.restore(this.checkpoints.before(until - 1)).statements;
      let found = -1;
      for (let n = 1; x.statements < until || isInside(x); n++) {
        this.standBeforeEdit({ mode: 'in', task });
        if (x.running?.passed && x.running.id === task && x.running.calls.length <= depth) found = x.statements;
        this.makeEdits(until);
        const stop = this.silently(() => this.forward({ mode: 'in', task, budget: this.room(until) }, false));
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
    yield* this.toBoundary(statements);
    const own = statements >= 0 && x.running?.id === task;
    let found = 0;
    for (let moment = 1; moment < before; moment++) {
      const kind = this.nextMoment({ statements, moment });
      if (kind === null) break;
      if (kind === 'step' && x.running?.id === task && x.running.trail.length <= depth) found = moment;
      if (moment % SLICE_OF_PLACES === 0) yield;
    }
    if (found > 0 || own) yield* this.toPlace({ statements, moment: found });
    return found > 0 || own;
  }

  private *continueBack(accept: (stop: Stop) => boolean): Journey {
    const { x } = this;
    const depth = x.running?.trail.length ?? 0;
    const { tick } = x.journal;
    const place = yield* this.here();
    let bound: Bound = { place, tick, depth };
    let until = place.moment > 0 ? place.statements + 1 : place.statements;
    while (until > 0) {
      const index = this.checkpoints.before(until - 1);
      const point = this.checkpoints.list[index];
      if (!this.isQuiet(index, until)) {
        const found = yield* this.lastStop(point, until, bound, accept);
        if (found !== null) return found;
      }
      until = point.statements;
      bound = { place: { statements: until, moment: 0 }, tick: Infinity, depth: 0 };
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
    const { checkpoints } = this;
    // What lies behind a checkpoint was looked at from there.
    const on = bound.tick !== Infinity;
    checkpoints.pinned = from;
    this.restore(checkpoints.list.indexOf(from));
    this.around.watches.rearm();
    let chosen = 0;
    for (let count = 1; ; count++) {
      const stop = yield* this.nextStop(until, on);
      if (stop === null || !this.isBefore(bound)) break;
      if (accept(stop)) chosen = count;
      if (count % SLICE_OF_STOPS === 0) yield;
    }
    let stop: Stop | null = null;
    // Also without a stop: what is watched then is what it was there.
    this.restore(checkpoints.list.indexOf(from));
    this.around.watches.rearm();
    for (let count = 1; count <= chosen; count++) {
      stop = yield* this.nextStop(until, on);
      if (count % SLICE_OF_STOPS === 0) yield;
    }
    checkpoints.pinned = null;
    this.around.watches.suspend();
    return stop;
  }

  /**
   * Runs freely to the next stop; null: so many statements were made, or the run cannot go on.
   * @param on also through the switch of processes that lies before the next statement
   */
  private *nextStop(until: number, on: boolean): Journey<Stop | null> {
    const { x } = this;
    while (x.statements < until || isInside(x)) {
      if (this.editIsDue()) {
        // What is watched is armed again after an edit, as it was when the edit was made.
        const stood = this.unwatched(() => this.standBeforeEdit({ mode: 'continue', task: 0 }));
        if (stood) return stood;
        this.unwatched(() => {
          this.makeEdits(until);
        });
      }
      const stop = this.forward({ mode: 'continue', task: 0, budget: Math.min(SLICE, this.room(until)) });
      if (isOver(stop)) return null;
      if (stop.reason !== 'budget') return stop;
      yield;
    }
    if (!on || x.running?.passed) return null;
    const { breakpoints } = x;
    x.breakpoints = this.allBreakpoints;
    const stop = x.run({ mode: 'continue', task: 0, budget: 1 });
    x.breakpoints = breakpoints;
    return stop.reason === 'exception' || stop.reason === 'operation' || stop.reason === 'watch' ? stop : null;
  }

  /** True if a stop of a free run came before a place, at which the machine may have come to stand by other means. */
  private isBefore({ place, tick, depth }: Bound): boolean {
    const { x, done } = this;
    if (done !== place.statements) return done < place.statements;
    if (place.moment === 0) return false;
    return !isInside(x) || x.journal.tick < tick || (x.journal.tick === tick && (x.running?.trail.length ?? 0) < depth);
  }

  /** True if no stop can come between a checkpoint and the next one, as the logs tell. */
  private isQuiet(index: number, until: number): boolean {
    const { x } = this;
    const { recording, filters, operationBreaks } = x.journal;
    const from = this.checkpoints.list[index];
    const next = this.checkpoints.list[index + 1] as Checkpoint | undefined;
    if (!recording || !next || next.statements > until || operationBreaks.size > 0) return false;
    if (x.breakpoints.includes(1) || from.edits !== next.edits) return false;
    if (from.writes < recording.writes.first || from.marks < recording.marks.first) return false;
    const kinds: ReadonlySet<string> = filters;
    for (const filter of kinds) if (!(MARK_KINDS as readonly string[]).includes(filter)) return false;
    for (let id = from.marks; id < next.marks; id++)
      if (kinds.has(MARK_KINDS[recording.marks.get(id, M.Kind)])) return false;
    return this.around.watches.isQuiet(from.writes, next.writes);
  }

  // --- to places -----------------------------------------------------------------------------------------------

  private *toBeginning(): Journey {
    yield* this.toBoundary(0);
    return { reason: 'beginning', task: this.x.running?.id ?? 0 };
  }

  private *toTarget(target: Target): Journey<void> {
    const { recording } = this.x.journal;
    if (target.kind === 'tick') yield* this.toTick(target.tick);
    else if (!recording) return;
    else if (target.kind === 'write') yield* this.toBeforeRecord(recording.writes, W.Statement, target.write);
    else yield* this.toBeforeRecord(recording.marks, M.Statement, target.mark);
  }

  /** To the last place before a record of a log is made. @param column of the log: statements begun by then */
  private *toBeforeRecord(log: ColumnLog, column: W.Statement | M.Statement, id: number): Journey<void> {
    if (id < log.first || id >= log.count) return;
    const statements = log.get(id, column) - 1;
    yield* this.toBoundary(statements);
    let moment = 0;
    while (this.nextMoment({ statements, moment: moment + 1 }) !== null && log.cursor <= id) {
      moment++;
      if (moment % SLICE_OF_PLACES === 0) yield;
    }
    yield* this.toPlace({ statements, moment });
  }

  /** To the first place at or after a tick. */
  private *toTick(wanted: number): Journey<void> {
    const { x } = this;
    const tick = Math.min(wanted, x.journal.recording?.end ?? 0);
    const index = this.checkpoints.list.findLastIndex((point) => point.tick < tick);
    if (index < 0) {
      yield* this.toBoundary(0);
      return;
    }
    this.restore(index);
    while (x.journal.tick < tick) {
      this.makeEdits(Infinity);
      const request: RunRequest = { mode: 'continue', task: 0, budget: Math.min(SLICE, this.room(Infinity)) };
      const stop = this.silently(() => this.forward(request, true, tick));
      if (isOver(stop)) break;
      yield;
    }
    // The tick came while the last statement was made.
    const statements = this.done - (isInside(x) ? 0 : 1);
    yield* this.toBoundary(statements);
    for (let moment = 1; x.journal.tick < tick; moment++) {
      if (this.nextMoment({ statements, moment }) === null) break;
      if (moment % SLICE_OF_PLACES === 0) yield;
    }
  }

  private *toPlace({ statements, moment }: Place): Journey<void> {
    yield* this.toBoundary(statements);
    for (let i = 1; i <= moment; i++) {
      if (this.nextMoment({ statements, moment: i }) === null) return;
      if (i % SLICE_OF_PLACES === 0) yield;
    }
  }

  /** To where so many statements are made and a debugger stands before the next one; -1: to the very beginning. */
  private *toBoundary(statements: number): Journey<void> {
    const { x } = this;
    this.restore(this.checkpoints.before(statements));
    if (statements < 0) return;
    // Also those in the switch of processes that lies before the first statement.
    this.makeEdits(0);
    // Who goes back goes back again: a checkpoint close by makes the next steps short.
    const near = statements - NEAR;
    if (x.statements < near && (yield* this.runTo(near))) this.checkpointHere();
    yield* this.runTo(statements);
    this.silently(() => {
      x.standBeforeNext();
    });
    this.makeEdits(statements);
  }

  /** Makes statements until there are so many. @returns false if the run cannot go on. */
  private *runTo(statements: number): Journey<boolean> {
    const { x } = this;
    while (x.statements < statements || isInside(x)) {
      this.makeEdits(statements);
      const request: RunRequest = { mode: 'continue', task: 0, budget: Math.min(SLICE, this.room(statements)) };
      const stop = this.silently(() => this.forward(request));
      if (isOver(stop)) return false;
      yield;
    }
    return true;
  }

  /** From inside a statement, or before it, to its next moment, of this number. @returns null if it is over. */
  private nextMoment(place: Place): PlaceKind | null {
    const pause = this.x.advance();
    if (pause === null || pause === 'statement' || !isPlace(pause)) return null;
    for (;;) {
      const edit = this.edits[this.made] as PlacedEdit | undefined;
      if (edit?.place.statements !== place.statements || edit.place.moment !== place.moment) return pause.kind;
      this.apply(edit);
    }
  }

  /** Where the machine stands. Leaves it there. */
  private *here(): Journey<Place> {
    const { x } = this;
    if (!isInside(x)) return { statements: x.statements, moment: 0 };
    const { done: statements } = this;
    const { tick } = x.journal;
    const wanted = signature(x);
    yield* this.toBoundary(statements);
    // The pause may have been come to in another mode of stepping: then what it looks like tells it, else its tick.
    let alike = 0;
    let nearest = 0;
    for (let moment = 1; this.nextMoment({ statements, moment }) !== null && x.journal.tick <= tick; moment++) {
      nearest = moment;
      const found = signature(x);
      if (found.exact === wanted.exact) return { statements, moment };
      if (found.rough === wanted.rough) alike = moment;
      if (moment % SLICE_OF_PLACES === 0) yield;
    }
    const place = { statements, moment: alike || nearest };
    yield* this.toPlace(place);
    return place;
  }

  // --- parts ---------------------------------------------------------------------------------------------------

  /** Statements that were carried out, as places count them. */
  private get done(): number {
    return this.x.statements - (isInside(this.x) ? 1 : 0);
  }

  private restore(index: number): Checkpoint {
    const checkpoint = this.checkpoints.restore(index);
    this.made = checkpoint.edits;
    return checkpoint;
  }

  /** Statements that may be made before something else has to be done. */
  private room(until: number): number {
    const edit = this.edits[this.made] as PlacedEdit | undefined;
    const { next, list, base, spacing } = this.checkpoints;
    const due = list[base].statements + spacing;
    const end = Math.min(next?.statements ?? Infinity, edit?.place.statements ?? Infinity, until);
    return Math.max(0, (due > this.x.statements ? Math.min(end, due) : end) - this.x.statements);
  }

  private forward(request: RunRequest, micro = true, untilTick = Infinity): Stop {
    const { x, checkpoints } = this;
    // Where a checkpoint is due but cannot be taken, at least a statement has to be made.
    const due = Math.max(checkpoints.list[checkpoints.base].tick + checkpoints.spacing, x.journal.tick + 1);
    x.untilTick = Math.min(untilTick, due);
    const stop = x.run(request, micro);
    x.untilTick = Infinity;
    this.lookAfterCheckpoints();
    return stop;
  }

  /**
   * Checkpoints are taken, and come to, only right after a statement: where the next one has not been looked at yet, nor another
   * task been given the turn. There the machine is the same, whatever made it stop.
   */
  private lookAfterCheckpoints(): void {
    const { x, checkpoints } = this;
    const isRightAfter = this.isRightAfterStatement();
    for (let { next } = checkpoints; next && next.statements <= x.statements; { next } = checkpoints) {
      if (!isRightAfter || next.statements !== x.statements || next.edits !== this.made) checkpoints.forgetNext();
      else {
        checkpoints.arrive();
        return;
      }
    }
    const { tick, statements } = checkpoints.list[checkpoints.base];
    // Statements without an access take no ticks, but time all the same.
    const passed = Math.max(x.journal.tick - tick, x.statements - statements);
    const isDue = passed >= checkpoints.spacing && x.statements > statements;
    if (isRightAfter && isDue) checkpoints.add(this.made);
  }

  private checkpointHere(): void {
    const { checkpoints, made } = this;
    const last = checkpoints.list[checkpoints.base];
    if (this.isRightAfterStatement() && this.x.statements > last.statements) checkpoints.add(made);
  }

  private isRightAfterStatement(): boolean {
    const { x } = this;
    return !isInside(x) && !x.running?.passed && x.turnPassedAt !== x.statements;
  }

  /** Nothing of the debugger's stops the machine meanwhile. */
  private silently<T>(deed: () => T): T {
    const { x } = this;
    const { breakpoints, journal } = x;
    const { filters, operationBreaks } = journal;
    x.breakpoints = this.noBreakpoints;
    journal.filters = NOTHING;
    journal.operationBreaks = NOTHING;
    const result = deed();
    x.breakpoints = breakpoints;
    journal.filters = filters;
    journal.operationBreaks = operationBreaks;
    return result;
  }

  private editIsDue(): boolean {
    const edit = this.edits[this.made] as PlacedEdit | undefined;
    return edit !== undefined && edit.place.statements <= this.done;
  }

  /** Makes the edits again whose place the machine has come to on its way to another. */
  private makeEdits(until: number): void {
    while (!isInside(this.x) && this.editIsDue()) {
      const { statements, moment } = this.edits[this.made].place;
      if (statements > until || (statements === until && moment > 0)) return;
      this.makeNextEdit();
    }
  }

  /**
   * To before the statement that the next edit was made at, if the machine has not stood there yet, and makes the edit if it
   * was made right there.
   * @returns the stop that a request has there
   */
  private standBeforeEdit({ mode, task: stepped }: Pick<RunRequest, 'mode' | 'task'>): Stop | null {
    const { x } = this;
    if (isInside(x) || x.running?.passed || !this.editIsDue()) return null;
    const { statements, moment } = this.edits[this.made].place;
    if (statements < 0) return null;
    this.silently(() => {
      x.standBeforeNext();
    });
    if (moment === 0) this.makeNextEdit();
    const { running } = x;
    if (!running?.passed) return null;
    const { id: task, statement } = running;
    if (x.breakpoints[statement] === 1) return { reason: 'breakpoint', task, statement };
    return mode === 'in' && stepped === task ? { reason: 'step', task } : null;
  }

  /** Goes to the place of the next edit, which is in this statement or before it, and makes it. */
  private makeNextEdit(): void {
    const edit = this.edits[this.made];
    const { statements, moment } = edit.place;
    if (isInside(this.x)) drain(this.toPlace(edit.place));
    else {
      this.silently(() => {
        if (statements >= 0) this.x.standBeforeNext();
      });
      for (let i = 1; i <= moment; i++) this.nextMoment({ statements, moment: i });
    }
    // Moments make it by themselves.
    if (this.edits[this.made] === edit) this.apply(edit);
  }

  private apply({ edit }: PlacedEdit): void {
    this.around.apply(edit);
    this.made++;
  }

  private forgetAhead(): void {
    this.checkpoints.truncate();
    this.end = this.x.completed;
  }

  private noteEnd(): void {
    const { completed, journal } = this.x;
    journal.recording?.noteEnd();
    this.end = Math.max(this.end, completed);
  }
}

const NOTHING = new Set<never>();

/** True for a stop after which the run cannot go on. */
const isOver = (stop: Stop): boolean => stop.reason === 'ended' || stop.reason === 'limit';

type PlaceKind = 'step' | 'operation' | 'event';
/** True for a pause that is a place to stand at, whoever is watching. */
const isPlace = (pause: Pause): pause is Extract<Pause, { kind: PlaceKind }> =>
  pause.kind === 'step' || pause.kind === 'operation' || pause.kind === 'event';

function drain<T>(way: Journey<T>): T {
  for (;;) {
    const next = way.next();
    if (next.done) return next.value;
  }
}
