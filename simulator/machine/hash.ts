function mixA(a: number, word: number): number {
  const mixed = Math.imul(a ^ word, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
function mixB(b: number, word: number): number {
  const mixed = Math.imul(b + word, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A rolling 64-bit hash of 32-bit words (two lanes of multiply-xorshift): for trace and state hashes, not for secrets. */
export class RollingHash {
  /** @param lanes where it is kept: two words */
  constructor(private readonly lanes: Int32Array = new Int32Array(2)) {
    this.reset();
  }

  reset(): void {
    this.lanes[0] = 0x811c9dc5;
    this.lanes[1] = 0x9747b28c;
  }

  add(word: number): void {
    const { lanes } = this;
    lanes[0] = mixA(lanes[0], word);
    lanes[1] = mixB(lanes[1], word);
  }

  /** Adds two words as one. */
  addPair(first: number, second: number): void {
    this.add((first + Math.imul(second, 0x9e3779b1)) | 0);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
    this.add(text.length);
  }

  /** @returns 16 hex digits. */
  digest(): string {
    const part = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
    return '0x' + part(this.lanes[0]) + part(this.lanes[1]);
  }
}
