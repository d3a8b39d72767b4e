/**
 * What a query of the machine answers: plain data, fit to send as JSON. Addresses and 64-bit values are hex strings
 * ("0x…"), so that nothing is rounded; ticks, counts and frame numbers are numbers. Every query is free of side effects.
 */

/** "0x…" lower case. gVA 16 digits; gPA and hPA as many digits as the machine's memory needs. */
export type Hex = string;

/** Who a frame belongs to. ASID 0 is the host. */
export interface Owner {
  readonly asid: number;
  readonly name: string;
}

/** Things that every view needs to label owners and pick address spaces. */
export interface MachineSummary {
  readonly tick: number;
  readonly running: boolean;
  readonly levels: 4 | 5;
  readonly tags: 'off' | 'asid' | 'rmp';
  readonly frames: number;
  /** Hex digits of a host-physical address in this machine. */
  readonly hpaDigits: number;
  readonly owners: readonly Owner[];
  readonly vms: readonly VmSummary[];
  /** The access that the stopped task is at or has just made, if any: views follow it. */
  readonly present: PresentAccess | null;
}

export interface VmSummary {
  readonly index: number;
  readonly name: string;
  readonly asid: number;
  readonly scheme: string;
  readonly profile: string;
  readonly state: 'running' | 'killed';
  readonly processes: readonly ProcessSummary[];
}

export interface ProcessSummary {
  readonly pid: number;
  readonly name: string;
  readonly state: 'running' | 'exited' | 'killed';
  readonly roots: readonly RootSummary[];
}

/** `native`: the guest's gVA→gPA table; `tpt`: the guest's gVA→hPA table; `shadow`: the gVA→hPA table that the host derives. */
export type RootKind = 'native' | 'tpt' | 'shadow';

export interface RootSummary {
  readonly kind: RootKind;
  readonly hpa: Hex;
}

export interface PresentAccess {
  readonly vm: number;
  readonly pid: number;
  readonly gva: Hex;
  readonly access: 'read' | 'write' | 'fetch';
  /** The host frame that the access reaches, or that its walk failed on; null if it gets nowhere. */
  readonly frame: number | null;
}

/** An address space: which process's table of which VM. */
export interface SpaceRef {
  readonly vm: number;
  readonly pid: number;
}

// --- Translations ------------------------------------------------------------------------------------------------

export interface TranslationsQuery extends SpaceRef {
  /** `both` shows native and TPT (or shadow) side by side, row by row. A table that the VM does not have stands for the one it has. */
  readonly root: RootKind | 'both';
  /** `flat` merges what is contiguous in gVA and hPA with equal attributes; `pages` does not merge; `tree` goes by level. */
  readonly mode: 'flat' | 'pages' | 'tree';
  /** `perm:w owner:!web va:0x7f… pa:… size:2M wrong changed`, blank-separated, all must hold. Bad filters are answered in `filterError`. */
  readonly filter: string;
  /** For `tree`: keys of the opened nodes (TreeRow.key). */
  readonly expanded: readonly string[];
  /** Include the kernel half. */
  readonly kernelHalf: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface TranslationsPage {
  readonly rows: readonly TranslationRow[];
  readonly total: number;
  /** Mappings (leaf entries) before merging and after filtering. */
  readonly mappings: number;
  readonly ranges: number;
  readonly changed: number;
  readonly wrong: number;
  readonly filterError: string | null;
  /** Why the table is empty, in words with what to do, when total is 0. */
  readonly note: string | null;
}

/** One leaf entry, a merged range of them, or (tree mode) one entry of any level. */
export interface TranslationRow {
  /** Stable identity over stops: gVA and level. */
  readonly key: string;
  readonly gva: Hex;
  /** Bytes covered. */
  readonly bytes: number;
  /** Page size of each leaf. */
  readonly pageSize: '4K' | '2M' | '1G';
  /** Leaves merged into the row (1 unless flat). */
  readonly count: number;
  /** From the native table; null if it does not map the address. */
  readonly gpa: Hex | null;
  /** Where the CPU's access goes under the shown root; null if nowhere. */
  readonly hpa: Hex | null;
  readonly perm: Permissions;
  readonly accessed: boolean;
  readonly dirty: boolean;
  readonly global: boolean;
  /** Protection key. */
  readonly key4: number;
  readonly owner: Owner | null;
  /** Agreement of native and TPT (or shadow) entries; null where there is only one table. */
  readonly agreement: Agreement | null;
  /** Cells of this row that are wrong, with what is wrong and since when, in words. */
  readonly wrong: readonly { readonly cell: TranslationCell; readonly why: string }[];
  /** Cells changed since the last stop, with the text they had; a new row has `gva` here. */
  readonly changed: readonly { readonly cell: TranslationCell; readonly before: string }[];
  /** Tree mode only. */
  readonly tree: TreeInfo | null;
  /** `both` only: the other table's leaf (TPT or shadow when the row is native-led). */
  readonly other: {
    readonly hpa: Hex | null;
    readonly perm: Permissions;
    readonly accessed: boolean;
    readonly dirty: boolean;
  } | null;
}

export type TranslationCell = 'gva' | 'gpa' | 'hpa' | 'size' | 'perm' | 'accessed' | 'dirty' | 'owner' | 'agreement';

export interface Permissions {
  /** Effective over all levels. `rw-u` style: r, w, x, u (user) or s (supervisor). */
  readonly text: string;
  readonly write: boolean;
  readonly execute: boolean;
  readonly user: boolean;
}

/** `same`; `differs` with what differs in `why`; `missing`: native maps it, TPT (or shadow) does not (yet); `extra`: that maps what native does not. */
export interface Agreement {
  readonly state: 'same' | 'differs' | 'missing' | 'extra';
  readonly why: string;
}

export interface TreeInfo {
  readonly depth: number;
  readonly level: number;
  /** PML5, PML4, PDPT, PD, PT. */
  readonly levelName: string;
  readonly index: number;
  readonly entryAddress: Hex;
  readonly entry: Hex;
  readonly leaf: boolean;
  readonly expanded: boolean;
  /** Present entries in the table below; null for a leaf. */
  readonly present: number | null;
}

// --- Walk --------------------------------------------------------------------------------------------------------

export interface WalkQuery extends SpaceRef {
  readonly gva: Hex;
  readonly access: 'read' | 'write' | 'fetch';
  readonly user: boolean;
  /** The table to walk; `active` is what the CPU would use in user mode. */
  readonly root: RootKind | 'active';
}

export interface WalkAnswer {
  readonly gva: Hex;
  readonly access: 'read' | 'write' | 'fetch';
  readonly root: Hex;
  readonly rootName: string;
  readonly steps: readonly WalkStep[];
  readonly outcome: WalkOutcome;
  /** What the TLB holds for this address, if it holds something. */
  readonly tlb: TlbEntryView | null;
  /** Cycles of all references; absent without a cost profile. */
  readonly cycles?: number;
}

export interface WalkStep {
  /** `entry`: a table entry read; `tag`: a tag look-up; `nested`: entry of the nested table; `cached`: a walk cache answered, and `value` is the hPA that it gave. */
  readonly kind: 'entry' | 'tag' | 'nested' | 'cached';
  readonly level: number;
  readonly levelName: string;
  readonly index: number;
  readonly address: Hex;
  readonly value: Hex;
  /** Decoded bits, in manual order, only those that mean something at this level. */
  readonly bits: readonly BitView[];
  readonly owner: Owner | null;
  readonly expectedOwner: Owner | null;
  readonly ok: boolean;
  /** In words; for a failed check why it failed. */
  readonly text: string;
  /** Cycles that this reference would cost now; absent without a cost profile. */
  readonly cycles?: number;
}

export interface BitView {
  /** P, R/W, U/S, PWT, PCD, A, D, PS, PAT, G, NX, PK, frame, reserved, ignored. */
  readonly name: string;
  readonly value: string;
  /** What it means, in words. */
  readonly meaning: string;
  readonly wrong: boolean;
}

export type WalkOutcome =
  | {
      readonly kind: 'ok';
      readonly hpa: Hex;
      readonly frame: number;
      readonly pageSize: '4K' | '2M' | '1G';
      readonly owner: Owner;
      readonly text: string;
    }
  | {
      readonly kind: 'fault';
      readonly fault: string;
      readonly errorCode: Hex;
      readonly errorText: string;
      readonly text: string;
    };

export interface TlbEntryView {
  readonly vcpu: number;
  readonly structure: string;
  readonly gva: Hex;
  readonly hpa: Hex;
  readonly pageSize: '4K' | '2M' | '1G';
  readonly asid: number;
  readonly pcid: number;
  readonly global: boolean;
  readonly dirty: boolean;
  readonly perm: Permissions;
  /** The tables no longer say what this entry says. */
  readonly stale: boolean;
  readonly why: string;
}

// --- Frames ------------------------------------------------------------------------------------------------------

export interface FramesQuery {
  /** First frame, a multiple of framesPerCell. */
  readonly first: number;
  /** 1, 512 (2 MiB) or 262144 (1 GiB). */
  readonly framesPerCell: 1 | 512 | 262144;
  readonly cells: number;
}

export interface FramesPage {
  readonly first: number;
  readonly framesPerCell: number;
  /** One per cell. */
  readonly cells: readonly FrameCell[];
  readonly totalFrames: number;
  /** Frames owned by each, over the whole machine: the legend. `free` frames belong to the host. */
  readonly legend: readonly { readonly owner: Owner; readonly frames: number }[];
  readonly free: number;
}

/** Use of a frame: free; data of a VM; a paging structure of a VM's guest; nested table, shadow table, tag table, gfn→hfn map or other memory of the host. */
export type FrameUse =
  'free' | 'data' | 'guest-table' | 'tpt-table' | 'nested-table' | 'shadow-table' | 'tag-table' | 'map' | 'host';

export interface FrameCell {
  /** ASID for a single frame, or of the owner with the largest share in a block. */
  readonly asid: number;
  readonly use: FrameUse;
  /** Frames changed since the last stop in this cell (owner, use or contents). */
  readonly changed: number;
  /** For blocks: frames of each ASID, largest first; `free` frames are counted under asid -1. Absent for single frames. */
  readonly shares?: readonly { readonly asid: number; readonly frames: number }[];
}

export interface FrameDetail {
  readonly frame: number;
  readonly hpa: Hex;
  readonly owner: Owner;
  readonly use: FrameUse;
  readonly useText: string;
  /** Which guest frame it backs, by the host's books. */
  readonly backs: { readonly vm: string; readonly gpa: Hex } | null;
  /** The tag-table entry. */
  readonly tagEntry: { readonly address: Hex; readonly raw: Hex; readonly fields: readonly BitView[] };
  readonly mappers: readonly Mapper[];
  readonly pastOwners: readonly {
    readonly owner: Owner;
    readonly fromTick: number;
    readonly untilTick: number | null;
    readonly by: string;
    readonly line: number | null;
  }[];
}

export interface Mapper {
  readonly vm: string;
  readonly process: string;
  readonly space: SpaceRef;
  readonly gva: Hex;
  readonly pageSize: '4K' | '2M' | '1G';
  readonly perm: Permissions;
  readonly table: RootKind | 'nested';
  /** The tag forbids its use: the entry is there, an access through it would fault. */
  readonly dormant: boolean;
}

// --- Faults ------------------------------------------------------------------------------------------------------

export interface FaultsQuery {
  /** Kinds to show; empty = all. */
  readonly kinds: readonly string[];
  readonly fromTick: number | null;
  readonly untilTick: number | null;
  /** Text to find in any column. */
  readonly filter: string;
  /** Fold equal faults in a row. */
  readonly fold: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface FaultsPage {
  /** Newest first. */
  readonly rows: readonly FaultRow[];
  readonly total: number;
  /** Faults in the whole history, unfiltered, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Marks for the strip of time: at most a few hundred buckets. */
  readonly strip: readonly { readonly tick: number; readonly kind: string; readonly count: number }[];
  readonly firstTick: number;
  readonly lastTick: number;
}

export interface FaultRow {
  readonly id: number;
  /** Equal faults folded into this row, itself included. */
  readonly count: number;
  readonly tick: number;
  readonly vm: string;
  readonly task: string;
  /** page_fault, npf, tag_violation, gp, hypercall_failure, livelock, breach, shadow_miss, shadow_write. */
  readonly kind: string;
  /** In words: "#PF (page fault)", "tag violation", … */
  readonly kindText: string;
  readonly gva: Hex | null;
  readonly access: 'read' | 'write' | 'fetch' | null;
  readonly errorCode: Hex | null;
  /** "write, user, page not present". */
  readonly errorText: string;
  readonly expectedOwner: Owner | null;
  readonly foundOwner: Owner | null;
  /** Why, in one line. */
  readonly why: string;
  /** How it ended, in one line. */
  readonly resolution: string;
  /** 1-based line in the scenario. */
  readonly line: number | null;
  readonly space: SpaceRef | null;
  readonly isNew: boolean;
}

export interface FaultDetail {
  readonly row: FaultRow;
  readonly chain: readonly ChainStep[];
  /** The walk as it was at the fault, the failed check marked. */
  readonly walk: WalkAnswer | null;
}

export interface ChainStep {
  readonly tick: number;
  readonly depth: number;
  readonly who: 'hardware' | 'guest' | 'host';
  readonly operation: string;
  readonly text: string;
  readonly line: number | null;
}

// --- Everything else ---------------------------------------------------------------------------------------------

export interface NamedValue {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly children?: readonly NamedValue[];
  /** Address that readMemory can open, if the value is one. */
  readonly memory?: string;
}
