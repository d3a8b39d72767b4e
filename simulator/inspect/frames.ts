import { Use } from '../host/frames';
import { forEachNested, peekNested } from '../host/nested';
import { P, PS, frameOf } from '../paging/format';
import { FRAMES_2M, hex, hex64 } from '../units';
import type { InspectContext } from './context';
import { collectLeaves } from './leaves';
import { derivedKind, frameHome, rootOf } from './peek';
import type * as t from './types';
import { decodeTag, permissions } from './words';

/** Frames of guests that hold paging structures, by host frame. */
type TableFrames = ReadonlyMap<number, 'guest-table' | 'tpt-table'>;

/** A page of cells of the Frames view. */
export function frames(c: InspectContext, query: t.FramesQuery): t.FramesPage {
  const { memory } = c.executor;
  const tables = tableFrames(c);
  const shares = sharesOf(c, 0, memory.frames);
  const touched = changedFrames(c);
  const blocks = query.framesPerCell === 1 ? NO_BLOCKS : marksOf(tables, touched, query.framesPerCell);
  const cells: t.FrameCell[] = [];
  for (let i = 0; i < query.cells; i++) {
    const first = query.first + i * query.framesPerCell;
    if (first >= memory.frames) break;
    cells.push(
      query.framesPerCell === 1
        ? single(c, first, tables, touched)
        : block(c, first, Math.min(query.framesPerCell, memory.frames - first), blocks),
    );
  }
  return {
    first: query.first,
    framesPerCell: query.framesPerCell,
    cells,
    totalFrames: memory.frames,
    legend: [...shares]
      .filter(([asid]) => asid !== FREE)
      .sort((a, b) => a[0] - b[0])
      .map(([asid, count]) => ({ owner: c.owner(asid), frames: count })),
    free: shares.get(FREE) ?? 0,
  };
}

/** Everything known of one frame. */
export function frameDetail(c: InspectContext, frame: number): t.FrameDetail {
  const { memory, tags, host } = c.executor;
  const entry = tags.read(frame);
  const use = useOf(c, frame, tableFrames(c));
  const backing = host.past.present(frame);
  const backs = backing && { vm: host.vms[backing.vm].name, gpa: c.gpa(backing.gfn) };
  return {
    frame,
    hpa: c.hpa(frame),
    owner: c.owner(tags.ownerOf(frame)),
    use,
    useText: useText(use, frame >= memory.frames) + pageType(c, frame),
    backs,
    tagEntry: {
      address: hex(tags.entryAddress(frame), c.hpaDigits),
      raw: hex64(entry.hi, entry.lo),
      fields: decodeTag(entry),
    },
    mappers: mappersOf(c, frame),
    pastOwners: host.past.of(frame).map((b) => ({
      owner: c.owner(b.vm + 1),
      fromTick: b.fromTick,
      untilTick: b.untilTick,
      by: b.by,
      line: b.line,
    })),
  };
}

function single(c: InspectContext, frame: number, tables: TableFrames, touched: ReadonlySet<number>): t.FrameCell {
  return { asid: c.executor.tags.ownerOf(frame), use: useOf(c, frame, tables), changed: touched.has(frame) ? 1 : 0 };
}

/** What is to be marked on blocks of frames, by number of the block. */
interface BlockMarks {
  readonly framesPerCell: number;
  readonly tables: ReadonlySet<number>;
  readonly changed: ReadonlyMap<number, number>;
}
const NO_BLOCKS: BlockMarks = { framesPerCell: 1, tables: new Set(), changed: new Map() };

function marksOf(tables: TableFrames, touched: ReadonlySet<number>, framesPerCell: number): BlockMarks {
  const changed = new Map<number, number>();
  for (const frame of touched) {
    const cell = Math.floor(frame / framesPerCell);
    changed.set(cell, (changed.get(cell) ?? 0) + 1);
  }
  const withTables = new Set([...tables.keys()].map((frame) => Math.floor(frame / framesPerCell)));
  return { framesPerCell, tables: withTables, changed };
}

function block(c: InspectContext, first: number, count: number, marks: BlockMarks): t.FrameCell {
  const cell = first / marks.framesPerCell;
  const shares = [...sharesOf(c, first, first + count)]
    .sort((a, b) => b[1] - a[1])
    .map(([asid, frames]) => ({ asid, frames }));
  const most = shares[0].asid;
  return {
    asid: Math.max(most, 0),
    use: most === FREE ? 'free' : marks.tables.has(cell) ? 'guest-table' : most === 0 ? 'host' : 'data',
    changed: marks.changed.get(cell) ?? 0,
    shares,
  };
}

/** ASID under which free frames are counted. */
const FREE = -1;

/** Frames of each owner in a range. Whole free 2 MiB and the tag table are not looked at one by one. */
function sharesOf(c: InspectContext, first: number, end: number): Map<number, number> {
  const { tags, host } = c.executor;
  const shares = new Map<number, number>();
  const add = (asid: number, count: number): void => {
    shares.set(asid, (shares.get(asid) ?? 0) + count);
  };
  const ordinary = Math.min(end, tags.firstFrame);
  for (let frame = first; frame < ordinary;) {
    if (frame % FRAMES_2M === 0 && frame + FRAMES_2M <= ordinary && host.frames.isFree2M(frame)) {
      add(FREE, FRAMES_2M);
      frame += FRAMES_2M;
      continue;
    }
    add(host.frames.useOf(frame) === Use.Free ? FREE : tags.ownerOf(frame), 1);
    frame++;
  }
  if (end > Math.max(ordinary, first)) add(0, end - Math.max(ordinary, first));
  return shares;
}

function useOf(c: InspectContext, frame: number, tables: TableFrames): t.FrameUse {
  switch (c.executor.host.frames.useOf(frame)) {
    case Use.Free:
      return 'free';
    case Use.Guest:
      return tables.get(frame) ?? 'data';
    case Use.Nested:
      return 'nested-table';
    case Use.Shadow:
      return 'shadow-table';
    case Use.TagTable:
      return 'tag-table';
    case Use.Map:
      return 'map';
    default:
      return 'host';
  }
}

function useText(use: t.FrameUse, outside: boolean): string {
  if (outside) return 'outside memory';
  const words: Record<t.FrameUse, string> = {
    free: 'free',
    data: 'data of a guest',
    'guest-table': 'native paging structure of a guest',
    'tpt-table': 'TPT paging structure of a guest',
    'nested-table': 'nested paging structure of the host',
    'shadow-table': 'shadow paging structure of the host',
    'tag-table': 'tag table (RMP)',
    map: 'gfn→hfn map',
    host: 'reserved by the host',
  };
  return words[use];
}

/** What a frame of a VM under direct paging counts as, by the host's books. */
function pageType(c: InspectContext, frame: number): string {
  const { tags, host } = c.executor;
  const direct = host.vms[tags.ownerOf(frame) - 1]?.direct;
  return direct ? `; page type: ${direct.types.describe(frame)}` : '';
}

/** Frames whose contents or tag-table entry changed since the last stop. */
function changedFrames(c: InspectContext): ReadonlySet<number> {
  const { memory, tags } = c.executor;
  const changed = new Set<number>(memory.touched().keys());
  const before = memory.baseline();
  for (const table of memory.touched().keys()) {
    if (table < tags.firstFrame) continue;
    const first = Math.floor(((table - tags.firstFrame) * 4096 - 16384) / 16);
    for (let frame = Math.max(0, first); frame < first + 256; frame++) {
      const now = tags.read(frame);
      const was = tags.read(frame, before);
      if (now.lo !== was.lo || now.hi !== was.hi) changed.add(frame);
    }
  }
  return changed;
}

function tableFrames(c: InspectContext): TableFrames {
  const found = new Map<number, 'guest-table' | 'tpt-table'>();
  const { memory, levels } = c.executor;
  for (const kernel of c.executor.kernels) {
    const { vm } = kernel;
    const visit = (table: number, level: number): void => {
      const home = frameHome(memory, vm, 'native', table);
      if (home < 0 || found.has(home)) return;
      found.set(home, 'guest-table');
      if (level === 1) return;
      const words = memory.page(home);
      for (let i = 0; i < 512; i++) {
        const lo = words[i * 2];
        if ((lo & P) !== 0 && ((lo & PS) === 0 || level > 3)) visit(frameOf(lo, words[i * 2 + 1]), level - 1);
      }
    };
    const visitTpt = (frame: number, level: number): void => {
      if (frame < 0 || frame >= memory.frames || found.get(frame) === 'tpt-table') return;
      found.set(frame, 'tpt-table');
      if (level === 1) return;
      const words = memory.page(frame);
      for (let i = 0; i < 512; i++) {
        const lo = words[i * 2];
        if ((lo & P) !== 0 && ((lo & PS) === 0 || level > 3)) visitTpt(frameOf(lo, words[i * 2 + 1]), level - 1);
      }
    };
    for (const process of kernel.processes.values()) {
      if (process.state === 'exited') continue;
      visit(rootOf(memory, vm, process, 'native'), levels);
      if (kernel.mirrors) visitTpt(peekNested(memory, vm, process.tptRootGfn), levels);
    }
  }
  return found;
}

/** Who maps a frame: leaves of every table of every VM, those that the tag makes useless included. */
export function mappersOf(c: InspectContext, frame: number): t.Mapper[] {
  const { memory, tags, levels } = c.executor;
  const owner = tags.ownerOf(frame);
  const mappers: t.Mapper[] = [];
  for (const kernel of c.executor.kernels) {
    const { vm } = kernel;
    const dormant = owner !== vm.asid && tags.mode !== 'off';
    for (const process of kernel.processes.values()) {
      if (process.state === 'exited') continue;
      const derived = derivedKind(vm);
      for (const table of derived ? ([derived, 'native'] as const) : (['native'] as const)) {
        for (const leaf of collectLeaves(memory, vm, process, table, levels, false)) {
          const span = 512 ** (leaf.level - 1);
          const first = frameHome(memory, vm, table, leaf.frame);
          // A guest's large page may be scattered: each of its frames is looked up.
          const offset =
            table !== 'native' || vm.nestedRoot < 0 ? frame - first : findOffset(c, vm, leaf.frame, span, frame);
          if (offset < 0 || offset >= span) continue;
          mappers.push({
            vm: vm.name,
            process: process.name,
            space: { vm: vm.index, pid: process.pid },
            gva: c.gva(leaf.page + offset),
            pageSize: (['4K', '2M', '1G'] as const)[leaf.level - 1],
            perm: permissions(leaf.write, leaf.execute, leaf.user),
            table,
            dormant,
          });
        }
      }
    }
    forEachNested(memory, vm, (gfn, hfn, count) => {
      if (frame < hfn || frame >= hfn + count || !vm.hasGuestFrame(gfn)) return;
      mappers.push({
        vm: vm.name,
        process: '',
        space: { vm: vm.index, pid: 0 },
        gva: c.gpa(gfn + frame - hfn),
        pageSize: count === 1 ? '4K' : '2M',
        perm: permissions(true, true, true),
        table: 'nested',
        dormant,
      });
    });
  }
  return mappers;
}

function findOffset(
  c: InspectContext,
  vm: Parameters<typeof peekNested>[1],
  gfn: number,
  span: number,
  frame: number,
): number {
  for (let i = 0; i < span; i++) if (peekNested(c.executor.memory, vm, gfn + i) === frame) return i;
  return -1;
}
