/** Breakpoints on events of tables and frames, whether a client set them as function or as data breakpoints. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { DebugTarget, WatchSpec } from '../../simulator/index';
import { readWatchName, WATCH_FORMS, type WatchName } from '../scenario/watch-names';
import type { Point } from './points';

export interface WatchPoint extends Point {
  readonly via: 'function' | 'data';
  /** Null: its name is not understood. */
  readonly spec: WatchSpec | null;
  /** Texts and name are as they should be: only the machine may still refuse it. */
  readonly sound: boolean;
  problem: string | null;
}

export class WatchPoints {
  functions: WatchPoint[] = [];
  data: WatchPoint[] = [];
  /** Those that the machine watches, by its number for them. */
  live: readonly WatchPoint[] = [];

  get all(): readonly WatchPoint[] {
    return [...this.functions, ...this.data];
  }

  /** Makes a breakpoint of a name; null if the name is that of no event. */
  read(via: WatchPoint['via'], name: string, makePoint: (place: string) => Point): WatchPoint | null {
    const read = readWatchName(name);
    return read && made(via, read, makePoint(name.trim()));
  }

  /** A data breakpoint, by the `dataId` that dataBreakpointInfo gave: the name of an event. */
  readData({ dataId, accessType }: P.DataBreakpoint, makePoint: (place: string) => Point): WatchPoint {
    const point = makePoint(`${dataId} ${accessType ?? 'write'}`);
    const read = readWatchName(dataId);
    if (read === null) return made('data', { ok: false, problem: this.unknown(dataId, []) }, point);
    // Any access to an entry, not only a change of it: an access that gets to its frame.
    if (!read.ok || read.spec.kind !== 'entry' || !(accessType === 'read' || accessType === 'readWrite'))
      return made('data', read, point);
    const frame = Number(BigInt(read.spec.hpa) >> 12n);
    return made('data', { ok: true, spec: { kind: 'reached', frame } }, point);
  }

  /** What is wrong with a name that is neither of an operation nor of an event. */
  unknown(name: string, operations: readonly string[]): string {
    const events = Object.values(WATCH_FORMS).map((form) => form.usage);
    const known = operations.length === 0 ? '' : ` Operations: ${operations.join(', ')}.`;
    return `"${name}" is not an operation or an event. Events: ${events.join(', ')}; for example ${WATCH_FORMS.owner.example}.${known}`;
  }

  /** Gives the machine what it is to watch, and takes what it says of each. */
  apply(target: Pick<DebugTarget, 'setWatches'>, enabled: boolean): void {
    const sound = this.all.filter((p) => p.sound);
    if (!enabled) {
      this.live = [];
      target.setWatches([]);
      return;
    }
    const problems = target.setWatches(sound.map((p) => p.spec!));
    sound.forEach((point, i) => (point.problem = problems[i] ?? null));
    this.live = sound;
  }
}

function made(via: WatchPoint['via'], read: WatchName, point: Point): WatchPoint {
  const problem = point.problem ?? (read.ok ? null : read.problem);
  return { ...point, via, spec: read.ok ? read.spec : null, sound: problem === null, problem };
}
