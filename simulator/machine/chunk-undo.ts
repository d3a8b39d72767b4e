import { UndoLine } from './undo';

/** Words of a page that are noted together: 128 bytes, so that scattered stores do not keep whole pages. */
export const CHUNK_WORDS = 32;
export const CHUNKS_PER_PAGE = 1024 / CHUNK_WORDS;
const FIRST_ENTRIES = 64;

/** Chunks that changed, with what they held. */
class ChunkLog {
  keys: Float64Array;
  words: Uint32Array;
  count = 0;

  constructor(room: number) {
    this.keys = new Float64Array(room);
    this.words = new Uint32Array(room * CHUNK_WORDS);
  }

  /** Makes room for one more. @returns where its words begin. */
  add(key: number): number {
    if (this.count === this.keys.length) this.resize(Math.max(FIRST_ENTRIES, this.count * 2));
    this.keys[this.count] = key;
    return this.count++ * CHUNK_WORDS;
  }

  /** Nothing more is added: gives back room that is not needed. */
  close(): void {
    if (this.count < this.keys.length) this.resize(this.count);
  }

  private resize(room: number): void {
    const keys = new Float64Array(room);
    const words = new Uint32Array(room * CHUNK_WORDS);
    keys.set(this.keys.subarray(0, this.count));
    words.set(this.words.subarray(0, this.count * CHUNK_WORDS));
    this.keys = keys;
    this.words = words;
  }
}

/** Keys of a log: of each frame its chunks, and two facts. */
export const KEYS_PER_FRAME = 64;
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
      empty: () => new ChunkLog(FIRST_ENTRIES),
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
    const log = this.working;
    const to = log.add(key);
    const { words } = log;
    for (let i = 0; i < CHUNK_WORDS; i++) words[to + i] = from[at + i];
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
  const going: number[] = [];
  for (let i = 0; i < log.count; i++) {
    if (log.keys[i] % KEYS_PER_FRAME !== PRESENT) continue;
    if (log.words[i * CHUNK_WORDS] === 0) going.push(i);
    else swap(log.keys[i], log.words, i * CHUNK_WORDS);
  }
  for (let i = 0; i < log.count; i++)
    if (log.keys[i] % KEYS_PER_FRAME !== PRESENT) swap(log.keys[i], log.words, i * CHUNK_WORDS);
  for (const i of going) swap(log.keys[i], log.words, i * CHUNK_WORDS);
}

/** Logs as one: of each key what lies furthest from the present, the first entry of logs that lead back, the last of those that lead forward. */
function merge(logs: readonly ChunkLog[], forward: boolean): ChunkLog {
  const kept = new Map<number, { readonly log: ChunkLog; readonly entry: number }>();
  for (const log of logs) {
    for (let entry = 0; entry < log.count; entry++) {
      const key = log.keys[entry];
      if (forward || !kept.has(key)) kept.set(key, { log, entry });
    }
  }
  const merged = new ChunkLog(kept.size);
  for (const [key, { log, entry }] of kept) {
    const at = entry * CHUNK_WORDS;
    const to = merged.add(key);
    merged.words.set(log.words.subarray(at, at + CHUNK_WORDS), to);
  }
  return merged;
}
