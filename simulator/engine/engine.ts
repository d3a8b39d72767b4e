import { CORE } from './generated/core';
import * as at from './layout';
import { type Core, type Slab, SLAB_WORDS, type Store } from './store';

/** What is used of WebAssembly: the language's library does not declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
};
interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

const PAGE = 0x1_0000;
const MIB = 0x10_0000;
/** 4 GiB, all that 32-bit addresses reach. */
const MOST_PAGES = 0x1_0000;
const MOST_MIB = 4096;
/** Arrays from this size on have pages of their own. */
const LARGE = MIB / 4;

/**
 * The arrays of one machine in a WebAssembly memory, and the compiled code over them (assembly/) that makes the accesses
 * which neither fault nor set a bit. It does what the machine's own code does with the same arrays (a test makes each
 * both ways), only faster; whatever else comes up it leaves alone.
 *
 * The memory is a shared one because that grows without detaching the arrays made before.
 */
export class Engine implements Store {
  readonly ownSlabs = MOST_MIB;
  readonly core: Core;
  /** False once an array found no room: what refers to it must not be used. */
  isWhole = true;
  private readonly memory: WasmMemory;
  private readonly addresses = new WeakMap<ArrayBufferView, number>();
  /** Small arrays are put here, up to `smallEnd`. */
  private small = 0;
  private smallEnd = 0;
  /** The first byte of memory that nobody has. */
  private top = at.SLIDE_SHORT;
  /** The first slab begins at address 0: slot 0 is the page that is all zero. */
  private firstSlabIsFree = true;

  /** @throws RangeError if there is no room for it among the addresses of the process. */
  constructor() {
    this.memory = new WebAssembly.Memory({ initial: MIB / PAGE, maximum: MOST_PAGES, shared: true });
    module ??= new WebAssembly.Module(decoded(CORE));
    this.core = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports as Core;
    // The first array is at the first byte: that is where the core looks for it.
    this.bytes(at.SLIDES_BYTES)
      .fill(0xff, 0, 32)
      .fill(0xff, at.SLIDE_LONG - at.SLIDE_SHORT, at.SLIDE_LONG - at.SLIDE_SHORT + 64);
  }

  bytes(length: number): Uint8Array {
    return this.array(Uint8Array, length);
  }

  uint16(length: number): Uint16Array {
    return this.array(Uint16Array, length);
  }

  int32(length: number): Int32Array {
    return this.array(Int32Array, length);
  }

  uint32(length: number): Uint32Array {
    return this.array(Uint32Array, length);
  }

  float64(length: number): Float64Array {
    return this.array(Float64Array, length);
  }

  slab(): Slab | null {
    let address = 0;
    if (this.firstSlabIsFree) this.firstSlabIsFree = false;
    else {
      address = this.take(MIB);
      if (address === 0) return null;
    }
    return { words: new Uint32Array(this.memory.buffer, address, SLAB_WORDS), number: address / MIB };
  }

  address(array: ArrayBufferView): number {
    return this.addresses.get(array) ?? 0;
  }

  /** Where things lie is not part of the machine's state. */
  snapshot(): () => void {
    return () => undefined;
  }

  private grow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  /** An array in the memory; where that has no room, an ordinary one. */
  private array<T extends ArrayBufferView>(type: ArrayType<T>, length: number): T {
    const address = this.allocate(length * type.BYTES_PER_ELEMENT);
    if (address === 0) {
      this.isWhole = false;
      return new type(length);
    }
    const array = new type(this.memory.buffer, address, length);
    this.addresses.set(array, address);
    return array;
  }

  /** @returns the address of so many bytes, all zero; 0 if there is no room. */
  private allocate(bytes: number): number {
    // Whole lines of 64 bytes: no two arrays share one.
    const size = Math.ceil(Math.max(1, bytes) / 64) * 64;
    if (size >= LARGE) return this.take(size);
    if (this.small + size > this.smallEnd) {
      this.small = this.take(MIB);
      if (this.small === 0) {
        this.smallEnd = 0;
        return 0;
      }
      this.smallEnd = this.small + MIB;
    }
    const address = this.small;
    this.small += size;
    return address;
  }

  /** Takes whole MiB. @returns their address; 0 if there is no room. */
  private take(bytes: number): number {
    const end = this.top + Math.ceil(bytes / MIB) * MIB;
    if (end > MOST_MIB * MIB || !this.grow((end - this.top) / PAGE)) return 0;
    const address = this.top;
    this.top = end;
    return address;
  }
}

/** An engine, or null where there is none: no WebAssembly, another order of bytes, or no room for its memory. */
export function newEngine(): Engine | null {
  if (typeof WebAssembly === 'undefined' || !LITTLE_ENDIAN) return null;
  try {
    return new Engine();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Compiled once for all machines of a process. */
let module: object | null = null;

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes of a text in Base64 without padding. */
function decoded(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const digit of text) {
    bits = ((bits << 6) | DIGITS.indexOf(digit)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at++] = (bits >> count) & 0xff;
  }
  return bytes;
}
