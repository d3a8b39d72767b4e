import { describe, expect, it } from 'vitest';
import {
  addressOfFrame,
  covers,
  flagParts,
  formatBytes,
  frameOf,
  hexParts,
  isKernelHalf,
} from '../../../webview/shared/hex';

const brief = (value: string, before?: string): string =>
  hexParts(value, before)
    .map(({ text, kind }) => (kind === 'zero' ? `(${text})` : kind === 'changed' ? `[${text}]` : text))
    .join('');

describe('hexParts', () => {
  it('dims the prefix and the leading zeros', () => {
    expect(brief('0x0001b00000')).toBe('(0x000)1b00000');
    expect(brief('0xffff800000000000')).toBe('(0x)ffff800000000000');
  });

  it('keeps one digit of zero', () => {
    expect(brief('0x0000000000')).toBe('(0x000000000)0');
  });

  it('marks the digits that changed, and only those', () => {
    expect(brief('0x0001b00000', '0x0001a33000')).toBe('(0x000)1[b00]000');
    expect(brief('0x0001b00000', '0x0001b00000')).toBe('(0x000)1b00000');
  });

  it('marks a leading zero that was a digit', () => {
    expect(brief('0x00012', '0x00912')).toBe('(0x00)[0]12');
  });

  it('aligns values of different length at the right', () => {
    expect(brief('0x1000', '0x2')).toBe('(0x)[1]00[0]');
  });
});

describe('flagParts', () => {
  it('marks the letters that changed', () => {
    expect(flagParts('rw-u', 'r--u')).toEqual([
      { text: 'r', kind: 'digit' },
      { text: 'w', kind: 'changed' },
      { text: '-', kind: 'zero' },
      { text: 'u', kind: 'digit' },
    ]);
  });
});

describe('numbers', () => {
  it('writes sizes in the largest unit that divides them', () => {
    expect([0, 512, 4096, 2 << 20, 2 ** 30, 3084 * 1024].map(formatBytes)).toEqual([
      '0',
      '512',
      '4K',
      '2M',
      '1G',
      '3,084K',
    ]);
  });

  it('goes between frames and addresses without rounding', () => {
    expect(frameOf('0x0001b00000')).toBe(0x1b00);
    expect(addressOfFrame(2 ** 40 - 1, 13)).toBe('0xffffffffff000');
  });

  it('tells the halves of the address space apart', () => {
    expect(['0x0000000000000000', '0x00007fffffffffff', '0xffff800000000000'].map(isKernelHalf)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('covers its first byte and not the one after its last', () => {
    expect(covers('0x1000', 4096, '0x1000')).toBe(true);
    expect(covers('0x1000', 4096, '0x1fff')).toBe(true);
    expect(covers('0x1000', 4096, '0x2000')).toBe(false);
    expect(covers('0xfffffffffffff000', 4096, '0xffffffffffffffff')).toBe(true);
  });
});
