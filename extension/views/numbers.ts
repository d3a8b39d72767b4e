/** Numbers that people type. No vscode here, so that it can be tested. */

/** A hex number, with or without 0x; null if it is none or has more bits. */
export function parseHex(text: string, bits: number): bigint | null {
  const digits = /^\s*(?:0x)?([0-9a-f]+)\s*$/i.exec(text)?.[1];
  if (digits === undefined) return null;
  const value = BigInt(`0x${digits}`);
  return value >> BigInt(bits) === 0n ? value : null;
}
