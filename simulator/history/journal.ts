import type { ExceptionFilter } from '../control';
import { CLOCK_A, CLOCK_BYTES, CLOCK_TICK } from '../engine/layout';
import { HEAP, type Store } from '../engine/store';
import type { NamedValue } from '../inspect/types';
import { RollingHash } from '../machine/hash';
import { FaultHistory } from './faults';
import { OPERATIONS, type OperationInfo } from './operations';
import type { Recording } from './recording';

/** Why a sequence of steps pauses: a step is about to be done, an operation begins, or an event of interest happened. */
export type Pause =
  /** `stood`: the debugger has stood here already, for a watched event. */
  | { readonly kind: 'step'; readonly stood?: true }
  | { readonly kind: 'operation'; readonly name: string }
  /** A step is left out: nobody steps there, but a watched event may be told. */
  | { readonly kind: 'left-out' }
  /** Long work, at a point where nothing is half done: whoever drives it may look at its messages. */
  | { readonly kind: 'breath' }
  /** The work cannot go on, because the VM it belongs to is gone: the sequence is dropped, not resumed. */
  | { readonly kind: 'abort'; readonly text: string }
  /** A watched event happened before this place. */
  | ({ readonly kind: 'watch' } & WatchedEvent)
  | {
      readonly kind: 'event';
      readonly filter: ExceptionFilter;
      readonly text: string;
      readonly faultId: number | null;
    };

export type PlaceKind = 'step' | 'operation' | 'event' | 'left-out';
/** True for a pause that is a place to stand at, whoever is watching. */
export const isPlace = (pause: Pause): pause is Extract<Pause, { kind: PlaceKind }> =>
  pause.kind === 'step' || pause.kind === 'operation' || pause.kind === 'event' || pause.kind === 'left-out';

/** An event that somebody watches for. */
export interface WatchedEvent {
  /** Number of the watch. */
  readonly watch: number;
  /** What happened, and who did it. */
  readonly text: string;
}

/** Who watches for events, as the journal sees it. */
export interface Alarm {
  /** Something was done that a watch wants to look at, at the next place where a debugger can stand. */
  readonly due: boolean;
  /** Looks, inside an operation. @returns the next event that was not told yet; null if there is none. */
  next(): WatchedEvent | null;
}

/** Nobody watches. */
const QUIET: Alarm = { due: false, next: () => null };

/** Work done in steps: pauses only where a debugger wants to stand; else it runs through. */
export type Steps<T> = IterableIterator<Pause, T, void>;

/** Runs steps to their end without standing anywhere. */
export function drain<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
    if (next.value.kind === 'abort') throw new Error(next.value.text);
  }
}

/** One operation under way. */
export interface TrailFrame {
  readonly operation: OperationInfo;
  /** Name of the step that is done next or being done. */
  step: string;
  readonly title: string;
  values: readonly NamedValue[];
}

const STEP: Pause = { kind: 'step' };
const LEFT_OUT: Pause = { kind: 'left-out' };
const STOOD: Pause = { kind: 'step', stood: true };

/** One pause, then the result. */
function* pauseAt<T>(pause: Pause, result: T): Steps<T> {
  yield pause;
  return result;
}
/**
 * No pause, only a result: most steps of a free run, for which nothing is made anew. To be consumed at once, by `yield*`,
 * before another result is given.
 */
export class Ready<T> {
  private readonly result: { readonly done: true; value: T };
  private readonly steps: Steps<T> = { next: () => this.result, [Symbol.iterator]: () => this.steps };

  constructor(value: T) {
    this.result = { done: true, value };
  }

  give(value: T): Steps<T> {
    this.result.value = value;
    return this.steps;
  }
}
/** A place at which watched events are told first. */
function* placeWithAlarm<T>(alarm: Alarm, pause: Pause | null, result: T): Steps<T> {
  let stood = false;
  for (let event = alarm.next(); event !== null; event = alarm.next()) {
    stood = true;
    yield { kind: 'watch', ...event };
  }
  if (pause !== null) yield stood && pause.kind === 'step' ? STOOD : pause;
  return result;
}

const DONE = new Ready<void>(undefined).give(undefined);
const DO = new Ready(true).give(true);
const LEAVE_OUT = new Ready(false).give(false);

/**
 * The record of what happens, and the only place that knows about it: ticks, the trail of operations under way, the
 * fault history, the trace hash. Whoever does something says so here; nobody else logs.
 */
export class Journal {
  /** Tick and trace hash, as the engine knows them. */
  readonly clock: Float64Array;
  readonly trace: RollingHash;
  faults = new FaultHistory();
  /** Pause before every step. */
  stepping = false;
  /** Pause at everything that anybody could want to stop at. */
  everything = false;
  filters: Set<ExceptionFilter> = new Set();
  operationBreaks: Set<string> = new Set();
  /** Told of each place inside an operation while it has something to look at. */
  alarm: Alarm = QUIET;
  /** Operations under way in the running task, outermost first. */
  trail: TrailFrame[] = [];
  /** What is kept for going back; null: nothing. */
  recording: Recording | null = null;
  /** Tells the line of the running statement, 1-based; set by whoever runs statements. */
  lineOf: () => number | null = () => null;
  get line(): number | null {
    return this.lineOf();
  }
  /** Places passed since an operation was last begun or ended: it tells equal ones apart. */
  passed = 0;
  /** What runs. */
  taskId = -1;
  taskName = '';

  constructor(store: Store = HEAP) {
    this.clock = store.float64(CLOCK_BYTES / 8);
    this.trace = new RollingHash(new Int32Array(this.clock.buffer, this.clock.byteOffset + CLOCK_A, 2));
  }

  /** Ticks since the first statement. */
  get tick(): number {
    return this.clock[CLOCK_TICK];
  }

  set tick(tick: number) {
    this.clock[CLOCK_TICK] = tick;
  }

  /** Forgets what start-up did: time begins with the scenario. */
  restart(): void {
    this.tick = 0;
    this.trace.reset();
    const { brief } = this.faults;
    this.faults = new FaultHistory();
    this.faults.brief = brief;
  }

  /** Begins an operation. `title` says in words what it is about to do. */
  enter(name: string, title: string, values: readonly NamedValue[] = []): Steps<void> {
    const operation = OPERATIONS.get(name);
    if (!operation) throw new Error(`unknown operation ${name}`);
    this.trail.push({ operation, step: '', title, values });
    this.passed = 0;
    this.faults.note(this.tick, this.trail.length, operation.who, name, title, this.line);
    if (operation.who === 'host' && this.trail.length === 1)
      this.recording?.mark('host', -1, this.recording.name(title, name));
    const pause: Pause | null =
      this.everything || (this.operationBreaks.size > 0 && this.operationBreaks.has(name))
        ? { kind: 'operation', name }
        : null;
    if (this.alarm.due) return placeWithAlarm(this.alarm, pause, undefined);
    return pause ? pauseAt(pause, undefined) : DONE;
  }

  /** Ends the innermost operation. */
  leave(): void {
    this.trail.pop();
    this.passed = 0;
  }

  /**
   * Begins a step of the innermost operation.
   * @returns false if the step is to be left out.
   */
  step(name: string, skip?: ReadonlySet<string> | null): Steps<boolean> {
    const frame = this.trail[this.trail.length - 1];
    frame.step = name;
    this.tick++;
    this.passed++;
    this.trace.add(name.length * 31 + name.charCodeAt(0));
    if (skip?.has(name)) {
      this.note(`${name} left out`);
      this.recording?.leftOut();
      const pause = this.everything ? LEFT_OUT : null;
      if (this.alarm.due) return placeWithAlarm(this.alarm, pause, false);
      return pause ? pauseAt(pause, false) : LEAVE_OUT;
    }
    if (this.alarm.due) return placeWithAlarm(this.alarm, this.stepping ? STEP : null, true);
    return this.stepping ? pauseAt(STEP, true) : DO;
  }

  /**
   * A place to stand inside an access. Takes no time of its own: an access counts its ticks as a whole, so that
   * looking at its parts does not change time.
   */
  stand(name: string): Steps<void> {
    this.trail[this.trail.length - 1].step = name;
    this.passed++;
    if (this.alarm.due) return placeWithAlarm(this.alarm, this.stepping ? STEP : null, undefined);
    return this.stepping ? pauseAt(STEP, undefined) : DONE;
  }

  /** Says something about the innermost operation in the chains of the faults under way. */
  note(text: string): void {
    const frame = this.trail[this.trail.length - 1];
    if (frame)
      this.faults.note(this.tick, this.trail.length + 1, frame.operation.who, frame.operation.name, text, this.line);
  }

  /** Sets what a debugger shows for the innermost operation. */
  show(values: readonly NamedValue[]): void {
    const frame = this.trail[this.trail.length - 1];
    if (frame) frame.values = values;
  }

  /** An event that a debugger may want to stop at. */
  event(filter: ExceptionFilter, text: string, faultId: number | null = null): Steps<void> {
    this.passed++;
    const stops = this.everything || (this.filters.size > 0 && this.filters.has(filter));
    return stops ? pauseAt({ kind: 'event', filter, text, faultId }, undefined) : DONE;
  }
}
