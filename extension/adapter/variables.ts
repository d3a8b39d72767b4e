/** Scopes of a frame and what is in them. References are valid until the run goes on. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { DebugTarget, Edit, EditAnswer, Evaluation, NamedValue } from '../../simulator/index';
import { cannotSet, evaluationFailed, staleVariables } from '../scenario/errors';
import { Handles } from './handles';
import type { FrameRef } from './stack';

type Container =
  /** Scenario variables of the function frame at `depth`. */
  | { readonly kind: 'variables'; readonly task: number; readonly depth: number }
  | { readonly kind: 'values'; readonly read: () => readonly NamedValue[]; readonly set?: SetValue };

/** Sets a value by its name. @returns what it is then */
export type SetValue = (name: string, text: string) => Evaluation;

export class Variables {
  private readonly handles = new Handles<Container>();

  constructor(
    private readonly target: DebugTarget,
    private readonly edit: (edit: Edit) => EditAnswer,
  ) {}

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
    const named = container.kind === 'variables';
    const settable = named || container.set !== undefined;
    const all = named ? this.target.variables(container.task, container.depth) : container.read();
    const start = args.start ?? 0;
    const page = args.count ? all.slice(start, start + args.count) : all.slice(start);
    return page.map((value) => this.describe(value, settable, named));
  }

  /** The value in a container; null if there is none of this name. */
  find(reference: number, name: string): NamedValue | null {
    const container = this.container(reference);
    const all =
      container.kind === 'variables' ? this.target.variables(container.task, container.depth) : container.read();
    return all.find((v) => v.name === name) ?? null;
  }

  set(args: P.SetVariableArguments): P.SetVariableResponse['body'] {
    const container = this.container(args.variablesReference);
    if (container.kind === 'variables') return this.setVariable(container, args.name, args.value);
    if (!container.set) throw cannotSet(args.name);
    return this.result(container.set(args.name, args.value));
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
    return this.setVariable({ task: frame.task, depth: enclosing.depth }, name, text);
  }

  private setVariable({ task, depth }: FrameRef, name: string, value: string): P.SetVariableResponse['body'] {
    const answer = this.edit({ kind: 'variable', task, depth, name, value });
    if (!answer.ok) throw evaluationFailed(answer.error);
    return this.result(this.target.evaluate(name, task, depth));
  }

  /** What a client gets for a value that was evaluated or set. Throws a quiet UserError if there is none. @param set sets a child */
  result(
    evaluation: Evaluation,
    set?: SetValue,
  ): {
    value: string;
    type: string;
    variablesReference: number;
    namedVariables?: number;
    memoryReference?: string;
  } {
    if (!evaluation.ok) throw evaluationFailed(evaluation.error);
    const { value, type, memory } = evaluation;
    return {
      value,
      type,
      ...this.children(evaluation.children, set),
      ...(memory !== null && { memoryReference: memory }),
    };
  }

  private describe(value: NamedValue, settable: boolean, named: boolean): P.Variable {
    return {
      name: value.name,
      value: value.value,
      type: value.type,
      ...this.children(value.children),
      ...(value.memory !== undefined && { memoryReference: value.memory }),
      ...(named && { evaluateName: value.name }),
      ...(!settable && { presentationHint: { attributes: ['readOnly'] } }),
    };
  }

  private children(
    values: readonly NamedValue[] | undefined,
    set?: SetValue,
  ): { variablesReference: number; namedVariables?: number } {
    if (!values || values.length === 0) return { variablesReference: 0 };
    return {
      variablesReference: this.handles.add({ kind: 'values', read: () => values, ...(set && { set }) }),
      namedVariables: values.length,
    };
  }

  private container(reference: number): Container {
    const container = this.handles.get(reference);
    if (!container) throw staleVariables();
    return container;
  }
}
