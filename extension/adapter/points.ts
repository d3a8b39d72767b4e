/** One breakpoint of any kind: its texts, its hits, and what it says when the run is there. */
import { formatLogMessage, isTrue, parseHitCondition, type Evaluate, type HitTest } from './conditions';
import { HitLog, type Place } from './hit-log';

export interface Point {
  readonly id: number;
  readonly key: string;
  readonly condition: string | null;
  readonly hitTest: HitTest | null;
  readonly logMessage: string | null;
  readonly hits: HitLog;
  /** Why it cannot work, in words. */
  readonly problem: string | null;
}

/** The texts that refine a breakpoint. */
export interface Texts {
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}

/** Where the machine stands while breakpoints are asked about it. */
export interface Standing {
  readonly place: Place;
  readonly evaluate: Evaluate;
  /** Looking back: nothing is logged, and no hit is counted. */
  readonly quiet: boolean;
}

/** What the breakpoints at a place say about a hit. */
export interface Verdict {
  readonly stop: boolean;
  readonly ids: readonly number[];
  /** Why a condition could not be evaluated: a reason to stop as well. */
  readonly complaint: string | null;
  readonly logs: readonly string[];
}

/**
 * Makes a breakpoint at a place.
 * @param place what it is on, as text. An unchanged breakpoint of `before` keeps its id and its hits: clients send the whole list when any
 * of it changes.
 */
export function makePoint(place: string, texts: Texts, before: readonly Point[], nextId: () => number): Point {
  const key = JSON.stringify([place, texts.condition, texts.hitCondition, texts.logMessage]);
  const known = before.find((p) => p.key === key);
  const hitText = texts.hitCondition?.trim() || null;
  const hitTest = hitText === null ? null : parseHitCondition(hitText);
  return {
    id: known?.id ?? nextId(),
    key,
    condition: texts.condition?.trim() || null,
    hitTest,
    logMessage: texts.logMessage || null,
    hits: known?.hits ?? new HitLog(),
    problem:
      hitText !== null && !hitTest
        ? `Hit count "${hitText}" is not understood. Write 5, ==5, >=5, >5, <=5, <5 or %5.`
        : null,
  };
}

/** Asks each point in turn: condition first, then hit count, then log or stop. */
export function judge(points: readonly Point[], standing: Standing): Verdict {
  const { evaluate, place, quiet } = standing;
  const ids: number[] = [];
  const logs: string[] = [];
  let complaint: string | null = null;
  for (const point of points) {
    if (point.problem !== null) continue;
    if (point.condition !== null) {
      const result = evaluate(point.condition);
      if (!result.ok) {
        complaint = `The condition "${point.condition}" cannot be evaluated: ${result.error}`;
        ids.push(point.id);
        continue;
      }
      if (!isTrue(result.value)) continue;
    }
    if (point.hitTest) {
      const hit = quiet ? point.hits.numberOf(place) : point.hits.record(place);
      if (!point.hitTest(hit)) continue;
    }
    if (point.logMessage === null) ids.push(point.id);
    else if (!quiet) logs.push(formatLogMessage(point.logMessage, evaluate));
  }
  return { stop: ids.length > 0, ids, complaint, logs };
}
