/** Traces of any bytes. More runs: FUZZ_RUNS=5000 npx vitest run --project property test/property/lackey */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTrace } from '../../simulator/index';
import { readAll, sourceOf } from '../unit/trace/sources';

const read = (text: string, piece?: number): ReturnType<typeof readAll> =>
  readAll(openTrace(sourceOf(text, piece), 'auto', 4));

test('any bytes, in any pieces, come to an end, and the same one', () => {
  const junk = fc.array(
    fc.oneof(
      fc.constantFrom(' L 1000,8\n', 'I  2000,3\r\n', '==1== a\n', '\n', ' M ', 'ffff', ',', '\r', '\n', ' ', '0'),
      fc.string({ maxLength: 5, unit: 'binary' }),
    ),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(junk, fc.integer({ min: 1, max: 50 }), (parts, piece) => {
      const text = parts.join('');
      expect(read(text, piece)).toEqual(read(text));
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
  );
});
