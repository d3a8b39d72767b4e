import { PhysicalMemory, type Page } from './machine/memory';
import { TagTable } from './machine/tags';
import { Tlb, PRESET_FOR_VECTORS } from './machine/tlb';
import { Vcpu } from './machine/vcpu';
import { frameOf } from './paging/format';
import { Access, WalkFault } from './paging/walk';
import { hex, hex64, high32, low32, toNumber, type Frame } from './units';

/** One access as the walk vectors describe it (docs/protocol.md): the CPU's state, the tables in memory, the access. */
export interface VectorInput {
  readonly levels: 4 | 5;
  readonly physBits: number;
  readonly va: string;
  readonly cr3: string;
  readonly access: 'read' | 'write' | 'exec';
  readonly user: boolean;
  readonly ac: boolean;
  readonly wp: boolean;
  readonly nxe: boolean;
  readonly smep: boolean;
  readonly smap: boolean;
  readonly pke: boolean;
  readonly pkru: string;
  /** Physical address and 64-bit value of each entry written before the access; all other memory is zero. */
  readonly entries: readonly (readonly [string, string])[];
}

export interface VectorAnswer {
  readonly fault: null | '#PF' | '#GP';
  readonly errorCode?: number;
  readonly cr2?: string;
  readonly pa?: string;
  /** Values of the input's entries afterwards, in the same order. */
  readonly entries?: readonly string[];
}

const NOTHING: Page = new Uint32Array(1024);

/** Memory over all 52 bits of physical address, for the few frames of one question. */
class VectorMemory extends PhysicalMemory {
  private readonly pages = new Map<Frame, Page>();
  private readonly spare: Page[] = [];

  constructor() {
    super(0);
  }

  override page(frame: Frame): Page {
    return this.pages.get(frame) ?? NOTHING;
  }

  override writable(frame: Frame): Page {
    let page = this.pages.get(frame);
    if (page === undefined) this.pages.set(frame, (page = this.spare.pop() ?? new Uint32Array(1024)));
    return page;
  }

  override word(frame: Frame, index: number): number {
    return this.page(frame)[index];
  }

  override setWord(frame: Frame, index: number, value: number): void {
    this.writable(frame)[index] = value;
  }

  override writeEntry(frame: Frame, index: number, lo: number, hi: number): void {
    const page = this.writable(frame);
    page[index * 2] = lo;
    page[index * 2 + 1] = hi;
  }

  forget(): void {
    for (const page of this.pages.values()) this.spare.push(page.fill(0));
    this.pages.clear();
  }
}

/**
 * A machine for walk vectors: one vCPU with a small TLB, no tags. It can be loaded again and again, so that a million
 * questions do not make a million machines.
 */
export class VectorMachine {
  private readonly memory = new VectorMemory();
  private readonly cpu = new Vcpu(0, this.memory, new TagTable(this.memory, 'off'), new Tlb(PRESET_FOR_VECTORS));
  /** The places of the question's entries, in its order. */
  private readonly frames: number[] = [];
  private readonly indices: number[] = [];

  constructor() {
    this.cpu.tagged = false;
  }

  /** Puts the question's tables into empty memory and empties the TLB. */
  load(input: VectorInput): void {
    this.memory.forget();
    this.cpu.tlb.flush(this.cpu.asid, null, true);
    this.frames.length = 0;
    this.indices.length = 0;
    for (const [address, value] of input.entries) {
      const at = halvesOf(address);
      const frame = toNumber(at.hi, at.lo & ~4095) / 4096;
      const index = (at.lo & 4095) >>> 3;
      this.frames.push(frame);
      this.indices.push(index);
      const entry = halvesOf(value);
      this.memory.writeEntry(frame, index, entry.lo, entry.hi);
    }
  }

  /** Makes the question's access on the tables as they are now; its `entries` must be the ones loaded. */
  access(input: VectorInput): VectorAnswer {
    const { cpu } = this;
    this.setMode(input);
    const { hi, lo } = halvesOf(input.va);
    const access = input.access === 'read' ? Access.Read : input.access === 'write' ? Access.Write : Access.Fetch;
    const frame = cpu.translate(hi, lo, access, input.user);
    if (frame < 0) {
      return cpu.walk.fault === WalkFault.General
        ? { fault: '#GP' }
        : { fault: '#PF', errorCode: cpu.walk.errorCode, cr2: hex64(hi, lo, 1) };
    }
    const pa = access === Access.Write ? {} : { pa: hex(frame * 4096 + (lo & 4095)) };
    return { fault: null, ...pa, entries: this.frames.map((at, i) => this.entry(at, this.indices[i])) };
  }

  private entry(frame: number, index: number): string {
    const page = this.memory.page(frame);
    return hex64(page[index * 2 + 1], page[index * 2], 1);
  }

  private setMode(input: VectorInput): void {
    const { mode } = this.cpu;
    mode.levels = input.levels;
    mode.physBits = input.physBits;
    mode.wp = input.wp;
    mode.nxe = input.nxe;
    mode.smep = input.smep;
    mode.smap = input.smap;
    mode.pke = input.pke;
    mode.ac = input.ac;
    mode.pkru = halvesOf(input.pkru).lo >>> 0;
    const cr3 = halvesOf(input.cr3);
    this.cpu.root = frameOf(cr3.lo, cr3.hi);
    this.cpu.modeChanged();
  }
}

/** The halves of a 64-bit value in text. */
function halvesOf(text: string): { readonly hi: number; readonly lo: number } {
  if (!/^0x[0-9a-f]{1,16}$/i.test(text)) {
    const value = BigInt(text);
    return { hi: high32(value), lo: low32(value) };
  }
  const split = Math.max(2, text.length - 8);
  return { hi: split === 2 ? 0 : parseInt(text.slice(2, split), 16) | 0, lo: parseInt(text.slice(split), 16) | 0 };
}

/**
 * Performs one access on a fresh machine, through TLB and walker.
 * @param repeat how often the access is made; the last one is answered (a TLB hit must not change the answer).
 */
export function walkVector(input: VectorInput, repeat = 1): VectorAnswer {
  const machine = new VectorMachine();
  machine.load(input);
  for (let i = 1; i < repeat; i++) machine.access(input);
  return machine.access(input);
}
