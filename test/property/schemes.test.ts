/**
 * Random programs come to the same under all schemes: what memory holds in the end, and what the guest sees of faults.
 * More runs: TPT_RUNS=100 npx vitest run --project property test/property/schemes
 */
import { describe, expect, test } from 'vitest';
import { costProfile, type Program, type RunOptions, type Scheme } from '../../simulator/index';
import { assemble } from '../../simulator/run/assemble';
import { guestContents, misread, type ProcessContents } from './contents';
import { forPrograms } from './programs';

interface Outcome {
  readonly contents: Readonly<Record<string, ProcessContents>>;
  /** Accesses that the guest refused its tasks. */
  readonly refused: readonly string[];
  readonly pageFaults: number;
}

/** Runs a program under a scheme. Its own expectations hold a model of memory, and debug reads must see what is there. */
function outcome(program: Program, scheme: Scheme, options: RunOptions = {}): Outcome {
  const x = assemble(program, { ...options, scheme });
  let stop;
  do stop = x.run({ mode: 'continue', task: 0, budget: 10_000_000 });
  while (stop.reason === 'budget');
  expect(stop).toEqual({ reason: 'ended', deadlock: null });
  expect(x.expectations.results.filter((r) => !r.held)).toEqual([]);
  expect(misread(x).wrong).toEqual([]);
  const { records, counts } = x.journal.faults;
  return {
    contents: guestContents(x),
    refused: records
      .filter((r) => r.resolution.startsWith('refused'))
      .map((r) => `${r.taskName} ${r.kind} ${r.access} ${r.gva!.hi}:${r.gva!.lo} ${r.errorCode}`)
      .sort(),
    pageFaults: counts['page_fault'] ?? 0,
  };
}

/** Direct paging has no huge pages: that a neighbour was touched does not make a page present there. */
const withoutCode = ({ refused }: Outcome): string[] => refused.map((fault) => fault.replace(/ \d+$/, ''));

/**
 * All schemes have the outcome of the first.
 * @param sameTurns tasks take the same turns, so that as many faults are seen; what only the host sees is not among them.
 */
function expectAgreement(program: Program, schemes: readonly Scheme[], options: RunOptions, sameTurns: boolean): void {
  const [first, ...others] = schemes.map((scheme) => ({ scheme, ...outcome(program, scheme, options) }));
  for (const other of others) {
    expect([other.scheme, other.contents]).toEqual([other.scheme, first.contents]);
    if (other.scheme === 'direct') expect(withoutCode(other)).toEqual(withoutCode(first));
    else expect([other.scheme, other.refused]).toEqual([other.scheme, first.refused]);
    // A TPT guest has faults of its own: entries that fell behind. Direct paging takes small pages one by one.
    if (sameTurns && other.scheme !== 'tpt' && other.scheme !== 'direct')
      expect([other.scheme, other.pageFaults]).toEqual([other.scheme, first.pageFaults]);
  }
}

const ALL = ['native', 'nested', 'shadow', 'direct', 'tpt'] as const;
/** Everything that a cost profile adds to the machine, with few entries, so that they are replaced. */
const CACHES: RunOptions = { costs: costProfile('skylake-sp'), nestedTlb: 16 };

describe('the schemes agree on the final contents of all pages, and on the faults that the guest sees', () => {
  test('as the scenarios are', () =>
    forPrograms(20, { host: false, statements: 8 }, (program) => expectAgreement(program, ALL, {}, true)));

  test.each<[string, RunOptions]>([
    ['walk caches, a nested TLB of 16 entries, data caches', CACHES],
    ['a tag look-up for each reference', { ...CACHES, lookup: 'per-reference', tags: 'rmp' }],
    ['tags of owners alone, looked up for each reference', { lookup: 'per-reference', tags: 'asid' }],
    ['no tags', { ...CACHES, tags: 'off' }],
    ['huge pages for all', { ...CACHES, page: '2M', backing: 'huge' }],
  ])('with %s', (_, options) =>
    forPrograms(8, { host: false, statements: 8 }, (program) => expectAgreement(program, ALL, options, true)),
  );

  // What is backed at a time differs, so the host's task takes other turns, and so do those that share copy-on-write
  // pages; natively there is no host.
  test.each<[string, RunOptions]>([
    ['', {}],
    [', with walk caches and tags rmp', { ...CACHES, tags: 'rmp' }],
    [', with walk caches and tags asid, for each reference', { ...CACHES, tags: 'asid', lookup: 'per-reference' }],
  ])('while the host moves and takes frames all the time%s', (_, options) =>
    forPrograms(12, { host: true, statements: 8 }, (program) =>
      expectAgreement(program, ['nested', 'shadow', 'direct', 'tpt'], options, false),
    ),
  );

  test('and there is something to compare', () => {
    let pages = 0;
    let read = 0;
    let refused = 0;
    forPrograms(8, { host: false, statements: 8 }, (program) => {
      const x = assemble(program, { scheme: 'tpt' });
      while (x.run({ mode: 'continue', task: 0, budget: 10_000_000 }).reason === 'budget');
      for (const process of Object.values(guestContents(x))) pages += Object.keys(process.pages).length;
      read += misread(x).pages;
      refused += x.journal.faults.records.filter((r) => r.resolution.startsWith('refused')).length;
    });
    expect(pages).toBeGreaterThan(8);
    expect(read).toBeGreaterThan(pages / 2);
    expect(refused).toBeGreaterThan(8);
  });
});
