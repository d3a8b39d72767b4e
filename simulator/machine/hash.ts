/** A rolling 64-bit hash of 32-bit words (two lanes of multiply-xorshift): for trace and state hashes, not for secrets. */
export class RollingHash {
  a = 0x811c9dc5 | 0;
  b = 0x9747b28c | 0;

  add(word: number): void {
    const a = Math.imul(this.a ^ word, 0x85ebca6b);
    this.a = a ^ (a >>> 13);
    const b = Math.imul(this.b + word, 0xc2b2ae35);
    this.b = b ^ (b >>> 16);
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
