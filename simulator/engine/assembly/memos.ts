/** What replays remember of pages that the first level of the TLB holds. */
import * as bits from '../../machine/tlb-bits';
import { Access } from '../../paging/kinds';
import { TraceKind } from '../../trace/kind';
import * as at from '../layout';
import { isCanonical } from './access';
import { firstLineOf, tagOf } from './data-caches';
import { findSmall, firstSmall, flagsIn, frameIn, recentOf } from './tlb';

const FEW_SETS: u32 = 16;

/** Where a page is remembered, if it is. */
@inline
export function memoOf(memos: usize, page: u32): usize {
  return memos + at.MEMOS_FIRST + (page % at.MEMOS) * at.MEMO_BYTES;
}

/** Forgets all pages: from now on they have another turn in their low bits. */
export function newTurn(memos: usize): void {
  let turn = (load<i32>(memos, at.MEMOS_TURN) + 1) & 4095;
  if (turn == 0) {
    // All turns have been: what is left of them must not be taken for new. There is no turn 0.
    memory.fill(memos + at.MEMOS_FIRST, 0, at.MEMOS * at.MEMO_BYTES);
    turn = 1;
  }
  store<i32>(memos, turn, at.MEMOS_TURN);
}

/** Forgets the pages of the set that an access to a page of some size, by its code, may have changed. */
export function forgetSet(cpu: usize, code: i32, address: u64): void {
  const memos = load<usize>(cpu, at.CPU_MEMOS);
  const array = firstSmall(cpu);
  const sets = array != 0 ? load<u32>(array, at.ARRAY_SETS) : 0;
  // A larger page has a set of its own; and where sets are few, each has too many pages to forget them one by one.
  if (code != 0 || sets < FEW_SETS) {
    newTurn(memos);
    return;
  }
  const first = (<u32>(address >> 12) & (sets - 1)) % at.MEMOS;
  for (let i = first; i < <u32>at.MEMOS; i += sets) store<u64>(memos + at.MEMOS_FIRST + i * at.MEMO_BYTES, 0, at.MEMO_PAGE);
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
