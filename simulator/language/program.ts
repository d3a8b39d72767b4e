/**
 * A compiled scenario: plain data, ready for the executor. Values are unsigned 64-bit, kept as two 32-bit halves.
 *
 * Each task (process, kernel task, host task, forked child) starts at an entry and has registers of its own; a
 * function call gets a fresh window of registers. Instructions are four 32-bit words: op, a, b, c.
 */

import type { BuiltinName } from './builtins';

/** 0-based, end exclusive, as editors count. */
export interface SourceRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable identifier of the problem, for quick fixes: `unknown-name`, `memory-too-large`, … */
  readonly code: string;
  readonly message: string;
  readonly range: SourceRange;
  /** A replacement that fixes the problem, where one exists. */
  readonly fix?: { readonly title: string; readonly range: SourceRange; readonly text: string };
}

/** Registers are numbered within the running window; r[dst] means both halves. */
export const enum Op {
  /** Statement `a` begins: line breakpoints, stepping, step limit and scheduling happen here and only here. */
  Statement = 0,
  /** r[a] = b (low half), c (high half). */
  Const,
  /** r[a] = r[b]. */
  Move,
  // r[a] = r[b] OP r[c], unsigned 64-bit, wrapping. Shifts by 64 or more give 0; Div and Mod by zero stop the task with an error.
  Add,
  Sub,
  Mul,
  Div,
  Mod,
  And,
  Or,
  Xor,
  Shl,
  Shr,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  /** r[a] = r[b] == 0. */ Not,
  /** r[a] = ~r[b]. */ BitNot,
  /** r[a] = 0 - r[b]. */ Neg,
  /** Jump to instruction a. */ Jump,
  /** Jump to instruction a if r[b] is zero. */ JumpIfZero,
  /** Call function a with arguments from r[b]…; the result goes to r[c] (c = -1: dropped). The callee's r[0…] are the arguments. */
  Call,
  /** Return r[a]; a = -1 returns 0. */ Return,
  /** r[a] = variable c of task b (Program.tasks), 0 before it is set: its register c, since variables[c].register = c. */ LoadTask,
  /** Load from r[b], width c (1, 2, 4, 8): r[a] = value. Fast path of `read`. */ Read,
  /** Store r[b] to address r[a], width c. Fast path of `write`. */ Write,
  /** Fetch at r[a]. Fast path of `fetch`. */ Fetch,
  /** Operation Program.calls[a]; parameter i is in r[b + i], unless it is no value; the result goes to r[c] (c = -1: dropped). */
  Operation,
  /** Fork: child is task a (Program.tasks), steps left out: Program.skips[b]. The child begins at its entry with a copy of the parent's registers. */
  Fork,
  /** Enter (1) or leave (0) kernel mode: `kernel { }` in a process. */ KernelMode,
  /** Signal: set event a (Program.events). */ Signal,
  /** Block until event a is set. */ Wait,
  /** Expectation a (Program.expectations) of the value kind: holds if r[b] is not zero. For a comparison, r[c] and r[c+1] hold left and right, else c = -1. */ ExpectValue,
  /** Expectation a of the fault kind begins; r[b] holds the expected address if it has one. On a fault that satisfies it and ends the access, execution goes on at instruction c, its ExpectEnd, in the window and kernel mode of the ExpectBegin. `break` and `return` out of the block pass another ExpectEnd. */
  ExpectBegin,
  /** Expectation a of the fault kind ends. */ ExpectEnd,
  /** Print Program.messages[a] with values from r[b]…. */ Print,
  /** The task ends. */ End,
}

export interface Statement {
  readonly range: SourceRange;
  /** Function the statement is in: index into Program.functions. */
  readonly function: number;
  /** Expressions of address operands in this statement, for inline values: their text range and register. */
  readonly addresses: readonly { readonly range: SourceRange; readonly register: number; readonly name: string }[];
}

/** Variable i of a function is in register i; names may come twice, in separate blocks. A fork's begin with its parent's. */
export interface Variable {
  readonly name: string;
  readonly register: number;
  readonly range: SourceRange;
}

export interface FunctionInfo {
  /** Name for stack frames: `fn` name, or the task's name. */
  readonly name: string;
  readonly entry: number;
  readonly registers: number;
  readonly parameters: number;
  readonly variables: readonly Variable[];
  readonly range: SourceRange;
}

export type TaskKind = 'process' | 'kernel' | 'host';

export interface TaskInfo {
  readonly name: string;
  readonly kind: TaskKind;
  /** Index into Program.vms; -1 for host tasks. */
  readonly vm: number;
  /** vCPU asked for with `on N`, or -1. */
  readonly vcpu: number;
  /** Function with the task's body. */
  readonly function: number;
  /** Task that forks this one, or -1 for those that begin with the machine. */
  readonly forkedBy: number;
  readonly range: SourceRange;
}

/** One operation call site. */
export interface CallSite {
  readonly builtin: BuiltinName;
  /**
   * One per parameter: a register number; for kinds vm/process/counter the index of the VM (-1 = host), task or counter;
   * for a text its index in Program.strings, for a word its position among the parameter's.
   */
  readonly arguments: readonly number[];
  readonly skip: readonly string[];
  readonly range: SourceRange;
}

export type ExpectationInfo =
  | { readonly kind: 'value'; readonly text: string; readonly comparison: string | null; readonly range: SourceRange }
  | {
      readonly kind: 'fault';
      readonly text: string;
      readonly fault: string;
      readonly hasAddress: boolean;
      readonly range: SourceRange;
    }
  | { readonly kind: 'no-fault'; readonly text: string; readonly range: SourceRange };

export interface TlbArray {
  readonly level: 1 | 2;
  readonly use: 'data' | 'instruction' | 'unified';
  /** Page sizes it holds. */
  readonly sizes: readonly ('4K' | '2M' | '1G')[];
  readonly entries: number;
  readonly ways: number;
}

export type TagMode = 'off' | 'asid' | 'rmp';
/** One tag look-up for each frame that is checked, or one with each reference to a table (of the frame that its entry names). */
export type TagLookup = 'per-frame' | 'per-reference';
export type Scheme = 'native' | 'nested' | 'shadow' | 'direct' | 'tpt';
/** The schemes that the machine carries out, in the order in which they are shown. */
export const SCHEMES: readonly Scheme[] = ['native', 'nested', 'shadow', 'direct', 'tpt'];
export type Profile = 'prototype' | 'hardware';

export interface MachineConfig {
  /** Bytes of host-physical memory, a multiple of 2 MiB, at most 1 TiB. */
  readonly memory: number;
  readonly levels: 4 | 5;
  readonly tags: TagMode;
  readonly lookup: TagLookup;
  /** Name of the cost profile; null: nothing is cached but by the TLB, and nothing is charged. */
  readonly costs: string | null;
  readonly tlb: readonly TlbArray[];
  /** Physical address bits: higher ones are reserved in entries. */
  readonly physBits: number;
  readonly seed: number;
}

export interface VmConfig {
  readonly name: string;
  readonly memory: number;
  readonly scheme: Scheme;
  readonly profile: Profile;
  readonly backing: 'contiguous' | 'scattered' | 'huge';
  readonly backingSeed: number;
  readonly vcpus: number;
  /** Levels of the nested table. */
  readonly nestedLevels: 4 | 5;
  /** What the host does on an isolation attempt. */
  readonly policy: 'kill' | 'inject';
  readonly range: SourceRange;
}

export interface Program {
  readonly uri: string;
  readonly machine: MachineConfig;
  readonly vms: readonly VmConfig[];
  readonly tasks: readonly TaskInfo[];
  readonly functions: readonly FunctionInfo[];
  /** Instructions, four words each. */
  readonly code: Int32Array;
  readonly statements: readonly Statement[];
  readonly calls: readonly CallSite[];
  readonly skips: readonly (readonly string[])[];
  readonly events: readonly string[];
  readonly expectations: readonly ExpectationInfo[];
  /** Text with `{}` where a value goes. */
  readonly messages: readonly string[];
  /** Texts that calls take: names of files. */
  readonly strings: readonly string[];
  /** Statements a task runs before the next one's turn; 0 = until it blocks. */
  readonly roundRobin: number;
}
