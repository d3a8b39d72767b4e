/**
 * Names of events of tables and frames, as people type them into a breakpoint: `owner 0x1a00000`. One syntax for function
 * breakpoints, ids of data breakpoints, the console and the views. No file is read here, and nothing is asked of a machine.
 */
import type { Hex, WatchSpec } from '../../simulator/index';

export type WatchKind = WatchSpec['kind'];

interface Form {
  readonly usage: string;
  readonly example: string;
  /** What it stops at, in words. */
  readonly event: string;
  readonly follows: 'frame' | 'virtual address' | 'address space';
  /** Null: the words do not fit the form. */
  readonly read: (words: readonly string[]) => WatchSpec | null;
}

/** All events, in the order in which they are listed to people. */
export const WATCH_FORMS: Readonly<Record<WatchKind, Form>> = {
  entry: {
    usage: 'entry HPA',
    example: 'entry 0x1a00010',
    event: 'the 8-byte entry at this host-physical address changes',
    follows: 'frame',
    read: ([at, ...rest]) => {
      const hpa = rest.length === 0 ? readAddress(at) : null;
      return hpa === null ? null : { kind: 'entry', hpa };
    },
  },
  translation: {
    usage: 'translation VM PROCESS GVA',
    example: 'translation web redis 0x7f0000000000',
    event: 'the translation of this address changes',
    follows: 'virtual address',
    read: ([vm, process, at, ...rest]) => {
      const gva = rest.length === 0 ? readAddress(at) : null;
      return vm === undefined || process === undefined || gva === null
        ? null
        : { kind: 'translation', vm, process, gva };
    },
  },
  owner: {
    usage: 'owner FRAME',
    example: 'owner 0x1a00000',
    event: 'this frame gets another owner',
    follows: 'frame',
    read: ([at, ...rest]) => {
      const frame = rest.length === 0 ? readFrame(at) : null;
      return frame === null ? null : { kind: 'owner', frame };
    },
  },
  reached: {
    usage: 'reached FRAME',
    example: 'reached 0x1a00000',
    event: 'an access of any VM, by any address, gets to this frame',
    follows: 'frame',
    read: ([at, ...rest]) => {
      const frame = rest.length === 0 ? readFrame(at) : null;
      return frame === null ? null : { kind: 'reached', frame };
    },
  },
  diverge: {
    usage: 'diverge VM PROCESS [GVA]',
    example: 'diverge web redis',
    event: 'native and TPT (or shadow) tables come to differ',
    follows: 'virtual address',
    read: ([vm, process, at, ...rest]) => {
      const gva = at === undefined ? null : readAddress(at);
      if (vm === undefined || process === undefined || rest.length > 0 || (at !== undefined && gva === null))
        return null;
      return { kind: 'diverge', vm, process, gva };
    },
  },
  stale: {
    usage: 'stale VM',
    example: 'stale web',
    event: 'a TLB of this VM comes to hold an entry that its tables no longer say',
    follows: 'address space',
    read: ([vm, ...rest]) => (vm === undefined || rest.length > 0 ? null : { kind: 'stale', vm }),
  },
  split: {
    usage: 'split VM PROCESS',
    example: 'split web redis',
    event: 'a 2 MiB mapping of this process becomes a table',
    follows: 'address space',
    read: ([vm, process, ...rest]) =>
      vm === undefined || process === undefined || rest.length > 0 ? null : { kind: 'split', vm, process },
  },
};

export type WatchName =
  | { readonly ok: true; readonly spec: WatchSpec }
  /** `problem`: what is wrong, with an example. */
  | { readonly ok: false; readonly problem: string };

/** Reads the name of an event; null if its first word is that of none, so that it may name something else. */
export function readWatchName(name: string): WatchName | null {
  const [kind, ...words] = name.trim().split(/\s+/);
  if (kind === undefined || !isKind(kind)) return null;
  const form = WATCH_FORMS[kind];
  const spec = form.read(words);
  if (spec !== null) return { ok: true, spec };
  return {
    ok: false,
    problem: `"${name.trim()}" is not understood. Write ${form.usage}, for example ${form.example}.`,
  };
}

/** The name of an event, as `readWatchName` takes it. */
export function watchName(spec: WatchSpec): string {
  switch (spec.kind) {
    case 'entry':
      return `entry ${spec.hpa}`;
    case 'translation':
      return `translation ${spec.vm} ${spec.process} ${spec.gva}`;
    case 'owner':
    case 'reached':
      return `${spec.kind} 0x${(spec.frame * 4096).toString(16)}`;
    case 'diverge':
      return `diverge ${spec.vm} ${spec.process}${spec.gva === null ? '' : ` ${spec.gva}`}`;
    case 'stale':
      return `stale ${spec.vm}`;
    case 'split':
      return `split ${spec.vm} ${spec.process}`;
  }
}

/** The name with what it follows: `owner 0x1a00000 (follows the frame)`. */
export function describeWatch(spec: WatchSpec): string {
  return `${watchName(spec)} (follows the ${WATCH_FORMS[spec.kind].follows})`;
}

/** A frame as people name it: by an hPA in it (`0x1a00000`), or by its number (`frame:0x1a00`). Null if it is neither. */
export function readFrame(text: string | undefined): number | null {
  const number = /^frame:(0x[0-9a-f]{1,13}|\d{1,15})$/i.exec(text ?? '')?.[1];
  if (number !== undefined) return safe(Number(number));
  const hpa = readAddress(text);
  return hpa === null ? null : safe(Number(BigInt(hpa) >> 12n));
}

/** An address as lower-case hex; null for anything else. */
export function readAddress(text: string | undefined): Hex | null {
  return /^0x[0-9a-f]{1,16}$/i.test(text ?? '') ? `0x${BigInt(text ?? '').toString(16)}` : null;
}

const isKind = (word: string): word is WatchKind => Object.hasOwn(WATCH_FORMS, word);
const safe = (n: number): number | null => (Number.isSafeInteger(n) ? n : null);
