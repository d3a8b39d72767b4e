import * as at from '../layout';

/** A 64-bit entry of a frame; 0 outside memory, and where the engine cannot look: both are for others to deal with. */
export function entryOf(memory: usize, frame: u32, index: u32): u64 {
  return load<u64>(contentOf(memory, frame) + (index << 3));
}

/** Where the content of a frame lies; the same as for one that is all zero: outside memory, or where the engine cannot look. */
export function contentOf(memory: usize, frame: u32): usize {
  if (frame >= load<u32>(memory, at.MEMORY_FRAMES)) return 0;
  const group = load<u32>(<usize>load<u32>(memory, at.MEMORY_DIRECTORY) + ((frame >>> 9) << 2));
  const slot = load<u32>(<usize>load<u32>(memory, at.MEMORY_SLOTS) + (((group << 9) | (frame & 511)) << 2));
  return slot >= <u32>at.SLOT_LIMIT ? 0 : <usize>(slot << 12);
}
