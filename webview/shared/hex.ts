/** How addresses and sizes are written: what is dimmed, what is marked, how many digits. */

export interface Part {
  readonly text: string;
  readonly kind: 'zero' | 'digit' | 'changed';
}

/**
 * Splits a hex string into its dimmed head (0x and leading zeros), its digits, and the digits that differ from
 * `before`. Both are aligned at the right, so that a value of another length is compared digit for digit.
 */
export function hexParts(value: string, before: string | null = null): Part[] {
  const { prefix, digits } = split(value);
  const old = before === null ? null : split(before).digits.padStart(digits.length, '0');
  const parts: Part[] = [];
  const push = (text: string, kind: Part['kind']): void => {
    const last = parts.at(-1);
    if (last?.kind === kind) parts[parts.length - 1] = { text: last.text + text, kind };
    else if (text !== '') parts.push({ text, kind });
  };
  push(prefix, 'zero');
  const significant = firstSignificant(digits);
  for (let i = 0; i < digits.length; i++) {
    const differs = old !== null && old[old.length - digits.length + i] !== digits[i];
    push(digits[i], differs ? 'changed' : i < significant ? 'zero' : 'digit');
  }
  return parts;
}

/** Marks the letters of `rw-u` that differ from what they were. */
export function flagParts(value: string, before: string | null = null): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < value.length; i++) {
    const kind = before !== null && before[i] !== value[i] ? 'changed' : value[i] === '-' ? 'zero' : 'digit';
    const last = parts.at(-1);
    if (last?.kind === kind) parts[parts.length - 1] = { text: last.text + value[i], kind };
    else parts.push({ text: value[i], kind });
  }
  return parts;
}

/** 4096 → 4K, 12582912 → 12M: the largest unit that divides it, so that nothing is rounded. */
export function formatBytes(bytes: number): string {
  const units = ['', 'K', 'M', 'G', 'T'];
  let unit = 0;
  let value = bytes;
  while (unit < units.length - 1 && value !== 0 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return value.toLocaleString('en-US') + units[unit];
}

/** "1 mapping", "12,481 mappings". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;
}

export function formatCount(n: number): string {
  return n.toLocaleString('en-US');
}

/** Frame number of a host-physical address: exact, frames have at most 40 bits. */
export function frameOf(hpa: string): number {
  return Number(BigInt(hpa) >> 12n);
}

/** The entry of 8 bytes at a host-physical address. */
export function entryAt(hpa: string): { readonly frame: number; readonly index: number } {
  return { frame: frameOf(hpa), index: Number((BigInt(hpa) >> 3n) & 0x1ffn) };
}

export function addressOfFrame(frame: number, digits: number): string {
  return `0x${(BigInt(frame) << 12n).toString(16).padStart(digits, '0')}`;
}

/** Whether `address` lies in the `bytes` that begin at `start`. */
export function covers(start: string, bytes: number, address: string): boolean {
  const first = BigInt(start);
  const value = BigInt(address);
  return value >= first && value < first + BigInt(bytes);
}

/** Whether an address is in the kernel's half, where only supervisor accesses make sense. */
export function isKernelHalf(gva: string): boolean {
  return BigInt(gva) >> 63n === 1n;
}

function split(value: string): { prefix: string; digits: string } {
  return value.startsWith('0x') ? { prefix: '0x', digits: value.slice(2) } : { prefix: '', digits: value };
}

/** Index of the first digit that is not a leading zero; the last digit always counts, so that zero stays readable. */
function firstSignificant(digits: string): number {
  const index = digits.search(/[^0]/);
  return index < 0 ? digits.length - 1 : index;
}
