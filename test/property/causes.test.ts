/** Questions about time, of every sample under every scheme: each has an answer, and asking changes nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileScenario, SCHEMES, Simulation, type Causes } from '../../simulator/index';

const folder = join(__dirname, '../../samples');
const samples = readdirSync(folder).filter((file) => file.endsWith('.tpt'));
const MOST_FAULTS = 60;

describe.each(SCHEMES)('%s', (scheme) => {
  test.each(['asid', 'rmp', 'off'] as const)('tags %s', (tags) => {
    for (const file of samples) {
      const { program } = compileScenario(readFileSync(join(folder, file), 'utf8'), file);
      const simulation = new Simulation(program!, { scheme, tags, record: {} });
      simulation.run({ mode: 'continue', task: 0, budget: 100_000_000 });
      const before = simulation.stateHash();
      ask(simulation);
      expect(simulation.stateHash(), file).toBe(before);
    }
  });
});

function ask(simulation: Simulation): void {
  const { inspect } = simulation;
  const faults = inspect.faults({
    kinds: [],
    fromTick: null,
    untilTick: null,
    filter: '',
    fold: false,
    offset: 0,
    limit: MOST_FAULTS,
  });
  for (const { id } of faults.rows) whole(inspect.causes({ kind: 'fault', faultId: id }));
  for (const [vm, { processes }] of inspect.summary(null).vms.entries()) {
    for (const { pid } of processes) {
      const page = inspect.translations({
        vm,
        pid,
        root: 'both',
        mode: 'pages',
        filter: '',
        expanded: [],
        kernelHalf: false,
        offset: 0,
        limit: 3,
      });
      for (const { gva, hpa } of page.rows) {
        whole(inspect.causes({ kind: 'translation', vm, pid, gva }));
        for (const root of ['active', 'native'] as const) {
          const { intervals } = inspect.translationHistory({ vm, pid, gva, root });
          expect(intervals.filter((i) => i.now)).toHaveLength(1);
          // The tables say the same as their own past, followed up to now.
          if (root === 'active' && hpa !== null) expect(intervals.at(-1)?.untilTick).toBeNull();
        }
        if (hpa === null) continue;
        const frame = Number(BigInt(hpa) >> 12n);
        whole(inspect.causes({ kind: 'frame', frame }));
        const { owners } = inspect.frameHistory(frame);
        expect(owners.at(-1)?.owner).toEqual(inspect.frame(frame).owner);
      }
    }
  }
}

/** A chain has a symptom first, and at most one root, which is last and gives the line. */
function whole({ links, line, verdict }: Causes): void {
  expect(verdict).not.toBe('');
  expect(links[0].role).toBe('symptom');
  const roots = links.filter((link) => link.role === 'root');
  expect(roots.length).toBeLessThanOrEqual(1);
  if (roots.length === 0) expect([line, verdict]).toEqual([null, expect.stringMatching(/^nothing is wrong/)]);
  else expect([links.at(-1), line]).toEqual([roots[0], roots[0].line]);
}
