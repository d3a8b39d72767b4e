import type { Host } from "../host/host";
import type { Vm } from "../host/vm";
import type { Journal } from "../history/journal";
import type { MachineConfig } from "../language/program";
import type { AccessUnit } from "./access";
import type { PhysicalMemory } from "./memory";
import type { Random } from "./random";
import type { TagTable } from "./tags";

/** The parts of one machine, as its guest kernels see them. */
export interface Machine {
  readonly config: MachineConfig;
  readonly memory: PhysicalMemory;
  readonly tags: TagTable;
  readonly journal: Journal;
  readonly host: Host;
  readonly accesses: AccessUnit;
  /** The scenario's own randomness. */
  readonly random: Random;
  /** Runs the host's side of hypercall 13 or 14 for a vCPU. */
  readonly hypercalls: {
    call(vm: Vm, vcpu: import("./vcpu").Vcpu, number: number, argumentHi: number, argumentLo: number): import("../history/journal").Steps<number>;
  };
}
