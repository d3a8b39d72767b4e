/** One access under four schemes: two that go through, a forged one, and a scheme that could not be run so far. */
import type { SameAccess, SameAccessQuery, WalkAnswer, WalkStep } from '../../../extension/protocol/messages';
import { bits, hpa } from './values';
import { walk } from './walks';

const NESTED = ['PML4', 'PDPT', 'PD', 'PT'] as const;

export function sameAccess(query: SameAccessQuery): SameAccess {
  const at = (gva: string): WalkAnswer => walk({ ...query, gva, root: 'active' });
  const space = { vm: query.vm, pid: query.pid };
  const tpt = withCosts(at(query.gva));
  const plain = at('0x00007f0000003000');
  const native: WalkAnswer = {
    ...plain,
    gva: query.gva,
    rootName: 'native root',
    steps: plain.steps.filter((step) => step.kind === 'entry'),
    tlb: null,
  };
  const walks = [
    { scheme: 'native', own: false, space, walk: withCosts(native), problem: null },
    { scheme: 'nested', own: false, space, walk: withCosts(nested(native)), problem: null },
    {
      scheme: 'shadow',
      own: false,
      space: null,
      walk: null,
      problem: 'Not reached within 10 s: 204,113 of 1,250,000 statements were made. Ask nearer to the start.',
    },
    { scheme: 'tpt', own: true, space, walk: tpt, problem: null },
  ] as const;
  return { statements: 12_481, process: 'redis', note: null, walks };
}

/** Each table and the frame are found through the nested table. */
function nested(native: WalkAnswer): WalkAnswer {
  const through = (n: number): WalkStep[] =>
    NESTED.map((levelName, i) => ({
      kind: 'nested',
      level: 4 - i,
      levelName,
      index: (n * 37 + i * 11) % 512,
      address: hpa(0x90000 + n * 0x4000 + i * 0x1000 + 8),
      value: '0x0000000000091007',
      bits: bits(['P', 'R/W', 'U/S', 'A'], hpa(0x91000)),
      owner: null,
      expectedOwner: null,
      ok: true,
      text: '',
    }));
  return {
    ...native,
    rootName: 'native root (gPA)',
    steps: [...native.steps.flatMap((step, i) => [...through(i), step]), ...through(4)],
  };
}

function withCosts(answer: WalkAnswer): WalkAnswer {
  const cycles = (step: WalkStep, i: number): number => (step.kind === 'tag' ? 14 : i % 4 === 3 ? 200 : 4);
  return { ...answer, steps: answer.steps.map((step, i) => ({ ...step, cycles: cycles(step, i) })) };
}
