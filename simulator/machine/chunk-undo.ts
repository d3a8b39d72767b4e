import { UndoLine } from './undo';

/** Words of a page that are noted together: 64 bytes, so that scattered stores do not keep whole pages. */
export const CHUNK_WORDS = 16;
export const CHUNKS_PER_PAGE = 1024 / CHUNK_WORDS;
/** Room of a log at first, and the most that one may have to be used again. */
const LEAST_ROOM = 1 << 10;
const MOST_ROOM = 1 << 16;

/**
 * Chunks that changed, with what they held. One that is being filled has room to spare. It is copied when it is complete, so that the next
 * one is filled in the same place: writing to memory that no cache holds is what noting would cost most.
 */
class ChunkLog {
  count = 0;
  private keys: Float64Array;
  private words: Uint32Array;

  /** @param room entries until it has to grow */
  constructor(room: number) {
    this.keys = new Float64Array(room);
    this.words = new Uint32Array(room * CHUNK_WORDS);
  }

  /** Adds a chunk. @param from its words, @param at where they begin */
  add(key: number, from: Uint32Array, at: number): void {
    if (this.count === this.keys.length) this.resize(this.count * 2);
    const i = this.count++;
    this.keys[i] = key;
    const to = i * CHUNK_WORDS;
    for (let w = 0; w < CHUNK_WORDS; w++) this.words[to + w] = from[at + w];
  }

  /** Calls back for each entry with its key, and where its words are. */
  forEach(visit: SwapChunk): void {
    for (let i = 0; i < this.count; i++) visit(this.keys[i], this.words, i * CHUNK_WORDS);
  }

  /** Nothing more is added. @returns a log of the same, without room to spare; this one may be emptied and used again. */
  closed(): ChunkLog {
    const log = new ChunkLog(0);
    log.count = this.count;
    log.keys = this.keys.slice(0, this.count);
    log.words = this.words.slice(0, this.count * CHUNK_WORDS);
    return log;
  }

  /** Forgets everything, and room that is seldom needed. */
  clear(): void {
    this.count = 0;
    if (this.keys.length > MOST_ROOM) this.resize(LEAST_ROOM);
  }

  private resize(room: number): void {
    const { keys, words, count } = this;
    this.keys = new Float64Array(room);
    this.words = new Uint32Array(room * CHUNK_WORDS);
    this.keys.set(keys.subarray(0, count));
    this.words.set(words.subarray(0, count * CHUNK_WORDS));
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
    const filled = new ChunkLog(LEAST_ROOM);
    super({
      empty: () => {
        filled.clear();
        return filled;
      },
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
    this.working = this.repeats ? merge([this.working], false) : this.working.closed();
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
  const merged = new ChunkLog(kept.size);
  for (const [key, { words, at }] of kept) merged.add(key, words, at);
  return merged;
}
