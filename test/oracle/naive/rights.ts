/**
 * Who may do what to a page: SDM vol. 3, 4.6.1 (access rights), 4.6.2 (protection keys) and
 * 4.7 (page-fault error code). Spelled out case by case, in the manual's order and in the manual's
 * words, so that it can be read next to the manual. Deliberately not compressed.
 */

export type Access = 'read' | 'write' | 'exec';

/** The register bits on which an access depends. `pkru` is the 32-bit register. */
export interface NaiveCpu {
  readonly levels: 4 | 5;
  readonly physBits: number;
  readonly cr3: bigint;
  readonly wp: boolean;
  readonly nxe: boolean;
  readonly smep: boolean;
  readonly smap: boolean;
  readonly pke: boolean;
  readonly ac: boolean;
  readonly pkru: bigint;
  readonly user: boolean;
}

/** What the entries of one translation allow together (SDM 4.6: "every paging-structure entry"). */
export interface Rights {
  /** R/W is 1 in every entry. */
  readonly writable: boolean;
  /** U/S is 1 in every entry: a "user-mode address". Otherwise a "supervisor-mode address". */
  readonly userAddress: boolean;
  /** XD is 1 in at least one entry. (With NXE = 0 such an entry is reserved and gets no further.) */
  readonly noExecute: boolean;
}

export const ERROR_P = 1 << 0;
export const ERROR_W = 1 << 1;
export const ERROR_U = 1 << 2;
export const ERROR_RSVD = 1 << 3;
export const ERROR_I = 1 << 4;
export const ERROR_PK = 1 << 5;

/** SDM 4.6.1: R/W, U/S, XD with WP, SMEP, SMAP, AC. Protection keys are separate. */
export function rightsAllow(cpu: NaiveCpu, rights: Rights, access: Access): boolean {
  if (!cpu.user) {
    // "For supervisor-mode accesses"
    if (access === 'read') {
      // Data may be read (implicitly or explicitly) from any supervisor-mode address.
      if (!rights.userAddress) return true;
      // Data reads from user-mode pages: SMAP = 0, or SMAP = 1 and EFLAGS.AC = 1.
      if (!cpu.smap) return true;
      return cpu.ac;
    }
    if (access === 'write') {
      if (!rights.userAddress) {
        // Data writes to supervisor-mode addresses.
        if (!cpu.wp) return true;
        return rights.writable;
      }
      // Data writes to user-mode addresses.
      if (!cpu.wp) {
        if (!cpu.smap) return true;
        return cpu.ac;
      }
      if (!cpu.smap) return rights.writable;
      if (!cpu.ac) return false;
      return rights.writable;
    }
    // Instruction fetches from supervisor-mode addresses.
    if (!rights.userAddress) {
      if (!cpu.nxe) return true;
      return !rights.noExecute;
    }
    // Instruction fetches from user-mode addresses.
    if (cpu.smep) return false;
    if (!cpu.nxe) return true;
    return !rights.noExecute;
  }
  // "For user-mode accesses": nothing may be done to a supervisor-mode address.
  if (!rights.userAddress) return false;
  if (access === 'read') return true;
  if (access === 'write') return rights.writable; // WP does not matter in user mode
  if (!cpu.nxe) return true;
  return !rights.noExecute;
}

/**
 * SDM 4.6.2. Data accesses to user-mode addresses only; the page decides, not CPL.
 * `key` is bits 62:59 of the entry that maps the page.
 */
export function keyAllows(cpu: NaiveCpu, rights: Rights, key: bigint, access: Access): boolean {
  if (!cpu.pke) return true;
  if (access === 'exec') return true;
  if (!rights.userAddress) return true;
  const accessDisable = ((cpu.pkru >> (key * 2n)) & 1n) === 1n;
  const writeDisable = ((cpu.pkru >> (key * 2n + 1n)) & 1n) === 1n;
  if (accessDisable) return false;
  if (access === 'read') return true;
  if (!writeDisable) return true;
  // WDi: no writes in user mode; in supervisor mode no writes if CR0.WP = 1.
  if (cpu.user) return false;
  return !cpu.wp;
}

/** SDM 4.7, W/R, U/S and I/D flags: they describe the access, whatever the cause of the fault. */
export function accessBits(cpu: NaiveCpu, access: Access): number {
  let code = 0;
  if (access === 'write') code |= ERROR_W;
  if (cpu.user) code |= ERROR_U;
  // I/D is reported only if fetches can be told apart: SMEP = 1, or PAE and NXE = 1 (PAE always is here).
  if (access === 'exec' && (cpu.smep || cpu.nxe)) code |= ERROR_I;
  return code;
}

/**
 * The error code with which a translated access is refused, or null if it is allowed.
 * PK (SDM 4.7) is reported whenever the key refuses, even if R/W or U/S refuse as well.
 */
export function refuse(cpu: NaiveCpu, rights: Rights, key: bigint, access: Access): number | null {
  const byRights = !rightsAllow(cpu, rights, access);
  const byKey = !keyAllows(cpu, rights, key, access);
  if (!byRights && !byKey) return null;
  let code = ERROR_P | accessBits(cpu, access);
  if (byKey) code |= ERROR_PK;
  return code;
}
