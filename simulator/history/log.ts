const BLOCK_SHIFT = 13;
const BLOCK = 1 << BLOCK_SHIFT;

/**
 * A log of numbers in columns that only grows at its end. When the machine has gone back in time and comes the same way again, the
 * same records would be written once more: `cursor` counts over them instead. The oldest are dropped beyond a limit.
 */
export class ColumnLog {
  private readonly blocks: Float64Array[] = [];
  private readonly most: number;
  /** Number of the first record that is kept. */
  first = 0;
  /** Records ever made; numbers go from `first` to here. */
  count = 0;
  /** Records with smaller numbers are in the machine's past. */
  cursor = 0;

  /**
   * @param columns numbers in a record; each must be exact as a double
   * @param most records kept, about; two blocks at least
   */
  constructor(
    readonly columns: number,
    most: number,
  ) {
    this.most = Math.max(most, 2 * BLOCK);
  }

  get bytes(): number {
    return this.blocks.length * BLOCK * this.columns * 8;
  }

  /** Counts one record. @returns false if it is there already. */
  advance(): boolean {
    return this.cursor++ === this.count;
  }

  /** Adds a record, which `advance` asked for. @returns its number. */
  append(values: readonly number[]): number {
    const id = this.count++;
    const block = (id >>> BLOCK_SHIFT) - (this.first >>> BLOCK_SHIFT);
    this.blocks[block] ??= new Float64Array(BLOCK * this.columns);
    const target = this.blocks[block];
    const at = (id & (BLOCK - 1)) * this.columns;
    // Much faster than `set`, for so few.
    for (let i = 0; i < values.length; i++) target[at + i] = values[i];
    if (this.count - this.first > this.most) this.dropOldest();
    return id;
  }

  /** One number of a record, `first` to `count` - 1. */
  get(id: number, column: number): number {
    const block = (id >>> BLOCK_SHIFT) - (this.first >>> BLOCK_SHIFT);
    return this.blocks[block][(id & (BLOCK - 1)) * this.columns + column];
  }

  set(id: number, column: number, value: number): void {
    const block = (id >>> BLOCK_SHIFT) - (this.first >>> BLOCK_SHIFT);
    this.blocks[block][(id & (BLOCK - 1)) * this.columns + column] = value;
  }

  /** Forgets what lies ahead of the machine: another future begins. @returns what takes that back, while nothing was added. */
  truncate(): () => void {
    const { count, first } = this;
    const blocks = [...this.blocks];
    this.count = this.cursor;
    // Of what lies before the machine nothing may be left: then the log begins anew here.
    this.first = Math.min(first, this.count);
    const kept = this.count - (first - (first & (BLOCK - 1)));
    this.blocks.length = this.first < first ? 0 : Math.ceil(kept / BLOCK);
    return () => {
      this.count = count;
      this.first = first;
      this.blocks.splice(0, this.blocks.length, ...blocks);
    };
  }

  /** The first record whose column `column`, which never falls, is at least `value`. */
  lowerBound(column: number, value: number): number {
    let low = this.first;
    let high = this.count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.get(middle, column) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private dropOldest(): void {
    this.blocks.shift();
    this.first = (Math.floor(this.first / BLOCK) + 1) * BLOCK;
  }
}
