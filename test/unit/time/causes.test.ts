import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ExceptionFilter, Simulation, Stop, Subject, Target } from '../../../simulator/index';
import { causesText } from '../../support/causes-text';
import { expectGolden } from '../../support/golden';
import { complete, faultsOf, start } from '../scenarios/check';

const samples = join(__dirname, '../../../samples');

/** How somebody comes to ask: stopped at a fault, or at an expectation that failed, about an address. */
interface Question {
  readonly stop: ExceptionFilter;
  /** How often it stops there before; 0 by default. */
  readonly after?: number;
  /** Address to ask about; without it the fault is asked about. */
  readonly address?: string;
  /** Line of the scenario that is to blame, by the solution of the sample. */
  readonly line: number;
}

/** The fourteen bugs of the field, in their order. */
const BUGS: readonly { readonly sample: string; readonly questions: readonly Question[] }[] = [
  { sample: '03-forged-leaf', questions: [{ stop: 'tag_violation', line: 35 }] },
  {
    sample: '04-forged-upper',
    questions: [
      { stop: 'tag_violation', line: 34 },
      { stop: 'tag_violation', after: 1, line: 41 },
    ],
  },
  { sample: '06-fork-without-mirror', questions: [{ stop: 'failed_expect', address: 'heap', line: 18 }] },
  { sample: '07-migration-stale-entry', questions: [{ stop: 'tag_violation', line: 35 }] },
  { sample: '11-retag-without-flush', questions: [{ stop: 'breach', line: 38 }] },
  { sample: '12-retag-without-map-update', questions: [{ stop: 'livelock', line: 31 }] },
  { sample: '13-zero-map-slot', questions: [{ stop: 'tag_violation', line: 21 }] },
  { sample: '09-huge-page-scattered', questions: [{ stop: 'failed_expect', address: 'heap + 12K', line: 39 }] },
  { sample: '16-lost-dirty-bit', questions: [{ stop: 'failed_expect', address: 'text', line: 24 }] },
  { sample: '17-pcid-reused', questions: [{ stop: 'failed_expect', address: '0x1000000000', line: 36 }] },
  { sample: '18-kernel-mapping-missing', questions: [{ stop: 'page_fault', after: 1, line: 21 }] },
  { sample: '19-stale-root', questions: [{ stop: 'failed_expect', address: '0x1000000000', line: 31 }] },
  { sample: '14-mprotect-without-invlpg', questions: [{ stop: 'failed_expect', address: 'page', line: 18 }] },
  { sample: '20-merged-across-tenants', questions: [{ stop: 'livelock', line: 41 }] },
  // Not of the fourteen: what no tag check can see.
  { sample: '15-frame-comes-back', questions: [{ stop: 'failed_expect', address: 'a', line: 30 }] },
];

const recorded = (text: string): Simulation => start(text, { record: {} });

/** The question as the debugger would put it, where the run stops. */
function ask(simulation: Simulation, question: Question): Subject {
  simulation.setExceptionFilters([question.stop]);
  let stop: Stop | null = null;
  for (let i = 0; i <= (question.after ?? 0); i++) stop = complete(simulation);
  if (stop?.reason !== 'exception') throw new Error(`the run does not stop at ${question.stop}`);
  if (question.address === undefined) return { kind: 'fault', faultId: stop.faultId ?? -1 };
  const { present } = simulation.inspect.summary(stop.task);
  const value = simulation.evaluate(question.address, stop.task, 0);
  if (!present || !value.ok) throw new Error('nothing to ask about');
  return { kind: 'translation', vm: present.vm, pid: present.pid, gva: value.value };
}

describe.each(BUGS)('$sample', ({ sample, questions }) => {
  const text = readFileSync(join(samples, `${sample}.tpt`), 'utf8');

  test('the chain of causes ends at the line that is to blame, and reads as recorded', () => {
    const chains = questions.map((question) => {
      const simulation = recorded(text);
      const subject = ask(simulation, question);
      const before = simulation.stateHash();
      const causes = simulation.inspect.causes(subject);
      expect(simulation.stateHash()).toBe(before);
      expect(causes.line).toBe(question.line);
      expect(causes.links[0].role).toBe('symptom');
      expect(causes.links.filter((link) => link.role === 'root')).toEqual([causes.links.at(-1)]);
      return causesText(causes);
    });
    expectGolden(`causes/${sample}.txt`, chains.join('\n=====\n\n'));
  });

  test('going to the root cause leads to its line', () => {
    for (const question of questions) {
      const simulation = recorded(text);
      const root = simulation.inspect.causes(ask(simulation, question)).links.at(-1);
      go(simulation, root!.target!);
      expect(standsAt(simulation)).toBe(question.line);
    }
  });
});

function go(simulation: Simulation, target: Target): void {
  while (simulation.run({ mode: 'goto', task: 0, budget: 10_000_000, target }).reason === 'budget');
}

/** The line of the scenario that the running task stands at. */
function standsAt(simulation: Simulation): number {
  const task = simulation.inspect.context.executor.running!.id;
  const frame = simulation.stack(task).find(({ source }) => source.kind === 'scenario');
  return frame?.source.kind === 'scenario' ? frame.source.range.startLine + 1 : 0;
}

test('an address behind a forged upper entry: that entry is to blame, not those of the table that it leads to', () => {
  const simulation = recorded(readFileSync(join(samples, '04-forged-upper.tpt'), 'utf8'));
  const subject = ask(simulation, { stop: 'tag_violation', address: 'window', line: 34 });
  expect(simulation.inspect.causes(subject)).toMatchObject({
    line: 34,
    verdict: expect.stringMatching(/^a forged entry/) as string,
  });
});

test('a run that stops at a failed block stands at the head of the block', () => {
  const simulation = recorded(readFileSync(join(samples, '14-mprotect-without-invlpg.tpt'), 'utf8'));
  simulation.setExceptionFilters(['failed_expect']);
  expect(complete(simulation).reason).toBe('exception');
  expect(standsAt(simulation)).toBe(19);
});

test.each(['01-first-touch', '02-two-tenants', '05-fork-mirror', '08-reclaim-refill'])(
  '%s: with nothing wrong, every fault is said to be in order, and so is every translation',
  (sample) => {
    const simulation = recorded(readFileSync(join(samples, `${sample}.tpt`), 'utf8'));
    complete(simulation);
    for (const { id, kind } of faultsOf(simulation).rows) {
      const { verdict, links } = simulation.inspect.causes({ kind: 'fault', faultId: id });
      expect(links.length).toBeGreaterThan(1);
      if (kind === 'page_fault' || kind === 'npf') expect(verdict).toMatch(/^nothing is wrong: /);
      // The host takes pages here: the guest's entries are stale until it comes to them, which is as it should be.
      else expect(verdict).toMatch(/^a stale entry: `reclaim`/);
    }
  },
);

test('a frame that the host shares between VMs is in order where the host writes the tables', () => {
  const tenant = (vm: string, name: string): string => `process ${name} in ${vm} {
  mmap(4K, rw, 0x10_0000_0000)
  write(0x10_0000_0000, 7)
  signal ready
  wait ksm.done
  expect read(0x10_0000_0000) == 7
}
`;
  const text = `machine { memory 64M tags asid }
vm red { memory 16M paging nested }
vm blue { memory 16M paging nested }
${tenant('red', 'a')}${tenant('blue', 'b')}host ksm {
  wait a.ready
  wait b.ready
  share(red, gpa_of(a, 0x10_0000_0000), blue, gpa_of(b, 0x10_0000_0000))
  signal done
}`;
  for (const scheme of ['nested', 'shadow'] as const) {
    const simulation = start(text, { scheme, record: {} });
    complete(simulation);
    for (const vm of [0, 1]) {
      const { verdict } = simulation.inspect.causes({ kind: 'translation', vm, pid: 1, gva: '0x1000000000' });
      expect(verdict).toMatch(/^nothing is wrong: frame 0x[0-9a-f]+ of host/);
    }
  }
});

test('a store that no kernel made: an edit by hand is the cause', () => {
  const simulation = recorded(`machine { memory 64M tags asid }
vm web { memory 16M }
process app in web {
  let page = mmap(4K, rw)
  write(page, 1)
}`);
  complete(simulation);
  const { executor } = simulation.inspect.context;
  const gva = '0x7f0000000000';
  const { steps } = simulation.inspect.walk({ vm: 0, pid: 1, gva, access: 'read', user: true, root: 'tpt' });
  const address = Number(steps.findLast((step) => step.kind === 'entry')!.address);
  const recording = executor.journal.recording!;
  recording.byHand = true;
  // Frame 5 is one of the host's.
  executor.memory.writeEntry(Math.floor(address / 4096), (address % 4096) / 8, 0x5007, 0);
  recording.byHand = false;
  const { verdict, links } = simulation.inspect.causes({ kind: 'translation', vm: 0, pid: 1, gva });
  expect(verdict).toMatch(/: an edit by hand/);
  expect(links.at(-1)).toMatchObject({ role: 'root', target: { kind: 'write', write: recording.writes.count - 1 } });
});
