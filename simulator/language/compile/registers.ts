/** Registers of one body: variables first, temporaries above. */
export class Registers {
  private top: number;
  /** Registers needed so far. */
  count: number;

  constructor(variables: number) {
    this.top = variables;
    this.count = variables;
  }

  /** `size` neighbouring registers, until the `scope` they were taken in ends. */
  take(size = 1): number {
    const first = this.top;
    this.top += size;
    this.count = Math.max(this.count, this.top);
    return first;
  }

  /** What `use` takes is free again afterwards. A statement is one scope, so that no temporary of it is used twice. */
  scope(use: () => void): void {
    const before = this.top;
    use();
    this.top = before;
  }
}
