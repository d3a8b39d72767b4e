import { TPT_PCID } from '../../host/roots';
import type { EditAnswer } from '../../inspect/time-types';
import { isCanonical } from '../../paging/format';
import { hex, high32, low32 } from '../../units';
import type { Executor } from '../executor';
import { done, frameProblem, parseNumber, refused, vmAt } from './values';

/** The next flush of a TLB for a VM does nothing; see Vm.losesFlush for what one flush is. */
export function dropFlush(x: Executor, index: number): EditAnswer {
  const vm = vmAt(x, index);
  if (typeof vm === 'string') return refused(vm);
  if (vm.dropFlush) return refused(`the next flush for ${vm.name} is to be dropped already`);
  vm.dropFlush = true;
  return done(`the next TLB flush for ${vm.name} will be dropped`);
}

/** The next access of a process of the VM that its tables allow takes a #PF all the same. */
export function spuriousFault(x: Executor, index: number): EditAnswer {
  const vm = vmAt(x, index);
  if (typeof vm === 'string') return refused(vm);
  if (vm.killed) return refused(`${vm.name} is killed: nothing runs there that could fault`);
  if (vm.spuriousFault) return refused(`a spurious fault is waiting for ${vm.name} already`);
  vm.spuriousFault = true;
  return done(`the next access of ${vm.name} that its tables allow will take a spurious #PF`);
}

/** A process's translation leaves the TLBs, as if room had been needed. Walk caches keep what they have. */
export function evict(x: Executor, index: number, pid: number, text: string): EditAnswer {
  const vm = vmAt(x, index);
  if (typeof vm === 'string') return refused(vm);
  const process = x.kernels[index].processes.get(pid);
  if (!process) return refused(`${vm.name} has no process with pid ${pid}`);
  const gva = parseNumber(text, 1n << 64n);
  if (gva === null) return refused(`"${text}" is not a gVA: give it in hexadecimal, as 0x7f0000000000`);
  const [hi, lo] = [high32(gva), low32(gva)];
  if (!isCanonical(hi, x.levels)) return refused(`${hex(gva, 16)} is not canonical under ${x.levels}-level paging`);
  let gone = 0;
  for (const { tlb, asid } of vm.vcpus) {
    const before = tlb.entries().length;
    for (const pcid of [process.pcid, process.pcid | TPT_PCID]) tlb.drop(hi, lo, asid, pcid);
    gone += before - tlb.entries().length;
  }
  if (gone === 0)
    return refused(
      `no TLB of ${vm.name} holds a translation of ${hex(gva, 16)} for ${process.name}: nothing was evicted`,
    );
  return done(
    `translation of ${hex(gva, 16)} of ${vm.name} ▸ ${process.name} evicted: ${gone} TLB ${gone === 1 ? 'entry' : 'entries'}`,
  );
}

/** The host takes a frame for itself and tells nobody. */
export function takeFrame(x: Executor, frame: number): EditAnswer {
  const problem = frameProblem(x, frame);
  if (problem !== null) return refused(problem);
  const owner = x.vms[x.tags.ownerOf(frame) - 1];
  if (!owner) return refused(`frame ${hex(frame)} belongs to the host already: pick a frame of a VM`);
  if (owner.config.scheme === 'native')
    return refused(`${owner.name} runs natively: its frames are the machine's own, and there is no host to take them`);
  x.host.seize(frame, 'edit');
  return done(
    `frame ${hex(frame)} taken from ${owner.name}: tagged for the host and cleared; tables, map and TLBs still name it`,
  );
}
