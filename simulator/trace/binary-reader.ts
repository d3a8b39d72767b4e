import { type TraceBatch, whatOf } from './batch';
import {
  BLOCK_HEADER_WORDS,
  checksum,
  Form,
  HEADER_BYTES,
  MAGIC,
  payloadWords,
  REGION_WORDS,
  SIZE_WORDS,
  SIZES,
  swapIfBigEndian,
  UNKNOWN,
  VERSION,
} from './binary-format';
import type { Input } from './input';
import { unpackNarrow } from './unpack';
import { addressProblem, LARGEST_ACCESS, type TraceProblem, type TraceReader } from './records';

const NOTHING = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);

/** Reads the compact form: one block for each batch. */
export class BinaryReader implements TraceReader {
  total: number | null = null;
  /** The batch's room for a block, as words and as bytes. */
  private words: Uint32Array = NO_WORDS;
  private bytes: Uint8Array = NOTHING;
  private readonly sizes = new Uint16Array(SIZES);
  private piece: Uint8Array = NOTHING;
  private pieceAt = 0;
  /** Bytes taken so far. */
  private offset = 0;
  private records = 0;
  private started = false;
  private ended = false;
  private problem: TraceProblem | null = null;

  /** @param userEnd high half of the first address that is too large. */
  constructor(
    private readonly input: Input,
    private readonly userEnd: number,
  ) {}

  next(batch: TraceBatch): TraceProblem | null {
    batch.count = 0;
    if (this.words !== batch.packed) {
      this.words = batch.packed;
      this.bytes = new Uint8Array(this.words.buffer, this.words.byteOffset, this.words.byteLength);
    }
    if (this.problem === null && !this.started) this.readHeader();
    this.started = true;
    if (this.problem === null && !this.ended) this.readBlock(batch);
    return this.problem;
  }

  private readHeader(): void {
    if (!this.take(HEADER_BYTES, 'the header')) return;
    if (!MAGIC.every((byte, i) => this.bytes[i] === byte)) {
      this.fail(0, 'this is no binary trace: it begins with other bytes');
      return;
    }
    swapIfBigEndian(this.bytes.subarray(0, HEADER_BYTES));
    const [, , version, reserved, countLow, countHigh] = this.words;
    if (version !== VERSION) this.fail(8, `the version of the format is ${version}; only ${VERSION} is known`);
    else if (reserved !== 0) this.fail(12, 'the header is damaged');
    else if (countLow !== UNKNOWN || countHigh !== UNKNOWN) this.total = countHigh * 2 ** 32 + countLow;
  }

  private readBlock(batch: TraceBatch): void {
    const at = this.offset;
    if (!this.take(BLOCK_HEADER_WORDS * 4, 'the header of a block')) return;
    const { words } = this;
    swapIfBigEndian(this.bytes.subarray(0, BLOCK_HEADER_WORDS * 4));
    const form = words[0];
    const low = words[1];
    const high = words[2];
    const sum = words[3];
    if (form === (Form.End as number)) {
      this.readEnd(at, low, high, sum);
      return;
    }
    const length = payloadWords(form, low, high);
    if (length < 0) {
      this.fail(at, 'the header of a block is damaged');
      return;
    }
    if (!this.take(length * 4, 'a block')) return;
    swapIfBigEndian(this.bytes.subarray(0, length * 4));
    if (checksum(form, low | (high << 16), this.words, length) !== sum) {
      this.fail(at, 'a block is damaged: its checksum does not fit');
      return;
    }
    for (let i = 0; i < SIZES; i++) this.sizes[i] = (this.words[i >> 1] >>> ((i & 1) * 16)) & 0xffff;
    for (let i = 0; i < batch.shapes.length; i++)
      batch.shapes[i] = whatOf(Math.floor(i / SIZES), this.sizes[i % SIZES]);
    const good = form === (Form.Wide as number) ? this.readWide(batch, at, low) : this.readNarrow(batch, at, low, high);
    if (!good) return;
    batch.count = low;
    this.records += low;
  }

  private readNarrow(batch: TraceBatch, at: number, records: number, regions: number): boolean {
    const { words } = this;
    for (let i = SIZE_WORDS; i < SIZE_WORDS + regions * REGION_WORDS; i += REGION_WORDS) {
      if (words[i + 1] >= this.userEnd)
        return this.refuse(at, i, addressProblem(words[i + 1] | 0, words[i], this.userEnd));
    }
    const { last, used } = unpackNarrow(batch, records, regions);
    if (last >= regions) return this.refuse(at, 0, `a record is in region ${last}, and the block has ${regions}`);
    return this.sizesAreGood(at, used);
  }

  /** Two words for each record: the low half of the address; 24 bits of the high one, size and kind as above. */
  private readWide(batch: TraceBatch, at: number, records: number): boolean {
    const { words, userEnd } = this;
    const { what, addresses, shapes } = batch;
    let used = 0;
    let largest = 0;
    for (let i = 0, from = SIZE_WORDS; i < records; i++, from += 2) {
      const word = words[from + 1];
      const shape = word >>> 26;
      const high = word & 0xff_ffff;
      if (high > largest) largest = high;
      used |= 1 << (shape % SIZES);
      what[i] = shapes[shape];
      addresses[2 * i] = words[from];
      addresses[2 * i + 1] = high;
    }
    if (largest >= userEnd) {
      let bad = 0;
      while (batch.hiAt(bad) < userEnd) bad++;
      return this.refuse(at, SIZE_WORDS + 2 * bad, addressProblem(batch.hiAt(bad), batch.loAt(bad) >>> 0, userEnd));
    }
    return this.sizesAreGood(at, used);
  }

  private sizesAreGood(at: number, used: number): boolean {
    const bad = this.sizes.findIndex((size, i) => ((used >> i) & 1) !== 0 && (size === 0 || size > LARGEST_ACCESS));
    if (bad < 0) return true;
    return this.refuse(at, bad >> 1, `an access of ${this.sizes[bad]} bytes; one has 1 to ${LARGEST_ACCESS}`);
  }

  private readEnd(at: number, low: number, high: number, sum: number): void {
    const total = high * 2 ** 32 + low;
    if (checksum(Form.End, low ^ high, this.words, 0) !== sum) this.fail(at, 'the end of the trace is damaged');
    else if (total !== this.records || (this.total !== null && this.total !== total))
      this.fail(at, `the trace was made with ${this.total ?? total} records, and holds ${this.records}`);
    else if (this.available()) this.fail(this.offset, 'something follows the end of the trace');
    else this.ended = true;
  }

  /** Copies the next bytes to the front of the buffer. @returns false, with the problem, if there are not so many. */
  private take(count: number, what: string): boolean {
    let got = 0;
    while (got < count && this.available()) {
      const part = this.piece.subarray(this.pieceAt, this.pieceAt + count - got);
      this.bytes.set(part, got);
      got += part.length;
      this.pieceAt += part.length;
    }
    this.offset += got;
    if (got === count) return true;
    const where = got === 0 ? `where ${what} should be` : `in the middle of ${what}`;
    this.fail(this.offset, this.input.failure ?? `the trace ends ${where}: it is truncated`);
    return false;
  }

  private available(): boolean {
    while (this.pieceAt === this.piece.length) {
      const next = this.input.next();
      if (next === null) return false;
      this.piece = next;
      this.pieceAt = 0;
    }
    return true;
  }

  /** @param at of the block, @param word of its payload. */
  private refuse(at: number, word: number, text: string): false {
    this.fail(at + (BLOCK_HEADER_WORDS + word) * 4, text);
    return false;
  }

  private fail(at: number, text: string): void {
    this.problem = { unit: 'byte', at, text, records: this.records };
  }
}
