/** The real vCPU with its TLB and walker, as the machine under test of TLB programs. */
import { setRoot } from '../../simulator/host/roots';
import { PhysicalMemory } from '../../simulator/machine/memory';
import { TagTable } from '../../simulator/machine/tags';
import { Tlb } from '../../simulator/machine/tlb';
import { Vcpu } from '../../simulator/machine/vcpu';
import { Access, WalkFault } from '../../simulator/paging/walk';
import { high32, hex, join64, low32 } from '../../simulator/units';
import type { TlbArray } from '../../simulator/language/program';
import type { WalkOut } from './vectors';
import type { AccessOp, ControlOp, TlbMachine, TlbProgram } from './naive/tlb-program';

/**
 * Where a large page of the guest is cut into smaller ones that the TLB holds: not at all; by the tag check, which
 * vouches for no more than the 4 KiB that it looked up; by a nested table of 2 MiB leaves (gPA = hPA).
 */
export type Cutting = 'whole' | 'tags' | 'nested';

export interface RealTlbHabits {
  readonly arrays: readonly TlbArray[];
  readonly cutting: Cutting;
}

/** Pages of TLB programs lie below 16 GiB; the nested table above them. */
const GUEST_GIB = 16;
const FRAMES_1G = 0x40000;
const NESTED_ROOT = GUEST_GIB * FRAMES_1G;
const ACCESSES = { read: Access.Read, write: Access.Write, exec: Access.Fetch } as const;

export class RealTlbMachine implements TlbMachine {
  private readonly memory = new PhysicalMemory(NESTED_ROOT + 2 * FRAMES_1G);
  private readonly cpu: Vcpu;

  constructor(program: TlbProgram, habits: RealTlbHabits) {
    for (const [address, value] of program.entries) this.setEntry(address, value);
    const tags = new TagTable(this.memory, habits.cutting === 'tags' ? 'asid' : 'off');
    this.cpu = new Vcpu(0, this.memory, tags, new Tlb(habits.arrays));
    // ASID 0 owns all that nobody tagged: checks are made, and succeed.
    this.cpu.tagged = habits.cutting === 'tags';
    if (habits.cutting === 'nested') {
      this.buildNested();
      this.cpu.nestedRoot = NESTED_ROOT;
    }
    Object.assign(this.cpu.mode, program.cpu);
    this.loadCr3(program.root, program.pcid, false);
  }

  access(op: AccessOp): WalkOut {
    const { cpu } = this;
    Object.assign(cpu.mode, { wp: op.wp, ac: op.ac, pkru: Number(op.pkru) });
    cpu.modeChanged();
    const va = BigInt(op.va);
    const frame = cpu.translate(high32(va), low32(va), ACCESSES[op.access], op.user);
    if (frame >= 0) return { fault: null, pa: hex(frame * 4096 + Number(va & 0xfffn)) };
    if (cpu.walk.fault === WalkFault.General) return { fault: '#GP' };
    if (cpu.walk.fault !== WalkFault.Page) throw new Error(`fault of kind ${cpu.walk.fault}: the test set-up is wrong`);
    return { fault: '#PF', errorCode: cpu.walk.errorCode, cr2: op.va };
  }

  control(op: ControlOp): void {
    const { tlb, asid, pcid } = this.cpu;
    switch (op.op) {
      case 'setEntry':
        this.setEntry(op.address, op.value);
        return;
      case 'invlpg':
        tlb.invalidate(high32(BigInt(op.va)), low32(BigInt(op.va)), asid, pcid);
        return;
      case 'loadCr3':
        this.loadCr3(op.root, op.pcid, op.noFlush);
        return;
      case 'invpcid':
        // As simulator/run does for the scenario's invpcid.
        if (op.type === 0) tlb.invalidate(high32(BigInt(op.va)), low32(BigInt(op.va)), asid, op.pcid, false);
        else tlb.flush(asid, op.type === 1 ? op.pcid : null, op.type === 2);
    }
  }

  readEntry(address: string): string {
    const at = Number(BigInt(address));
    const page = this.memory.page(Math.floor(at / 4096));
    const word = (at % 4096) >>> 2;
    return hex(join64(page[word + 1], page[word]));
  }

  private setEntry(address: string, value: string): void {
    const at = Number(BigInt(address));
    this.memory.writeEntry(Math.floor(at / 4096), (at % 4096) >>> 3, low32(BigInt(value)), high32(BigInt(value)));
  }

  private loadCr3(root: string, pcid: number, noFlush: boolean): void {
    const { regime, nestedRoot } = this.cpu;
    setRoot(this.cpu, regime, Math.floor(Number(BigInt(root)) / 4096), nestedRoot, pcid, noFlush);
  }

  /** gPA = hPA, in 2 MiB leaves with A and D set. */
  private buildNested(): void {
    const TABLE = 0x27;
    const LEAF = 0xe7;
    const gibTable = NESTED_ROOT + 1;
    this.memory.writeEntry(NESTED_ROOT, 0, ((gibTable << 12) | TABLE) >>> 0, gibTable >>> 20);
    for (let gib = 0; gib < GUEST_GIB; gib++) {
      const table = gibTable + 1 + gib;
      this.memory.writeEntry(gibTable, gib, ((table << 12) | TABLE) >>> 0, table >>> 20);
      for (let i = 0; i < 512; i++) {
        const frame = gib * FRAMES_1G + i * 512;
        this.memory.writeEntry(table, i, ((frame << 12) | LEAF) >>> 0, frame >>> 20);
      }
    }
  }
}
