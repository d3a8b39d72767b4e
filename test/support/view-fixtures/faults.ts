import type { ChainStep, FaultDetail, FaultRow, FaultsPage, FaultsQuery } from '../../../extension/protocol/messages';
import { EVIL, WEB } from './machine';
import { gva, hash } from './values';
import { walk } from './walks';

const TOTAL = 340;
const PLAIN = {
  errorCode: '0x6',
  errorText: 'write, user, page not present',
  expectedOwner: null,
  foundOwner: null,
  why: 'No entry for this page: first touch.',
  resolution: 'guest mapped a page and retried',
} as const;

function row(id: number): FaultRow {
  const n = hash(id);
  const newest = id === TOTAL;
  const violation = newest || n % 19 === 0;
  const kind = violation
    ? 'tag_violation'
    : n % 7 === 0
      ? 'npf'
      : n % 31 === 0
        ? 'hypercall_failure'
        : n % 37 === 0
          ? 'gp'
          : 'page_fault';
  const words = {
    tag_violation: 'tag violation',
    npf: 'NPF',
    hypercall_failure: 'hypercall failed',
    gp: '#GP',
    page_fault: '#PF',
  }[kind];
  return {
    id,
    count: n % 11 === 0 ? 16 : 1,
    tick: 900 + id * 139,
    vm: n % 5 === 0 ? 'evil' : 'web',
    task: newest ? 'redis' : n % 5 === 0 ? 'attacker' : 'redis',
    kind,
    kindText: words,
    gva: newest
      ? gva(0x7f0000001000n)
      : kind === 'hypercall_failure'
        ? null
        : gva(0x7f0000000000n + BigInt(n % 4096) * 4096n),
    access: kind === 'hypercall_failure' ? null : n % 3 === 0 ? 'read' : 'write',
    ...PLAIN,
    ...(violation
      ? {
          errorCode: '0x80000007',
          errorText: 'write, user, RMP',
          expectedOwner: WEB,
          foundOwner: EVIL,
          why: 'owner is evil (ASID 2), running ASID 1',
          resolution: newest
            ? 'forged entry: web was killed'
            : 'host moved the frame; guest re-read the map and retried',
        }
      : {}),
    ...(kind === 'hypercall_failure'
      ? {
          errorCode: '-0x16',
          errorText: 'EINVAL',
          why: 'hypercall 13: the argument is no page',
          resolution: 'returned -22 to the guest',
        }
      : {}),
    line: 8 + (n % 40),
    space: { vm: n % 5 === 0 ? 1 : 0, pid: 1 },
    isNew: id > TOTAL - 3,
  };
}

export function faults(query: FaultsQuery): FaultsPage {
  const all = Array.from({ length: TOTAL }, (_, i) => row(TOTAL - i));
  const kept = all.filter(
    (f) =>
      (query.kinds.length === 0 || query.kinds.includes(f.kind)) &&
      (query.fromTick === null || f.tick >= query.fromTick) &&
      (query.untilTick === null || f.tick <= query.untilTick) &&
      (query.filter === '' || JSON.stringify(f).toLowerCase().includes(query.filter.toLowerCase())),
  );
  const counts: Record<string, number> = {};
  for (const f of all) counts[f.kind] = (counts[f.kind] ?? 0) + f.count;
  return {
    rows: kept.slice(query.offset, query.offset + query.limit).map((f) => (query.fold ? f : { ...f, count: 1 })),
    total: kept.length,
    counts,
    strip: all.map((f) => ({ tick: f.tick, kind: f.kind, count: f.count })).reverse(),
    firstTick: 0,
    lastTick: 48_213,
  };
}

export function fault(id: number): FaultDetail {
  const found = row(id);
  const step = (
    tick: number,
    depth: number,
    who: ChainStep['who'],
    operation: string,
    text: string,
    line: number | null = null,
  ): ChainStep => ({ tick: found.tick + tick, depth, who, operation, text, line });
  return {
    row: found,
    chain: [
      step(0, 0, 'guest', 'write', 'write(heap + 4K, 1)', found.line),
      step(4, 1, 'hardware', 'walk', '4 entries read, TLB miss'),
      step(5, 2, 'hardware', 'tag check', found.why),
      step(31, 1, 'host', 'resolve', 'VM exit; the map says gfn 0x422 is frame 0x1a33, the entry says 0x1b00'),
      step(44, 2, 'host', 'judge', 'the entry never came from the map: forged by set_pte', 24),
      step(50, 1, 'host', 'kill', 'VM web is killed by policy'),
    ],
    walk:
      found.gva === null
        ? null
        : walk({ vm: 0, pid: 1, gva: gva(0x7f0000001000n), access: 'write', user: true, root: 'tpt' }),
  };
}
