import { RollingHash } from '../machine/hash';
import type { Executor } from './executor';

/** Memory, TLBs, caches, counters, kernels and tasks as 16 hex digits: the same for two machines that went the same way. */
export function stateHash(x: Executor): string {
  const hash = new RollingHash();
  x.memory.forEach((frame, page) => {
    hash.add(frame);
    for (const word of page) hash.add(word);
  });
  for (const vm of x.vms) {
    for (const cpu of vm.vcpus) {
      const add = (word: number): void => hash.add(word);
      cpu.tlb.forEachWord(add);
      cpu.meter?.forEachWord(add);
      hash.addText(
        `${cpu.root},${cpu.nestedRoot},${cpu.pcid},${cpu.regime},${String(cpu.user)},${cpu.mode.pkru},${cpu.cr3Hi},${cpu.cr3Lo}`,
      );
    }
    for (const value of vm.counters.values) hash.add(value);
    hash.addText(
      `${String(vm.killed)},${[...vm.swapped.keys()].join()},${x.host.frames.free},${String(vm.dropFlush)},${String(vm.spuriousFault)}`,
    );
    const kernel = x.kernels[vm.index];
    hash.add(kernel.frames.free);
    hash.addText(JSON.stringify(kernel.vmalloc.root));
    kernel.swap.forEachWord((word) => hash.add(word));
    for (const p of kernel.processes.values())
      hash.addText(JSON.stringify([p.pid, p.state, p.areas, p.nextPage, p.pkru, p.rootGfn]));
  }
  hash.addText(x.host.shared.text());
  for (const t of x.tasks) {
    hash.addText(`${t.id},${t.status},${t.pc},${t.base},${t.calls.length}`);
    for (const word of t.lo) hash.add(word);
    for (const word of t.hi) hash.add(word);
  }
  hash.add(x.journal.tick);
  hash.addText(x.journal.trace.digest());
  hash.add(x.journal.faults.records.length);
  return hash.digest();
}
