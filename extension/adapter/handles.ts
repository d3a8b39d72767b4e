/** Numbers that stand for things until the run goes on. Numbers are never used twice, so a stale one is noticed. */
export class Handles<T> {
  private readonly things = new Map<number, T>();
  private next = 1;

  add(thing: T): number {
    this.things.set(this.next, thing);
    return this.next++;
  }

  get(handle: number): T | undefined {
    return this.things.get(handle);
  }

  /** Everything handed out so far is stale. */
  reset(): void {
    this.things.clear();
  }
}
