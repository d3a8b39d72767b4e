import { UndoLine } from './undo';

/** Words of a page that are noted together: 64 bytes, so that scattered stores do not keep whole pages. */
export const CHUNK_WORDS = 16;
export const CHUNKS_PER_PAGE = 1024 / CHUNK_WORDS;
const SEGMENT_SHIFT = 9;
const SEGMENT = 1 << SEGMENT_SHIFT;

/** Chunks that changed, with what they held. Kept in segments, so that nothing is copied when it grows. */
class ChunkLog {
  readonly keys: Float64Array[] = [];
  readonly words: Uint32Array[] = [];
  count = 0;

  /** Adds a chunk. @param from its words, @param at where they begin */
  add(key: number, from: Uint32Array, at: number): void {
    const segment = this.count >>> SEGMENT_SHIFT;
    if (segment === this.keys.length) {
      this.keys.push(new Float64Array(SEGMENT));
      this.words.push(new Uint32Array(SEGMENT * CHUNK_WORDS));
    }
    const i = this.count++ & (SEGMENT - 1);
    this.keys[segment][i] = key;
    const words = this.words[segment];
    const to = i * CHUNK_WORDS;
    for (let w = 0; w < CHUNK_WORDS; w++) words[to + w] = from[at + w];
  }

  /** Calls back for each entry with its key, and where its words are. */
  forEach(visit: SwapChunk): void {
    for (let n = 0; n < this.count; n++) {
      const segment = n >>> SEGMENT_SHIFT;
      const i = n & (SEGMENT - 1);
      visit(this.keys[segment][i], this.words[segment], i * CHUNK_WORDS);
    }
  }

  /** Nothing more is added: gives back room that is not needed. */
  close(): void {
    const last = this.keys.length - 1;
    const used = this.count - (last << SEGMENT_SHIFT);
    if (last < 0 || used === SEGMENT) return;
    this.keys[last] = this.keys[last].slice(0, used);
    this.words[last] = this.words[last].slice(0, used * CHUNK_WORDS);
  }
}

/** Keys of a log: of each frame its chunks, and two facts. */
export const KEYS_PER_FRAME = 128;
export const STRUCTURE = CHUNKS_PER_PAGE;
/** Whether the frame has contents. */
export const PRESENT = CHUNKS_PER_PAGE + 1;

/** Swaps what memory holds under a key with words of a log. */
export type SwapChunk = (key: number, words: Uint32Array, at: number) => void;

/** The line of checkpoints of a memory, by chunks. */
export class ChunkUndo extends UndoLine<ChunkLog> {
  /** The log of what changed since the base may have a key more than once. */
  repeats = false;

  constructor(swap: SwapChunk) {
    const turn = (log: ChunkLog): void => {
      turnLog(log, swap);
    };
    super({
      empty: () => new ChunkLog(),
      back: turn,
      forth: turn,
      merge: (first, second, forward) => merge([first, second], forward),
      size: (log) => log.count,
    });
  }

  override seal(): void {
    this.close();
    super.seal();
  }

  override arrive(): void {
    this.close();
    super.arrive();
  }

  override restore(checkpoint: number): void {
    this.close();
    super.restore(checkpoint);
  }

  /** True while the memory is being put back. */
  get isTurning(): boolean {
    return this.turning;
  }

  /** Keeps a chunk before it changes. @param from its words, @param at where they begin */
  note(key: number, from: Uint32Array, at: number): void {
    this.working.add(key, from, at);
  }

  /** Nothing more is added: each key is to be there once, with what it held first. */
  private close(): void {
    if (this.repeats) this.working = merge([this.working], false);
    else this.working.close();
    this.repeats = false;
  }
}

/** Swaps all of a log. Pages that come are there before their chunks, and pages that go are there until after them. */
function turnLog(log: ChunkLog, swap: SwapChunk): void {
  const going: (() => void)[] = [];
  log.forEach((key, words, at) => {
    if (key % KEYS_PER_FRAME !== PRESENT) return;
    const turn = (): void => {
      swap(key, words, at);
    };
    if (words[at] === 0) going.push(turn);
    else turn();
  });
  log.forEach((key, words, at) => {
    if (key % KEYS_PER_FRAME !== PRESENT) swap(key, words, at);
  });
  for (const turn of going) turn();
}

/** Logs as one: of each key what lies furthest from the present, the first entry of logs that lead back, the last of those that lead forward. */
function merge(logs: readonly ChunkLog[], forward: boolean): ChunkLog {
  const kept = new Map<number, { readonly words: Uint32Array; readonly at: number }>();
  for (const log of logs)
    log.forEach((key, words, at) => {
      if (forward || !kept.has(key)) kept.set(key, { words, at });
    });
  const merged = new ChunkLog();
  for (const [key, { words, at }] of kept) merged.add(key, words, at);
  merged.close();
  return merged;
}
