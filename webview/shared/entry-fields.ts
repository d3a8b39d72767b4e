/** The fields of a table entry that can be changed, read from its value (SDM vol. 3 §4.5). Decisions only, no DOM. */

/** A table entry as a view has it. */
export interface EditableEntry {
  /** hPA of the 8 bytes. */
  readonly address: string;
  readonly value: string;
  /** 1: PT, 4: PML4. */
  readonly level: number;
  /** `PT[1]`. */
  readonly name: string;
}

/** One bit, with the edit that turns it over. */
export interface BitChange {
  /** As the walk names it: `R/W`. */
  readonly bit: string;
  /** "Clear W", "Set NX". */
  readonly label: string;
  /** What it will mean. */
  readonly meaning: string;
  readonly field: string;
  readonly value: string;
}

interface Flag {
  /** As the walk names it. */
  readonly bit: string;
  /** Name of the field in an edit; null: there is none, and the whole value is written. */
  readonly field: string | null;
  readonly mask: bigint;
  readonly set: string;
  readonly clear: string;
}

const FRAME_MASK = 0x000f_ffff_ffff_f000n;
const PKEY_SHIFT = 59n;
const PS = 1n << 7n;

const COMMON: readonly Flag[] = [
  { bit: 'P', field: 'P', mask: 1n, set: 'present', clear: 'not present' },
  { bit: 'R/W', field: 'W', mask: 1n << 1n, set: 'writes allowed', clear: 'read-only' },
  { bit: 'U/S', field: 'U', mask: 1n << 2n, set: 'user access allowed', clear: 'supervisor only' },
  { bit: 'PWT', field: 'PWT', mask: 1n << 3n, set: 'write-through', clear: 'write-back' },
  { bit: 'PCD', field: 'PCD', mask: 1n << 4n, set: 'cache disabled', clear: 'cacheable' },
  { bit: 'A', field: 'A', mask: 1n << 5n, set: 'accessed', clear: 'not accessed' },
];
const LEAF: readonly Flag[] = [
  { bit: 'D', field: 'D', mask: 1n << 6n, set: 'dirty', clear: 'clean' },
  { bit: 'G', field: 'G', mask: 1n << 8n, set: 'global', clear: 'not global' },
];
const NX: Flag = { bit: 'NX', field: 'NX', mask: 1n << 63n, set: 'no execute', clear: 'execute allowed' };

/** Whether an entry maps a page: of level 1, or with PS at a level that has large pages. */
export function isLeaf({ value, level }: EditableEntry): boolean {
  return level === 1 || (level <= 3 && (BigInt(value) & PS) !== 0n);
}

/** Frame number in an entry. */
export function frameIn({ value }: EditableEntry): number {
  return Number((BigInt(value) & FRAME_MASK) >> 12n);
}

/** Protection key in an entry. */
export function keyIn({ value }: EditableEntry): number {
  return Number((BigInt(value) >> PKEY_SHIFT) & 15n);
}

/** Where an entry lies, as the simulator is asked for it. */
export function entryRef({ address }: EditableEntry): { readonly frame: number; readonly index: number } {
  const at = BigInt(address);
  return { frame: Number(at >> 12n), index: Number((at & 0xfffn) >> 3n) };
}

/** The bits that mean something in this entry, in manual order, each with the edit that turns it over. */
export function bitChanges(entry: EditableEntry): BitChange[] {
  return flagsOf(entry).map(({ bit, field, mask, set, clear }) => {
    const value = BigInt(entry.value);
    const on = (value & mask) !== 0n;
    return {
      bit,
      label: `${on ? 'Clear' : 'Set'} ${field ?? bit}`,
      meaning: on ? clear : set,
      ...(field === null ? { field: 'raw', value: hex64(value ^ mask) } : { field, value: on ? '0' : '1' }),
    };
  });
}

function flagsOf(entry: EditableEntry): Flag[] {
  const { level } = entry;
  const leaf = isLeaf(entry);
  return [
    ...COMMON,
    ...(leaf ? LEAF.slice(0, 1) : []),
    ...(level === 2 || level === 3
      ? [
          {
            bit: 'PS',
            field: 'PS',
            mask: PS,
            set: level === 2 ? 'maps 2 MiB' : 'maps 1 GiB',
            clear: 'points to a table',
          },
        ]
      : []),
    ...(leaf ? LEAF.slice(1) : []),
    ...(leaf
      ? [
          {
            bit: 'PAT',
            field: null,
            mask: level === 1 ? PS : 1n << 12n,
            set: 'PAT index high',
            clear: 'PAT index low',
          },
        ]
      : []),
    NX,
  ];
}

function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
