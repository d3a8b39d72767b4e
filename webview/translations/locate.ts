import { covers } from '../shared/hex';

interface Located {
  readonly gva: string;
  readonly bytes: number;
}

/**
 * Index of the row that covers an address in rows sorted by address, or -1. `rowAt` may have to fetch; it answers null
 * if it cannot, and the search gives up. In a tree, where an entry and its first child begin at the same address, the
 * innermost is found.
 */
export async function locate(
  total: number,
  gva: string,
  rowAt: (index: number) => Promise<Located | null>,
): Promise<number> {
  const target = BigInt(gva);
  let low = 0;
  let high = total;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = await rowAt(middle);
    if (row === null) return -1;
    if (BigInt(row.gva) <= target) low = middle + 1;
    else high = middle;
  }
  const row = low === 0 ? null : await rowAt(low - 1);
  return row !== null && covers(row.gva, row.bytes, gva) ? low - 1 : -1;
}
