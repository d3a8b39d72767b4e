/** Differences of every kind, and any number of moved mappings after them. */
import type {
  DifferenceRow,
  Differences,
  DifferenceSide,
  DifferencesQuery,
  MappingSide,
  Owner,
} from '../../../extension/protocol/messages';
import { EVIL, HOST, WEB } from './machine';
import { gva, hpa, perm } from './values';

/** Fewer than the simulator: what goes to the page is copied slowly by the driver of the browser. */
const MOST = 1_000;

export function differences({ a, b }: DifferencesQuery, total: number): Differences {
  const first = special();
  const rows = Array.from({ length: Math.min(total, MOST) }, (_, i) => first[i] ?? moved(i));
  return { titleA: title(a), titleB: title(b), rows, total, equal: 12_474 };
}

function title({ vm, pid, root, tick }: DifferenceSide): string {
  const process = vm === 1 ? 'evil ▸ attacker' : pid === 1 ? 'web ▸ redis' : 'web ▸ redis-child';
  return `${process}, ${root === 'tpt' ? 'TPT' : root}, ${tick === null ? 'now' : `tick ${tick.toLocaleString('en-US')}`}`;
}

function side(frame: number, rights: string, owner: Owner = WEB): MappingSide {
  return { hpa: hpa(frame * 4096), gpa: null, perm: perm(rights), owner };
}

function row(
  at: bigint,
  more: Pick<DifferenceRow, 'change' | 'text' | 'a' | 'b'> & Partial<DifferenceRow>,
): DifferenceRow {
  return { gva: gva(0x7f0000000000n + at), bytes: 4096, pageSize: '4K', count: 1, ...more };
}

function moved(i: number): DifferenceRow {
  return row(0x4000000n + BigInt(i) * 0x1000n, {
    change: 'moved',
    text: 'leads to another frame',
    a: side(0x6000 + i, 'rw-u'),
    b: side(0x9000 + i, 'rw-u'),
  });
}

/** One of each change. */
const special = (): readonly DifferenceRow[] => [
  row(0x1000n, {
    change: 'moved',
    text: 'frame 0x1a33 → 0x1b00, and its owner web → evil',
    a: side(0x1a33, 'r--u'),
    b: side(0x1b00, 'rw-u', EVIL),
  }),
  row(0x3000n, { change: 'permissions', text: 'W cleared', a: side(0x1a40, 'rw-u'), b: side(0x1a40, 'r--u') }),
  row(0x5000n, {
    change: 'owner',
    text: 'the frame went from web to host',
    a: side(0x1a44, 'rw-u'),
    b: side(0x1a44, 'rw-u', HOST),
  }),
  row(0x200000n, {
    change: 'size',
    text: 'a 2 MiB mapping became 512 of 4 KiB',
    bytes: 2 << 20,
    count: 512,
    a: side(0x4200, 'r-xu'),
    b: side(0x4200, 'r-xu'),
  }),
  row(0x600000n, {
    change: 'added',
    text: 'new',
    bytes: 64 * 4096,
    count: 64,
    a: null,
    b: side(0x8000, 'rw-u'),
  }),
  row(0x800000n, { change: 'removed', text: 'gone', a: side(0x7000, 'rw-u'), b: null }),
  row(0x900000n, {
    change: 'added',
    text: 'new, in the native table only',
    a: null,
    b: { hpa: null, gpa: hpa(0x423000), perm: perm('rw-u'), owner: null },
  }),
];
