/**
 * Hand-made TLB programs, one per sentence of SDM vol. 3, 4.10.4 that a simulator is likely to get wrong.
 * The last operation of each is an access; `last` says whether a stale outcome is permitted for it.
 * A machine under test must pass checkTlbProgram on all of them; where `last` is 'fresh' that leaves one outcome.
 */
import { toHex } from '../vectors';
import type { AccessOp, ControlOp, TlbOp, TlbProgram } from './tlb-program';

export interface TlbScenario {
  readonly name: string;
  readonly program: TlbProgram;
  readonly last: 'fresh' | 'stale permitted';
}

/* One tree: PML4 0x4000 (second root 0x5000 shares all below), PDPT 0x3000, PD 0x2000, PT 0x1000. */
const ROOT = '0x4000';
const OTHER_ROOT = '0x5000';
const PML4E = 0x4000n;
const PDE = 0x2000n;
/** PDE 0 → PT: 4 KiB pages at 0 (ordinary), 0x1000 (global). PDE 1: 2 MiB page at 0x200000. PDE 2: the same, global. */
const PTE = 0x1000n;
const PTE_GLOBAL = 0x1008n;
const LARGE = 0x2008n;
const LARGE_GLOBAL = 0x2010n;
const VA = '0x0';
const VA_GLOBAL = '0x1000';
const VA_LARGE = '0x200000';
const VA_LARGE_FAR = '0x3ff000';
const VA_LARGE_GLOBAL = '0x400000';

/** P RW US A D: with A and D set, walk and TLB hit cannot be told apart by the stores they make. */
const FULL = 0x67n;
const ENTRIES: readonly [bigint, bigint][] = [
  [PML4E, 0x3000n | FULL],
  [0x5000n, 0x3000n | FULL],
  [0x3000n, 0x2000n | FULL],
  [PDE, 0x1000n | FULL],
  [PTE, 0x100000n | FULL],
  [PTE_GLOBAL, 0x101000n | FULL | 0x100n],
  [LARGE, 0x400000n | FULL | 0x80n],
  [LARGE_GLOBAL, 0x600000n | FULL | 0x180n],
];

const read = (va: string): AccessOp => access(va, 'read');
function access(va: string, kind: AccessOp['access']): AccessOp {
  return { op: 'access', va, access: kind, user: true, ac: false, wp: true, pkru: '0x0' };
}
const set = (address: bigint, value: bigint): ControlOp => ({
  op: 'setEntry',
  address: toHex(address),
  value: toHex(value),
});
const invlpg = (va: string): ControlOp => ({ op: 'invlpg', va });
const invpcid = (type: 0 | 1 | 2 | 3, pcid: number, va = VA): ControlOp => ({ op: 'invpcid', type, pcid, va });
const load = (pcid: number, noFlush: boolean, root = ROOT): ControlOp => ({ op: 'loadCr3', root, pcid, noFlush });

const MOVED = 0x102000n | FULL;
const MOVED_LARGE = 0x800000n | FULL | 0x80n;

/** Make it cached, change memory, do `between`, access again. Starts under PCID 1. */
function changed(va: string, store: ControlOp, between: readonly ControlOp[], again = va): TlbOp[] {
  return [read(va), read(again), store, ...between, read(again)];
}

const STORE = set(PTE, MOVED);
const STORE_GLOBAL = set(PTE_GLOBAL, MOVED | 0x100n);
const STORE_LARGE = set(LARGE, MOVED_LARGE);
const STORE_LARGE_GLOBAL = set(LARGE_GLOBAL, MOVED_LARGE | 0x100n);
/** Points PML4E 0 at an empty table: stale upper entries still find the old tree. */
const CUT = set(PML4E, 0x9000n | FULL);

const LIST: readonly (readonly [TlbScenario['last'], string, readonly TlbOp[]])[] = [
  ['stale permitted', 'a store alone invalidates nothing', changed(VA, STORE, [])],
  ['stale permitted', 'lost write protection', [access(VA, 'write'), set(PTE, 0x100065n), access(VA, 'write')]],
  ['fresh', 'not-present is never cached', [set(PTE, 0n), read(VA), STORE, read(VA)]],
  ['fresh', 'INVLPG', changed(VA, STORE, [invlpg(VA)])],
  ['stale permitted', 'INVLPG of another page', changed(VA, STORE, [invlpg(VA_GLOBAL)])],
  ['fresh', 'INVLPG of a global page', changed(VA_GLOBAL, STORE_GLOBAL, [invlpg(VA_GLOBAL)])],
  [
    'fresh',
    'INVLPG of a global page cached under another PCID',
    changed(VA_GLOBAL, STORE_GLOBAL, [load(2, true), invlpg(VA_GLOBAL)]),
  ],
  ['stale permitted', 'INVLPG under another PCID', changed(VA, STORE, [load(2, true), invlpg(VA), load(1, true)])],
  ['fresh', 'INVLPG anywhere in a 2 MiB page', changed(VA_LARGE, STORE_LARGE, [invlpg(VA_LARGE)], VA_LARGE_FAR)],
  ['fresh', 'INVLPG at the far end of a 2 MiB page', changed(VA_LARGE, STORE_LARGE, [invlpg(VA_LARGE_FAR)])],
  ['stale permitted', 'INVLPG beyond a 2 MiB page', changed(VA_LARGE, STORE_LARGE, [invlpg(VA_LARGE_GLOBAL)])],
  [
    'fresh',
    'INVLPG drops cached upper entries whatever the address',
    [read(VA), CUT, invlpg('0x7fffffff000'), read(VA_GLOBAL)],
  ],
  ['stale permitted', 'a cut upper entry may live on', [read(VA), CUT, read(VA_GLOBAL)]],
  ['fresh', 'MOV to CR3', changed(VA, STORE, [load(1, false)])],
  ['stale permitted', 'MOV to CR3, no flush', changed(VA, STORE, [load(1, true)])],
  ['stale permitted', 'MOV to CR3 spares global pages', changed(VA_GLOBAL, STORE_GLOBAL, [load(1, false)])],
  [
    'stale permitted',
    'MOV to CR3 of another PCID spares this one',
    changed(VA, STORE, [load(2, false), load(1, true)]),
  ],
  [
    'fresh',
    'an ordinary page is not seen under another PCID',
    changed(VA, STORE, []).slice(0, 3).concat(load(2, true), read(VA)),
  ],
  [
    'stale permitted',
    'a global page is seen under another PCID and root',
    [read(VA_GLOBAL), STORE_GLOBAL, load(2, false, OTHER_ROOT), read(VA_GLOBAL)],
  ],
  [
    'stale permitted',
    'PCID used again for another root without a flush',
    [read(VA), set(0x5000n, 0n), load(1, true, OTHER_ROOT), read(VA)],
  ],
  ['fresh', 'PCID used again, flushed', [read(VA), set(0x5000n, 0n), load(1, false, OTHER_ROOT), read(VA)]],
  ['fresh', 'INVPCID 0', changed(VA, STORE, [invpcid(0, 1)])],
  ['stale permitted', 'INVPCID 0 of another PCID', changed(VA, STORE, [invpcid(0, 2)])],
  [
    'fresh',
    'INVPCID 0 of a PCID that is not current',
    changed(VA, STORE, [load(2, true), invpcid(0, 1), load(1, true)]),
  ],
  ['stale permitted', 'INVPCID 0 spares global pages', changed(VA_GLOBAL, STORE_GLOBAL, [invpcid(0, 1, VA_GLOBAL)])],
  ['fresh', 'INVPCID 0 drops the upper entries of its address', [read(VA), CUT, invpcid(0, 1), read(VA)]],
  ['fresh', 'INVPCID 1', changed(VA, STORE, [invpcid(1, 1)])],
  ['fresh', 'INVPCID 1 drops upper entries', [read(VA), CUT, invpcid(1, 1), read(VA_LARGE)]],
  ['stale permitted', 'INVPCID 1 of another PCID', changed(VA, STORE, [invpcid(1, 2)])],
  ['stale permitted', 'INVPCID 1 spares global pages', changed(VA_GLOBAL, STORE_GLOBAL, [invpcid(1, 1)])],
  ['fresh', 'INVPCID 2', changed(VA_GLOBAL, STORE_GLOBAL, [invpcid(2, 0)])],
  ['fresh', 'INVPCID 2, large and global', changed(VA_LARGE_GLOBAL, STORE_LARGE_GLOBAL, [invpcid(2, 0)])],
  ['fresh', 'INVPCID 3', changed(VA, STORE, [load(2, true), invpcid(3, 0), load(1, true)])],
  ['stale permitted', 'INVPCID 3 spares global pages', changed(VA_GLOBAL, STORE_GLOBAL, [invpcid(3, 0)])],
  [
    'fresh',
    'a page fault drops the translation that caused it',
    [set(PTE, 0x100025n), read(VA), access(VA, 'write'), STORE, access(VA, 'write')],
  ],
  [
    'fresh',
    'a write by a clean translation walks, and sets D',
    [set(PTE, 0x100027n), read(VA), access(VA, 'write'), invlpg(VA), access(VA, 'write')],
  ],
  [
    'stale permitted',
    'D cleared without invalidation is not set again',
    [access(VA, 'write'), set(PTE, 0x100027n), access(VA, 'write')],
  ],
  [
    'stale permitted',
    'a 4 KiB translation outlives the 2 MiB page put in its place',
    [read(VA), set(PDE, MOVED_LARGE), read(VA)],
  ],
  [
    'fresh',
    'its neighbour, after INVLPG, sees the 2 MiB page',
    [read(VA), set(PDE, MOVED_LARGE), invlpg(VA_GLOBAL), read(VA_GLOBAL)],
  ],
];

const cpu = { levels: 4, physBits: 40, nxe: true, smep: true, smap: true, pke: true } as const;

export const TLB_SCENARIOS: readonly TlbScenario[] = LIST.map(([last, name, ops]) => ({
  name,
  last,
  program: {
    cpu,
    root: ROOT,
    pcid: 1,
    entries: ENTRIES.map(([address, value]) => [toHex(address), toHex(value)] as const),
    ops,
  },
}));
