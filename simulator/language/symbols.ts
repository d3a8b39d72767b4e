/** What the names of a scenario mean. Filled by bind.ts; read by the checks, the compiler and the editor. */

import type { Builtin } from './builtins';
import type {
  Assign,
  Block,
  Call,
  Const,
  Expression,
  Fn,
  For,
  Fork,
  HostTask,
  KernelTask,
  Let,
  NameUse,
  Parameter,
  Print,
  Process,
  Qualified,
  Scenario,
  Signal,
  Statement,
  Vm,
  Wait,
} from './generated/ast';
import type { TextPart } from './parse';
import type { SourceRange } from './program';

interface Named {
  readonly name: string;
  /** The name where it is declared: one place, except for events, which each `signal` declares. */
  readonly definitions: SourceRange[];
  readonly references: SourceRange[];
}

export interface VmSymbol extends Named {
  readonly kind: 'vm';
  readonly node: Vm;
  /** Index into Program.vms; the ASID is one more. */
  readonly index: number;
}

export interface ConstantSymbol extends Named {
  readonly kind: 'constant';
  readonly node: Const;
}

export interface VariableSymbol extends Named {
  readonly kind: 'variable';
  readonly role: 'let' | 'parameter' | 'loop';
  readonly node: Let | Parameter | For;
  /** Register in every body that sees the variable, and its index in Body.variables. */
  readonly register: number;
  /** Times the value is used. */
  reads: number;
}

export interface EventSymbol extends Named {
  readonly kind: 'event';
  /** Index into Program.events. */
  readonly index: number;
  /** As in Program.events: `redis.ready`; without a task if signalled in a function. */
  readonly fullName: string;
}

/** Something with registers of its own: a function, or the statements of a task. */
export interface Body extends Named {
  readonly kind: 'body';
  readonly role: 'fn' | 'process' | 'kernel' | 'host' | 'fork';
  readonly node: Fn | Process | KernelTask | HostTask | Fork;
  readonly block: Block | undefined;
  /** Index into Program.functions. */
  readonly index: number;
  /** Index into Program.tasks, or -1 for a function. */
  readonly task: number;
  readonly vm: VmSymbol | null;
  /** For a fork: the body that forks it. */
  readonly parent: Body | null;
  /** By register. A fork begins with the variables its parent has at that place. */
  readonly variables: VariableSymbol[];
}

export type NamedSymbol = VmSymbol | ConstantSymbol | VariableSymbol | EventSymbol | Body;

/** What a bare name in an expression means. */
export type NameTarget =
  VmSymbol | ConstantSymbol | VariableSymbol | { readonly kind: 'predefined'; readonly value: number };

export type CallTarget =
  { readonly kind: 'builtin'; readonly builtin: Builtin } | { readonly kind: 'fn'; readonly body: Body };

/** Where a statement or a call stands. */
export interface Place {
  readonly body: Body;
  /** Within `kernel { }` of this body. */
  readonly kernel: boolean;
  readonly inLoop: boolean;
  /** Runs exactly once whenever its body runs: in no branch, no loop. */
  readonly straight: boolean;
}

export interface BoundScenario {
  readonly scenario: Scenario;
  readonly texts: ReadonlyMap<Print, readonly TextPart[]>;
  readonly vms: readonly VmSymbol[];
  readonly constants: readonly ConstantSymbol[];
  /** Functions and tasks, in the order of the file. */
  readonly bodies: readonly Body[];
  readonly events: readonly EventSymbol[];
  readonly names: ReadonlyMap<NameUse, NameTarget>;
  readonly variables: ReadonlyMap<Let | For | Assign | Qualified | Parameter, VariableSymbol>;
  readonly qualifiers: ReadonlyMap<Qualified, Body>;
  readonly calls: ReadonlyMap<Call, CallTarget>;
  /** Arguments that name a VM (-1 = host), a task or a counter, or are `as WORD`: the index. */
  readonly operands: ReadonlyMap<Expression, number>;
  readonly waits: ReadonlyMap<Wait, EventSymbol>;
  readonly signals: ReadonlyMap<Signal, EventSymbol>;
  readonly forks: ReadonlyMap<Fork, Body>;
  readonly places: ReadonlyMap<Statement | Call, Place>;
}

/** Every named thing, for the editor. */
export function allSymbols(bound: BoundScenario): NamedSymbol[] {
  const variables = new Set(bound.bodies.flatMap((body) => body.variables));
  return [...bound.vms, ...bound.constants, ...bound.bodies, ...variables, ...bound.events];
}

/** The tasks, by their index in Program.tasks. */
export function tasksOf(bound: BoundScenario): Body[] {
  return bound.bodies.filter((body) => body.task >= 0);
}
