import type { RecordOptions, RunRequest, Stop } from '../control';
import { isPlace, type PlaceKind } from '../history/journal';
import type { Edit, EditAnswer, Place } from '../inspect/time-types';
import type { Executor } from '../run/executor';
import { type Checkpoint, Checkpoints } from './checkpoints';
import { HALT } from '../run/executor';
import { isInside, signature, STRETCH } from './place';

/** Statements run before the caller may look at its messages. */
export const SLICE = 20_000;
/** Places inside statements passed before that. */
export const SLICE_OF_PLACES = 2_000;
/** Statements before the one that a reverse step goes to, where a checkpoint is taken. */
const NEAR = 500;
/** Stops of a free run looked at before that: each may ask for a condition. */
export const SLICE_OF_STOPS = 500;

/** A way through time under way: each `next` is one slice of it. */
export type Journey<T = Stop> = Generator<void, T, void>;

/** What of the debugger's the machine must be left alone by, and what it asks for. */
export interface Surroundings {
  /** Objects that belong to the debugger: travelling leaves them as they are. */
  readonly foreign: readonly object[];
  /** Makes an edit; called again whenever the machine passes the place where it was made. */
  apply(edit: Edit): EditAnswer;
  readonly watches: {
    /** Nothing is watched until `rearm`, for which the present is what was seen last, or `resume`, back at the same place. */
    suspend(): void;
    rearm(): void;
    resume(): void;
    /** True if nothing can have happened while the writes with these numbers were made. */
    isQuiet(fromWrite: number, untilWrite: number): boolean;
  };
}

/** An edit by hand, and where it was made. */
export interface PlacedEdit {
  readonly place: Place;
  readonly tick: number;
  readonly edit: Edit;
  readonly text: string;
}

/**
 * Takes the machine to places of a recorded run: from a checkpoint before, by making the same statements again, silently. Checkpoints are
 * taken on the way, and edits made again where they were made.
 */
export class Guide {
  readonly checkpoints: Checkpoints;
  readonly edits: PlacedEdit[] = [];
  /** Edits that are in the present. */
  made = 0;
  /** Where inside a statement the machine stands, if that is known; see `here`. */
  private standing: Place | null = null;
  /** While places of a statement are counted: the number of the last one. */
  moment = 0;
  private readonly noBreakpoints: Uint8Array;
  readonly allBreakpoints: Uint8Array;

  constructor(
    readonly x: Executor,
    options: RecordOptions,
    readonly around: Surroundings,
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

  /** @param tick that the place must have. @returns false if the run has no such place: the machine stands somewhere then */
  *toPlace({ statements, moment }: Place, tick: number | null = null): Journey<boolean> {
    const { journal } = this.x;
    const made = yield* this.toBoundary(statements);
    if (!(yield* this.toMoment(statements, moment, tick ?? Infinity))) return false;
    this.standing = { statements, moment };
    // A pause comes right after a statement: before the switch of processes, which takes time.
    return tick === null || journal.tick === tick || (moment === 0 && made === tick);
  }

  /**
   * To where so many statements are made and a debugger stands before the next one; -1: to the very beginning.
   * @returns the tick at which they were made: a switch of processes may have come after that
   */
  *toBoundary(statements: number): Journey<number> {
    const { x } = this;
    this.restore(this.checkpoints.before(statements));
    this.moment = 0;
    if (statements < 0) return x.journal.tick;
    // Also those in the switch of processes that lies before the first statement.
    this.makeEdits(0);
    // Who goes back goes back again: a checkpoint close by makes the next steps short.
    const near = statements - NEAR;
    if (x.statements < near && (yield* this.runTo(near))) this.checkpointHere();
    yield* this.runTo(statements);
    const { tick } = x.journal;
    this.silently(() => {
      x.standBeforeNext();
    });
    this.makeEditsAt({ statements, moment: 0 });
    this.moment = 0;
    return tick;
  }

  /**
   * From a moment of a statement to a later one, with the edits that were made on the way.
   * @param moment Infinity: to the end of the statement, without places
   * @param untilTick the moment is not looked for behind it
   * @returns false if the statement is over, or the tick has passed
   */
  *toMoment(statements: number, moment: number, untilTick = Infinity): Journey<boolean> {
    const { journal } = this.x;
    for (;;) {
      const edit = this.edits[this.made] as PlacedEdit | undefined;
      const next = edit?.place.statements === statements ? Math.min(edit.place.moment, moment) : moment;
      if (!(yield* this.toStretch(Math.floor(next / STRETCH), untilTick))) return false;
      for (let n = 1; this.moment < next; n++) {
        if (journal.tick > untilTick || this.nextMoment(statements) === null) return false;
        if (n % SLICE_OF_PLACES === 0) yield;
      }
      this.makeEditsAt({ statements, moment: next });
      if (next === moment) return this.moment === moment;
    }
  }

  /** On in a statement without a pause, until so many breaths were drawn in it. @returns false if it was over before */
  private *toStretch(breaths: number, untilTick: number): Journey<boolean> {
    const { x } = this;
    while (this.moment < breaths * STRETCH) {
      this.standing = null;
      const stop = this.silently(() => x.run({ mode: 'continue', task: 0, budget: 1 }));
      if (stop.reason !== 'budget' || !isInside(x) || x.journal.tick > untilTick) return false;
      this.moment = x.breaths * STRETCH;
      yield;
    }
    return true;
  }

  /** The first stretch of a statement at whose end a condition does not hold any more; its last, if there is none. Leaves the machine behind it. */
  *stretchUntil(statements: number, holds: () => boolean): Journey<number> {
    yield* this.toBoundary(statements);
    for (let stretch = 0; ; stretch++)
      if (!(yield* this.toMoment(statements, (stretch + 1) * STRETCH)) || !holds()) return stretch;
  }

  /** Makes statements until there are so many. @returns false if the run cannot go on. */
  *runTo(statements: number): Journey<boolean> {
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

  /** From inside a statement, or before it, to its next moment. @returns null if it is over. */
  nextMoment(statements: number): PlaceKind | null {
    this.standing = null;
    const pause = this.x.advance();
    if (pause === null || pause === 'statement' || !isPlace(pause)) return null;
    this.moment = this.after(this.moment);
    this.makeEditsAt({ statements, moment: this.moment });
    return pause.kind;
  }

  /** The number of the moment that the machine has come to from another. */
  private after(moment: number): number {
    return Math.max(moment, this.x.breaths * STRETCH) + 1;
  }

  /** Where the machine stands. Leaves it there. */
  *here(): Journey<Place> {
    const { x } = this;
    if (!isInside(x)) return { statements: x.statements, moment: 0 };
    if (this.standing) return this.standing;
    const { done: statements } = this;
    const { breaths } = x;
    const { tick } = x.journal;
    const wanted = signature(x);
    yield* this.toBoundary(statements);
    yield* this.toMoment(statements, breaths * STRETCH);
    // The pause may have been come to in another mode of stepping: then what it looks like tells it, else its tick.
    let alike = 0;
    let nearest = 0;
    for (let n = 1; this.nextMoment(statements) !== null && x.journal.tick <= tick; n++) {
      nearest = this.moment;
      const found = signature(x);
      if (found.exact === wanted.exact) return { statements, moment: nearest };
      if (found.rough === wanted.rough) alike = nearest;
      if (n % SLICE_OF_PLACES === 0) yield;
    }
    const place = { statements, moment: alike || nearest };
    yield* this.toPlace(place);
    return place;
  }

  /** To a place that can be found again, if the machine stands right after a statement: the turn may go to another task first. @returns where it stands */
  *settle(): Journey<Place> {
    const { x } = this;
    if (!isInside(x) && !x.over)
      this.silently(() => {
        x.standBeforeNext();
      });
    return yield* this.here();
  }

  /** Statements that were carried out, as places count them. */
  get done(): number {
    return this.x.statements - (isInside(this.x) ? 1 : 0);
  }

  restore(index: number): Checkpoint {
    const checkpoint = this.checkpoints.restore(index);
    this.made = checkpoint.edits;
    this.standing = null;
    return checkpoint;
  }

  /** Statements that may be made before something else has to be done. */
  room(until: number): number {
    const edit = this.edits[this.made] as PlacedEdit | undefined;
    const { next, list, base, spacing } = this.checkpoints;
    const due = list[base].statements + spacing;
    const end = Math.min(next?.statements ?? Infinity, edit?.place.statements ?? Infinity, until);
    return Math.max(0, (due > this.x.statements ? Math.min(end, due) : end) - this.x.statements);
  }

  forward(request: RunRequest, micro = true, untilTick = Infinity): Stop {
    const { x, checkpoints } = this;
    // Where a checkpoint is due but cannot be taken, at least a statement has to be made.
    const due = Math.max(checkpoints.list[checkpoints.base].tick + checkpoints.spacing, x.journal.tick + 1);
    x.untilTick = Math.min(untilTick, due);
    this.standing = null;
    const stop = x.run(request, micro);
    x.untilTick = Infinity;
    this.noteBreath(stop);
    this.lookAfterCheckpoints();
    return stop;
  }

  /** Where the machine drew breath it is known where it stands. */
  private noteBreath(stop: Stop): void {
    const { x } = this;
    if (stop.reason !== 'budget' || !isInside(x)) return;
    this.standing = { statements: this.done, moment: x.breaths * STRETCH };
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

  /** @returns the checkpoint at which the machine stands now; null: none can be taken here */
  checkpointHere(): Checkpoint | null {
    const { checkpoints, made } = this;
    if (!this.isRightAfterStatement()) return null;
    const last = checkpoints.list[checkpoints.base];
    if (this.x.statements > last.statements) checkpoints.add(made);
    const here = checkpoints.list[checkpoints.base];
    return here.edits === made ? here : null;
  }

  private isRightAfterStatement(): boolean {
    const { x } = this;
    return !isInside(x) && !x.running?.passed && x.turnPassedAt !== x.statements;
  }

  /** Nothing of the debugger's stops the machine meanwhile. */
  silently<T>(deed: () => T): T {
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

  editIsDue(): boolean {
    const edit = this.edits[this.made] as PlacedEdit | undefined;
    return edit !== undefined && edit.place.statements <= this.done;
  }

  /** Makes the edits again whose places the machine has come to, or passed, on its way to before another statement. */
  makeEdits(until: number): void {
    while (!isInside(this.x) && this.editIsDue() && this.edits[this.made].place.statements < until)
      this.makeNextEdits();
  }

  /** To before the statement that the next edit was made at, if the machine stands before neither that nor inside, and makes the edits that were made right there. */
  standBeforeEdit(): void {
    const { x } = this;
    if (isInside(x) || x.running?.passed || !this.editIsDue()) return;
    const { statements } = this.edits[this.made].place;
    if (statements < 0) return;
    this.silently(() => {
      x.standBeforeNext();
    });
    this.makeEditsAt({ statements, moment: 0 });
  }

  /**
   * Goes on to where edits are due, before the next statement or inside the one under way, and makes them; stops as the request asks.
   * @returns null if it does not stop before the next statement
   */
  pastEdits(request: RunRequest): Stop | null {
    const { x } = this;
    const { statements } = this.edits[this.made].place;
    if (statements < this.done) {
      // Not found by its place: better made late than never.
      this.unwatched(() => {
        this.apply(this.edits[this.made]);
      });
      return null;
    }
    const isBefore = statements >= 0 && !isInside(x) && !x.running?.passed;
    const stop = isBefore ? this.toNextStatement(request) : null;
    if (stop !== null || !this.editIsDue()) return stop;
    const stretch = Math.floor(this.edits[this.made].place.moment / STRETCH);
    if (stretch > 0 && !(isInside(x) && x.breaths >= stretch)) return this.toNextStatement(request);
    let { moment } = isInside(x) ? this.unwatched(() => drain(this.here())) : { moment: 0 };
    const make = (): void => {
      const place = { statements, moment };
      if (!this.isDueAt(place)) return;
      this.unwatched(() => {
        this.makeEditsAt(place);
      });
    };
    make();
    if (!this.editIsDue()) return null;
    x.onPlace = () => {
      moment = this.after(moment);
      make();
    };
    const later = this.toNextStatement(request);
    x.onPlace = null;
    x.journal.stepping = false;
    x.journal.everything = false;
    if (!isInside(x)) return later;
    if (later?.reason === 'watch') {
      this.standing = null;
      // A watched event is told right before its place: the edit was made there.
      if (this.isDueAt({ statements, moment: this.after(moment) })) this.unwatched(() => drain(this.here()));
    } else this.standing ??= { statements, moment };
    return later;
  }

  /**
   * To before the next statement, with the switch of processes that lies before it, and makes the edits that were made right there.
   * @returns the stop that the request has there or on the way; null: none
   */
  private toNextStatement(request: RunRequest): Stop | null {
    const { x } = this;
    const { breakpoints } = x;
    this.standing = null;
    x.breakpoints = breakpoints.map((breakpoint) => (breakpoint === 1 ? 1 : HALT));
    // The one that the machine may stand before, and the next.
    const stop = x.run({ ...request, budget: 2 });
    x.breakpoints = breakpoints;
    this.noteBreath(stop);
    if (isInside(x)) return stop;
    this.lookAfterCheckpoints();
    const place = { statements: x.statements, moment: 0 };
    if ((x.running?.passed || isOver(stop)) && this.isDueAt(place))
      this.unwatched(() => {
        this.makeEditsAt(place);
      });
    return stop.reason === 'budget' ? null : stop;
  }

  /** Goes through the places of the next edit, which is in this statement or before it, and of others in the same statement, and makes them. */
  private makeNextEdits(): void {
    const edit = this.edits[this.made];
    const { statements } = edit.place;
    const { place } = this.edits.findLast((other) => other.place.statements === statements)!;
    if (isInside(this.x)) drain(this.toPlace(place));
    else {
      this.silently(() => {
        if (statements >= 0) this.x.standBeforeNext();
      });
      this.makeEditsAt({ statements, moment: 0 });
      this.moment = 0;
      drain(this.toMoment(statements, place.moment));
    }
    // Not found by its place: better made late than never.
    if (this.edits[this.made] === edit) this.apply(edit);
  }

  private isDueAt({ statements, moment }: Place): boolean {
    const edit = this.edits[this.made] as PlacedEdit | undefined;
    return edit?.place.statements === statements && edit.place.moment === moment;
  }

  private makeEditsAt(place: Place): void {
    while (this.isDueAt(place)) this.apply(this.edits[this.made]);
  }

  private apply({ edit }: PlacedEdit): void {
    this.around.apply(edit);
    this.made++;
  }

  /** Does something that must not be watched, nor print. */
  unwatched<T>(deed: () => T): T {
    const { output } = this.x;
    const printed = output.length;
    this.around.watches.suspend();
    try {
      return deed();
    } finally {
      this.around.watches.rearm();
      output.length = printed;
    }
  }
}

const NOTHING = new Set<never>();

/** True for a stop after which the run cannot go on. */
export const isOver = (stop: Stop): boolean => stop.reason === 'ended' || stop.reason === 'limit';

/** Goes a way to its end. */
export function drain<T>(way: Journey<T>): T {
  for (;;) {
    const next = way.next();
    if (next.done) return next.value;
  }
}
