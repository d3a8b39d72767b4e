/** What replays remember of pages that the first level of the TLB holds. */
import * as bits from '../../machine/tlb-bits';
import { Access } from '../../paging/kinds';
import { TraceKind } from '../../trace/kind';
import * as at from '../layout';
import { isCanonical } from './access';
import { firstLineOf, tagOf } from './data-caches';
import { findSmall, flagsIn, frameIn, recentOf } from './tlb';

/** Where a page is remembered, if it is. */
@inline
export function memoOf(memos: usize, page: u32): usize {
  return memos + at.MEMOS_FIRST + (page % at.MEMOS) * at.MEMO_BYTES;
}

/** Forgets all pages. @returns what pages have in their low bits from now on. */
export function newTurn(memos: usize): i32 {
  let turn = (load<i32>(memos, at.MEMOS_TURN) + 1) & 4095;
  if (turn == 0) {
    // All turns have been: what is left of them must not be taken for new. There is no turn 0.
    memory.fill(memos + at.MEMOS_FIRST, 0, at.MEMOS * at.MEMO_BYTES);
    turn = 1;
  }
  store<i32>(memos, turn, at.MEMOS_TURN);
  return turn;
}

/** Forgets the pages of a page's set. @returns false if they are too many to do that one by one. */
@inline
export function forgetSet(memos: usize, page: u32, setMask: u32): bool {
  if (setMask < 15) return false;
  const first = memoOf(memos, page & setMask);
  store<u64>(first, 0, at.MEMO_PAGE);
  if (setMask < <u32>at.MEMOS - 1) {
    const end = memos + at.MEMOS_BYTES;
    for (let memo = first + (setMask + 1) * at.MEMO_BYTES; memo < end; memo += (setMask + 1) * at.MEMO_BYTES)
      store<u64>(memo, 0, at.MEMO_PAGE);
  }
  return true;
}

/**
 * Looks a page up, and remembers it if it does what the record of this kind wants.
 * @returns false if that is not a hit of the first level.
 */
export function remember(
  cpu: usize,
  array: usize,
  lines: usize,
  memo: usize,
  address: u64,
  turn: u64,
  kind: i32,
): bool {
  const hi = <i32>(address >> 32);
  if (hi < 0 || !isCanonical(hi, load<i32>(cpu, at.CPU_LEVELS))) return false;
  const way = findSmall(cpu, array, hi, <i32>address);
  if (way < 0) return false;
  const allowed = allowedBy(cpu, flagsIn(array, way));
  const frame = frameIn(array, way);
  if (((allowed >>> kind) & 1) == 0 || frame >= load<u32>(cpu, at.CPU_FRAMES)) return false;
  store<u64>(memo, (address & ~4095) | turn, at.MEMO_PAGE);
  store<u32>(memo, frame | (allowed << at.MEMO_ALLOWED_SHIFT), at.MEMO_FRAME);
  store<i32>(memo, way, at.MEMO_WAY);
  store<usize>(memo, recentOf(array, <u32>(address >> 12)), at.MEMO_RECENT);
  // Without data caches there is no line to look for: it finds its own tag.
  store<usize>(memo, lines != 0 ? firstLineOf(lines, frame) : memo + at.MEMO_TAG, at.MEMO_LINES);
  store<u32>(memo, lines != 0 ? tagOf(lines, frame) : 1, at.MEMO_TAG);
  return true;
}

/** What an entry with these flags lets a user do, one bit for each TraceKind; nothing if it is not the engine's business. Never a fetch. */
function allowedBy(cpu: usize, flags: i32): i32 {
  if ((flags & bits.FRAME_HIGH) != 0) return 0;
  const user = cpu + (3 << 2);
  return (
    (permits(user + (Access.Read << 2), flags) ? 1 << TraceKind.Load : 0) |
    (permits(user + (Access.Write << 2), flags) ? (1 << TraceKind.Store) | (1 << TraceKind.Modify) : 0)
  );
}

function permits(which: usize, flags: i32): bool {
  const need = load<i32>(which, at.CPU_NEED);
  return (flags & need) == need && (flags & load<i32>(which, at.CPU_DENY)) == 0;
}
