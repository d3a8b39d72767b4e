import { Cause } from '../../simulator/costs/causes';
import { costProfile } from '../../simulator/costs/profiles';
import { drain } from '../../simulator/history/journal';
import { compileScenario } from '../../simulator/language';
import { Access } from '../../simulator/paging/walk';
import { assemble } from '../../simulator/run/assemble';
import type { Executor } from '../../simulator/run/executor';
import type { FileOpener } from '../../simulator/trace/batch';
import type { Setup } from './workload';

/** The heap is at 0x100000000000; this is the high half of its address. */
export const HEAP_HIGH = 0x1000;

/** A machine with a VM of 8 GiB and one process, before its first statement. */
export function boot(scheme: Setup['scheme'], backing: Setup['backing'], body: string, files?: FileOpener): Executor {
  const { program, diagnostics } = compileScenario(
    `
machine { memory 16G tags ${scheme === 'tpt' ? 'asid' : 'off'} }
vm guest { memory 8G paging ${scheme} backing ${backing} }
process load in guest { ${body} }`,
    'bench.tpt',
  );
  if (program === null) throw new Error(diagnostics[0]?.message);
  return assemble(program, { costs: costProfile('skylake-sp'), briefHistory: true, ...(files && { files }) });
}

/** Such a machine, whose process has touched and written a heap of so many bytes. */
export function bootTouched(scheme: Setup['scheme'], backing: Setup['backing'], bytes: number): Executor {
  const machine = boot(scheme, backing, `touch(mmap(${bytes}, rw, 0x100000000000), ${bytes})`);
  while (machine.run({ mode: 'continue', task: 0, budget: 1_000_000 }).reason === 'budget');
  writeAll(machine, bytes / 4096);
  return machine;
}

/** Writes to each page once, since first touches only read: afterwards no write faults, not even to set a D bit by the host. */
function writeAll(machine: Executor, pages: number): void {
  const vm = machine.vms[0];
  const cpu = vm.vcpus[0];
  const { accesses } = machine.parts;
  for (let page = 0; page < pages; page++) {
    const hi = HEAP_HIGH + (page >>> 20);
    const lo = (page << 12) >>> 0;
    if (accesses.attempt(cpu, vm, hi, lo, Access.Write, true, Cause.Data) >= 0) continue;
    drain(accesses.access({ cpu, hi, lo, access: Access.Write, user: true }, true));
  }
}
