/** Scopes of a frame and what is in them. References are valid until the run goes on. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { DebugTarget, Evaluation, NamedValue } from '../../simulator/index';
import { cannotSet, evaluationFailed, staleVariables } from '../scenario/errors';
import { Handles } from './handles';
import type { FrameRef } from './stack';

type Container =
  /** Scenario variables of the function frame at `depth`: the only ones that can be set. */
  | { readonly kind: 'variables'; readonly task: number; readonly depth: number }
  | { readonly kind: 'values'; readonly read: () => readonly NamedValue[] };

export class Variables {
  private readonly handles = new Handles<Container>();
  /** A variable of the scenario was set by hand. */
  wasSet = false;

  constructor(private readonly target: DebugTarget) {}

  /** References handed out so far are stale. */
  reset(): void {
    this.handles.reset();
  }

  scopes(frame: FrameRef): P.Scope[] {
    const { target } = this;
    const { task } = frame;
    const stack = target.stack(task);
    const at = stack.findIndex((f) => f.depth === frame.depth);
    const values = stack[at]?.values ?? [];
    const enclosing = stack.slice(Math.max(at, 0)).find((f) => f.kind === 'function');
    const scopes: P.Scope[] = [];
    const add = (name: string, container: Container, more: Partial<P.Scope> = {}): void => {
      scopes.push({ name, variablesReference: this.handles.add(container), expensive: false, ...more });
    };
    const addValues = (name: string, read: () => readonly NamedValue[], more: Partial<P.Scope> = {}): void => {
      const namedVariables = read().length;
      if (namedVariables > 0) add(name, { kind: 'values', read }, { namedVariables, ...more });
    };
    addValues('Step', () => values);
    if (enclosing)
      add('Variables', { kind: 'variables', task, depth: enclosing.depth }, { presentationHint: 'locals' });
    addValues('Registers', () => target.registers(task), { presentationHint: 'registers' });
    addValues('Process', () => target.process(task));
    // A TLB is large: it is read when it is opened, not to count its entries.
    add('TLB', { kind: 'values', read: () => target.tlb(task) }, { expensive: true });
    add('Counters', { kind: 'values', read: () => target.counters() }, { expensive: true });
    return scopes;
  }

  list(args: P.VariablesArguments): P.Variable[] {
    const container = this.container(args.variablesReference);
    const settable = container.kind === 'variables';
    const all = settable ? this.target.variables(container.task, container.depth) : container.read();
    const start = args.start ?? 0;
    const page = args.count ? all.slice(start, start + args.count) : all.slice(start);
    return page.map((value) => this.describe(value, settable));
  }

  set(args: P.SetVariableArguments): P.SetVariableResponse['body'] {
    const container = this.container(args.variablesReference);
    if (container.kind !== 'variables') throw cannotSet(args.name);
    this.wasSet = true;
    return this.result(this.target.setVariable(container.task, container.depth, args.name, args.value));
  }

  /** Sets a variable as seen from a frame. */
  setIn(frame: FrameRef, name: string, text: string): P.SetExpressionResponse['body'] {
    const stack = this.target.stack(frame.task);
    const at = Math.max(
      stack.findIndex((f) => f.depth === frame.depth),
      0,
    );
    const enclosing = stack.slice(at).find((f) => f.kind === 'function');
    if (!enclosing) throw cannotSet(name);
    this.wasSet = true;
    return this.result(this.target.setVariable(frame.task, enclosing.depth, name, text));
  }

  /** What a client gets for a value that was evaluated or set. Throws a quiet UserError if there is none. */
  result(evaluation: Evaluation): {
    value: string;
    type: string;
    variablesReference: number;
    namedVariables?: number;
    memoryReference?: string;
  } {
    if (!evaluation.ok) throw evaluationFailed(evaluation.error);
    const { value, type, memory } = evaluation;
    return { value, type, ...this.children(evaluation.children), ...(memory !== null && { memoryReference: memory }) };
  }

  private describe(value: NamedValue, settable: boolean): P.Variable {
    return {
      name: value.name,
      value: value.value,
      type: value.type,
      ...this.children(value.children),
      ...(value.memory !== undefined && { memoryReference: value.memory }),
      ...(settable ? { evaluateName: value.name } : { presentationHint: { attributes: ['readOnly'] } }),
    };
  }

  private children(values: readonly NamedValue[] | undefined): { variablesReference: number; namedVariables?: number } {
    if (!values || values.length === 0) return { variablesReference: 0 };
    return {
      variablesReference: this.handles.add({ kind: 'values', read: () => values }),
      namedVariables: values.length,
    };
  }

  private container(reference: number): Container {
    const container = this.handles.get(reference);
    if (!container) throw staleVariables();
    return container;
  }
}
