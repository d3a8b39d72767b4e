/** Where a builtin may be called. `kernel` also covers `kernel { }` blocks inside a process. */
export type BuiltinContext = 'process' | 'kernel' | 'host';

/**
 * What a parameter takes.
 * - `value`: any 64-bit expression (addresses, sizes, numbers, permissions).
 * - `vm`: the name of a VM, or `host`.
 * - `process`: the name of a process (forked children included).
 * - `counter`: the name of a counter of the machine.
 * - `text`: a text in quotes.
 * - `word`: `as` and one of the parameter's words.
 */
export type ParameterKind = 'value' | 'vm' | 'process' | 'counter' | 'text' | 'word';

export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly doc: string;
  /** A parameter with a default may be left out; the default is a constant, of a word its position in `words`. */
  readonly default?: number;
  /** Of the kind `word`: what may follow `as`, with what it means. */
  readonly words?: readonly NamedStep[];
}

/** A named step of a builtin, which `without NAME` leaves out; or a word of a parameter. */
export interface NamedStep {
  readonly name: string;
  readonly doc: string;
}

export interface Builtin {
  readonly name: string;
  readonly contexts: readonly BuiltinContext[];
  readonly parameters: readonly Parameter[];
  /** True if the call gives a value. */
  readonly returns: boolean;
  readonly doc: string;
  /** Steps in the order in which they are carried out. Only these names may follow `without`. */
  readonly steps: readonly NamedStep[];
}

export const ANYWHERE: readonly BuiltinContext[] = ['process', 'kernel', 'host'];
export const GUEST: readonly BuiltinContext[] = ['process', 'kernel'];

export const value = (name: string, doc: string, fallback?: number): Parameter =>
  fallback === undefined ? { name, kind: 'value', doc } : { name, kind: 'value', doc, default: fallback };
export const vm = (doc = 'the VM'): Parameter => ({ name: 'vm', kind: 'vm', doc });
export const process = (doc = 'the process whose address space is meant'): Parameter => ({
  name: 'process',
  kind: 'process',
  doc,
});
export const address = value('address', 'guest-virtual address');
export const size = value('size', 'bytes; rounded up to whole pages');
export const perm = value('perm', 'none, r, rw, rx or rwx');
export const gpa = value('gpa', 'guest-physical address');
export const hpa = value('hpa', 'host-physical address');
export const accessSize = value('bytes', '1, 2, 4 or 8', 8);

export const step = (name: string, doc: string): NamedStep => ({ name, doc });
