/**
 * A small real TLB with walk caches, to try the checker on: a map keyed as hardware would key it, in fragments of
 * 4 KiB, deciding everything by itself apart from the walk. Each of its bugs can be switched on by name.
 */
import { toHex } from '../vectors';
import type { WalkOut } from '../vectors';
import { refuse } from './rights';
import type { AccessOp, ControlOp, TlbMachine, TlbProgram } from './tlb-program';
import { A, D, G, RW, US, XD, frameAddress, isCanonical, naiveAccessFrom, reach, rootOf } from './walker';
import type { NaiveCpu, Rights, WalkStart } from './walker';

export const TLB_BUGS = [
  'INVLPG spares global pages',
  'INVLPG drops one fragment of a large page',
  'INVLPG spares walk caches',
  'TLB ignores PCID',
  'walk caches ignore PCID',
  'CR3 load does not flush',
  'CR3 load flushes the old PCID',
  'CR3 load spares walk caches',
  'INVPCID 0 uses the current PCID',
  'INVPCID 0 spares walk caches',
  'INVPCID 1 does nothing',
  'INVPCID 2 spares global pages',
  'INVPCID 3 does only the current PCID',
  'page fault leaves its cause cached',
  'write by a clean translation does not set D',
  'rights of cached upper entries are lost',
  'protection key is not cached',
  'privilege is not checked on a hit',
  'A is not set when a walk cache is used',
] as const;
export type TlbBug = (typeof TLB_BUGS)[number];

export interface SampleHabits {
  readonly bug?: TlbBug;
  readonly walkCaches: boolean;
  /** Report faults from the TLB as Intel may, instead of walking again. */
  readonly spurious: boolean;
  readonly capacity: number;
}

interface Line {
  readonly pcid: number;
  readonly page: bigint;
  readonly largePage: bigint;
  readonly largeSize: bigint;
  readonly pa: bigint;
  readonly rights: Rights;
  readonly key: bigint;
  readonly dirty: boolean;
  readonly global: boolean;
}
interface Upper {
  readonly pcid: number;
  readonly va: bigint;
  readonly size: bigint;
  readonly start: WalkStart;
}

export class SampleMachine implements TlbMachine {
  private readonly memory: Map<bigint, bigint>;
  private lines: Line[] = [];
  private uppers: Upper[] = [];
  private root: bigint;
  private pcid: number;

  constructor(
    private readonly program: TlbProgram,
    private readonly habits: SampleHabits,
  ) {
    this.memory = new Map(program.entries.map(([address, value]) => [BigInt(address), BigInt(value)]));
    this.root = BigInt(program.root);
    this.pcid = program.pcid;
  }

  readEntry(address: string): string {
    return toHex(this.memory.get(BigInt(address)) ?? 0n);
  }

  access(op: AccessOp): WalkOut {
    const { user, ac, wp } = op;
    const cpu: NaiveCpu = { ...this.program.cpu, user, ac, wp, pkru: BigInt(op.pkru), cr3: this.root };
    const va = BigInt(op.va);
    if (!isCanonical(va, cpu.levels)) return { fault: '#GP', errorCode: 0 };
    const line = this.lines.find((l) => l.page === va >> 12n && this.mine(l));
    if (line !== undefined) {
      const who = this.has('privilege is not checked on a hit')
        ? { ...cpu, user: !line.rights.userAddress ? false : cpu.user }
        : cpu;
      const code = refuse(who, line.rights, line.key, op.access);
      if (code !== null && this.habits.spurious) return this.pageFault(op, code);
      const clean = op.access === 'write' && !line.dirty && !this.has('write by a clean translation does not set D');
      if (code === null && !clean) return { fault: null, pa: toHex(line.pa | (va & 0xfffn)) };
      this.lines = this.lines.filter((l) => l !== line);
      if (code !== null) this.dropUppersOf(va);
    }
    return this.walk(cpu, op, va);
  }

  private walk(cpu: NaiveCpu, op: AccessOp, va: bigint, fromRoot = false): WalkOut {
    const cached = this.uppers
      .filter((u) => va >= u.va && va < u.va + u.size)
      .filter((u) => u.pcid === this.pcid || this.has('walk caches ignore PCID'))
      .sort((a, b) => a.start.level - b.start.level)[0];
    const start = this.habits.walkCaches && !fromRoot && cached !== undefined ? cached.start : rootOf(cpu);
    const result = naiveAccessFrom(this.memory, cpu, va, op.access, start);
    const { leaf } = result;
    if (result.fault !== null || leaf === undefined) {
      if (start !== cached?.start || this.habits.spurious) return this.pageFault(op, result.errorCode ?? 0);
      // Not sure yet: the cached upper entry may be stale.
      this.dropUppersOf(va);
      return this.walk(cpu, op, va, true);
    }
    const skipA = cached !== undefined && this.has('A is not set when a walk cache is used');
    for (const [address, value] of result.writes) {
      const before = this.memory.get(address) ?? 0n;
      this.memory.set(address, skipA && (before & A) === 0n ? value & ~A : value);
    }
    let rights = this.has('rights of cached upper entries are lost') ? rootOf(cpu).rights : start.rights;
    for (const step of result.steps.slice(0, -1)) {
      rights = {
        writable: rights.writable && (step.value & RW) !== 0n,
        userAddress: rights.userAddress && (step.value & US) !== 0n,
        noExecute: rights.noExecute || (step.value & XD) !== 0n,
      };
      const size = reach(step.level);
      const kept = this.has('rights of cached upper entries are lost') ? rootOf(cpu).rights : rights;
      const next = { level: step.level - 1, table: frameAddress(step.value), rights: kept };
      this.uppers.push({ pcid: this.pcid, va: va - (va % size), size, start: next });
    }
    this.lines.push({
      pcid: this.pcid,
      page: va >> 12n,
      largePage: va / leaf.pageSize,
      largeSize: leaf.pageSize,
      pa: (result.pa ?? 0n) & ~0xfffn,
      rights: leaf.rights,
      key: this.has('protection key is not cached') ? 0n : leaf.key,
      dirty: (leaf.value & D) !== 0n || op.access === 'write',
      global: (leaf.value & G) !== 0n,
    });
    if (this.lines.length > this.habits.capacity) this.lines.shift();
    return { fault: null, pa: toHex(result.pa ?? 0n) };
  }

  private pageFault(op: AccessOp, errorCode: number): WalkOut {
    if (!this.has('page fault leaves its cause cached')) {
      this.dropLinesOf(BigInt(op.va), (l) => this.mine(l));
      this.dropUppersOf(BigInt(op.va));
    }
    return { fault: '#PF', errorCode, cr2: op.va };
  }

  control(op: ControlOp): void {
    switch (op.op) {
      case 'setEntry':
        this.memory.set(BigInt(op.address), BigInt(op.value));
        return;
      case 'invlpg':
        this.dropLinesOf(BigInt(op.va), (l) => this.mine(l) && !(l.global && this.has('INVLPG spares global pages')));
        if (!this.has('INVLPG spares walk caches')) this.uppers = this.uppers.filter((u) => u.pcid !== this.pcid);
        return;
      case 'loadCr3':
        if (!op.noFlush && !this.has('CR3 load does not flush')) {
          this.dropPcid(
            this.has('CR3 load flushes the old PCID') ? this.pcid : op.pcid,
            !this.has('CR3 load spares walk caches'),
          );
        }
        this.root = BigInt(op.root);
        this.pcid = op.pcid;
        return;
      case 'invpcid':
        this.invpcid(op.type, op.pcid, BigInt(op.va));
    }
  }

  private invpcid(type: 0 | 1 | 2 | 3, pcid: number, va: bigint): void {
    if (type === 0) {
      const meant = this.has('INVPCID 0 uses the current PCID') ? this.pcid : pcid;
      this.dropLinesOf(va, (l) => l.pcid === meant && !l.global);
      if (this.has('INVPCID 0 spares walk caches')) return;
      this.uppers = this.uppers.filter((u) => u.pcid !== meant || va < u.va || va >= u.va + u.size);
    } else if (type === 1) {
      if (!this.has('INVPCID 1 does nothing')) this.dropPcid(pcid, true);
    } else if (type === 2) {
      this.lines = this.lines.filter((l) => l.global && this.has('INVPCID 2 spares global pages'));
      this.uppers = [];
    } else if (this.has('INVPCID 3 does only the current PCID')) {
      this.dropPcid(this.pcid, true);
    } else {
      this.lines = this.lines.filter((l) => l.global);
      this.uppers = [];
    }
  }

  private has(bug: TlbBug): boolean {
    return this.habits.bug === bug;
  }

  private mine(line: Line): boolean {
    return line.global || line.pcid === this.pcid || this.has('TLB ignores PCID');
  }

  private dropPcid(pcid: number, uppersToo: boolean): void {
    this.lines = this.lines.filter((l) => l.global || l.pcid !== pcid);
    if (uppersToo) this.uppers = this.uppers.filter((u) => u.pcid !== pcid);
  }

  private dropLinesOf(va: bigint, which: (line: Line) => boolean): void {
    const oneFragment = this.has('INVLPG drops one fragment of a large page');
    this.lines = this.lines.filter((l) => {
      const hit = oneFragment ? l.page === va >> 12n : l.largePage === va / l.largeSize;
      return !hit || !which(l);
    });
  }

  private dropUppersOf(va: bigint): void {
    this.uppers = this.uppers.filter((u) => u.pcid !== this.pcid || va < u.va || va >= u.va + u.size);
  }
}
