import type { RecordOptions, RunRequest, Stop } from '../control';
import type { ColumnLog } from '../history/log';
import { M, W } from '../history/recording';
import type { Edit, EditAnswer, Place, PlaceTarget, Target } from '../inspect/time-types';
import type { Executor } from '../run/executor';
import { drain, Guide, isOver, type Journey, SLICE, SLICE_OF_PLACES, type Surroundings } from './guide';
import { isInside, STRETCH } from './place';
import { WayBack } from './way-back';

export type { Journey } from './guide';

/**
 * Takes a recorded run back and forth: from a checkpoint, by making the same statements again. Whoever wants the machine to run
 * forward asks here too, so that checkpoints are taken on the way, and edits made again where they were made.
 */
export class Traveller {
  private readonly guide: Guide;
  private readonly wayBack: WayBack;
  /** The most statements that were carried out to their end on this branch. */
  private end = 0;

  constructor(
    private readonly x: Executor,
    options: RecordOptions,
    private readonly around: Surroundings,
  ) {
    this.guide = new Guide(x, options, around);
    this.wayBack = new WayBack(this.guide);
  }

  get checkpoints(): Guide['checkpoints'] {
    return this.guide.checkpoints;
  }

  /** Runs forward as the executor would. */
  run(request: RunRequest): Stop {
    const { x } = this;
    let { budget } = request;
    for (;;) {
      const before = x.statements;
      const known = this.end - x.completed;
      const printed = x.output.length;
      let stop: Stop | null;
      if (this.guide.editIsDue()) stop = this.guide.pastEdits(request);
      else {
        const room = Math.min(budget, this.guide.room(known > 0 ? this.end : Infinity));
        stop = this.guide.forward({ ...request, budget: room });
      }
      // What was printed before is not printed again.
      if (known > 0) x.output.length = printed;
      this.noteEnd();
      budget -= x.statements - before;
      if (stop === null) continue;
      // An edit that was made when nothing could go on any more.
      if (isOver(stop) && this.guide.editIsDue()) continue;
      if (stop.reason !== 'budget' || isInside(x) || budget <= 0) return stop;
    }
  }

  /** Where the machine stands. Leaves it there. */
  place(): PlaceTarget {
    return { kind: 'place', ...this.here(), tick: this.x.journal.tick };
  }

  /** Makes an edit here: a branch begins, and what lay ahead is forgotten. */
  edit(edit: Edit): EditAnswer {
    const place = this.guide.unwatched(() => drain(this.guide.settle()));
    const { recording, tick } = this.x.journal;
    // What the edit writes is to be recorded in place of what lay ahead.
    const takeBack = recording?.truncate();
    const answer = this.around.apply(edit);
    if (answer.ok) {
      this.guide.edits.length = this.guide.made;
      this.guide.edits.push({ place, tick, edit, text: answer.text });
      this.guide.made++;
      this.forgetAhead();
    } else takeBack?.();
    return answer;
  }

  /** Takes the newest edit back: the machine stands where it was made, without it. */
  undo(): EditAnswer {
    const last = this.guide.edits.pop();
    if (!last) return { ok: false, error: 'there is no edit to take back' };
    this.guide.unwatched(() => {
      drain(this.guide.toPlace(last.place));
    });
    this.x.journal.recording?.truncate();
    this.forgetAhead();
    return { ok: true, text: `taken back: ${last.text}` };
  }

  /** Edits, oldest first; those that lie ahead of the machine are marked so. */
  get placedEdits(): { tick: number; text: string; ahead: boolean }[] {
    return this.guide.edits.map(({ tick, text }, i) => ({ tick, text, ahead: i >= this.guide.made }));
  }

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

  /** Goes to a place, does something there, and comes back, also when that throws. */
  visit<T>(target: Target, deed: () => T): T {
    const { guide, x } = this;
    const { checkpoints } = guide;
    const printed = x.output.length;
    this.around.watches.suspend();
    const home = drain(guide.here());
    // Right after a statement is no place: only a checkpoint leads back there.
    const point = x.over ? null : guide.checkpointHere();
    checkpoints.pinned = point;
    try {
      drain(this.toTarget(target));
      return deed();
    } finally {
      checkpoints.pinned = null;
      if (point) guide.restore(checkpoints.list.indexOf(point));
      else drain(guide.toPlace(home));
      this.around.watches.resume();
      x.output.length = printed;
    }
  }

  private *way(request: RunRequest): Journey {
    const { target } = request;
    switch (request.mode) {
      case 'back-over':
        return yield* this.wayBack.stepBack(request.task, false);
      case 'back-in':
        return yield* this.wayBack.stepBack(request.task, true);
      case 'back-continue':
        return yield* this.wayBack.continueBack(request.accept ?? (() => true));
      default:
        yield* this.toTarget(target ?? { kind: 'tick', tick: 0 });
        return { reason: 'step', task: this.x.running?.id ?? 0 };
    }
  }

  private *toTarget(target: Target): Journey<void> {
    const { recording } = this.x.journal;
    if (target.kind === 'tick') yield* this.toTick(target.tick);
    else if (!recording) return;
    else if (target.kind === 'place') yield* this.toNoted(target);
    else if (target.kind === 'write') yield* this.toBeforeRecord(recording.writes, W.Statement, target.write);
    else yield* this.toBeforeRecord(recording.marks, M.Statement, target.mark);
  }

  /** To a place that was noted, maybe in another run: never further than this one got. */
  private *toNoted(noted: PlaceTarget): Journey<void> {
    const { journal } = this.x;
    const { statements, tick } = noted;
    const isKnown = statements <= this.end && tick <= (journal.recording?.end ?? 0);
    if (isKnown && (yield* this.guide.toPlace(noted, tick))) return;
    yield* this.toTick(tick);
  }

  /** To the last place before a record of a log is made. @param column of the log: statements begun by then */
  private *toBeforeRecord(log: ColumnLog, column: W.Statement | M.Statement, id: number): Journey<void> {
    if (id < log.first || id >= log.count) return;
    const statements = log.get(id, column) - 1;
    const { guide } = this;
    const stretch = yield* guide.stretchUntil(statements, () => log.cursor <= id);
    yield* guide.toBoundary(statements);
    yield* guide.toMoment(statements, stretch * STRETCH);
    let { moment } = guide;
    for (let n = 1; guide.nextMoment(statements) !== null && log.cursor <= id; n++) {
      moment = guide.moment;
      if (n % SLICE_OF_PLACES === 0) yield;
    }
    yield* guide.toPlace({ statements, moment });
  }

  /** To the first place at or after a tick. */
  private *toTick(wanted: number): Journey<void> {
    const { x } = this;
    const tick = Math.min(wanted, x.journal.recording?.end ?? 0);
    const index = this.guide.checkpoints.list.findLastIndex((point) => point.tick < tick);
    if (index < 0) {
      yield* this.guide.toBoundary(0);
      return;
    }
    this.guide.restore(index);
    while (x.journal.tick < tick) {
      this.guide.makeEdits(Infinity);
      const request: RunRequest = { mode: 'continue', task: 0, budget: Math.min(SLICE, this.guide.room(Infinity)) };
      const stop = this.guide.silently(() => this.guide.forward(request, true, tick));
      if (isOver(stop)) break;
      yield;
    }
    // The tick came while the last statement was made.
    const statements = this.guide.done - (isInside(x) ? 0 : 1);
    const { guide } = this;
    const stretch = yield* guide.stretchUntil(statements, () => x.journal.tick < tick);
    yield* guide.toBoundary(statements);
    yield* guide.toMoment(statements, stretch * STRETCH);
    for (let n = 1; x.journal.tick < tick; n++) {
      if (guide.nextMoment(statements) === null) break;
      if (n % SLICE_OF_PLACES === 0) yield;
    }
  }

  private here(): Place {
    return this.guide.unwatched(() => drain(this.guide.here()));
  }

  private forgetAhead(): void {
    this.guide.checkpoints.truncate();
    this.end = this.x.completed;
  }

  private noteEnd(): void {
    const { completed, journal } = this.x;
    journal.recording?.noteEnd();
    this.end = Math.max(this.end, completed);
  }
}
