import { isRewindable, type Rewindable } from '../machine/undo';

export type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array | Float64Array;

/** An object with what it held. Restoring puts that back into the same object, so that who refers to it need not be told. */
type Saved =
  | {
      readonly kind: 'fields';
      readonly of: Record<string, unknown>;
      readonly keys: readonly string[];
      readonly values: readonly unknown[];
    }
  | { readonly kind: 'array'; readonly of: unknown[]; readonly values: readonly unknown[] }
  | { readonly kind: 'numbers'; readonly of: Numbers; readonly copy: Numbers }
  | { readonly kind: 'map'; readonly of: Map<unknown, unknown>; readonly entries: readonly [unknown, unknown][] }
  | { readonly kind: 'set'; readonly of: Set<unknown>; readonly values: readonly unknown[] }
  | { readonly kind: 'own'; readonly restore: () => void };

/** Parts that know better than field by field how to be put back. */
export interface Snapshots {
  /** @returns what puts the object back to how it is now. */
  snapshot(): () => void;
}
const hasSnapshot = (o: object): o is Snapshots => 'snapshot' in o;

/** What an object graph held at one moment, but for its rewindable parts. */
export interface Image {
  readonly saved: readonly Saved[];
  /** Copies of arrays; those of equal contents are shared with the image before. */
  readonly copies: readonly Numbers[];
  /** Bytes of all else. */
  readonly bytes: number;
  /** Words looked at to make it, about: what it cost. */
  readonly work: number;
}

/**
 * Takes images of everything that can be reached from a root. Frozen objects, functions and whatever is in `constant` are taken
 * for things that never change, or that are the debugger's and not the machine's.
 */
export class Imager {
  /** Parts that are put back by their undo chains. Filled by the first image. */
  readonly rewindables = new Set<Rewindable>();
  private last = new Map<Numbers, Numbers>();

  constructor(
    private readonly root: object,
    private readonly constant: ReadonlySet<object>,
  ) {}

  take(): Image {
    const seen = new Set<object>([this.root]);
    const saved: Saved[] = [];
    const copies = new Map<Numbers, Numbers>();
    const pending: object[] = [this.root];
    let bytes = 0;
    let work = 0;
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || seen.has(value) || this.constant.has(value)) return;
      seen.add(value);
      pending.push(value);
    };
    const keep = (entry: Saved, size: number): void => {
      saved.push(entry);
      bytes += 64 + size * 8;
      work += 20 + size;
    };
    for (let of = pending.pop(); of !== undefined; of = pending.pop()) {
      if (ArrayBuffer.isView(of)) {
        const numbers = of as Numbers;
        const before = this.last.get(numbers);
        const copy = before && equal(before, numbers) ? before : numbers.slice();
        copies.set(numbers, copy);
        saved.push({ kind: 'numbers', of: numbers, copy });
        work += numbers.length;
      } else if (Array.isArray(of)) {
        const values = of.slice() as unknown[];
        values.forEach(visit);
        keep({ kind: 'array', of, values }, values.length);
      } else if (of instanceof Map) {
        const entries = [...(of as Map<unknown, unknown>)];
        for (const [key, value] of entries) {
          visit(key);
          visit(value);
        }
        keep({ kind: 'map', of, entries }, entries.length * 6);
      } else if (of instanceof Set) {
        const values = [...(of as Set<unknown>)];
        values.forEach(visit);
        keep({ kind: 'set', of, values }, values.length * 2);
      } else if (isRewindable(of)) this.rewindables.add(of);
      else if (hasSnapshot(of)) keep({ kind: 'own', restore: of.snapshot() }, 8);
      else if (!Object.isFrozen(of)) {
        const fields = of as Record<string, unknown>;
        const keys = Object.keys(fields);
        const values = keys.map((key) => fields[key]);
        values.forEach(visit);
        keep({ kind: 'fields', of: fields, keys, values }, keys.length * 2);
      }
    }
    this.last = copies;
    return { saved, copies: [...copies.values()], bytes, work };
  }
}

/** Puts every object of an image back to what it held. */
export function restoreImage(image: Image): void {
  for (const s of image.saved) {
    switch (s.kind) {
      case 'fields': {
        const { of, keys, values } = s;
        for (const key of Object.keys(of)) if (!keys.includes(key)) Reflect.deleteProperty(of, key);
        for (let i = 0; i < keys.length; i++) of[keys[i]] = values[i];
        break;
      }
      case 'array':
        s.of.length = s.values.length;
        for (let i = 0; i < s.values.length; i++) s.of[i] = s.values[i];
        break;
      case 'numbers':
        s.of.set(s.copy);
        break;
      case 'map':
        s.of.clear();
        for (const [key, value] of s.entries) s.of.set(key, value);
        break;
      case 'set':
        s.of.clear();
        for (const value of s.values) s.of.add(value);
        break;
      case 'own':
        s.restore();
    }
  }
}

/** All objects that can be reached from some: to be taken for constants. */
export function reachable(roots: readonly unknown[]): Set<object> {
  const found = new Set<object>();
  const pending = [...roots];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || found.has(value)) continue;
    found.add(value);
    if (ArrayBuffer.isView(value)) continue;
    if (value instanceof Map) pending.push(...value.keys(), ...value.values());
    else if (value instanceof Set) pending.push(...value);
    else pending.push(...(Object.values(value) as unknown[]));
  }
  return found;
}

/** True if two arrays of one type hold the same. Compared as words, by one loop for all types: that is what makes it fast. */
function equal(a: Numbers, b: Numbers): boolean {
  if (a.byteLength !== b.byteLength) return false;
  const whole = a.byteLength - (a.byteLength % 4);
  if ((a.byteOffset | b.byteOffset) % 4 !== 0) return equalBytes(a, b, 0);
  return equalWords(
    new Int32Array(a.buffer, a.byteOffset, whole / 4),
    new Int32Array(b.buffer, b.byteOffset, whole / 4),
  )
    ? equalBytes(a, b, whole)
    : false;
}

function equalWords(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function equalBytes(a: Numbers, b: Numbers, from: number): boolean {
  if (from === a.byteLength) return true;
  const x = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const y = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  for (let i = from; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
