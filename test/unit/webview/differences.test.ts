import { describe, expect, it } from 'vitest';
import type { ChosenSide } from '../../../extension/protocol/messages';
import { sign, tally } from '../../../webview/differences/changes';
import { layoutFor } from '../../../webview/differences/columns';
import { askedSide, momentChoices, readTick, validSide } from '../../../webview/differences/moments';
import { differencesCsv, differencesText } from '../../../webview/differences/text';
import { needed } from '../../../webview/shared/columns';
import { differences } from '../../support/view-fixtures/differences';
import { summary } from '../../support/view-fixtures/machine';

const SIDE = { vm: 0, pid: 1, root: 'tpt' } as const;
const of = (rows: number) => differences({ a: { ...SIDE, tick: 812 }, b: { ...SIDE, tick: null } }, rows);

describe('the text of differences', () => {
  it('is a diff with aligned columns and a line that counts', () => {
    expect(differencesText(of(7)).split('\n')).toEqual([
      '--- web ▸ redis, TPT, tick 812',
      '+++ web ▸ redis, TPT, now',
      '~ 0x00007f0000001000   4K     4K 0x0001a33000 r--u web → 0x0001b00000 rw-u evil frame 0x1a33 → 0x1b00, and its owner web → evil',
      '~ 0x00007f0000003000   4K     4K 0x0001a40000 rw-u web → 0x0001a40000 r--u web  W cleared',
      '~ 0x00007f0000005000   4K     4K 0x0001a44000 rw-u web → 0x0001a44000 rw-u host the frame went from web to host',
      '~ 0x00007f0000200000   2M 512×4K 0x0004200000 r-xu web → 0x0004200000 r-xu web  a 2 MiB mapping became 512 of 4 KiB',
      '+ 0x00007f0000600000 256K  64×4K                         0x0008000000 rw-u web  new',
      '- 0x00007f0000800000   4K     4K 0x0007000000 rw-u web                          gone',
      '+ 0x00007f0000900000   4K     4K                         0x0000423000 rw-u —    new, in the native table only',
      '7 differences, 12,474 equal mappings',
      '',
    ]);
  });

  it('says what it leaves out, and that there is none', () => {
    const all = of(7);
    expect(differencesText(all, all.rows.slice(0, 2))).toMatch(/\n2 of 7 differences, 12,474 equal mappings\n$/);
    expect(differencesText(of(0)).split('\n').at(-2)).toBe('0 differences, 12,474 equal mappings');
  });
});

describe('the CSV of differences', () => {
  it('has a line for each row, full addresses, and quotes what must be quoted', () => {
    const [head, first, ...rest] = differencesCsv(of(7)).split('\r\n');
    expect(head).toBe(
      'change,gva,bytes,page,count,"web ▸ redis, TPT, tick 812 gpa","web ▸ redis, TPT, tick 812 hpa","web ▸ redis, TPT, tick 812 perm","web ▸ redis, TPT, tick 812 owner","web ▸ redis, TPT, now gpa","web ▸ redis, TPT, now hpa","web ▸ redis, TPT, now perm","web ▸ redis, TPT, now owner",text',
    );
    expect(first).toBe(
      'moved,0x00007f0000001000,4096,4K,1,,0x0001a33000,r--u,web,,0x0001b00000,rw-u,evil,"frame 0x1a33 → 0x1b00, and its owner web → evil"',
    );
    expect(rest[3]).toBe('added,0x00007f0000600000,262144,4K,64,,,,,,0x0008000000,rw-u,web,new');
    expect(rest).toHaveLength(7);
  });
});

describe('the rows of differences', () => {
  it('have a sign by where the mapping is, and are counted by change', () => {
    expect(of(7).rows.map(sign).join('')).toBe('~~~~+-+');
    expect(tally(of(9).rows)).toEqual([
      { change: 'added', rows: 2 },
      { change: 'removed', rows: 1 },
      { change: 'moved', rows: 3 },
      { change: 'permissions', rows: 1 },
      { change: 'owner', rows: 1 },
      { change: 'size', rows: 1 },
    ]);
  });

  it('fit every width from a side bar up', () => {
    for (let width = 28; width < 220; width++) {
      for (const line of layoutFor(width, 10)) {
        // Stacked lines have narrower gaps: one character.
        expect(needed(line) - 0.5 * (line.length - 1) - 0.3 * line.length, `${width}`).toBeLessThanOrEqual(width);
      }
    }
    expect(layoutFor(28, 10)).toHaveLength(3);
    expect(layoutFor(200, 10)[0].map(({ id }) => id)).toContain('text');
  });
});

describe('a side', () => {
  const moments = { lastStop: 812, bookmarks: [{ name: 'before', tick: 40 }] };
  const side = (at: ChosenSide['at']): ChosenSide => ({ ...SIDE, at });

  it('is asked for at a tick, which is null for now', () => {
    expect(askedSide(side('now'), moments)).toEqual({ ...SIDE, tick: null });
    expect(askedSide(side('lastStop'), moments)).toEqual({ ...SIDE, tick: 812 });
    expect(askedSide(side(40), moments)).toEqual({ ...SIDE, tick: 40 });
    expect(askedSide(side('lastStop'), { ...moments, lastStop: null })).toBeNull();
    const place = { statements: 3, moment: 2 };
    const bookmarks = [{ ...moments.bookmarks[0], place }];
    expect(askedSide(side(40), { ...moments, bookmarks })).toEqual({ ...SIDE, tick: 40, place });
    expect(askedSide(side(41), { ...moments, bookmarks })).toEqual({ ...SIDE, tick: 41 });
  });

  it('offers now, the last stop, bookmarks and any tick', () => {
    expect(momentChoices(moments).map(({ label }) => label)).toEqual([
      'now',
      'last stop · tick 812',
      'before · tick 40',
      'a tick…',
    ]);
    expect(readTick(' 1,204 ')).toBe(1204);
    expect(readTick('0x10')).toBeNull();
    expect(readTick('')).toBeNull();
  });

  it('has a table that its process has', () => {
    expect(validSide({ ...SIDE, root: 'shadow', at: 'now' }, summary())).toMatchObject({ root: 'tpt' });
    expect(validSide({ ...SIDE, root: 'native', at: 'now' }, summary())).toMatchObject({ root: 'native' });
  });
});
