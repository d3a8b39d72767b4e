import type { Host } from '../host/host';
import type { Vm } from '../host/vm';
import type { Journal, Steps } from '../history/journal';
import type { MachineConfig } from '../language/program';
import type { AccessUnit } from './access';
import type { PhysicalMemory } from './memory';
import type { TagTable } from './tags';
import type { Vcpu } from './vcpu';

/** The parts of one machine, as its guest kernels see them. */
export interface Machine {
  readonly config: MachineConfig;
  /** Areas ask for 2 MiB pages from the beginning. */
  readonly hugePages: boolean;
  readonly memory: PhysicalMemory;
  readonly tags: TagTable;
  readonly journal: Journal;
  readonly host: Host;
  readonly accesses: AccessUnit;
  /** Runs the host's side of hypercall 13 or 14 for a vCPU. */
  readonly hypercalls: {
    call(vm: Vm, vcpu: Vcpu, number: number, argumentHi: number, argumentLo: number): Steps<number>;
  };
}
