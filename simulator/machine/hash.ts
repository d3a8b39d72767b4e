/** The lanes of a rolling hash, one word further: for loops that keep them at hand. */
export function mixA(a: number, word: number): number {
  const mixed = Math.imul(a ^ word, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
export function mixB(b: number, word: number): number {
  const mixed = Math.imul(b + word, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A rolling 64-bit hash of 32-bit words (two lanes of multiply-xorshift): for trace and state hashes, not for secrets. */
export class RollingHash {
  a = 0x811c9dc5 | 0;
  b = 0x9747b28c | 0;

  add(word: number): void {
    this.a = mixA(this.a, word);
    this.b = mixB(this.b, word);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
    this.add(text.length);
  }

  /** @returns 16 hex digits. */
  digest(): string {
    const part = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
    return '0x' + part(this.a) + part(this.b);
  }
}
