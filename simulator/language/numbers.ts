/** Number literals: decimal or hex, `_` between digits, sizes such as `64K`, `2M`, `1G`, `1T`. */

export const MAX_U64 = 0xffff_ffff_ffff_ffffn;

const UNITS: Readonly<Record<string, bigint>> = { K: 1n << 10n, M: 1n << 20n, G: 1n << 30n, T: 1n << 40n };

export type ParsedNumber =
  | { readonly ok: true; readonly value: bigint }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** The value of a literal, or why it has none. Never throws. */
export function parseNumber(text: string): ParsedNumber {
  const match = /^(?:0[xX]([0-9a-fA-F][0-9a-fA-F_]*)|([0-9][0-9_]*)([KMGT])?)$/.exec(text);
  if (match === null) {
    const unit = /^[0-9][0-9_]*([kmgt])(?:i?[bB])?$|^[0-9][0-9_]*([KMGT])i?[bB]$/.exec(text);
    const hint = unit
      ? `; sizes are written like ${/^[0-9_]+/.exec(text)![0]}${(unit[1] ?? unit[2]).toUpperCase()}`
      : '';
    return { ok: false, code: 'bad-number', message: `\`${text}\` is not a number${hint}.` };
  }
  const hex = match[1]?.replaceAll('_', '');
  const decimal = match[2]?.replaceAll('_', '');
  // A bound on length, so that a million digits cost nothing.
  if ((hex?.replace(/^0+/, '').length ?? 0) > 16 || (decimal?.replace(/^0+/, '').length ?? 0) > 20)
    return tooLarge(text);
  const value = hex === undefined ? BigInt(decimal) * (UNITS[match[3] ?? ''] ?? 1n) : BigInt(`0x${hex}`);
  return value > MAX_U64 ? tooLarge(text) : { ok: true, value };
}

/** A size as people write it: `32M`, `4K`, `100`. */
export function formatSize(bytes: bigint): string {
  for (const unit of ['T', 'G', 'M', 'K']) {
    const scale = UNITS[unit];
    if (bytes >= scale && bytes % scale === 0n) return `${bytes / scale}${unit}`;
  }
  return String(bytes);
}

export function formatHex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function tooLarge(text: string): ParsedNumber {
  const shown = text.length > 40 ? `${text.slice(0, 37)}…` : text;
  return { ok: false, code: 'number-too-large', message: `\`${shown}\` does not fit 64 bits.` };
}
