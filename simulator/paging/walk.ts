import type { WalkCache } from '../machine/walk-caches';
import type { Frame } from '../units';
import { Access, StepKind, WalkFault } from './kinds';

export { Access, StepKind, WalkFault };

const MAX_STEPS = 96;
const MAX_UPDATES = 48;
const MAX_LESSONS = 64;

/**
 * One walk: its steps and its outcome. The walker reads machine state and fills this; nothing else is touched until
 * `commit`, so that a debugger can stand between any two steps. One record is reused; copy what must outlive it.
 */
export class Walk {
  steps = 0;
  readonly kind = new Uint8Array(MAX_STEPS);
  readonly level = new Uint8Array(MAX_STEPS);
  /** Frame that holds the entry (hPA); for tag look-ups the frame looked up, for cache hits the frame that they gave. */
  readonly frame = new Float64Array(MAX_STEPS);
  /** Guest frame of the table, as the guest names it; for steps in the nested table the guest frame that is looked for. */
  readonly guestFrame = new Float64Array(MAX_STEPS);
  /** Index of the entry in its table; owner found for tag look-ups. */
  readonly index = new Uint32Array(MAX_STEPS);
  readonly lo = new Uint32Array(MAX_STEPS);
  readonly hi = new Uint32Array(MAX_STEPS);

  fault: WalkFault = WalkFault.None;
  errorCode = 0;
  /** Bits 32-36 of NPF exit information, shifted down by 32. */
  errorHigh = 0;
  faultGpa = 0;
  faultFrame: Frame = 0;
  foundOwner = 0;
  /** Step at which the fault was found, or -1. */
  faultStep = -1;
  /** The fault was injected: the tables do not justify it. */
  spurious = false;

  /** Final 4 KiB frame of the accessed address (hPA). */
  resultFrame: Frame = 0;
  /** log2 of the page that may be cached as one: 12, 21 or 30. */
  shift = 12;
  /** log2 of the page that the walked table maps, which the nested table or the tags may have cut into smaller ones. */
  pageShift = 12;
  write = false;
  user = false;
  noExecute = false;
  global = false;
  dirty = false;
  pkey = 0;

  updates = 0;
  readonly updateFrame = new Float64Array(MAX_UPDATES);
  readonly updateIndex = new Uint32Array(MAX_UPDATES);
  readonly updateBits = new Uint32Array(MAX_UPDATES);
  /** What the walk caches learn if the walk succeeds, in its order: a slot that was used, or what to put in (slot -1). */
  lessons = 0;
  readonly lessonCache: WalkCache[] = [];
  readonly lessonSlot = new Int16Array(MAX_LESSONS);
  readonly lessonKeyLo = new Int32Array(MAX_LESSONS);
  readonly lessonKeyHi = new Int32Array(MAX_LESSONS);
  readonly lessonFrame = new Float64Array(MAX_LESSONS);
  readonly lessonGuestFrame = new Float64Array(MAX_LESSONS);
  readonly lessonRights = new Uint8Array(MAX_LESSONS);
  readonly lessonShift = new Uint8Array(MAX_LESSONS);
  /** References made to nested tables, of `references` in all. */
  nestedReferences = 0;
  references = 0;
  tagLookups = 0;

  reset(): void {
    this.steps = 0;
    this.fault = WalkFault.None;
    this.errorCode = 0;
    this.errorHigh = 0;
    this.faultStep = -1;
    this.spurious = false;
    this.updates = 0;
    this.lessons = 0;
    this.nestedReferences = 0;
    this.references = 0;
    this.tagLookups = 0;
  }

  addStep(
    kind: StepKind,
    level: number,
    frame: Frame,
    guestFrame: number,
    index: number,
    lo: number,
    hi: number,
  ): void {
    const i = this.steps++;
    this.guestFrame[i] = guestFrame;
    this.kind[i] = kind;
    this.level[i] = level;
    this.frame[i] = frame;
    this.index[i] = index;
    this.lo[i] = lo;
    this.hi[i] = hi;
  }

  addUpdate(frame: Frame, index: number, bits: number): void {
    const i = this.updates++;
    this.updateFrame[i] = frame;
    this.updateIndex[i] = index;
    this.updateBits[i] = bits;
  }

  /** A slot of a walk cache was used. */
  addUse(cache: WalkCache, slot: number): void {
    const i = this.lessons++;
    this.lessonCache[i] = cache;
    this.lessonSlot[i] = slot;
  }

  /** Something for a walk cache to keep. */
  addLesson(
    cache: WalkCache,
    keyLo: number,
    keyHi: number,
    frame: Frame,
    guestFrame: number,
    rights: number,
    shift: number,
  ): void {
    const i = this.lessons++;
    this.lessonCache[i] = cache;
    this.lessonSlot[i] = -1;
    this.lessonKeyLo[i] = keyLo;
    this.lessonKeyHi[i] = keyHi;
    this.lessonFrame[i] = frame;
    this.lessonGuestFrame[i] = guestFrame;
    this.lessonRights[i] = rights;
    this.lessonShift[i] = shift;
  }
}
