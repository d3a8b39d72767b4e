/**
 * A deliberately naive model of 4-level and 5-level paging, written from the manuals alone:
 * Intel SDM vol. 3 chapter 4 (4.5 hierarchical paging, 4.6 access rights, 4.7 page faults, 4.8 accessed
 * and dirty flags) and AMD APM vol. 2 chapter 5. It shares nothing with `simulator/`, and must stay so:
 * BigInt everywhere, one step after another, no TLB, no fast paths.
 *
 * Where the manuals differ, Intel's reading is taken: bit 8 (G) of an entry that refers to a table is
 * ignored (AMD: must be zero in a PML4E/PML5E).
 */
import { accessBits, ERROR_P, ERROR_RSVD, refuse } from './rights';
import type { Access, NaiveCpu, Rights } from './rights';

export type { Access, NaiveCpu, Rights } from './rights';

/** 8-byte entries by physical address; an absent one is 0. */
export type Memory = Map<bigint, bigint>;
export type ReadonlyMemory = ReadonlyMap<bigint, bigint>;
/** A store that the processor makes into a paging structure: address, new value. */
export type EntryWrite = [address: bigint, value: bigint];

const BIT = (n: number): bigint => 1n << BigInt(n);
export const P = BIT(0);
export const RW = BIT(1);
export const US = BIT(2);
export const A = BIT(5);
export const D = BIT(6);
export const PS = BIT(7);
export const G = BIT(8);
export const XD = BIT(63);

/** One entry that a walk read. `level` is 5 = PML5E, 4 = PML4E, 3 = PDPTE, 2 = PDE, 1 = PTE. */
export interface NaiveStep {
  readonly level: number;
  readonly address: bigint;
  readonly value: bigint;
}

/** Where a walk begins: the table of `level`, and what the entries above have allowed so far. */
export interface WalkStart {
  readonly level: number;
  readonly table: bigint;
  readonly rights: Rights;
}

/** The mapping that a walk found, whether or not the access may use it. */
export interface NaiveLeaf {
  readonly level: number;
  readonly value: bigint;
  /** Physical address of the first byte of the page. */
  readonly base: bigint;
  readonly pageSize: bigint;
  readonly rights: Rights;
  readonly key: bigint;
}

export interface NaiveResult {
  readonly fault: null | '#PF' | '#GP';
  readonly errorCode?: number;
  readonly cr2?: bigint;
  readonly pa?: bigint;
  readonly pageSize?: bigint;
  /** Accessed and dirty flags that an access without a fault sets, root first; only real changes. */
  readonly writes: EntryWrite[];
  /**
   * After a fault: accessed flags which the processor may have set, or not, in entries that refer to a
   * table (SDM 4.8 sets A whenever an entry is "used"; processors differ on walks that fault, and
   * kvm-unit-tests accepts both). The faulting entry itself is never among them. Empty without a fault.
   */
  readonly mayWrite: EntryWrite[];
  /** What was read, root first. */
  readonly steps: NaiveStep[];
  readonly leaf?: NaiveLeaf;
}

/** SDM vol. 1, 3.3.7.1: bits 63:47 (4-level) or 63:56 (5-level) are all equal. */
export function isCanonical(va: bigint, levels: 4 | 5): boolean {
  const signBit = levels === 4 ? 47n : 56n;
  const top = va >> signBit;
  const allOnes = (1n << (64n - signBit)) - 1n;
  return top === 0n || top === allOnes;
}

/** Bits of `entry` that must be zero and are not: SDM 4.5.4, tables 4-14 to 4-20. `level` as in NaiveStep. */
export function reservedBitsSet(cpu: NaiveCpu, level: number, entry: bigint): boolean {
  // Bits 51:MAXPHYADDR in every entry.
  for (let bit = cpu.physBits; bit <= 51; bit++) {
    if ((entry & BIT(bit)) !== 0n) return true;
  }
  // XD is reserved while EFER.NXE = 0.
  if (!cpu.nxe && (entry & XD) !== 0n) return true;
  const ps = (entry & PS) !== 0n;
  // PML5E and PML4E: PS is reserved.
  if (level >= 4 && ps) return true;
  // PDPTE mapping 1 GiB: bits 29:13. (Bit 12 is PAT.)
  if (level === 3 && ps) {
    for (let bit = 13; bit <= 29; bit++) {
      if ((entry & BIT(bit)) !== 0n) return true;
    }
  }
  // PDE mapping 2 MiB: bits 20:13.
  if (level === 2 && ps) {
    for (let bit = 13; bit <= 20; bit++) {
      if ((entry & BIT(bit)) !== 0n) return true;
    }
  }
  // PTE: bit 7 is PAT and means nothing here.
  return false;
}

/** Bytes mapped by an entry of this level if it maps a page; also the reach of a table one level down. */
export function reach(level: number): bigint {
  return 1n << BigInt(12 + 9 * (level - 1));
}

/** Bits 51:12 of an entry or of CR3. */
export function frameAddress(value: bigint): bigint {
  return value & 0x000f_ffff_ffff_f000n;
}

/** CR3 names the top-level table; its low 12 bits (PWT, PCD or a PCID) do not take part (SDM 4.5.2). */
export function rootOf(cpu: NaiveCpu): WalkStart {
  return {
    level: cpu.levels,
    table: frameAddress(cpu.cr3),
    rights: { writable: true, userAddress: true, noExecute: false },
  };
}

/** One access, from CR3 down. Does not change `memory`: the caller applies `writes`. */
export function naiveAccess(memory: ReadonlyMemory, cpu: NaiveCpu, va: bigint, access: Access): NaiveResult {
  return naiveAccessFrom(memory, cpu, va, access, rootOf(cpu));
}

/** As naiveAccess, but from `start` down: what a paging-structure cache makes possible (SDM 4.10.3). */
export function naiveAccessFrom(
  memory: ReadonlyMemory,
  cpu: NaiveCpu,
  va: bigint,
  access: Access,
  start: WalkStart,
): NaiveResult {
  const steps: NaiveStep[] = [];
  if (!isCanonical(va, cpu.levels)) {
    return { fault: '#GP', errorCode: 0, writes: [], mayWrite: [], steps };
  }

  let table = start.table;
  let { writable, userAddress, noExecute } = start.rights;
  for (let level = start.level; level >= 1; level--) {
    const index = (va / reach(level)) % 512n;
    const address = table + index * 8n;
    const entry = memory.get(address) ?? 0n;
    steps.push({ level, address, value: entry });

    // SDM 4.7, P flag: an entry whose P is 0 ends the walk; nothing else in it is looked at.
    if ((entry & P) === 0n) {
      return pageFault(accessBits(cpu, access), memory, va, steps);
    }
    // RSVD flag: likewise, and then P is 1 as well. Rights of upper entries have not been looked at yet:
    // they are checked only once there is a translation (SDM 4.6 speaks of addresses "with a translation").
    if (reservedBitsSet(cpu, level, entry)) {
      return pageFault(ERROR_P | ERROR_RSVD | accessBits(cpu, access), memory, va, steps);
    }

    if ((entry & RW) === 0n) writable = false;
    if ((entry & US) === 0n) userAddress = false;
    if ((entry & XD) !== 0n) noExecute = true;

    const mapsPage = level === 1 || ((level === 2 || level === 3) && (entry & PS) !== 0n);
    if (!mapsPage) {
      table = frameAddress(entry);
      continue;
    }

    const pageSize = reach(level);
    // Of bits 51:12 those above the page size; clears PAT (bit 12) of a large page as well.
    const base = frameAddress(entry) - (frameAddress(entry) % pageSize);
    const rights = { writable, userAddress, noExecute };
    const key = (entry >> 59n) & 15n;
    const leaf: NaiveLeaf = { level, value: entry, base, pageSize, rights, key };
    const errorCode = refuse(cpu, rights, key, access);
    if (errorCode !== null) {
      return { ...pageFault(errorCode, memory, va, steps), leaf };
    }
    const writes = markUsed(memory, steps, access === 'write');
    return { fault: null, pa: base + (va % pageSize), pageSize, writes, mayWrite: [], steps, leaf };
  }
  throw new Error('naive walker: a PTE always maps a page');
}

/**
 * SDM 4.8: A in every entry used, D in the entry that maps the page if the access is a write. One after
 * another on a copy, because under a self-map one entry can serve as several levels of the same walk.
 */
function markUsed(memory: ReadonlyMemory, steps: readonly NaiveStep[], dirty: boolean): EntryWrite[] {
  const now = new Map<bigint, bigint>();
  steps.forEach((step, i) => {
    const before = now.get(step.address) ?? memory.get(step.address) ?? 0n;
    const isLeaf = i === steps.length - 1;
    now.set(step.address, before | A | (isLeaf && dirty ? D : 0n));
  });
  return [...now].filter(([address, value]) => value !== (memory.get(address) ?? 0n));
}

function pageFault(errorCode: number, memory: ReadonlyMemory, va: bigint, steps: NaiveStep[]): NaiveResult {
  // The last step is the entry that faulted (or, for a refusal, the one that maps the page): not "used".
  const mayWrite = markUsed(memory, steps.slice(0, -1), false);
  return { fault: '#PF', errorCode, cr2: va, writes: [], mayWrite, steps };
}
