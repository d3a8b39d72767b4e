import type { Journal, Steps } from '../history/journal';
import { Count } from '../machine/counters';
import type { PhysicalMemory } from '../machine/memory';
import type { Vcpu } from '../machine/vcpu';
import { frameOf } from '../paging/format';
import { hex, hex64 } from '../units';
import { vmExit } from './exits';
import { readSlot } from './map';
import { refuse } from './refusal';
import { setRoot, TPT_PCID } from './roots';
import type { Vm } from './vm';

export const HYPERCALL_ENTER = 13;
export const HYPERCALL_LEAVE = 14;
export const HYPERCALL_INIT = 15;
const EINVAL = -22;
const ENOSYS = -38;
const EFAULT = -14;

/** The host's hypercalls 13 (enter TPT), 14 (leave) and 15 (initialise) [artifact]. */
export class Hypercalls {
  private readonly initialised = new Set<number>();

  constructor(
    private readonly memory: PhysicalMemory,
    private readonly journal: Journal,
  ) {}

  /** @returns 0, or a negative errno, which is also recorded as a fault. */
  *call(vm: Vm, cpu: Vcpu, number: number, argumentHi: number, argumentLo: number): Steps<number> {
    vm.counters.add(Count.Hypercalls);
    yield* this.journal.event('hypercall', `hypercall ${number} from ${vm.name}`);
    if (number >= HYPERCALL_ENTER && number <= HYPERCALL_INIT && vm.config.scheme !== 'tpt')
      return yield* refuse(this.journal, vm, `hypercall ${number}`, ENOSYS, 'the VM is not a TPT guest');
    switch (number) {
      case HYPERCALL_ENTER:
        return yield* this.enter(vm, cpu, argumentHi, argumentLo);
      case HYPERCALL_LEAVE:
        return yield* this.leaveTpt(vm, cpu);
      case HYPERCALL_INIT:
        vm.counters.add(Count.VmExits);
        vm.events.exit('init-tpt');
        this.initialised.add(vm.index);
        return 0;
      default:
        return yield* refuse(this.journal, vm, `hypercall ${number}`, ENOSYS, `there is no hypercall ${number}`);
    }
  }

  private *enter(vm: Vm, cpu: Vcpu, hi: number, lo: number): Steps<number> {
    yield* this.journal.enter('enter_tpt', `enter TPT with user CR3 ${hex64(hi, lo)}`);
    yield* vmExit(this.journal, vm, 'enter-tpt');
    let result = 0;
    yield* this.journal.step('read-map');
    // The user root is one page above the kernel's; bit 13 turns it into the TPT root [artifact].
    const base = frameOf(lo, hi);
    const gfn = base + 2;
    const hfn = vm.hasGuestFrame(gfn) ? readSlot(this.memory, vm, gfn) : 0;
    if (!this.initialised.has(vm.index))
      result = yield* refuse(this.journal, vm, 'hypercall 13', EINVAL, 'hypercall 15 has to come first');
    else if ((base & 3) !== 1)
      result = yield* refuse(
        this.journal,
        vm,
        'hypercall 13',
        EINVAL,
        `CR3 ${hex64(hi, lo)} is not a user root (bit 12 set, bit 13 clear)`,
      );
    else if (hfn === 0)
      result = yield* refuse(this.journal, vm, 'hypercall 13', EFAULT, `gfn ${hex(gfn)} of the TPT root is not backed`);
    else {
      yield* this.journal.step('load-cr3');
      cpu.cr3Hi = hi;
      cpu.cr3Lo = lo;
      yield* this.journal.step('nested-off');
      setRoot(cpu, 'tpt', hfn, -1, (lo & 0x7ff) | TPT_PCID, true);
    }
    yield* this.journal.step('resume');
    this.journal.leave();
    return result;
  }

  private *leaveTpt(vm: Vm, cpu: Vcpu): Steps<number> {
    yield* this.journal.enter('leave_tpt', 'leave TPT');
    yield* vmExit(this.journal, vm, 'leave-tpt');
    yield* this.journal.step('nested-on');
    yield* this.journal.step('load-cr3');
    // Bits 11 to 13 cleared: the kernel's root and PCID.
    const gfn = frameOf(cpu.cr3Lo, cpu.cr3Hi);
    setRoot(cpu, 'nested', gfn - (gfn & 3), vm.nestedRoot, cpu.cr3Lo & 0x7ff, true);
    yield* this.journal.step('resume');
    this.journal.leave();
    return 0;
  }
}
