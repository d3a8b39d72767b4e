import { TraceBatch, whatOf } from './batch';
import type { Input } from './input';
import { addressProblem, LARGEST_ACCESS, type TraceProblem, type TraceReader } from './records';

/** What `valgrind --tool=lackey --trace-mem=yes` prints: `I  04001000,3`, ` L 1ffeffe7e0,8`, ` S …`, ` M …`. */

const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const ZERO = 48;
/** Longer lines are none of valgrind's. */
const LONGEST_LINE = 65_536;
const TOO_LONG = `the line is longer than ${LONGEST_LINE} bytes: this is no output of lackey`;
const NOTHING = new Uint8Array(0);

/** TraceKind by letter, -1 for all others. */
const KINDS = new Int8Array(256).fill(-1);
'LSMI'.split('').forEach((letter, kind) => (KINDS[letter.charCodeAt(0)] = kind));

/** Value of a hex digit, -1 for all other bytes. */
const HEX = new Int8Array(256).fill(-1);
for (let i = 0; i < 16; i++) {
  HEX[i.toString(16).charCodeAt(0)] = i;
  HEX[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}

/** Reads lackey's text: bytes to records, without a string for each line. */
export class LackeyReader implements TraceReader {
  readonly total = null;
  /** Whole lines, each with its end, that are still to be parsed: [at, end) of `bytes`. */
  private bytes: Uint8Array = NOTHING;
  private at = 0;
  private end = 0;
  /** The piece that is being cut into lines, and how far that has got. */
  private piece: Uint8Array = NOTHING;
  private pieceAt = 0;
  /** A line that goes over the end of a piece. */
  private readonly joined = new Uint8Array(LONGEST_LINE + 1);
  private joinedLength = 0;
  /** Lines before `at`. */
  private lines = 0;
  private records = 0;
  private problem: TraceProblem | null = null;

  /** @param userEnd high half of the first address that is too large. */
  constructor(
    private readonly input: Input,
    private readonly userEnd: number,
  ) {}

  next(batch: TraceBatch): TraceProblem | null {
    batch.count = 0;
    while (this.problem === null && batch.count < TraceBatch.capacity) {
      if (this.at === this.end && !this.nextLines()) break;
      this.parse(batch);
    }
    return this.problem;
  }

  /** Parses lines until they are used up, the batch is full or a line is bad. */
  private parse(batch: TraceBatch): void {
    const { bytes: b, end, userEnd } = this;
    const { what, addresses } = batch;
    const room = TraceBatch.capacity;
    const before = batch.count;
    let n = before;
    let { at, lines } = this;
    while (at < end && n < room) {
      const start = at;
      while (b[at] === SPACE) at++;
      const k = KINDS[b[at]];
      let h = 0;
      let l = 0;
      let size = 0;
      let good = false;
      if (k >= 0 && b[at + 1] === SPACE) {
        at += 2;
        while (b[at] === SPACE) at++;
        const address = at;
        for (let digit = HEX[b[at]]; digit >= 0; digit = HEX[b[++at]]) {
          h = (h << 4) | (l >>> 28);
          l = (l << 4) | digit;
        }
        if (at > address && at - address <= 16 && b[at] === COMMA) {
          for (let digit = b[++at] - ZERO; digit >= 0 && digit <= 9 && size <= LARGEST_ACCESS; digit = b[++at] - ZERO)
            size = size * 10 + digit;
          if (b[at] === CR) at++;
          good = b[at] === LF && size > 0 && size <= LARGEST_ACCESS && h >>> 0 < userEnd;
        }
      }
      if (good) {
        what[n] = whatOf(k, size);
        addresses[2 * n] = l;
        addresses[2 * n + 1] = h;
        n++;
      } else {
        at = b.indexOf(LF, start);
        const fault = complaint(b.subarray(start, at), userEnd);
        if (fault !== null) {
          this.problem = { unit: 'line', at: lines + 1, text: fault, records: this.records + n - before };
          break;
        }
      }
      at++;
      lines++;
    }
    this.at = at;
    this.lines = lines;
    this.records += n - before;
    batch.count = n;
  }

  /** Gets more whole lines. @returns false at the end, or with a problem. */
  private nextLines(): boolean {
    for (;;) {
      const { piece, pieceAt } = this;
      if (pieceAt === piece.length) {
        const next = this.input.next();
        if (next === null) return this.lastLine();
        this.piece = next;
        this.pieceAt = 0;
        continue;
      }
      const lineEnd = this.joinedLength > 0 ? piece.indexOf(LF, pieceAt) : piece.lastIndexOf(LF);
      const to = lineEnd < pieceAt ? piece.length : lineEnd + 1;
      this.pieceAt = to;
      if (this.joinedLength === 0 && to === lineEnd + 1) return this.use(piece, pieceAt, to);
      if (!this.join(piece.subarray(pieceAt, to))) return false;
      if (to === lineEnd + 1) return this.useJoined();
    }
  }

  /** The source is at its end, or cannot be read on; its last line may lack a line end. */
  private lastLine(): boolean {
    const { failure } = this.input;
    if (failure === null && this.joinedLength > 0) {
      this.joined[this.joinedLength++] = LF;
      return this.useJoined();
    }
    if (failure !== null) this.fail(failure);
    else if (this.records === 0) this.fail('the trace ends without a record');
    return false;
  }

  private join(part: Uint8Array): boolean {
    if (this.joinedLength + part.length > LONGEST_LINE) {
      this.fail(TOO_LONG);
      return false;
    }
    this.joined.set(part, this.joinedLength);
    this.joinedLength += part.length;
    return true;
  }

  private useJoined(): boolean {
    const length = this.joinedLength;
    this.joinedLength = 0;
    return this.use(this.joined, 0, length);
  }

  private use(bytes: Uint8Array, at: number, end: number): boolean {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    return true;
  }

  private fail(text: string): void {
    this.problem = { unit: 'line', at: this.lines + 1, text, records: this.records };
  }
}

/** What is wrong with a line that is no record; null if it is blank or one of valgrind's own words. */
function complaint(line: Uint8Array, userEnd: number): string | null {
  if (line.length >= LONGEST_LINE) return TOO_LONG;
  const text = String.fromCharCode(...line.subarray(0, 200)).replace(/\r$/, '');
  if (/^\s*$|^(==|--|\*\*)\d+\1/.test(text)) return null;
  const shown = `"${text.slice(0, 40).replace(/[^ -~]/g, '?')}${text.length > 40 ? '…' : ''}"`;
  const match = /^ *[LSMI] +([0-9A-Fa-f]{1,16}),(\d+)$/.exec(text);
  if (!match) return `${shown} is no record; one looks like " L 1ffeffe7e0,8"`;
  const size = Number(match[2]);
  if (size === 0 || size > LARGEST_ACCESS) return `${shown}: an access has 1 to ${LARGEST_ACCESS} bytes`;
  const address = match[1].padStart(16, '0');
  return addressProblem(parseInt(address.slice(0, 8), 16), parseInt(address.slice(8), 16), userEnd);
}
