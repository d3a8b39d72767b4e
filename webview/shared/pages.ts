/** Rows by index, fetched a page at a time and kept for a while. */

export interface PageReply<Page> {
  readonly revision: number;
  readonly page: Page;
}

export interface PagedOptions<Row, Page> {
  /** Null when the query was refused. */
  readonly fetch: (offset: number, limit: number) => Promise<PageReply<Page> | null>;
  readonly rows: (page: Page) => readonly Row[];
  readonly total: (page: Page) => number;
  /** Called after a page arrived, and with null after one was refused. */
  readonly onPage: (page: Page | null) => void;
  readonly pageSize?: number;
  /** Pages kept. */
  readonly capacity?: number;
}

/**
 * A window on a long answer. Rows of the revision before stay in view, marked as stale, until the same page of the
 * new one is there, so that nothing jumps; replies of an older revision or an older query are dropped.
 */
export class PagedRows<Row, Page> {
  private readonly pageSize: number;
  private readonly capacity: number;
  private pages = new Map<number, readonly Row[]>();
  private stale = new Map<number, readonly Row[]>();
  private readonly pending = new Set<number>();
  private generation = 0;
  private revision = -1;
  private known = 0;

  constructor(private readonly options: PagedOptions<Row, Page>) {
    this.pageSize = options.pageSize ?? 128;
    this.capacity = options.capacity ?? 24;
  }

  get total(): number {
    return this.known;
  }

  /** Asks anew: another revision, or another query at the same one. What is shown stays until answers arrive. */
  restart(revision: number): void {
    this.generation++;
    this.revision = revision;
    this.pending.clear();
    if (this.pages.size > 0) this.stale = this.pages;
    this.pages = new Map();
  }

  /** Forgets everything: another session. */
  clear(): void {
    this.restart(-1);
    this.stale = new Map();
    this.known = 0;
  }

  row(index: number): { readonly row: Row; readonly stale: boolean } | null {
    const page = Math.floor(index / this.pageSize);
    const at = index - page * this.pageSize;
    const fresh = this.pages.get(page);
    if (fresh !== undefined) return at < fresh.length ? { row: fresh[at], stale: false } : null;
    const old = this.stale.get(page);
    return old !== undefined && at < old.length ? { row: old[at], stale: true } : null;
  }

  /** Fetches what is missing of rows [first, end), and always the first page, which carries the total. */
  ensure(first: number, end: number): void {
    const from = Math.floor(first / this.pageSize);
    const to = Math.max(from, Math.floor(Math.max(first, end - 1) / this.pageSize));
    for (let page = from; page <= to; page++) {
      const rows = this.pages.get(page);
      if (rows === undefined) void this.load(page);
      else this.touch(page, rows);
    }
  }

  private async load(page: number): Promise<void> {
    if (this.pending.has(page) || this.revision < 0) return;
    const generation = this.generation;
    this.pending.add(page);
    const reply = await this.options.fetch(page * this.pageSize, this.pageSize);
    if (generation !== this.generation) return;
    this.pending.delete(page);
    if (reply === null) {
      this.options.onPage(null);
      return;
    }
    if (reply.revision !== this.revision) return;
    this.known = this.options.total(reply.page);
    this.touch(page, this.options.rows(reply.page));
    this.options.onPage(reply.page);
  }

  /** Puts a page last in the order of eviction. */
  private touch(page: number, rows: readonly Row[]): void {
    this.pages.delete(page);
    this.pages.set(page, rows);
    while (this.pages.size > this.capacity) this.pages.delete(this.pages.keys().next().value!);
  }
}
