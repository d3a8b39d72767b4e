/** What the queries about time answer: plain data, as in `types.ts`. Ticks are the machine's; lines are 1-based. */
import type { BitView, Hex, Owner, Permissions, RootKind, SpaceRef } from './types';

/**
 * A place where a debugger can stand: before a statement (`moment` 0), or at one of the pauses that lead from there to the next
 * one, counted when everything pauses. -1 statements: before the run's first switch of processes. Several places may share a
 * tick. Another text or scheme of the scenario has other places.
 */
export interface Place {
  /** Statements that were carried out. */
  readonly statements: number;
  readonly moment: number;
}

/** A place that was noted, with its tick then. */
export interface PlaceTarget extends Place {
  readonly kind: 'place';
  readonly tick: number;
}

/** A place in the recorded run that a debugger can go to. */
export type Target =
  /** The first place at or after a tick. */
  | { readonly kind: 'tick'; readonly tick: number }
  /** Just before a recorded write is made (WriteView.id). */
  | { readonly kind: 'write'; readonly write: number }
  /** Just before a recorded event, such as a load of CR3: a tick does not tell it from what ended at the same tick. */
  | { readonly kind: 'mark'; readonly mark: number }
  /** Exactly the place, if it has its tick in this run too; else the first place at or after the tick. */
  | PlaceTarget;

// --- Timeline ----------------------------------------------------------------------------------------------------

/**
 * What the timeline has marks for: faults by kind, operations of the host, changes of a frame's owner, loads of CR3 (also of
 * TPT roots), edits and injections by hand.
 */
export type MarkKind =
  | 'page_fault'
  | 'npf'
  | 'tag_violation'
  | 'gp'
  | 'hypercall_failure'
  | 'livelock'
  | 'breach'
  | 'shadow_miss'
  | 'shadow_write'
  | 'host'
  | 'owner'
  | 'cr3'
  | 'failed_expect'
  | 'edit';

export interface TimelineQuery {
  /** Range of ticks to show, inclusive; null: from the beginning, to the end. */
  readonly fromTick: number | null;
  readonly untilTick: number | null;
  /** Buckets to put marks into, at most 2,000. */
  readonly buckets: number;
  /** Kinds to show; empty = all. */
  readonly kinds: readonly MarkKind[];
}

export interface TimelinePage {
  /** Range shown. */
  readonly fromTick: number;
  readonly untilTick: number;
  /** Where the machine stands. */
  readonly now: number;
  /** The last tick that was ever reached on this branch: travelling goes up to here. */
  readonly end: number;
  /** Non-empty buckets, by kind and time. One mark alone in its bucket is given whole. */
  readonly marks: readonly {
    /** Number of the first mark in the recording: `Target.mark`; null: it is not from a recording. */
    readonly id: number | null;
    /** Tick of the first mark in the bucket. */
    readonly tick: number;
    /** Tick of the last. */
    readonly lastTick: number;
    readonly kind: MarkKind;
    readonly count: number;
    /** In words; of several, of the first. */
    readonly text: string;
    readonly line: number | null;
    readonly faultId: number | null;
  }[];
  /** Marks of each kind in the whole recording. */
  readonly counts: Readonly<Partial<Record<MarkKind, number>>>;
  /** Edits on the way to here, oldest first: a run with some is a branch. */
  readonly edits: readonly { readonly tick: number; readonly text: string; readonly ahead: boolean }[];
  /** Bytes that history takes, its limit, and the number of checkpoints. */
  readonly memory: { readonly bytes: number; readonly limit: number; readonly checkpoints: number };
}

// --- Writes and entries ------------------------------------------------------------------------------------------

/** Who made a write. */
export interface Writer {
  readonly who: 'hardware' | 'guest' | 'host' | 'user';
  /** Task that ran. */
  readonly task: string;
  /** Operation and step, as in the call stack; empty for a plain store of the scenario. */
  readonly operation: string;
  readonly step: string;
  readonly line: number | null;
}

/** One recorded write to a table entry, tag-table entry or map slot. */
export interface WriteView {
  /** Number in the recording: `Target.write`. */
  readonly id: number;
  readonly tick: number;
  readonly kind: 'entry' | 'clear' | 'copy';
  readonly old: Hex;
  readonly new: Hex;
  /** Bits and fields that changed, by name: "W 1 → 0", "frame 0x1a00 → 0x1b00". */
  readonly changed: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  readonly writer: Writer;
  /** In one line. */
  readonly text: string;
  /** The machine stands before this write. */
  readonly ahead: boolean;
}

/** An 8-byte entry in memory: of a table of any kind, of the tag table (16 bytes: its first half), of the gfn→hfn map. */
export interface EntryRef {
  readonly frame: number;
  /** 0 to 511. */
  readonly index: number;
}

export interface EntryHistory {
  readonly entry: EntryRef;
  readonly address: Hex;
  /** What it is: "TPT PT entry of web ▸ redis for 0x7f…", "tag of frame 0x1a00", "map slot of gfn 0x42 of web". */
  readonly text: string;
  readonly value: Hex;
  readonly bits: readonly BitView[];
  /** Newest first. */
  readonly writes: readonly WriteView[];
  readonly total: number;
  /** Older writes were dropped before this tick to save memory; null: all are here. */
  readonly completeFrom: number | null;
}

// --- Translations and frames over time ---------------------------------------------------------------------------

export interface TranslationHistoryQuery extends SpaceRef {
  readonly gva: Hex;
  readonly root: RootKind | 'active';
}

/** How a gVA was translated from one tick to the next change. */
export interface TranslationInterval {
  readonly fromTick: number;
  /** null: lasts. */
  readonly untilTick: number | null;
  /** null: not translated, or the walk fails; `text` says why. */
  readonly hpa: Hex | null;
  readonly perm: Permissions | null;
  readonly owner: Owner | null;
  readonly text: string;
  /** The write that began it; null: it was so at the beginning. */
  readonly cause: WriteView | null;
  readonly now: boolean;
}

export interface TranslationHistory {
  readonly gva: Hex;
  readonly rootName: string;
  /** Oldest first. */
  readonly intervals: readonly TranslationInterval[];
  readonly completeFrom: number | null;
}

export interface FrameInterval {
  readonly fromTick: number;
  readonly untilTick: number | null;
  readonly text: string;
  readonly owner: Owner | null;
  readonly by: Writer | null;
  /** The write that began it, where one did. */
  readonly write: number | null;
  readonly now: boolean;
}

export interface FrameHistory {
  readonly frame: number;
  readonly hpa: Hex;
  /** Oldest first, each. */
  readonly owners: readonly FrameInterval[];
  /** Data of a guest frame, table of which VM, free. */
  readonly uses: readonly FrameInterval[];
  /** Entries that named it: which VM, process, gVA and table. */
  readonly mappers: readonly FrameInterval[];
  readonly completeFrom: number | null;
}

// --- Causes ------------------------------------------------------------------------------------------------------

/** What is to be explained. */
export type Subject =
  | { readonly kind: 'fault'; readonly faultId: number }
  /** Why this address is translated as it is, and whether something about that is wrong. */
  | ({ readonly kind: 'translation'; readonly gva: Hex } & SpaceRef)
  | { readonly kind: 'frame'; readonly frame: number };

/** One link of a chain of causes. */
export interface CauseLink {
  readonly tick: number;
  readonly line: number | null;
  /** A whole sentence; names the operation, ticks, lines, frames. */
  readonly text: string;
  /** Role in the chain: what was noticed, which check failed, what happened, what was left undone, the earliest cause. */
  readonly role: 'symptom' | 'check' | 'event' | 'omission' | 'root';
  /** Where to go to see it. */
  readonly target: Target | null;
  readonly entry: EntryRef | null;
}

export interface Causes {
  /** The question, in words. */
  readonly title: string;
  /** From the symptom back to the earliest event that made it inevitable. */
  readonly links: readonly CauseLink[];
  /** One line: what is wrong and where; "nothing is wrong" where that is so. */
  readonly verdict: string;
  /** Line of the root cause in the scenario; null if there is none. */
  readonly line: number | null;
}

// --- Differences -------------------------------------------------------------------------------------------------

/** All mappings of a process under one root, at a tick (null: now). */
export interface DifferenceSide extends SpaceRef {
  readonly root: RootKind;
  readonly tick: number | null;
  /** Which of the places of the tick; by default the first. */
  readonly place?: Place;
}

export interface DifferencesQuery {
  readonly a: DifferenceSide;
  readonly b: DifferenceSide;
}

export interface MappingSide {
  readonly hpa: Hex | null;
  readonly gpa: Hex | null;
  readonly perm: Permissions;
  readonly owner: Owner | null;
}

/** A mapping that differs, or a range of them that differ in the same way. */
export interface DifferenceRow {
  readonly gva: Hex;
  readonly bytes: number;
  readonly pageSize: '4K' | '2M' | '1G';
  readonly count: number;
  readonly change: 'added' | 'removed' | 'moved' | 'permissions' | 'owner' | 'size';
  /** What differs, in words. */
  readonly text: string;
  readonly a: MappingSide | null;
  readonly b: MappingSide | null;
}

export interface Differences {
  readonly titleA: string;
  readonly titleB: string;
  /** In the order of gVA; at most 10,000. */
  readonly rows: readonly DifferenceRow[];
  readonly total: number;
  readonly equal: number;
}

// --- Breakpoints on translation events ---------------------------------------------------------------------------

/**
 * An event of the tables to stop at. `follows` in docs: `entry`, `owner`, `reached` follow the frame; `translation`, `diverge`,
 * `stale` and `split` follow the virtual address or the whole address space.
 */
export type WatchSpec =
  /** The 8-byte entry at an hPA is written and changes. */
  | { readonly kind: 'entry'; readonly hpa: Hex }
  | { readonly kind: 'translation'; readonly vm: string; readonly process: string; readonly gva: Hex }
  | { readonly kind: 'owner'; readonly frame: number }
  /** An access of any VM, by whatever address, gets to the frame. */
  | { readonly kind: 'reached'; readonly frame: number }
  /** Native and TPT (or shadow) tables come to differ; at ends of statements. Null: any address of the process. */
  | { readonly kind: 'diverge'; readonly vm: string; readonly process: string; readonly gva: Hex | null }
  /** A TLB of the VM comes to hold an entry that its tables no longer say; at ends of statements. */
  | { readonly kind: 'stale'; readonly vm: string }
  /** A 2 MiB mapping of the process becomes a table. */
  | { readonly kind: 'split'; readonly vm: string; readonly process: string };

// --- Edits -------------------------------------------------------------------------------------------------------

/** A change by hand. Each begins a branch of history. */
export type Edit =
  /** A field of a table entry by its name: P, W, U, A, D, NX, PS, G, PK, frame, or `raw`. */
  | { readonly kind: 'entry'; readonly entry: EntryRef; readonly field: string; readonly value: string }
  /** A field of a tag: owner (VM name, `host` or ASID), gfn, assigned, huge. */
  | { readonly kind: 'tag'; readonly frame: number; readonly field: string; readonly value: string }
  /** The gfn→hfn map of a VM. */
  | { readonly kind: 'slot'; readonly vm: number; readonly gfn: number; readonly frame: number }
  | {
      readonly kind: 'variable';
      readonly task: number;
      readonly depth: number;
      readonly name: string;
      readonly value: string;
    }
  | { readonly kind: 'memory'; readonly reference: string; readonly offset: number; readonly bytes: readonly number[] }
  // Injections.
  /** The next flush of a TLB for the VM does nothing. */
  | { readonly kind: 'drop-flush'; readonly vm: number }
  /** A page fault is delivered to the guest at its next access, though its tables allow it. */
  | { readonly kind: 'spurious-fault'; readonly vm: number }
  | { readonly kind: 'evict'; readonly vm: number; readonly pid: number; readonly gva: Hex }
  /** The frame is taken from whoever has it, by the host, without telling anybody. */
  | { readonly kind: 'take-frame'; readonly frame: number };

export type EditAnswer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };
