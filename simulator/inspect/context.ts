import type { Process } from '../guest/process';
import type { Vm } from '../host/vm';
import type { Executor } from '../run/executor';
import { hex } from '../units';
import type { Hex, Owner, SpaceRef } from './types';

/** What queries look at, and words that they share. */
export class InspectContext {
  readonly hpaDigits: number;

  constructor(readonly executor: Executor) {
    this.hpaDigits = (executor.memory.frames * 4096 - 1).toString(16).length;
  }

  owner(asid: number): Owner {
    return { asid, name: this.executor.host.ownerName(asid) };
  }

  hpa(frame: number): Hex {
    return hex(frame * 4096, this.hpaDigits);
  }

  gpa(frame: number): Hex {
    return hex(frame * 4096, this.hpaDigits);
  }

  /** Address of a virtual page number, canonical. */
  gva(page: number): Hex {
    const bits = this.executor.levels === 5 ? 45 : 36;
    const negative = page >= 2 ** (bits - 1);
    const value = BigInt(page) << 12n;
    const extended = negative ? (value | (~0n << BigInt(bits + 12))) & 0xffff_ffff_ffff_ffffn : value;
    return hex(extended, 16);
  }

  /** VM and process of a reference. @returns null if there are none. */
  space(ref: SpaceRef): { vm: Vm; process: Process } | null {
    const vm = this.executor.vms[ref.vm];
    const process = this.executor.kernels[ref.vm]?.processes.get(ref.pid);
    return vm && process ? { vm, process } : null;
  }

  processName(vm: number, pid: number): string {
    return this.executor.kernels[vm]?.processes.get(pid)?.name ?? (pid === 0 ? 'kernel' : `pid ${pid}`);
  }
}
