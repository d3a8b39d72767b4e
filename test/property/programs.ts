import fc from 'fast-check';
import { expect } from 'vitest';
import { compileScenario, type Program } from '../../simulator/index';
import { generateScenario, type GenerateOptions } from './generate';

const RUNS = Number(process.env['TPT_RUNS'] ?? 0);
const entropy = fc.array(fc.nat(), { minLength: 400, maxLength: 400, size: 'max' });
const choices = fc.array(fc.nat(), { minLength: 200, maxLength: 200, size: 'max' });
/** A number from 0 to below a limit, the next of those that a property may choose by. */
export type Choose = (below: number) => number;

/**
 * Checks a property of random programs; a failure prints the scenario.
 * @param runs programs of a fixed seed; TPT_RUNS in the environment asks for as many new ones instead.
 */
export function forPrograms(
  runs: number,
  options: GenerateOptions,
  property: (program: Program, choose: Choose) => void,
): void {
  const program = entropy.map((numbers) => generateScenario(numbers, options));
  fc.assert(
    fc.property(program, choices, (text, chosen) => {
      const compiled = compileScenario(text, 'random');
      expect(compiled.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
      let used = 0;
      property(compiled.program!, (below) => chosen[used++ % chosen.length] % below);
    }),
    { numRuns: RUNS > 0 ? RUNS : runs, endOnFailure: true, ...(RUNS > 0 ? {} : { seed: 20 }) },
  );
}
