import type { TraceBatch } from './batch';
import { REGION_WORDS, SIZE_WORDS, SIZES } from './binary-format';

/** What the records of a block refer to: the last of its regions, and its sizes, one bit each. */
export interface Used {
  readonly last: number;
  readonly used: number;
}

/**
 * Unpacks the records of a narrow block, one word for each: 16 bits in the region, 10 of its number, 4 of the size's number,
 * 2 of the kind. Precondition: the block is in `packed`, and its shapes are in `shapes`.
 */
export function unpackNarrow(batch: TraceBatch, records: number, regions: number): Used {
  if (batch.core !== null) {
    const found = batch.core.unpackNarrow(batch.address, records, regions);
    return { last: found >>> 16, used: found & 0xffff };
  }
  const { packed, what, addresses, shapes } = batch;
  const first = SIZE_WORDS + regions * REGION_WORDS;
  let last = 0;
  let used = 0;
  for (let i = 0; i < records; i++) {
    const word = packed[first + i];
    const region = (word >>> 16) & 0x3ff;
    const shape = word >>> 26;
    if (region > last) last = region;
    used |= 1 << (shape % SIZES);
    what[i] = shapes[shape];
    addresses[2 * i] = packed[SIZE_WORDS + region * REGION_WORDS] | (word & 0xffff);
    addresses[2 * i + 1] = packed[SIZE_WORDS + region * REGION_WORDS + 1];
  }
  return { last, used };
}
