import type { TraceBatch } from './batch';
import {
  BLOCK_HEADER_WORDS,
  BATCH_RECORDS,
  checksum,
  Form,
  HEADER_BYTES,
  MAGIC,
  MOST_PAYLOAD_WORDS,
  payloadWords,
  REGION_WORDS,
  REGIONS,
  SIZE_WORDS,
  SIZES,
  swapIfBigEndian,
  UNKNOWN,
  VERSION,
} from './binary-format';

/** The header of a binary trace. @param records in all; null if that is not known. */
export function traceHeader(records: number | null): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, VERSION, true);
  view.setUint32(16, records === null ? UNKNOWN : records >>> 0, true);
  view.setUint32(20, records === null ? UNKNOWN : Math.floor(records / 2 ** 32), true);
  return bytes;
}

/** Writes a binary trace: header, then `add` for each batch, then `finish`. */
export class TraceWriter {
  records = 0;
  private readonly block = new Uint32Array(BLOCK_HEADER_WORDS + MOST_PAYLOAD_WORDS);
  /** The records of the block under way. */
  private readonly lo = new Uint32Array(BATCH_RECORDS);
  private readonly hi = new Uint32Array(BATCH_RECORDS);
  /** Kind and number of the size, where they go in a word. */
  private readonly shape = new Uint32Array(BATCH_RECORDS);
  private count = 0;
  private readonly sizes: number[] = [];
  /** Number of each size that the block has; -1 for all others. */
  private readonly sizeNumbers = new Int8Array(0x1_0000).fill(-1);
  private readonly regionNumbers = new Map<number, number>();

  /** @param write takes bytes that are valid during the call only. @param total records in all, if known. */
  constructor(
    private readonly write: (bytes: Uint8Array) => void,
    total: number | null,
  ) {
    write(traceHeader(total));
  }

  /** Precondition: the records are as a reader gives them. */
  add(batch: TraceBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const size = batch.bytesAt(i);
      if (this.count === BATCH_RECORDS || (this.sizeNumbers[size] < 0 && this.sizes.length === SIZES)) this.flush();
      if (this.sizeNumbers[size] < 0) this.sizeNumbers[size] = this.sizes.push(size) - 1;
      this.lo[this.count] = batch.loAt(i);
      this.hi[this.count] = batch.hiAt(i);
      this.shape[this.count] = (batch.kindAt(i) << 30) | (this.sizeNumbers[size] << 26);
      this.count++;
    }
    this.records += batch.count;
  }

  /** Writes what is left, and the end. */
  finish(): void {
    if (this.count > 0) this.flush();
    const low = this.records >>> 0;
    const high = Math.floor(this.records / 2 ** 32);
    this.emit(Form.End, low, high, checksum(Form.End, low ^ high, this.block, 0), 0);
  }

  private flush(): void {
    const payload = this.block.subarray(BLOCK_HEADER_WORDS);
    payload.fill(0, 0, SIZE_WORDS);
    this.sizes.forEach((size, i) => (payload[i >> 1] |= size << ((i & 1) * 16)));
    const regions = this.fillNarrow(payload);
    if (regions === 0) this.fillWide(payload);
    const form = regions === 0 ? Form.Wide : Form.Narrow;
    const length = payloadWords(form, this.count, regions);
    this.emit(form, this.count, regions, checksum(form, this.count | (regions << 16), payload, length), length);
    for (const size of this.sizes) this.sizeNumbers[size] = -1;
    this.sizes.length = 0;
    this.count = 0;
  }

  /** @returns the number of regions, 0 if there are too many. */
  private fillNarrow(payload: Uint32Array): number {
    const numbers = this.regionNumbers;
    numbers.clear();
    for (let i = 0; i < this.count; i++) {
      const region = this.hi[i] * 0x1_0000 + (this.lo[i] >>> 16);
      if (numbers.has(region)) continue;
      if (numbers.size === REGIONS) return 0;
      const at = SIZE_WORDS + numbers.size * REGION_WORDS;
      payload[at] = this.lo[i] & 0xffff_0000;
      payload[at + 1] = this.hi[i];
      numbers.set(region, numbers.size);
    }
    const first = SIZE_WORDS + numbers.size * REGION_WORDS;
    for (let i = 0; i < this.count; i++) {
      const region = numbers.get(this.hi[i] * 0x1_0000 + (this.lo[i] >>> 16))!;
      payload[first + i] = this.shape[i] | (region << 16) | (this.lo[i] & 0xffff);
    }
    return numbers.size;
  }

  private fillWide(payload: Uint32Array): void {
    for (let i = 0; i < this.count; i++) {
      payload[SIZE_WORDS + 2 * i] = this.lo[i];
      payload[SIZE_WORDS + 2 * i + 1] = this.shape[i] | this.hi[i];
    }
  }

  private emit(form: Form, low: number, high: number, sum: number, payload: number): void {
    this.block[0] = form;
    this.block[1] = low;
    this.block[2] = high;
    this.block[3] = sum;
    const bytes = new Uint8Array(this.block.buffer, 0, (BLOCK_HEADER_WORDS + payload) * 4);
    swapIfBigEndian(bytes);
    this.write(bytes);
  }
}
