/**
 * How a debugger drives a run: plain data in, plain data out. The `Simulation` class (simulation.ts) implements it.
 */
import type { FaultKind } from './language/builtins';
import type {
  Differences,
  DifferencesQuery,
  Edit,
  EditAnswer,
  PlaceTarget,
  Target,
  WatchSpec,
} from './inspect/time-types';
import type { Hex, NamedValue } from './inspect/types';
import type { CostProfile } from './costs/profile';
import type { CostReport, Variant } from './costs/report';
import type { Profile, Scheme, SourceRange, TagLookup, TagMode, TlbArray, VmConfig } from './language/program';
import type { FileOpener } from './trace/batch';

export interface RunOptions {
  /** Overrides the scenario's seed. */
  readonly seed?: number;
  /** Runs every VM under this scheme. */
  readonly scheme?: Scheme;
  readonly tags?: TagMode;
  readonly lookup?: TagLookup;
  /** How TPT VMs enter TPT. */
  readonly tptProfile?: Profile;
  readonly backing?: VmConfig['backing'];
  /** Pages that all areas ask for: `2M` gives huge pages wherever they fit. */
  readonly page?: '4K' | '2M';
  /** Overrides the scenario's cost profile; null: nothing is charged. */
  readonly costs?: CostProfile | null;
  /** Overrides the TLBs of the scenario and of the cost profile. */
  readonly tlb?: readonly TlbArray[];
  /** Caches that are left out of a cost profile, and one that is put in. */
  readonly structureCaches?: boolean;
  readonly dataCaches?: boolean;
  /** Entries of the nested TLB, fully associative; 0 = none. */
  readonly nestedTlb?: number;
  /** Counts page faults and nested faults without keeping a record of each: for runs whose history nobody looks at. */
  readonly briefHistory?: boolean;
  /** Opens the files that a scenario names (`replay`); without it there are none. */
  readonly files?: FileOpener;
  /** Records the run, so that it can go back in time. */
  readonly record?: RecordOptions;
  /** False: the machine does without its compiled engine. Nothing that can be seen depends on it but speed. */
  readonly engine?: boolean;
  /** Statements after which the run stops with `limit`; default 1e9. */
  readonly stepLimit?: number;
}

/** Bytes that a recording takes at most, about, if nobody says otherwise. */
export const DEFAULT_HISTORY_MEMORY = 256 * 2 ** 20;

export interface RecordOptions {
  /** Bytes that checkpoints and logs may take, about; older checkpoints are thinned to keep to it. Default 256 MiB. */
  readonly memory?: number;
  /** Ticks between two checkpoints at least. Default 50,000. */
  readonly interval?: number;
}

/** How far a long operation has got. */
export interface Progress {
  /** What is under way, in a few words. */
  readonly label: string;
  /** In whatever unit `total` is; null: nobody knows how much there is. */
  readonly done: number;
  readonly total: number | null;
  /** Accesses that it has made. */
  readonly accesses: number;
}

/** A task as a debugger's thread. Ids are stable for the run. */
export interface TaskView {
  readonly id: number;
  readonly name: string;
  readonly kind: 'process' | 'kernel' | 'host';
  readonly vm: string | null;
  readonly state: 'ready' | 'waiting' | 'ended' | 'killed';
  /** Why it waits or ended, in words. */
  readonly note: string;
}

/**
 * - `continue`: until something stops it.
 * - `over`: to the next statement of this task at this call depth or above; inside an operation, to the next step of the same depth.
 * - `in`: to the next micro-step (operation step, walk level, tag check, handler step) or called function.
 * - `out`: until the innermost frame (operation, handler or function) is left.
 */
export type RunMode = 'continue' | 'over' | 'in' | 'out' | ReverseMode;

/**
 * Back in a recorded run.
 * - `back-over`: to the statement of this task before this one, at this call depth or above; inside an operation, to the step before.
 * - `back-in`: to the micro-step before.
 * - `back-continue`: to the last place before this one where a free run would have stopped, else to the beginning.
 * - `goto`: to a place, in either direction.
 */
export type ReverseMode = 'back-over' | 'back-in' | 'back-continue' | 'goto';

export interface RunRequest {
  readonly mode: RunMode;
  /** The task that is stepped; ignored for `continue`. */
  readonly task: number;
  /** Statements to run at most before returning `budget`, so that the caller can look at its messages. */
  readonly budget: number;
  /** `goto`: where to. */
  readonly target?: Target;
  /** `back-continue`: whether a stop counts (conditions); called while the machine stands there. Default: every stop. */
  readonly accept?: (stop: Stop) => boolean;
}

export type Stop =
  /** Nothing happened yet: call run again with the same request. */
  | { readonly reason: 'budget'; /** The task that was running. */ readonly task: number }
  | { readonly reason: 'step'; readonly task: number }
  /** `statement`: index of the statement whose breakpoint was hit; conditions are the caller's business. */
  | { readonly reason: 'breakpoint'; readonly task: number; readonly statement: number }
  /** An operation with a function breakpoint is about to run. */
  | { readonly reason: 'operation'; readonly task: number; readonly operation: string }
  /** An event whose filter is on. */
  | {
      readonly reason: 'exception';
      readonly task: number;
      readonly filter: ExceptionFilter;
      readonly text: string;
      readonly faultId: number | null;
    }
  /** A watched event happened; `watch` is its number in `setWatches`. */
  | { readonly reason: 'watch'; readonly task: number; readonly watch: number; readonly text: string }
  /** There is nothing before this: where the recording begins. */
  | { readonly reason: 'beginning'; readonly task: number }
  /** A limit (steps, call depth, memory) was met; the run cannot go on. `range` names the place. */
  | { readonly reason: 'limit'; readonly task: number; readonly text: string; readonly range: SourceRange | null }
  /** All tasks ended, or none can go on (`deadlock` says who waits for what). */
  | { readonly reason: 'ended'; readonly deadlock: string | null };

export type ExceptionFilter = FaultKind | 'vm_exit' | 'hypercall' | 'failed_expect';

/** Exception filters with the words for a client. */
export const EXCEPTION_FILTERS: readonly {
  readonly filter: ExceptionFilter;
  readonly label: string;
  readonly description: string;
  readonly default: boolean;
}[] = [
  { filter: 'page_fault', label: '#PF', description: 'A page fault delivered to the guest', default: false },
  { filter: 'npf', label: 'NPF', description: 'A nested page fault that exits to the host', default: false },
  {
    filter: 'tag_violation',
    label: 'Tag violation',
    description: 'A walk or fill met a frame of another owner',
    default: true,
  },
  { filter: 'gp', label: '#GP', description: 'A general-protection fault delivered to the guest', default: true },
  {
    filter: 'breach',
    label: 'Breach',
    description: 'An access reached a frame of another owner and nothing stopped it',
    default: true,
  },
  { filter: 'livelock', label: 'Livelock', description: 'A fault that would recur for ever', default: true },
  { filter: 'hypercall_failure', label: 'Hypercall failure', description: 'A hypercall gave an error', default: true },
  {
    filter: 'shadow_miss',
    label: 'Shadow miss',
    description: 'A page fault that the host hides: a shadow entry is missing or read-only for now',
    default: false,
  },
  {
    filter: 'shadow_write',
    label: 'Shadow write',
    description: 'A store to a guest table that the host shadows, hidden from the guest',
    default: false,
  },
  { filter: 'vm_exit', label: 'VM exit', description: 'Any exit from a VM to the host', default: false },
  { filter: 'hypercall', label: 'Hypercall', description: 'Any hypercall', default: false },
  {
    filter: 'failed_expect',
    label: 'Failed expectation',
    description: 'An `expect` that does not hold',
    default: true,
  },
];

/** Where a stack frame is: in the scenario, or in a generated read-only text (`operation:fork`). */
export type FrameSource =
  | { readonly kind: 'scenario'; readonly range: SourceRange }
  | { readonly kind: 'generated'; readonly name: string; /** 1-based. */ readonly line: number };

/** Innermost first. */
export interface StackFrameView {
  /** Position from the outermost frame: stable while the frame lives. */
  readonly depth: number;
  readonly name: string;
  readonly kind: 'function' | 'operation' | 'hardware' | 'guest' | 'host';
  readonly source: FrameSource;
  /** What the step works on, by name: gVA, entry, frame, owner … */
  readonly values: readonly NamedValue[];
}

/** A result of `evaluate`. */
export type Evaluation =
  | {
      readonly ok: true;
      readonly value: string;
      readonly type: string;
      readonly children: readonly NamedValue[];
      readonly memory: MemoryRef | null;
    }
  | { readonly ok: false; readonly error: string };

/** A memory reference as text: `gva:VM:PID:0x…`, `gpa:VM:0x…`, `hpa:0x…`. */
export type MemoryRef = string;

/** Inline value beside a statement: the address it uses, where it goes and whose frame that is. */
export interface InlineValueView {
  readonly range: SourceRange;
  readonly text: string;
}

/** Results of expectations so far. */
export interface ExpectationResult {
  readonly text: string;
  readonly line: number;
  readonly held: boolean;
  readonly detail: string;
  readonly tick: number;
}

export interface RunSummary {
  readonly ok: boolean;
  readonly ticks: number;
  readonly traceHash: Hex;
  readonly expectations: readonly ExpectationResult[];
  readonly counters: Readonly<Record<string, number>>;
}

/** What the debugger can do with a run. Everything but `run` and the setters is free of side effects. */
export interface DebugTarget {
  run(request: RunRequest): Stop;
  readonly tick: number;
  /** Statements of all tasks that were carried out; one that a task stands inside is not. As many bring another run of the program here. */
  readonly statements: number;
  tasks(): readonly TaskView[];
  stack(task: number): readonly StackFrameView[];
  /** Text of a generated source; null if there is none of this name. */
  generatedSource(name: string): string | null;
  /** Statement that begins at or first after a 0-based line, or -1: where a line breakpoint goes. */
  statementAtLine(line: number): number;
  statementRange(statement: number): SourceRange;
  setBreakpoints(statements: readonly number[]): void;
  setOperationBreakpoints(names: readonly string[]): void;
  /** Names that setOperationBreakpoints takes. */
  operationNames(): readonly string[];
  setExceptionFilters(filters: readonly ExceptionFilter[]): void;
  /** Events of tables and frames to stop at. @returns for each null, or why it cannot be watched, in words. */
  setWatches(watches: readonly WatchSpec[]): readonly (string | null)[];
  /** True if the run is recorded: reverse modes, edits with undo and questions about the past work. */
  readonly records: boolean;
  /** Why `goto` cannot lead to a place, in words; null if it can. */
  unreachable(target: Target): string | null;
  /** Where the machine stands, for `goto` to lead exactly back here; null if the run is not recorded. */
  place(): PlaceTarget | null;
  /** Changes the machine by hand at the place where it stands, and begins a branch of history there. */
  edit(edit: Edit): EditAnswer;
  /** Takes the last edit back: the machine stands where it was made, without it. */
  undoEdit(): EditAnswer;
  /** What differs between two sets of mappings, also of two ticks. The machine travels and comes back. @throws Error in words for a bad question. */
  differences(query: DifferencesQuery): Differences;
  /** Marks the present state as what "changed since the last stop" compares with. Called when the machine goes on. */
  markStop(): void;
  /** Variables of a function frame of a task. */
  variables(task: number, depth: number): readonly NamedValue[];
  registers(task: number): readonly NamedValue[];
  process(task: number): readonly NamedValue[];
  tlb(task: number): readonly NamedValue[];
  counters(): readonly NamedValue[];
  evaluate(text: string, task: number, depth: number): Evaluation;
  /** Sets a scenario variable to the value of an expression: an edit. */
  setVariable(task: number, depth: number, name: string, text: string): Evaluation;
  inlineValues(task: number): readonly InlineValueView[];
  /** Bytes from a reference; shorter than asked, where memory ends or is not mapped. Null if the reference cannot be read. */
  readMemory(ref: MemoryRef, offset: number, count: number): Uint8Array | null;
  /** Bytes written; 0 with an error text if the reference cannot be written. */
  writeMemory(
    ref: MemoryRef,
    offset: number,
    bytes: Uint8Array,
  ): { readonly written: number; readonly error: string | null };
  /** The scenario's own words on how the run went. */
  summary(): RunSummary;
  /** Takes what the scenario printed since the last call. */
  takeOutput(): readonly {
    readonly text: string;
    readonly category: 'stdout' | 'important';
    readonly range: SourceRange | null;
  }[];
  /** What the run has cost so far; null without a cost profile. @param variant how the run was set up, to name the report by. */
  costReport(variant: Variant): CostReport | null;
  /** The long operation under way, for whoever shows how far it has got; null if there is none. */
  progress(): Progress | null;
  /** A hash of memory, TLB, tag table, guest and host state and counters. */
  stateHash(): Hex;
}
