import { describe, expect, it } from 'vitest';
import { needed } from '../../../webview/shared/columns';
import { layoutFor, type Shape } from '../../../webview/translations/columns';
import { locate } from '../../../webview/translations/locate';
import { validRoot, validSpace } from '../../../webview/translations/spaces';
import { readUi, INITIAL_UI } from '../../../webview/translations/ui';
import { summary } from '../../support/view-fixtures/machine';

const flat: Shape = { mode: 'flat', root: 'tpt', hpaDigits: 10, derived: 'TPT' };
const ids = (width: number, shape = flat): string[] =>
  layoutFor(width, shape).lines.map((line) => line.map(({ id, short }) => (short === true ? `${id}!` : id)).join(' '));

describe('columns', () => {
  it('are all there where there is room', () => {
    expect(ids(170)).toEqual(['gva gpa hpa size pages perm bits owner agreement']);
  });

  it('go by priority as it gets narrow; gVA, hPA, perm, owner and agreement stay', () => {
    expect(ids(85)).toEqual(['gva gpa hpa size perm bits owner agreement!']);
    expect(ids(76)).toEqual(['gva gpa hpa size perm bits owner! agreement!']);
    expect(ids(49)).toEqual(['gva hpa perm owner! agreement!']);
  });

  it('are stacked in a side bar of 250 px', () => {
    expect(ids(28)).toEqual(['gva perm owner!', 'hpa size bits agreement!']);
  });

  it('never need more than there is, from a side bar up', () => {
    for (const mode of ['flat', 'pages', 'tree'] as const) {
      for (const root of ['native', 'tpt', 'both'] as const) {
        for (let width = 30; width < 200; width++) {
          for (const line of layoutFor(width, { mode, root, hpaDigits: 10, derived: 'TPT' }).lines) {
            // Stacked lines have narrower gaps: one character.
            expect(
              needed(line) - 0.5 * (line.length - 1) - 0.3 * line.length,
              `${mode} ${root} ${width}`,
            ).toBeLessThanOrEqual(width);
          }
        }
      }
    }
  });
});

describe('locate', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    gva: `0x${(0x7f0000000000 + i * 0x4000).toString(16)}`,
    bytes: 0x2000,
  }));
  const find = async (gva: string): Promise<{ index: number; asked: number }> => {
    let asked = 0;
    const index = await locate(rows.length, gva, (i) => {
      asked++;
      return Promise.resolve(rows[i]);
    });
    return { index, asked };
  };

  it('finds the row that covers an address with few questions', async () => {
    const { index, asked } = await find('0x7f00000a0fff');
    expect(index).toBe(40);
    expect(asked).toBeLessThan(13);
  });

  it('finds no row for a hole, nor before the first', async () => {
    expect((await find('0x7f0000002000')).index).toBe(-1);
    expect((await find('0x1000')).index).toBe(-1);
  });

  it('gives up if a row cannot be had', async () => {
    expect(await locate(1000, '0x7f0000000000', () => Promise.resolve(null))).toBe(-1);
  });
});

describe('what to show', () => {
  it('follows the present access when the space one looked at is gone', () => {
    expect(validSpace(summary(), { vm: 9, pid: 9 })).toEqual({ vm: 0, pid: 1 });
    expect(validSpace(summary(), { vm: 1, pid: 1 })).toEqual({ vm: 1, pid: 1 });
    expect(validSpace(summary({ processes: false }), null)).toBeNull();
  });

  it('shows the root that a process has', () => {
    expect(validRoot('both', { native: '0x1' })).toBe('native');
    expect(validRoot('tpt', { native: '0x1' })).toBe('native');
    expect(validRoot('both', { native: '0x1', tpt: '0x2' })).toBe('both');
    expect(validRoot('tpt', { native: '0x1', shadow: '0x2' })).toBe('shadow');
    expect(validRoot('both', { native: '0x1', shadow: '0x2' })).toBe('both');
    expect(validRoot('native', { native: '0x1', shadow: '0x2' })).toBe('native');
  });

  it('takes from a saved state only what fits', () => {
    expect(readUi({ root: 'both', mode: 'nonsense', filter: 7, pinned: true, space: { vm: 1 } })).toEqual({
      ...INITIAL_UI,
      root: 'both',
      pinned: true,
    });
    expect(readUi('garbage')).toEqual(INITIAL_UI);
  });
});
