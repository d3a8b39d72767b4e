import type { Process } from '../../guest/process';
import { Use } from '../../host/frames';
import type { Vm } from '../../host/vm';
import { agreeShadow, agreeTpt } from '../../inspect/agreement';
import type { InspectContext } from '../../inspect/context';
import { forEachLeaf, type Leaf } from '../../inspect/leaves';
import { frameHome, rootOf } from '../../inspect/peek';
import { P } from '../../paging/format';
import type { Frame } from '../../units';
import { writerInWords, type EntryWrite, type Watch } from './watch';

const AGREE = { tpt: agreeTpt, shadow: agreeShadow } as const;

/** Virtual pages, `to` excluded. */
export interface PageRange {
  readonly from: number;
  readonly to: number;
}

/** What a frame that holds a table of the process maps. */
interface TableSpan {
  readonly page: number;
  /** Pages under one entry. */
  readonly each: number;
}

/**
 * Tells when the native table and the one derived from it come to differ where they agreed. A page that only the native
 * table maps is no difference: the other entry is written when it is needed. Only what was written since is looked at.
 */
export class DivergeWatch implements Watch {
  /** Pages that differ now, and how. */
  private divergent = new Map<number, string>();
  private readonly tables = new Map<Frame, TableSpan>();
  /** What was written since the last look, in order of time. */
  private dirty: (PageRange & { readonly writer: string })[] = [];
  /** Who moved a guest frame, so that any page may go elsewhere; '': nobody. */
  private mover = '';
  private touched = false;
  private roots = '';

  constructor(
    private readonly c: InspectContext,
    private readonly vm: Vm,
    private readonly process: Process,
    private readonly kind: 'tpt' | 'shadow',
    private readonly range: PageRange,
  ) {}

  arm(): void {
    this.tables.clear();
    this.roots = this.rootsNow();
    this.settle();
    this.divergent = this.differences(this.range);
  }

  wrote({ frame, index, oldLo, hardware }: EntryWrite): boolean {
    if (hardware) return false;
    const writer = writerInWords(this.c.executor.journal, false);
    const table = this.tables.get(frame);
    if (table) {
      const first = table.page + Math.max(index, 0) * table.each;
      const pages = index < 0 ? 512 * table.each : table.each;
      this.dirty.push({
        from: Math.max(first, this.range.from),
        to: Math.min(first + pages, this.range.to),
        writer,
      });
    } else {
      if (this.c.executor.host.frames.useOf(frame) !== Use.Nested) return false;
      if (index < 0 || (oldLo & P) !== 0) this.mover ||= writer;
    }
    this.touched = true;
    // Hooks write one table after the other: it is judged when the statement has ended.
    return false;
  }

  look(atEnd: boolean): string | null {
    if (!atEnd) return null;
    const roots = this.rootsNow();
    if (!this.touched && roots === this.roots) return null;
    const all = this.mover !== '' || roots !== this.roots;
    this.roots = roots;
    const ranges = all ? [this.range] : merged([...this.dirty, ...this.present()]);
    const { dirty, mover } = this;
    this.settle();
    const before = this.divergent;
    const fresh: [number, string][] = [];
    this.divergent = new Map();
    for (const range of ranges) {
      for (const [page, why] of this.differences(range)) {
        this.divergent.set(page, why);
        if (!before.has(page)) fresh.push([page, why]);
      }
    }
    if (fresh.length === 0) return null;
    const [page, why] = fresh[0];
    const { c, vm, process } = this;
    const writer = dirty.find(({ from, to }) => page >= from && page < to)?.writer ?? mover;
    const more = fresh.length === 1 ? '' : `, and ${fresh.length - 1} more page${fresh.length === 2 ? '' : 's'}`;
    const name = this.kind === 'tpt' ? 'TPT' : 'shadow';
    return `the native and the ${name} table of ${vm.name} ▸ ${process.name} came to differ at ${c.gva(page)}${more}: ${why}${writer === '' ? '' : `; ${writer}`}`;
  }

  private settle(): void {
    this.dirty = [];
    this.mover = '';
    this.touched = false;
  }

  /** Pages that differed: any write may have put them right. */
  private present(): PageRange[] {
    return [...this.divergent.keys()].map((page) => ({ from: page, to: page + 1 }));
  }

  private rootsNow(): string {
    const { memory } = this.c.executor;
    return ([this.kind, 'native'] as const)
      .map((kind) => frameHome(memory, this.vm, kind, rootOf(memory, this.vm, this.process, kind)))
      .join();
  }

  /** Pages of a range that differ. The tables met on the way are watched from now on. */
  private differences(range: PageRange): Map<number, string> {
    const found = new Map<number, string>();
    if (this.process.state === 'exited') return found;
    const native = this.leaves('native', range);
    const { c, vm } = this;
    const agree = AGREE[this.kind];
    for (const leaf of this.leaves(this.kind, range).values()) {
      const end = Math.min(leaf.page + 512 ** (leaf.level - 1), range.to);
      for (let page = Math.max(leaf.page, range.from); page < end; page++) {
        const other = native.get(page) ?? native.get(page - (page % 512)) ?? null;
        const mine = other && other.page + 512 ** (other.level - 1) > page ? other : null;
        const backed = mine ? frameHome(c.executor.memory, vm, 'native', mine.frame + (page - mine.page)) : -1;
        const { state, why } = agree(mine, leaf, backed, page);
        if (state !== 'differs' && state !== 'extra') continue;
        found.set(page, why);
        // What the leaf maps beside it was made by the same write.
        break;
      }
    }
    return found;
  }

  private leaves(kind: 'native' | 'tpt' | 'shadow', range: PageRange): Map<number, Leaf> {
    const { memory, levels } = this.c.executor;
    const leaves = new Map<number, Leaf>();
    forEachLeaf(
      memory,
      this.vm,
      this.process,
      kind,
      levels,
      range,
      (leaf) => leaves.set(leaf.page, leaf),
      (home, level, page) => this.tables.set(home, { page, each: 512 ** (level - 1) }),
    );
    return leaves;
  }
}

/** The same pages as ranges in order that do not touch. */
function merged(ranges: readonly PageRange[]): PageRange[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    if (from >= to) continue;
    const last = result.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}
