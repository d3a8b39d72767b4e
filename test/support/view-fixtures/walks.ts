import type { WalkAnswer, WalkQuery, WalkStep } from '../../../extension/protocol/messages';
import { EVIL, WEB } from './machine';
import { bits, hpa } from './values';

const LEVELS = ['PML4', 'PDPT', 'PD', 'PT'] as const;

/** The walk of docs/views.md for the forged page; any other address ends well. */
export function walk(query: WalkQuery): WalkAnswer {
  const forged = BigInt(query.gva) === 0x7f0000001000n;
  const frame = forged ? 0x1b00000 : 0x1a32000;
  const steps = LEVELS.flatMap((levelName, i): WalkStep[] => {
    const index = Number((BigInt(query.gva) >> BigInt(39 - 9 * i)) & 511n);
    const next = i === 3 ? frame : 0x60000 + i * 0x1000 + 0x1000;
    const entry: WalkStep = {
      kind: 'entry',
      level: 4 - i,
      levelName,
      index,
      address: hpa((i === 0 ? 0x3f2000 : 0x60000 + i * 0x1000) + index * 8),
      value: `0x${(BigInt(next) | (i === 3 ? 0x07n : 0x27n)).toString(16).padStart(16, '0')}`,
      bits: bits(i === 3 ? ['P', 'R/W', 'U/S'] : ['P', 'R/W', 'U/S', 'A'], hpa(next)),
      owner: WEB,
      expectedOwner: WEB,
      ok: true,
      text: 'The table lies in a frame of web.',
    };
    return [entry];
  });
  const tag: WalkStep = {
    kind: 'tag',
    level: 0,
    levelName: 'tag',
    index: frame >> 12,
    address: hpa(frame),
    value: '0x02',
    bits: [],
    owner: forged ? EVIL : WEB,
    expectedOwner: WEB,
    ok: !forged,
    text: forged ? 'The frame belongs to evil (ASID 2); running is web (ASID 1).' : '',
  };
  return {
    gva: query.gva,
    access: query.access,
    root: hpa(0x3f2000),
    rootName: 'web ▸ redis, TPT table',
    steps: [...steps, tag],
    outcome: forged
      ? {
          kind: 'fault',
          fault: 'tag violation',
          errorCode: '0x80000007',
          errorText: 'write, user, RMP',
          text: 'Frame 0x1b00 has owner evil (ASID 2), expected web (ASID 1).',
        }
      : { kind: 'ok', hpa: hpa(frame), frame: frame >> 12, pageSize: '4K', owner: WEB, text: 'allowed' },
    tlb: forged
      ? {
          vcpu: 0,
          structure: 'L1 data',
          gva: query.gva,
          hpa: hpa(0x1a33000),
          pageSize: '4K',
          asid: 1,
          pcid: 3,
          global: false,
          dirty: false,
          perm: { text: 'r--u', write: false, execute: false, user: true },
          stale: true,
          why: 'the table now leads to 0x0001b00000',
        }
      : null,
  };
}
