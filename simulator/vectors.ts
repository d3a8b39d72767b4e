import { PhysicalMemory } from "./machine/memory";
import { TagTable } from "./machine/tags";
import { Tlb, PRESET_FOR_VECTORS } from "./machine/tlb";
import { Vcpu } from "./machine/vcpu";
import { Access, WalkFault } from "./paging/walk";
import { hex, high32, join64, low32 } from "./units";

/** One access as the walk vectors describe it (docs/protocol.md): the CPU's state, the tables in memory, the access. */
export interface VectorInput {
  readonly levels: 4 | 5;
  readonly physBits: number;
  readonly va: string;
  readonly cr3: string;
  readonly access: "read" | "write" | "exec";
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
  readonly fault: null | "#PF" | "#GP";
  readonly errorCode?: number;
  readonly cr2?: string;
  readonly pa?: string;
  /** Values of the input's entries afterwards, in the same order. */
  readonly entries?: readonly string[];
}

/**
 * Performs one access on a fresh machine, through TLB and walker.
 * @param repeat how often the access is made; the last one is answered (a TLB hit must not change the answer).
 */
export function walkVector(input: VectorInput, repeat = 1): VectorAnswer {
  // Only the frames that hold tables need to exist: everything else reads as zero.
  const memory = new PhysicalMemory(input.entries.reduce((most, [address]) => Math.max(most, Math.floor(Number(BigInt(address)) / 4096) + 1), 1));
  for (const [address, value] of input.entries) {
    const at = Number(BigInt(address));
    const v = BigInt(value);
    memory.writeEntry(Math.floor(at / 4096), (at % 4096) >>> 3, low32(v), high32(v));
  }
  const cpu = new Vcpu(0, memory, new TagTable(memory, "off"), new Tlb(PRESET_FOR_VECTORS));
  Object.assign(cpu.mode, {
    levels: input.levels, physBits: input.physBits, wp: input.wp, nxe: input.nxe, smep: input.smep, smap: input.smap,
    pke: input.pke, ac: input.ac, pkru: Number(BigInt(input.pkru)) >>> 0,
  });
  cpu.tagged = false;
  cpu.root = Math.floor(Number(BigInt(input.cr3) & 0xf_ffff_ffff_f000n) / 4096);
  cpu.modeChanged();
  const va = BigInt(input.va);
  const access = input.access === "read" ? Access.Read : input.access === "write" ? Access.Write : Access.Fetch;
  let frame = -1;
  for (let i = 0; i < repeat; i++) frame = cpu.translate(high32(va), low32(va), access, input.user);
  if (frame < 0) {
    return cpu.walk.fault === WalkFault.General
      ? { fault: "#GP" }
      : { fault: "#PF", errorCode: cpu.walk.errorCode, cr2: hex(va) };
  }
  const entries = input.entries.map(([address]) => {
    const at = Number(BigInt(address));
    const page = memory.page(Math.floor(at / 4096));
    const word = (at % 4096) >>> 2;
    return hex(join64(page[word + 1]!, page[word]!));
  });
  return { fault: null, ...(access === Access.Write ? {} : { pa: hex(frame * 4096 + (low32(va) & 4095)) }), entries };
}
