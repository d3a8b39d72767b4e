import { describe, expect, it } from 'vitest';
import { PagedRows, type PageReply } from '../../../webview/shared/pages';

interface Page {
  readonly rows: readonly string[];
  readonly total: number;
}

/** Rows whose answers arrive when the test says so. */
function harness(capacity = 3): {
  rows: PagedRows<string, Page>;
  asked: number[];
  answer: (offset: number, revision: number, label?: string, total?: number) => Promise<void>;
  refuse: (offset: number) => Promise<void>;
} {
  const asked: number[] = [];
  const open = new Map<number, ((reply: PageReply<Page> | null) => void)[]>();
  const rows = new PagedRows<string, Page>({
    fetch: (offset) => {
      asked.push(offset);
      return new Promise((resolve) => open.set(offset, [...(open.get(offset) ?? []), resolve]));
    },
    rows: (page) => page.rows,
    total: (page) => page.total,
    onPage: () => undefined,
    pageSize: 10,
    capacity,
  });
  const settle = async (offset: number, reply: PageReply<Page> | null): Promise<void> => {
    open.get(offset)!.shift()!(reply);
    await Promise.resolve();
    await Promise.resolve();
  };
  return {
    rows,
    asked,
    answer: (offset, revision, label = `r${revision}`, total = 100) =>
      settle(offset, {
        revision,
        page: { total, rows: Array.from({ length: 10 }, (_, i) => `${label}:${offset + i}`) },
      }),
    refuse: (offset) => settle(offset, null),
  };
}

describe('pages', () => {
  it('fetches what is in sight, once', async () => {
    const { rows, asked, answer } = harness();
    rows.restart(1);
    rows.ensure(5, 15);
    rows.ensure(5, 15);
    expect(asked).toEqual([0, 10]);
    await answer(0, 1);
    await answer(10, 1);
    rows.ensure(0, 20);
    expect(asked).toEqual([0, 10]);
    expect(rows.row(12)).toEqual({ row: 'r1:12', stale: false });
    expect(rows.total).toBe(100);
  });

  it('drops a reply to an older question, though its revision is right', async () => {
    const { rows, answer } = harness();
    rows.restart(1);
    rows.ensure(0, 10);
    rows.restart(1);
    rows.ensure(0, 10);
    await answer(0, 1, 'old filter');
    expect(rows.row(0)).toBeNull();
    await answer(0, 1, 'new filter');
    expect(rows.row(0)?.row).toBe('new filter:0');
  });

  it('drops a reply of another revision', async () => {
    const { rows, answer } = harness();
    rows.restart(2);
    rows.ensure(0, 10);
    await answer(0, 1);
    expect(rows.row(0)).toBeNull();
    rows.ensure(0, 10);
    await answer(0, 2);
    expect(rows.row(0)?.row).toBe('r2:0');
  });

  it('keeps the rows of the last revision, marked stale, until the new ones come', async () => {
    const { rows, answer } = harness();
    rows.restart(1);
    rows.ensure(0, 10);
    await answer(0, 1);
    rows.restart(2);
    expect(rows.row(3)).toEqual({ row: 'r1:3', stale: true });
    rows.ensure(0, 10);
    await answer(0, 2);
    expect(rows.row(3)).toEqual({ row: 'r2:3', stale: false });
  });

  it('forgets the page that was not used for longest', async () => {
    const { rows, asked, answer } = harness(2);
    rows.restart(1);
    for (const offset of [0, 10]) {
      rows.ensure(offset, offset + 10);
      await answer(offset, 1);
    }
    rows.ensure(0, 10);
    rows.ensure(20, 30);
    await answer(20, 1);
    expect(rows.row(0)).not.toBeNull();
    expect(rows.row(10)).toBeNull();
    rows.ensure(10, 20);
    expect(asked).toEqual([0, 10, 20, 10]);
  });

  it('asks again after a refusal, and forgets all of another session', async () => {
    const { rows, asked, answer, refuse } = harness();
    rows.restart(1);
    rows.ensure(0, 10);
    await refuse(0);
    rows.ensure(0, 10);
    expect(asked).toEqual([0, 0]);
    await answer(0, 1);
    rows.clear();
    expect(rows.row(0)).toBeNull();
    expect(rows.total).toBe(0);
  });
});
