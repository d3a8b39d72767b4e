import type { Steps } from '../history/journal';
import type { ExtendedOp } from '../host/direct/direct-paging';
import { EINVAL } from '../host/direct/validation';
import { refuse } from '../host/refusal';
import type { Vm } from '../host/vm';
import type { Vcpu } from '../machine/vcpu';
import { frameOf } from '../paging/format';
import { hex64 } from '../units';
import type { Arguments, Wide } from './builtin-calls';
import type { Executor } from './executor';

const ENOSYS = -38;
const FLUSHES = ['none', 'local', 'all'] as const;

const DIRECT_CALLS = ['mmu_update', 'update_va_mapping', 'mmuext_op'] as const;
type DirectCall = (typeof DIRECT_CALLS)[number];
export const isDirectCall = (name: string): name is DirectCall => (DIRECT_CALLS as readonly string[]).includes(name);

/** A hypercall of direct paging that a scenario makes itself. @returns 0, or a negative errno. */
export function* directCall(
  x: Executor,
  vm: Vm,
  cpu: Vcpu,
  call: DirectCall,
  a: Arguments,
  skip: ReadonlySet<string> | null,
): Steps<number> {
  const { direct } = vm;
  const no = (errno: number, why: string): Steps<number> => refuse(x.journal, vm, call, errno, why);
  if (!direct) return yield* no(ENOSYS, `${vm.name} is not under direct paging`);
  const first = a.value(0);
  const second = a.value(1);
  switch (call) {
    case 'mmu_update': {
      if ((first.lo & 7) !== 0) return yield* no(EINVAL, `no entry begins at ${hex64(first.hi, first.lo)}`);
      const table = frameOf(first.lo, first.hi);
      return yield* direct.mmuUpdate([{ table, index: (first.lo >>> 3) & 511, ...second }], skip);
    }
    case 'update_va_mapping': {
      const flush = FLUSHES[Math.min(a.number(2), FLUSHES.length - 1)];
      return yield* direct.updateVaMapping(cpu, [{ gvaHi: first.hi, gvaLo: first.lo, ...second, flush }], skip);
    }
    case 'mmuext_op': {
      const request = extendedOp(a, cpu.pcid);
      return request ? yield* direct.mmuextOp(cpu, request) : yield* no(EINVAL, `there is no operation ${a.number(0)}`);
    }
  }
}

/** The hypercall that stands for a TLB instruction, which a guest under direct paging must not run. It has no PCIDs. */
export function flushRequest(builtin: 'invpcid' | 'invlpg', a: Arguments): ExtendedOp {
  if (builtin === 'invpcid' && a.number(0) > 0) return { op: 'tlb_flush_local' };
  const address = a.value(builtin === 'invpcid' ? 2 : 0);
  return { op: 'invlpg_local', gvaHi: address.hi, gvaLo: address.lo };
}

/** The host left the frames of a VM under direct paging where they are. @returns 0. */
export function stays(x: Executor, operation: string, vm: Vm): Wide {
  x.output.push({
    text: `${operation}: nothing is done. The tables of ${vm.name} name its frames (direct paging), so they do not move.`,
    category: 'important',
    range: x.running ? x.rangeOf(x.running) : null,
  });
  return { hi: 0, lo: 0 };
}

/** By Xen's numbers (public/xen.h, MMUEXT_*). */
function extendedOp(a: Arguments, pcid: number): ExtendedOp | null {
  const operation = a.number(0);
  const frame = a.number(1);
  const address = { gvaHi: a.value(1).hi, gvaLo: a.value(1).lo };
  switch (operation) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { op: 'pin', level: operation + 1, frame };
    case 4:
      return { op: 'unpin', frame };
    case 5:
      return { op: 'new_baseptr', frame, pcid };
    case 6:
      return { op: 'tlb_flush_local' };
    case 7:
      return { op: 'invlpg_local', ...address };
    case 10:
      return { op: 'tlb_flush_all' };
    case 11:
      return { op: 'invlpg_all', ...address };
    default:
      return null;
  }
}
