import type { FrameCell, FrameDetail, FramesPage, FramesQuery, FrameUse } from '../../../extension/protocol/messages';
import { EVIL, FRAMES, HOST, OWNERS, WEB } from './machine';
import { gva, hash, hpa, perm } from './values';

/** Host memory first, then the VMs in runs with holes, then free. */
function cellOf(frame: number): { asid: number; use: FrameUse; changed: number } {
  if (frame < 96) return { asid: 0, use: frame < 48 ? 'tag-table' : frame < 80 ? 'map' : 'host', changed: 0 };
  if (frame < 160) return { asid: 0, use: 'nested-table', changed: 0 };
  if (frame === 0x1b00) return { asid: 2, use: 'data', changed: 1 };
  const run = hash(frame >> 5) % 10;
  if (frame >= 16_000 && run !== 3) return { asid: 0, use: 'free', changed: 0 };
  const asid = run < 4 ? 1 : run < 7 ? 2 : 0;
  const use: FrameUse =
    asid === 0 ? 'free' : hash(frame) % 17 === 0 ? (hash(frame) % 2 === 0 ? 'tpt-table' : 'guest-table') : 'data';
  return { asid, use, changed: hash(frame * 3) % 331 === 0 && asid > 0 ? 1 : 0 };
}

export function frames(query: FramesQuery): FramesPage {
  const cells: FrameCell[] = [];
  for (let i = 0; i < query.cells; i++) {
    const first = query.first + i * query.framesPerCell;
    if (first >= FRAMES) break;
    cells.push(query.framesPerCell === 1 ? cellOf(first) : block(first, Math.min(FRAMES, first + query.framesPerCell)));
  }
  return {
    first: query.first,
    framesPerCell: query.framesPerCell,
    cells,
    totalFrames: FRAMES,
    legend: [
      { owner: HOST, frames: 160 },
      { owner: WEB, frames: 19_204 },
      { owner: EVIL, frames: 5_120 },
    ],
    free: FRAMES - 160 - 19_204 - 5_120,
  };
}

function block(first: number, end: number): FrameCell {
  const counts = new Map<number, number>();
  const step = Math.max(1, (end - first) >> 9);
  let changed = 0;
  for (let frame = first; frame < end; frame += step) {
    const cell = cellOf(frame);
    const asid = cell.use === 'free' ? -1 : cell.asid;
    counts.set(asid, (counts.get(asid) ?? 0) + step);
    changed += cell.changed;
  }
  const shares = [...counts].map(([asid, n]) => ({ asid, frames: n })).sort((a, b) => b.frames - a.frames);
  return { asid: shares[0].asid, use: shares[0].asid === -1 ? 'free' : 'data', changed, shares };
}

export function frame(n: number): FrameDetail {
  const cell = cellOf(n);
  const owner = OWNERS[cell.asid];
  const busy = cell.use !== 'free';
  return {
    frame: n,
    hpa: hpa(n * 4096),
    owner,
    use: cell.use,
    useText: {
      free: 'free',
      data: 'data of a guest',
      'guest-table': 'page table of a guest',
      'tpt-table': 'TPT table of a guest',
      'nested-table': 'nested table',
      'shadow-table': 'shadow table of the host',
      'tag-table': 'tag table',
      map: 'gfn→hfn map',
      host: 'host',
    }[cell.use],
    backs: busy && cell.asid > 0 ? { vm: owner.name, gpa: hpa(n * 4096 - 0x1600000 < 0 ? n * 4096 : 0x500000) } : null,
    tagEntry: {
      address: hpa(0x10000 + n * 16),
      raw: `0x${((BigInt(cell.asid) << 32n) | 5n).toString(16).padStart(32, '0')}`,
      fields: [
        {
          name: 'assigned',
          value: cell.asid > 0 ? '1' : '0',
          meaning: cell.asid > 0 ? 'belongs to a VM' : 'belongs to the host',
          wrong: false,
        },
        { name: 'pagesize', value: '0', meaning: 'tagged as 4 KiB', wrong: false },
        { name: 'immutable', value: '0', meaning: 'can be changed', wrong: false },
        { name: 'gPA', value: '0x500000', meaning: 'guest-physical address that the frame backs', wrong: false },
        { name: 'asid', value: String(cell.asid), meaning: 'address-space identifier of the owner', wrong: false },
        { name: 'validated', value: '0', meaning: 'not accepted', wrong: false },
      ],
    },
    mappers: !busy
      ? []
      : [
          {
            vm: 'evil',
            process: 'attacker',
            space: { vm: 1, pid: 1 },
            gva: gva(0x7f0000004000n),
            pageSize: '4K',
            perm: perm('rw-u'),
            table: 'tpt',
            dormant: cell.asid !== 2,
          },
          {
            vm: 'evil',
            process: 'attacker',
            space: { vm: 1, pid: 1 },
            gva: gva(0x7f0000004000n),
            pageSize: '4K',
            perm: perm('rw-u'),
            table: 'native',
            dormant: false,
          },
          {
            vm: 'web',
            process: 'redis',
            space: { vm: 0, pid: 1 },
            gva: gva(0x7f0000001000n),
            pageSize: '4K',
            perm: perm('rw-u'),
            table: 'tpt',
            dormant: cell.asid !== 1,
          },
        ],
    pastOwners: [
      { owner, fromTick: 48_190, untilTick: null, by: 'retag', line: 24 },
      { owner: WEB, fromTick: 1_204, untilTick: 48_190, by: 'back', line: 12 },
      { owner: HOST, fromTick: 0, untilTick: 1_204, by: 'start', line: null },
    ],
  };
}
