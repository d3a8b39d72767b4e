import type { AddressRef } from '../protocol/messages';

/** A DAP memory reference as the adapter reads it: `gva:VM:PID:0x…`, `gpa:VM:0x…`, `hpa:0x…`; null if the space is not known. */
export function memoryReference(ref: AddressRef): string | null {
  if (ref.kind === 'hpa') return `hpa:${ref.address}`;
  if (ref.vm === undefined) return null;
  if (ref.kind === 'gpa') return `gpa:${ref.vm}:${ref.address}`;
  return ref.pid === undefined ? null : `gva:${ref.vm}:${ref.pid}:${ref.address}`;
}

/** A hex dump: address, sixteen bytes, their characters. Bytes past the end of `bytes` are not readable. */
export function hexDump(start: bigint, bytes: Uint8Array, wanted: number): string {
  const lines: string[] = [];
  for (let at = 0; at < wanted; at += 16) {
    const cells = Array.from({ length: 16 }, (_, i) =>
      at + i < bytes.length ? bytes[at + i].toString(16).padStart(2, '0') : '??',
    );
    const text = Array.from({ length: 16 }, (_, i) => character(bytes[at + i])).join('');
    const address = (start + BigInt(at)).toString(16).padStart(16, '0');
    lines.push(`${address}  ${cells.slice(0, 8).join(' ')}  ${cells.slice(8).join(' ')}  ${text}`);
  }
  return lines.join('\n');
}

function character(byte: number | undefined): string {
  if (byte === undefined) return ' ';
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
}
