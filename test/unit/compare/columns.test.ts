import { describe, expect, test } from 'vitest';
import { DEFAULT_COLUMNS, readColumns, variantOf } from '../../../extension/compare/columns';
import { readSweep, resizedTlb } from '../../../extension/compare/sweep';
import { compileScenario, costProfile } from '../../../simulator/index';

const { program } = compileScenario('machine { tags rmp lookup per-reference } vm a { } process p in a { }', 'x');
const variant = (name: string): object => variantOf(readColumns([name])[0], program!);

describe('columns', () => {
  test('tags guard TPT alone; the rest is the scenario’s', () => {
    expect(DEFAULT_COLUMNS.map((name) => variantOf(readColumns([name])[0], program!).tags)).toEqual([
      'off',
      'off',
      'off',
      'off',
      'rmp',
      'off',
    ]);
    expect(variant('tpt')).toEqual({
      name: 'tpt',
      scheme: 'tpt',
      tags: 'rmp',
      lookup: 'per-reference',
      tptProfile: 'hardware',
      backing: null,
      page: '4K',
    });
  });

  test.each([
    ['tpt:off', { scheme: 'tpt', tags: 'off' }],
    ['tpt:prototype:per-frame', { tptProfile: 'prototype', lookup: 'per-frame' }],
    ['nested:asid', { scheme: 'nested', tags: 'asid' }],
    ['nested:huge:2M', { scheme: 'nested', backing: 'huge', page: '2M' }],
    ['native:2M', { scheme: 'native', page: '2M' }],
    ['shadow:scattered', { scheme: 'shadow', backing: 'scattered' }],
    [' direct ', { name: 'direct', scheme: 'direct' }],
  ])('%s', (name, expected) => expect(variant(name)).toMatchObject(expected));

  test.each([
    [[], /at least one of native/],
    [[''], /must begin with a scheme: native, nested, shadow, direct, tpt/],
    [['nestd'], /"nestd" must begin with a scheme.*did you mean "nested"/],
    [['tpt:of'], /"tpt:of" has the modifier "of".*did you mean "off"/],
    [['tpt:'], /has the modifier ""/],
    [['tpt:off:rmp'], /says rmp and something else of the same kind/],
    [['nested:prototype'], /says prototype, which only tpt can be/],
    [['native:scattered'], /native memory has no backing/],
    [['tpt', 'nested', 'tpt'], /"tpt" is named twice/],
    [['tpt:constructor'], /has the modifier "constructor"/],
  ])('%j is refused', (names, message) => expect(() => readColumns(names)).toThrow(message));
});

describe('sweeps', () => {
  const points = (parameter: string, ...values: string[]): object[] => readSweep({ parameter, values }, []);

  test.each([
    ['tlb', '256', { tlbEntries: 256, variant: {} }],
    ['page', '2M', { variant: { page: '2M' } }],
    ['backing', 'huge', { variant: { backing: 'huge' } }],
    ['lookup', 'per-reference', { variant: { lookup: 'per-reference' } }],
    ['profile', 'zen3', { costs: costProfile('zen3') }],
    ['nested-tlb', '0', { nestedTlb: 0 }],
  ])('%s=%s', (parameter, value, expected) =>
    expect(points(parameter, value)).toEqual([{ value, variant: {}, ...expected }]),
  );

  test.each([
    [['tbl', '1'], /cannot vary "tbl"; it can vary tlb, page.*did you mean "tlb"/],
    [['tlb'], /of tlb needs values/],
    [['tlb', '256', ''], /of tlb needs values/],
    [['tlb', '256', '256'], /has the value 256 twice/],
    [['tlb', '0'], /of tlb has "0"; it takes whole numbers from 1 to 65536/],
    [['tlb', '1e3'], /of tlb has "1e3"/],
    [['page', '1G'], /of page has "1G"; it takes 4K, 2M/],
    [['backing', 'hug'], /did you mean "huge"/],
    [['profile', 'zen4'], /of profile: .*zen4/],
    [['profile', 'none'], /gives no cycles/],
  ])('%j is refused', ([parameter, ...values], message) =>
    expect(() => points(parameter ?? '', ...values)).toThrow(message),
  );

  test('a column that sets what is varied is refused', () => {
    const columns = readColumns(['tpt', 'nested:2M']);
    expect(() => readSweep({ parameter: 'page', values: ['4K'] }, columns)).toThrow(
      /varies page, which the column "nested:2M" sets/,
    );
    expect(readSweep({ parameter: 'tlb', values: ['64'] }, columns)).toHaveLength(1);
  });

  test('a TLB is resized in the second level of small pages; ways stay, sets are whole', () => {
    const skylake = resizedTlb(costProfile('skylake-sp')!.tlb, 256);
    expect(skylake.map((array) => array.entries)).toEqual([64, 32, 4, 128, 8, 252, 16]);
    expect(skylake[5].ways).toBe(12);
    const zen = resizedTlb(costProfile('zen3')!.tlb, 4);
    expect(zen.map(({ entries, ways }) => [entries, ways])).toEqual([
      [64, 64],
      [64, 64],
      [4, 4],
      [512, 4],
    ]);
  });
});
