/** A seeded generator (xoshiro128**, Blackman and Vigna 2018): the only randomness in the machine. */
export class Random {
  private readonly state = new Uint32Array(4);

  /** @param seed any integer; equal seeds give equal sequences. */
  constructor(seed: number) {
    // SplitMix32 spreads small seeds over the whole state.
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.state[i] = z ^ (z >>> 16);
    }
  }

  /** @returns a uniform 32-bit unsigned number. */
  next(): number {
    const s = this.state;
    const product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  /** @returns a number from 0 to bound - 1; bound at most 2^53. */
  below(bound: number): number {
    return bound <= 0x1_0000_0000 ? this.next() % bound : (this.next() * 0x20_0000 + (this.next() >>> 11)) % bound;
  }
}
