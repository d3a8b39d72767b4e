import { W, type Recording } from '../../history/recording';
import type { InspectContext } from '../context';
import { meaningOf, tablesIn, type Meaning } from './meaning';
import { PastMemory } from './past-memory';
import { recordingOf } from './writes';

/** Memory at any write of the recording, for one query. It is one state that is moved: use what `at` gives before the next call. */
export class Moments {
  readonly recording: Recording;
  private readonly past: PastMemory;

  constructor(readonly c: InspectContext) {
    this.recording = recordingOf(c);
    this.past = new PastMemory(c.executor.memory, this.recording);
  }

  /** Memory just before a write. */
  at(write: number): PastMemory {
    return this.past.goTo(write);
  }

  /** What the entry was that a write hit: after it, since it may have linked a table; else before it. */
  meaningOfWrite(id: number): Meaning {
    const { writes } = this.recording;
    return this.meaning(writes.get(id, W.Frame), writes.get(id, W.Index), id);
  }

  /** What an entry was around a write. */
  meaning(frame: number, index: number, id: number): Meaning {
    const { c } = this;
    const fixed = meaningOf(c, NONE, frame, index);
    if (fixed.is !== 'unknown') return fixed;
    const after = meaningOf(c, tablesIn(c, this.at(id + 1)), frame, index);
    return after.is !== 'unknown' ? after : meaningOf(c, tablesIn(c, this.at(id)), frame, index);
  }
}

const NONE = new Map<never, never>();
