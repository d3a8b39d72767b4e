/**
 * Sequences of operations on a processor with a TLB, as plain JSON, and what a machine must offer to run one.
 * CR4.PCIDE and CR4.PGE are 1 throughout; the CPU bits of `cpu` do not change while a program runs.
 */
import type { WalkIn, WalkOut } from '../vectors';

export type TlbCpu = Pick<WalkIn, 'levels' | 'physBits' | 'nxe' | 'smep' | 'smap' | 'pke'>;

/** One access. WP, AC, PKRU and the privilege are those of the moment: nothing cached may depend on them. */
export interface AccessOp {
  readonly op: 'access';
  readonly va: string;
  readonly access: WalkIn['access'];
  readonly user: boolean;
  readonly ac: boolean;
  readonly wp: boolean;
  readonly pkru: string;
}

export type ControlOp =
  /** An 8-byte store into a paging structure, by some other mapping: no invalidation goes with it. */
  | { readonly op: 'setEntry'; readonly address: string; readonly value: string }
  | { readonly op: 'invlpg'; readonly va: string }
  /** Types: 0 one address of one PCID, 1 one PCID, 2 everything, 3 everything but global. */
  | { readonly op: 'invpcid'; readonly type: 0 | 1 | 2 | 3; readonly pcid: number; readonly va: string }
  /** MOV to CR3. `noFlush` is bit 63 of the value moved. */
  | { readonly op: 'loadCr3'; readonly root: string; readonly pcid: number; readonly noFlush: boolean };

export type TlbOp = AccessOp | ControlOp;

export interface TlbProgram {
  readonly cpu: TlbCpu;
  readonly root: string;
  readonly pcid: number;
  /** All paging-structure entries that are not zero. Later `setEntry` may add others. */
  readonly entries: readonly (readonly [address: string, value: string])[];
  readonly ops: readonly TlbOp[];
}

/** What is under test: one processor with its TLB and walk caches, and the memory it walks. */
export interface TlbMachine {
  /** `entries` of the answer is not looked at: memory is read through readEntry. */
  access(op: AccessOp): WalkOut;
  control(op: ControlOp): void;
  /** The entry as it is in memory now (hex); must not disturb anything. */
  readEntry(address: string): string;
}

/** Makes a machine in the state in which `program` begins: its memory, its CR3, nothing cached. */
export type TlbMachineFactory = (program: TlbProgram) => TlbMachine;
