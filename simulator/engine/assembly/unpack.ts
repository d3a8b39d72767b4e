/** What trace/unpack.ts does, in the same arrays. */
import * as at from '../layout';

/** @returns the sizes that records refer to, one bit each, and above them the last of the regions. */
export function unpackNarrow(batch: usize, records: i32, regions: i32): u32 {
  const table = load<usize>(batch, at.BATCH_PACKED) + at.PACKED_REGIONS * 4;
  const shapes = load<usize>(batch, at.BATCH_SHAPES);
  let word = table + regions * at.PACKED_REGION_WORDS * 4;
  let what = load<usize>(batch, at.BATCH_WHAT);
  let address = load<usize>(batch, at.BATCH_ADDRESSES);
  let last: u32 = 0;
  let used: u32 = 0;
  for (const end = word + (records << 2); word != end; word += 4, what += 2, address += 8) {
    const record = load<u32>(word);
    const region = (record >>> 16) & 0x3ff;
    const shape = record >>> 26;
    last = max(last, region);
    used |= 1 << (shape & 15);
    store<u16>(what, load<u16>(shapes + (shape << 1)));
    store<u64>(address, load<u64>(table + (region << 3)) | (record & 0xffff));
  }
  return (last << 16) | used;
}
