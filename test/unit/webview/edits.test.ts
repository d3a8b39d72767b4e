import { describe, expect, it } from 'vitest';
import { gfnText, tagChanges } from '../../../webview/frames/tag-fields';
import { branchWords } from '../../../webview/shared/branch-badge';
import { bitChanges, entryRef, frameIn, isLeaf, keyIn } from '../../../webview/shared/entry-fields';
import { typedFrame, typedGfn, typedKey, typedRaw } from '../../../webview/shared/typed-values';
import { frame } from '../../support/view-fixtures/frames';
import { OWNERS } from '../../support/view-fixtures/machine';

const PT = { address: '0x0000063008', value: '0x1800000001b00047', level: 1, name: 'PT[1]' };
const PD = { ...PT, value: '0x0000000000063027', level: 2, name: 'PD[0]' };

describe('the fields of an entry', () => {
  it('are those of its level, each turned over', () => {
    expect(bitChanges(PT).map(({ label }) => label)).toEqual([
      'Clear P',
      'Clear W',
      'Clear U',
      'Set PWT',
      'Set PCD',
      'Set A',
      'Clear D',
      'Set G',
      'Set PAT',
      'Set NX',
    ]);
    expect(bitChanges(PD).map(({ bit }) => bit)).toEqual(['P', 'R/W', 'U/S', 'PWT', 'PCD', 'A', 'PS', 'NX']);
    expect(bitChanges({ ...PD, value: '0x00000000042000e7' }).map(({ bit }) => bit)).toContain('PAT');
  });

  it('are changed by name; bits without a name by the whole value', () => {
    const of = (bit: string) => bitChanges(PT).find((change) => change.bit === bit);
    expect(of('R/W')).toEqual({ bit: 'R/W', label: 'Clear W', meaning: 'read-only', field: 'W', value: '0' });
    expect(of('NX')).toMatchObject({ field: 'NX', value: '1', meaning: 'no execute' });
    expect(of('PWT')).toMatchObject({ field: 'PWT', value: '1' });
    expect(of('PAT')).toMatchObject({ field: 'raw', value: '0x1800000001b000c7' });
  });

  it('say where the entry lies and leads', () => {
    expect(entryRef(PT)).toEqual({ frame: 0x63, index: 1 });
    expect(frameIn(PT)).toBe(0x1b00);
    expect(keyIn(PT)).toBe(3);
    expect([isLeaf(PT), isLeaf(PD), isLeaf({ ...PD, level: 4, value: '0xe7' })]).toEqual([true, false, false]);
  });
});

describe('values that are typed', () => {
  it('are frames that the machine has; an address is told apart', () => {
    expect(typedFrame('0x1a00', 0x80000)).toEqual({ ok: true, value: 0x1a00n });
    expect(typedFrame('6656', 0x80000)).toEqual({ ok: true, value: 0x1a00n });
    expect(typedFrame('0x1a00000', 0x80000)).toEqual({ ok: false, error: 'This is an address; its frame is 0x1a00.' });
    expect(typedFrame('0x80001', 0x80000)).toEqual({ ok: false, error: 'The machine has 0x80000 frames.' });
    expect(typedFrame('web', 0x80000)).toEqual({ ok: false, error: 'A frame number is a number, like 0x1a00.' });
  });

  it('have their bits', () => {
    expect(typedKey('16')).toMatchObject({ ok: false });
    expect(typedKey('15')).toEqual({ ok: true, value: 15n });
    expect(typedRaw('0x10000000000000000')).toMatchObject({ ok: false, error: 'An entry has 64 bits.' });
    expect(typedRaw('0xffffffffffffffff')).toEqual({ ok: true, value: (1n << 64n) - 1n });
    expect(typedGfn('0x10000000000')).toMatchObject({ ok: false });
  });
});

describe('the fields of a tag', () => {
  const { tagEntry, owner } = frame(0x1b00);

  it('are changed by the names of an edit', () => {
    expect(tagChanges(tagEntry.fields, owner, OWNERS)).toEqual([
      { of: 'asid', label: 'Give to host', hint: 'ASID 0', field: 'owner', value: 'host' },
      { of: 'asid', label: 'Give to web', hint: 'ASID 1', field: 'owner', value: 'web' },
      { of: 'assigned', label: 'Clear assigned', hint: 'belongs to the host', field: 'assigned', value: '0' },
      { of: 'pagesize', label: 'Set pagesize', hint: 'tagged as 2 MiB', field: 'huge', value: '1' },
    ]);
    expect(gfnText(tagEntry.fields)).toBe('0x500');
  });
});

describe('a branch', () => {
  const edit = (ahead: boolean) => ({ tick: 812, text: 'W cleared', ahead });

  it('counts its edits, and says which lie ahead', () => {
    expect(branchWords([edit(false)])).toBe('branch: 1 edit');
    expect(branchWords([edit(false), edit(true)])).toBe('branch: 2 edits, 1 ahead');
    expect(branchWords([edit(true)])).toBe('branch: 1 edit, ahead');
  });
});
