/**
 * Readers for the independent walk vectors (QEMU's and kvm-unit-tests'), and the comparison of an answer
 * with each. Only shapes and comparisons: no paging semantics live here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One access. All addresses, values and `pkru` are hex strings with 0x. Memory not in `entries` is zero. */
export interface WalkIn {
  readonly levels: 4 | 5;
  readonly physBits: number;
  readonly va: string;
  readonly cr3: string;
  readonly access: 'read' | 'write' | 'exec';
  readonly user: boolean;
  readonly ac: boolean;
  readonly wp: boolean;
  readonly nxe: boolean;
  readonly smep: boolean;
  readonly smap: boolean;
  readonly pke: boolean;
  readonly pkru: string;
  readonly entries: readonly (readonly [address: string, value: string])[];
}

/**
 * What an access did. `entries` are the entries of the question, in its order, as they are afterwards:
 * either [address, value] pairs, or (as QEMU's vectors have it) the values alone.
 * `errorCode` may be left out for #GP (it is 0). After a fault `entries` may be left out.
 */
export interface WalkOut {
  readonly fault: null | '#PF' | '#GP';
  readonly errorCode?: number;
  readonly cr2?: string;
  readonly pa?: string;
  readonly entries?: readonly (string | readonly [address: string, value: string])[];
}

export interface QemuVector {
  readonly in: WalkIn;
  readonly out: WalkOut;
  /** Where it stands: file and 1-based line. */
  readonly at: string;
  /** `out.pa` is not an address (see SPOILT_PA) and is not compared; everything else is. */
  readonly paSpoilt: boolean;
}

/**
 * Lines whose recorded `pa` is the recorder's mistake. The guest that made the vectors learns where an
 * access went from what it reads there; where an earlier line of the same file had stored to that very
 * address, it read the stored constant instead. Nothing else explains 0x6f56df778: its page offset is not
 * the virtual address's. naive.test.ts proves that these are all such lines and that no other is excused.
 */
export const SPOILT_PA: Readonly<Record<string, readonly number[]>> = {
  'qemu-4level.jsonl.gz': [19240, 20348, 24235, 25376, 27022],
  'qemu-5level.jsonl.gz': [10374],
};

/**
 * One line of a kvm-unit-tests file. Columns there, blank-separated, hex without 0x:
 *   flags  va  wp nxe smep pke pkru  r|w|x  user  twice
 *   one entry per level, root first (after a 2 MiB leaf the last is not used)
 *   fault(0/1) errorCode expectedPDE expectedPTE ignoredPDEbits
 * `flags` numbers the test case. The error code means nothing if fault is 0, expectedPTE nothing below
 * a PDE that maps a page.
 */
export interface KvmVector {
  /** The case number (first column). */
  readonly flags: string;
  /** The access that is judged. */
  readonly in: WalkIn;
  /** If `twice`: the access made before it, on the same tables; a supervisor read in kvm-unit-tests. */
  readonly first: WalkIn | null;
  readonly expected: {
    readonly fault: boolean;
    readonly errorCode: number;
    readonly pde: bigint;
    /** null if the PDE maps a page. */
    readonly pte: bigint | null;
    /** Bits of the PDE that kvm-unit-tests does not compare (0x20: A of a walk that faulted below). */
    readonly ignoredPdeBits: bigint;
    readonly twice: boolean;
  };
}

/** The project's root: the nearest folder upwards from the working directory with a package.json. */
export function projectRoot(): string {
  let folder = process.cwd();
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('run this from inside the project: no package.json found upwards');
    folder = parent;
  }
  return folder;
}

/** The two QEMU files, which are part of the project. */
export function qemuFiles(): string[] {
  return ['qemu-4level', 'qemu-5level'].map((name) => join(projectRoot(), 'test/oracle/vectors', `${name}.jsonl.gz`));
}

const KVM_NAMES = [
  'kvm-unit-tests-access-L4-pa36-stride149',
  'kvm-unit-tests-access-L4-pa40-stride97',
  'kvm-unit-tests-access-L5-pa36-stride149',
  'kvm-unit-tests-access-L5-pa40-stride97',
];

/**
 * The kvm-unit-tests files are never part of the project. They are looked for in the folder named by
 * TPT_SCOPE_KVM_VECTORS, else in ../shared/data/walk-vectors beside the project.
 */
export function kvmFiles(): { readonly files: string[]; readonly missing: string | null } {
  const folder = process.env['TPT_SCOPE_KVM_VECTORS'] ?? resolve(projectRoot(), '../shared/data/walk-vectors');
  const all = KVM_NAMES.map((name) => join(folder, `${name}.txt.gz`));
  const absent = all.filter((file) => !existsSync(file));
  if (absent.length === 0) return { files: all, missing: null };
  const missing =
    `kvm-unit-tests vectors skipped: ${absent.length} of ${all.length} files are not in ${folder} ` +
    '(set TPT_SCOPE_KVM_VECTORS to their folder; they are not part of the project)';
  return { files: all.filter((file) => existsSync(file)), missing };
}

function* lines(file: string): Generator<string> {
  const text = gunzipSync(readFileSync(file)).toString('latin1');
  let from = 0;
  while (from < text.length) {
    const newline = text.indexOf('\n', from);
    const to = newline === -1 ? text.length : newline;
    if (to > from) yield text.slice(from, to);
    from = to + 1;
  }
}

export function* qemuVectors(file: string): Generator<QemuVector> {
  const name = basename(file);
  const spoilt = SPOILT_PA[name] ?? [];
  let number = 0;
  for (const line of lines(file)) {
    number++;
    const vector = JSON.parse(line) as Pick<QemuVector, 'in' | 'out'>;
    yield { in: vector.in, out: vector.out, at: `${name}:${number}`, paSpoilt: spoilt.includes(number) };
  }
}

const KVM_ROOT = 0x2600000n;

/** `path` names one kvm-unit-tests file; levels and physical address width are taken from its name. */
export function* kvmVectors(path: string): Generator<KvmVector> {
  const name = /-L([45])-pa(\d+)-/.exec(path);
  if (name === null) throw new Error(`cannot tell levels and address width from the name ${path}`);
  const levels = name[1] === '4' ? 4 : 5;
  const physBits = Number(name[2]);
  for (const line of lines(path)) yield kvmVector(line, levels, physBits);
}

function kvmVector(line: string, levels: 4 | 5, physBits: number): KvmVector {
  const column = line.split(' ');
  const text = (i: number): string => {
    const value = column[i];
    if (value === undefined) throw new Error(`kvm-unit-tests line has no column ${i}: ${line}`);
    return value;
  };
  const hex = (i: number): bigint => BigInt(`0x${text(i)}`);
  const flag = (i: number): boolean => text(i) === '1';

  const va = hex(1);
  const values = Array.from({ length: levels }, (_, i) => hex(10 + i));
  // Each entry lies in the table that the entry above names. The address is cut at the width, because
  // a few cases set reserved high bits in the PDE: what is below such an entry is out of reach anyway.
  const addressMask = (1n << BigInt(physBits)) - 0x1000n;
  const entries: [string, string][] = [];
  let table = KVM_ROOT;
  let pdeMapsPage = false;
  values.forEach((value, i) => {
    const level = levels - i;
    if (level === 1 && pdeMapsPage) return;
    const index = (va >> BigInt(12 + 9 * (level - 1))) & 511n;
    entries.push([toHex(table + index * 8n), toHex(value)]);
    if (level === 2) pdeMapsPage = (value & 0x81n) === 0x81n;
    table = value & addressMask;
  });

  const question: WalkIn = {
    levels,
    physBits,
    va: `0x${text(1)}`,
    cr3: toHex(KVM_ROOT),
    access: text(7) === 'w' ? 'write' : text(7) === 'x' ? 'exec' : 'read',
    user: flag(8),
    ac: false,
    wp: flag(2),
    nxe: flag(3),
    smep: flag(4),
    smap: false,
    pke: flag(5),
    pkru: `0x${text(6)}`,
    entries,
  };
  const twice = flag(9);
  const after = 10 + levels;
  return {
    flags: text(0),
    in: question,
    first: twice ? { ...question, access: 'read', user: false } : null,
    expected: {
      fault: flag(after),
      errorCode: Number(hex(after + 1)),
      pde: hex(after + 2),
      pte: pdeMapsPage ? null : hex(after + 3),
      ignoredPdeBits: hex(after + 4),
      twice,
    },
  };
}

export function toHex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** null if `answer` is right, else one line that says what differs. */
export function checkQemu(vector: QemuVector, answer: WalkOut): string | null {
  const want = vector.out;
  const bad = checkFault(want.fault, want.errorCode, vector.in.va, answer);
  if (bad !== null) return bad;
  // QEMU's physical address is known for reads and fetches only, A and D only without a fault.
  if (want.pa !== undefined && !vector.paSpoilt && !sameNumber(want.pa, answer.pa)) {
    return `pa: got ${answer.pa ?? 'none'}, wanted ${want.pa}`;
  }
  if (want.fault !== null || want.entries === undefined) return null;
  const got = entryValues(vector.in, answer);
  if (typeof got === 'string') return got;
  for (const [i, entry] of want.entries.entries()) {
    const wanted = BigInt(typeof entry === 'string' ? entry : entry[1]);
    if (got[i] !== wanted) {
      return `entry at ${vector.in.entries[i]?.[0]}: got ${toHex(got[i] ?? 0n)}, wanted ${toHex(wanted)}`;
    }
  }
  return null;
}

/** null if `answer` (to the judged access, after `first` if there is one: see runKvm) is right, else one line. */
export function checkKvm(vector: KvmVector, answer: WalkOut): string | null {
  const want = vector.expected;
  const bad = checkFault(want.fault ? '#PF' : null, want.errorCode, vector.in.va, answer);
  if (bad !== null) return bad;
  if (want.fault && answer.entries === undefined) return null;
  const got = entryValues(vector.in, answer);
  if (typeof got === 'string') return got;
  const pdeIndex = vector.in.levels - 2;
  const pde = got[pdeIndex] ?? 0n;
  if (((pde ^ want.pde) & ~want.ignoredPdeBits) !== 0n) {
    return `PDE: got ${toHex(pde)}, wanted ${toHex(want.pde)} apart from ${toHex(want.ignoredPdeBits)}`;
  }
  if (want.pte === null) return null;
  const pte = got[pdeIndex + 1] ?? 0n;
  return pte === want.pte ? null : `PTE: got ${toHex(pte)}, wanted ${toHex(want.pte)}`;
}

/**
 * The answer to a kvm-unit-tests vector: `first` (whose own fault does not matter), then the judged
 * access on the entries as `first` left them.
 */
export function runKvm(vector: KvmVector, walk: (question: WalkIn) => WalkOut): WalkOut {
  if (vector.first === null) return walk(vector.in);
  const values = entryValues(vector.first, walk(vector.first));
  if (typeof values === 'string') return walk(vector.in); // a fault told without entries: nothing changed
  const entries = vector.in.entries.map(([address], i) => [address, toHex(values[i] ?? 0n)] as const);
  return walk({ ...vector.in, entries });
}

function checkFault(
  fault: WalkOut['fault'],
  errorCode: number | undefined,
  va: string,
  answer: WalkOut,
): string | null {
  if (answer.fault !== fault || (fault === '#PF' && answer.errorCode !== errorCode)) {
    return `got ${faultText(answer.fault, answer.errorCode)}, wanted ${faultText(fault, errorCode)}`;
  }
  if (fault === '#GP' && (answer.errorCode ?? 0) !== 0) return `#GP error code ${answer.errorCode}, wanted 0`;
  if (fault === '#PF' && !sameNumber(va, answer.cr2)) return `cr2: got ${answer.cr2 ?? 'none'}, wanted ${va}`;
  return null;
}

/** Names the error code's bits, as in "#PF 0xd (P U RSVD)". */
export function faultText(fault: WalkOut['fault'], errorCode: number | undefined): string {
  if (fault === null) return 'no fault';
  if (fault === '#GP') return '#GP';
  if (errorCode === undefined) return '#PF without error code';
  const bits = ['P', 'W', 'U', 'RSVD', 'I', 'PK'].filter((_, i) => ((errorCode >> i) & 1) === 1);
  return `#PF 0x${errorCode.toString(16)} (${bits.join(' ')})`;
}

/** The values afterwards in the order of the question, or what is wrong with the list. */
export function entryValues(question: WalkIn, answer: WalkOut): bigint[] | string {
  if (answer.entries === undefined) return 'the answer has no entries';
  if (answer.entries.length !== question.entries.length) {
    return `the answer has ${answer.entries.length} entries, the question ${question.entries.length}`;
  }
  const values: bigint[] = [];
  for (const [i, entry] of answer.entries.entries()) {
    if (typeof entry === 'string') {
      values.push(BigInt(entry));
      continue;
    }
    const asked = question.entries[i]?.[0];
    if (asked === undefined || BigInt(asked) !== BigInt(entry[0])) {
      return `entry ${i}: got address ${entry[0]}, wanted ${asked}`;
    }
    values.push(BigInt(entry[1]));
  }
  return values;
}

function sameNumber(wanted: string, got: string | undefined): boolean {
  return got !== undefined && BigInt(got) === BigInt(wanted);
}
