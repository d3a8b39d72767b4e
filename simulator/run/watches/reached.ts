import type { Vm } from '../../host/vm';
import { accessName } from '../../machine/access';
import { Path, type Vcpu } from '../../machine/vcpu';
import type { Access } from '../../paging/walk';
import { hex, hex64, type Frame } from '../../units';
import type { Executor } from '../executor';
import type { Watch } from './watch';

/** Tells of accesses that get to a frame: by any VM, at any address, through the TLB or a walk. */
export class ReachedWatch implements Watch {
  private first = '';
  private accesses = 0;

  constructor(
    private readonly x: Executor,
    readonly frame: Frame,
  ) {}

  arm(): void {
    this.accesses = 0;
  }

  wrote(): boolean {
    return false;
  }

  /** An access got to the frame. */
  reached(cpu: Vcpu, vm: Vm, access: Access, hi: number, lo: number): void {
    if (this.accesses++ > 0) return;
    const { journal } = this.x;
    const who = cpu.user ? (this.x.kernels[vm.index].current.get(cpu)?.name ?? 'kernel') : 'kernel';
    const how =
      cpu.path === Path.TlbL1 || cpu.path === Path.TlbL2
        ? 'through the TLB'
        : cpu.path === Path.Walk
          ? 'by a walk'
          : 'carried out by the host';
    const line = journal.line === null ? '' : `, line ${journal.line}`;
    this.first = `${accessName(access)} of ${hex64(hi, lo)} by ${vm.name} ▸ ${who} ${how}; ${journal.taskName}${line}`;
  }

  look(): string | null {
    const { accesses } = this;
    if (accesses === 0) return null;
    this.accesses = 0;
    const more = accesses === 1 ? '' : ` (the first of ${accesses} accesses)`;
    return `frame ${hex(this.frame)} was reached: ${this.first}${more}`;
  }
}
