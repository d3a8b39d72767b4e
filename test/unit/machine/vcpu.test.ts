/** The access path: TLB, else walk, A and D, fill. */
import { describe, expect, it } from 'vitest';
import { TLB_PRESETS } from '../../../simulator/language/tlb-presets';
import { PhysicalMemory } from '../../../simulator/machine/memory';
import { TagTable } from '../../../simulator/machine/tags';
import { Tlb } from '../../../simulator/machine/tlb';
import { Path, Vcpu } from '../../../simulator/machine/vcpu';
import { Access, WalkFault } from '../../../simulator/paging/walk';
import { D, FULL, G, GUEST_AT, NX, PS, RW, Tree, US } from '../paging/tables';

const VA = 0x40_0000;
const FRAME = 0x300;

class Machine {
  readonly memory = new PhysicalMemory(0x100000);
  readonly tags = new TagTable(this.memory, 'asid');
  readonly tlb: Tlb;
  readonly cpu: Vcpu;
  readonly tree: Tree;
  private nextTable = 17;

  constructor(preset = 'tiny') {
    this.tlb = new Tlb(TLB_PRESETS[preset]);
    this.cpu = new Vcpu(0, this.memory, this.tags, this.tlb);
    this.tree = new Tree(this.memory, 16, 4, () => this.nextTable++);
    this.cpu.root = 16;
    this.cpu.tagged = false;
    this.cpu.asid = 1;
    this.map(FULL);
  }

  map(flags: bigint, frame = FRAME, va = VA): void {
    this.tree.map(BigInt(va), frame, 1, flags);
  }

  /** What an access does: the frame, or the name of the fault; and how it was come by. */
  go(access: Access = Access.Read, user = true, va = VA): [number | string, Path] {
    const frame = this.cpu.translate(0, va, access, user);
    const fault = ['', '#PF', '#GP', 'NPF', 'tag'][this.cpu.walk.fault];
    return [frame >= 0 ? frame : `${fault} ${this.cpu.walk.errorCode.toString(16)}`, this.cpu.path];
  }

  set(mode: Partial<Vcpu['mode']>): void {
    Object.assign(this.cpu.mode, mode);
    this.cpu.modeChanged();
  }
}

describe('access path', () => {
  it('walks, then hits', () => {
    const m = new Machine();
    expect(m.go()).toEqual([FRAME, Path.Walk]);
    expect(m.go()).toEqual([FRAME, Path.TlbL1]);
    expect(m.go(Access.Fetch)).toEqual([FRAME, Path.TlbL2]);
    expect(m.go(Access.Fetch)).toEqual([FRAME, Path.TlbL1]);
    m.map(0n);
    expect(m.go(), 'nobody said so to the TLB').toEqual([FRAME, Path.TlbL1]);
    m.tlb.flush(1, null, true);
    expect(m.go()).toEqual(['#PF 4', Path.Fault]);
  });

  it('sets D once, and not again while the TLB holds it', () => {
    const m = new Machine();
    const dirty = (): boolean => (m.memory.page(m.tree.numbers().at(-1) ?? 0)[0] & 0x40) !== 0;
    m.map(FULL & ~D);
    expect(m.go()).toEqual([FRAME, Path.Walk]);
    expect(dirty()).toBe(false);
    expect(m.go(Access.Write)).toEqual([FRAME, Path.Walk]);
    expect(dirty()).toBe(true);
    m.map(FULL & ~D);
    expect(m.go(Access.Write)).toEqual([FRAME, Path.TlbL1]);
    expect(dirty()).toBe(false);
  });

  it('a loosened right needs no flush', () => {
    const m = new Machine();
    m.map(FULL & ~RW & ~D);
    expect(m.go()).toEqual([FRAME, Path.Walk]);
    m.map(FULL);
    expect(m.go(Access.Write)).toEqual([FRAME, Path.Walk]);
  });

  it('a hit that refuses goes, lest it hides the larger page that took its place', () => {
    const m = new Machine();
    m.map(FULL & ~RW & ~D);
    m.go();
    m.tree.map(BigInt(VA), 0x600, 2);
    expect(m.go(Access.Write)).toEqual([0x600, Path.Walk]);
    expect(m.go(Access.Write)).toEqual([0x600, Path.TlbL1]);
  });

  it('without WP a supervisor writes through a read-only entry', () => {
    const m = new Machine();
    m.map(FULL & ~RW);
    m.set({ wp: false });
    m.go(Access.Read, false);
    expect(m.go(Access.Write, false)).toEqual([FRAME, Path.TlbL1]);
  });

  it('a fault leaves nothing cached, in no structure', () => {
    const m = new Machine('zen3');
    expect(m.go(Access.Fetch)).toEqual([FRAME, Path.Walk]);
    m.map(0n);
    expect(m.go(Access.Read)).toEqual(['#PF 4', Path.Fault]);
    m.map(FULL, FRAME + 1);
    expect(m.go(Access.Fetch)).toEqual([FRAME + 1, Path.Walk]);
  });

  it('#GP for what is not canonical, without a look at the TLB', () => {
    const m = new Machine();
    expect(m.cpu.translate(0x8000, 0, Access.Read, true)).toBe(-1);
    expect(m.cpu.walk.fault).toBe(WalkFault.General);
    expect(m.tlb.entries()).toEqual([]);
  });
});

/** Rights are those of the moment on a hit too: each case is asked cold, and again after a permitted access filled the TLB. */
describe('rights on a TLB hit', () => {
  interface Case {
    readonly flags: bigint;
    readonly mode?: Partial<Vcpu['mode']>;
    readonly access: Access;
    readonly user: boolean;
    readonly wanted: number | string;
  }
  function check(c: Case): void {
    const cold = new Machine();
    cold.map(c.flags);
    cold.set(c.mode ?? {});
    expect(cold.go(c.access, c.user)[0]).toBe(c.wanted);
    const warm = new Machine();
    warm.map(c.flags);
    warm.set({ smap: false, smep: false, pkru: 0 });
    expect(warm.go(Access.Read, false)).toEqual([FRAME, Path.Walk]);
    warm.set(c.mode ?? {});
    expect(warm.go(c.access, c.user)[0]).toBe(c.wanted);
    expect(warm.go(c.access, c.user)[0]).toBe(c.wanted);
  }
  const KEY3 = 3n << 59n;
  const cases: [string, Case][] = [
    ['user on a supervisor page', { flags: FULL & ~US, access: Access.Read, user: true, wanted: '#PF 5' }],
    ['write on a read-only page', { flags: FULL & ~RW, access: Access.Write, user: true, wanted: '#PF 7' }],
    ['supervisor write, WP', { flags: FULL & ~RW, access: Access.Write, user: false, wanted: '#PF 3' }],
    [
      'supervisor write, no WP',
      { flags: FULL & ~RW, mode: { wp: false }, access: Access.Write, user: false, wanted: FRAME },
    ],
    ['fetch from NX', { flags: FULL | NX, access: Access.Fetch, user: true, wanted: '#PF 15' }],
    ['SMEP', { flags: FULL, mode: { smep: true }, access: Access.Fetch, user: false, wanted: '#PF 11' }],
    ['SMAP', { flags: FULL, mode: { smap: true }, access: Access.Read, user: false, wanted: '#PF 1' }],
    ['SMAP with AC', { flags: FULL, mode: { smap: true, ac: true }, access: Access.Read, user: false, wanted: FRAME }],
    ['key, AD', { flags: FULL | KEY3, mode: { pkru: 0x40 }, access: Access.Read, user: true, wanted: '#PF 25' }],
    ['key, WD', { flags: FULL | KEY3, mode: { pkru: 0x80 }, access: Access.Write, user: true, wanted: '#PF 27' }],
    ['key, WD, a read', { flags: FULL | KEY3, mode: { pkru: 0x80 }, access: Access.Read, user: true, wanted: FRAME }],
    ['key, a fetch', { flags: FULL | KEY3, mode: { pkru: 0xc0 }, access: Access.Fetch, user: true, wanted: FRAME }],
    ['another key', { flags: FULL | KEY3, mode: { pkru: 0x30 }, access: Access.Write, user: true, wanted: FRAME }],
  ];
  it.each(cases)('%s', (_, c) => check(c));
});

describe('PCIDs and global pages', () => {
  it('an ordinary page is walked for again under another PCID, a global one is not', () => {
    const m = new Machine();
    m.map(FULL | G, FRAME + 1, VA + 4096);
    m.go();
    m.go(Access.Read, true, VA + 4096);
    m.cpu.pcid = 9;
    expect(m.go()[1]).toBe(Path.Walk);
    expect(m.go(Access.Read, true, VA + 4096)[1]).toBe(Path.TlbL1);
  });
});

describe('tags', () => {
  it('are looked up at the fill, not at a hit: a retag is seen only after a flush', () => {
    const m = new Machine();
    for (const table of m.tree.numbers()) m.tags.assign(table, 1, table);
    m.tags.assign(FRAME, 1, 0);
    m.cpu.tagged = true;
    expect(m.go()).toEqual([FRAME, Path.Walk]);
    m.tags.assign(FRAME, 2, 0);
    m.tlb.markForeign(FRAME, 2);
    expect(m.go()).toEqual([FRAME, Path.TlbL1]);
    expect(m.cpu.foreign).toBe(true);
    m.tlb.flush(1, null, true);
    expect(m.go()).toEqual(['tag 80000005', Path.Fault]);
    expect(m.cpu.foreign).toBe(false);
  });

  it('of a 2 MiB entry: only the frame that has gone is reported', () => {
    const m = new Machine();
    m.tree.map(0x20_0000n, 0x400, 2, FULL | PS);
    m.tags.assign(0x400, 1, 0, true);
    m.go(Access.Read, true, 0x20_0000);
    m.tags.assign(0x403, 2, 0);
    m.tlb.markForeign(0x403, 2);
    expect(m.go(Access.Read, true, 0x20_0000)).toEqual([0x400, Path.TlbL1]);
    expect(m.cpu.foreign).toBe(false);
    expect(m.go(Access.Read, true, 0x20_3000)).toEqual([0x403, Path.TlbL1]);
    expect(m.cpu.foreign).toBe(true);
  });

  it('INVLPG drops all parts of a 2 MiB page that the tags have cut', () => {
    const m = new Machine('skylake-sp');
    m.tree.map(0x20_0000n, 0x400, 2, FULL);
    for (const table of m.tree.numbers()) m.tags.assign(table, 1, table);
    for (const frame of [0x400, 0x407, 0x600]) m.tags.assign(frame, 1, 0);
    m.cpu.tagged = true;
    for (const va of [0x20_0000, 0x20_7000]) expect(m.go(Access.Read, true, va)[1]).toBe(Path.Walk);
    m.tree.map(0x20_0000n, 0x600, 2, FULL);
    expect(m.go(Access.Read, true, 0x20_0000)).toEqual([0x400, Path.TlbL1]);
    m.tlb.invalidate(0, 0x20_7000, 1, 0);
    expect(m.go(Access.Read, true, 0x20_0000)).toEqual([0x600, Path.Walk]);
  });
});

describe('behind a nested table', () => {
  it('a supervisor without WP cannot write to what the host made read-only, by no way', () => {
    const m = new Machine();
    const memory = new PhysicalMemory(0x100000);
    const cpu = new Vcpu(0, memory, m.tags, m.tlb);
    let next = 17;
    const guest = new Tree(
      memory,
      16,
      4,
      () => next++,
      (gfn) => gfn + GUEST_AT,
    );
    let nextNested = 1025;
    const nested = new Tree(memory, 1024, 4, () => nextNested++);
    guest.map(BigInt(VA), FRAME, 1, FULL & ~RW);
    for (const gfn of guest.numbers()) nested.map(BigInt(gfn) << 12n, gfn + GUEST_AT, 1);
    nested.map(BigInt(FRAME) << 12n, FRAME + GUEST_AT, 1, FULL & ~RW);
    Object.assign(cpu, { root: 16, nestedRoot: 1024, asid: 1, tagged: false });
    cpu.mode.wp = false;
    cpu.modeChanged();
    expect(cpu.translate(0, VA, Access.Write, false)).toBe(-1);
    expect(cpu.walk.fault).toBe(WalkFault.Nested);
    expect(cpu.translate(0, VA, Access.Read, false)).toBe(FRAME + GUEST_AT);
    expect(cpu.translate(0, VA, Access.Write, false)).toBe(-1);
    expect(cpu.walk.fault).toBe(WalkFault.Nested);
  });
});
